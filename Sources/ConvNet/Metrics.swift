/// How well classes were told apart (CLASSROOM D16).
public struct Metrics: Sendable, Equatable {
  /// Examples by true class (row) and predicted class (column).
  public let confusion: [[Int]]

  /// From true and predicted classes, in 0 ..< classes.
  public init(labels: [Int], predictions: [Int], classes: Int) {
    var matrix = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    for (label, prediction) in zip(labels, predictions) { matrix[label][prediction] += 1 }
    confusion = matrix
  }

  /// Number of examples.
  public var count: Int { confusion.joined().reduce(0, +) }

  /// Right answers.
  public var correct: Int { confusion.indices.reduce(0) { $0 + confusion[$1][$1] } }

  /// Share of right answers.
  public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  /// Of what was called class c, the share that is; 0 where nothing was.
  public func precision(_ c: Int) -> Double {
    ratio(confusion[c][c], confusion.reduce(0) { $0 + $1[c] })
  }

  /// Of class c, the share that was found; 0 where there is none.
  public func recall(_ c: Int) -> Double { ratio(confusion[c][c], confusion[c].reduce(0, +)) }

  /// Means of precision and recall over the classes.
  public var macroPrecision: Double { mean(precision) }
  /// Mean of recall over the classes.
  public var macroRecall: Double { mean(recall) }

  private func ratio(_ a: Int, _ b: Int) -> Double { b == 0 ? 0 : Double(a) / Double(b) }

  private func mean(_ value: (Int) -> Double) -> Double {
    confusion.isEmpty
      ? 0 : confusion.indices.reduce(0) { $0 + value($1) } / Double(confusion.count)
  }
}
