import ConvCore

/// A usual mistake, and what it would make of a problem.
struct Hypothesis<S: ConvScalar> {
  /// In two or three words.
  let name: String
  /// What a program with this mistake computes, or nil where it would make no difference.
  let predict: (Mismatch<S>) -> Prediction?

  /// Results as the mistake would have them; nil where it says nothing of one.
  struct Prediction {
    /// The mistake in this problem, as a sentence.
    var sentence: String
    var values: [TermSum?]
  }

  /// How far a prediction fits.
  struct Fit: Sendable {
    var name: String
    var sentence: String
    /// Fraction of the wrong results that it explains.
    var explained: Double
    /// Fraction of all results that it contradicts.
    var contradicted: Double

    /// Whether it explains everything that was computed.
    var isWhole: Bool { explained > 0.999 && contradicted == 0 }
  }

  /// Compares the prediction with what was computed; nil where it explains nothing that the truth
  /// does not explain as well.
  func fit(_ mismatch: Mismatch<S>) -> Fit? {
    guard let prediction = predict(mismatch), prediction.values.count == mismatch.result.count
    else { return nil }
    // Results so far off that a prediction must do better than the truth.
    let telling = mismatch.wrong.filter { !mismatch.agrees($0, mismatch.truth[$0]) }
    guard !telling.isEmpty else { return nil }
    let explained = telling.count { i in
      prediction.values[i].map { mismatch.agrees(i, $0) } ?? false
    }
    guard explained > 0 else { return nil }
    let contradicted = prediction.values.indices.count { i in
      prediction.values[i].map { !mismatch.agrees(i, $0) } ?? false
    }
    return Fit(
      name: name, sentence: prediction.sentence,
      explained: Double(explained) / Double(telling.count),
      contradicted: Double(contradicted) / Double(max(1, mismatch.result.count)))
  }
}

extension Hypothesis {
  /// A mistake that amounts to another problem on the same operands; nil where there is none.
  static func misreading(_ name: String, _ sentence: String, _ other: ConvProblem?) -> Self {
    Hypothesis(name: name) { mismatch in
      guard let other, other != mismatch.problem, let sums = mismatch.recomputed(other) else {
        return nil
      }
      return Prediction(sentence: sentence, values: sums)
    }
  }

  /// A mistake that amounts to other operands.
  static func operands(
    _ name: String, _ sentence: String, _ change: @escaping (inout Operands<S>) -> Bool
  ) -> Self {
    Hypothesis(name: name) { mismatch in
      var operands = mismatch.operands
      guard change(&operands), let sums = mismatch.recomputed(nil, operands) else { return nil }
      return Prediction(sentence: sentence, values: sums)
    }
  }

  /// A mistake that amounts to other values of single results; nil for no statement.
  static func values(
    _ name: String, _ sentence: String, _ value: @escaping (Mismatch<S>, Int) -> TermSum?
  ) -> Self {
    Hypothesis(name: name) { mismatch in
      Prediction(
        sentence: sentence, values: mismatch.truth.indices.map { value(mismatch, $0) })
    }
  }
}
