import ConvCore

/// An error model brought together with the data: the bound of any result.
struct BoundEvaluator {
  private enum Rule {
    case once
    case sum(chunk: Double)
    case parts([TransformField?], largestChunk: Double)
    case total([Rule])
  }

  private let rule: Rule
  private let summation: SummationBound
  private let terms: Terms
  private let unit: Double, tiny: Double
  /// For each axis and coordinate of the result, the coordinates of what the parts write that are
  /// added up to it; nil where that is itself, but for a folded border.
  private let sources: [[[Int]]]?
  private let biasTerms: Double

  /// `result` is what is to be judged; it gives the magnitudes of outputs.
  init<S: ConvScalar>(
    _ model: ErrorModel, _ problem: ConvProblem, _ terms: Terms, _ operands: Operands<S>,
    _ result: UnsafePointer<S>, flushesDenormals: Bool, _ pool: ThreadPool
  ) {
    self.terms = terms
    summation = SummationBound(S.self, flushesDenormals: flushesDenormals)
    unit = S.kind.unitRoundoff
    tiny = Double(flushesDenormals ? S.leastNormalMagnitude : S.leastNonzeroMagnitude)
    biasTerms = operands.bias == nil ? 0 : 1
    var fold: (maps: [AxisMap], extents: Extents)?
    rule = Self.rule(model) { native, models in
      let lowering = Lowering(problem, native: native)
      fold = lowering.fold
      return zip(models, lowering.parts).map { model, part in
        guard case .transform(let transform) = model else { return nil }
        return TransformField(
          transform, part, lowering, problem, terms.shape, operands, result, pool)
      }
    }
    sources = fold.map { fold in
      (0..<3).map { axis in
        var lists = Array(repeating: [Int](), count: terms.shape.extents[axis])
        for (padded, real) in fold.maps[axis].source.enumerated() where real >= 0 {
          lists[Int(real)].append(padded)
        }
        return lists
      }
    }
  }

  private static func rule(
    _ model: ErrorModel, _ fields: (Native, [ErrorModel]) -> [TransformField?]
  )
    -> Rule
  {
    switch model {
    case .roundedOnce: return .once
    case .summation(_, let chunk): return .sum(chunk: Double(max(1, chunk)))
    case .sum(let models): return .total(models.map { rule($0, fields) })
    case .transform: return .parts(fields(.all, [model]), largestChunk: 1)
    case .lowered(let native, let models):
      // A result that several summing parts contribute to is one sum with the largest chunk.
      var largest = 1
      var isSummed = true
      for model in models {
        if case .summation(_, let chunk) = model { largest = max(largest, chunk) }
        if case .transform = model { isSummed = false }
      }
      return isSummed
        ? .sum(chunk: Double(largest))
        : .parts(fields(native, models), largestChunk: Double(largest))
    }
  }

  /// The bound of the absolute error of a result.
  func bound(_ index: Int, _ sum: TermSum) -> Double {
    let place = terms.place(index)
    return bound(rule, place, sum, Double(terms.termCount(place)) + biasTerms)
  }

  private func bound(_ rule: Rule, _ place: Terms.Place, _ sum: TermSum, _ n: Double) -> Double {
    switch rule {
    case .once: return summation.once(sum, terms: n)
    case .sum(let chunk): return summation.sum(sum, terms: n, chunk: chunk)
    case .total(let rules): return rules.reduce(0) { $0 + bound($1, place, sum, n) }
    case .parts(let fields, let chunk):
      var (total, members) = parts(fields, place) { $0.norms(place.outer, place.inner, $1) }
      if fields.contains(where: { $0 == nil }) {
        total += summation.sum(sum, terms: n, chunk: chunk)
      }
      if members > 1 { total += folding(members, sum, n) }
      return total + summation.common(sum, n)
    }
  }

  /// The bound of the error of a signed sum of results. `sum` holds the root of the sum of their
  /// squares, and the sum of all squares of terms; `order` how much larger partial sums are than in
  /// a random order.
  func bound(_ projection: Projection, _ place: Terms.Place, _ sum: TermSum, order: Double)
    -> Double
  {
    let n = Double(projection.terms.termCount(place)) + biasTerms
    return bound(projection, rule, place, sum, n, order)
  }

  private func bound(
    _ projection: Projection, _ rule: Rule, _ place: Terms.Place, _ sum: TermSum, _ n: Double,
    _ order: Double
  ) -> Double {
    let m = Double(projection.members)
    switch rule {
    case .once:
      return summation.projectedCommon(sum, terms: n, members: m, order: order)
    case .sum(let chunk):
      return summation.projected(sum, terms: n, chunk: chunk, members: m, order: order)
    case .total(let rules):
      return rules.reduce(0) { $0 + bound(projection, $1, place, sum, n, order) }
    case .parts(let fields, let chunk):
      var (total, members) = parts(fields, place) { $0.norms(projection, place, $1) }
      if fields.contains(where: { $0 == nil }) {
        total += summation.projected(sum, terms: n, chunk: chunk, members: m, order: order)
      }
      if members > 1 { total += folding(members, sum, n) }
      return total + summation.projectedCommon(sum, terms: n, members: m, order: order)
    }
  }

  /// Sum of the bounds of what transforming parts contribute to a result, and how many there are.
  private func parts(
    _ fields: [TransformField?], _ place: Terms.Place,
    _ norms: (TransformField, Extents) -> TransformField.Norms
  ) -> (Double, Double) {
    var total = 0.0
    var members = 0.0
    func add(_ d: Int, _ h: Int, _ w: Int) {
      for case let field? in fields {
        guard let o = field.output(d, h, w) else { continue }
        total += field.bound(norms(field, o), unit: unit, tiny: tiny)
        members += 1
      }
    }
    if let sources {
      for d in sources[0][place.d] {
        for h in sources[1][place.h] {
          for w in sources[2][place.w] { add(d, h, w) }
        }
      }
    } else {
      add(place.d, place.h, place.w)
    }
    return (total, members)
  }

  /// Folding adds up what the members hold: by Cauchy and Schwarz at most sqrt(n T2) in all.
  private func folding(_ members: Double, _ sum: TermSum, _ n: Double) -> Double {
    SummationBound.lambda * unit * (members * n * sum.squares).squareRoot()
  }
}

extension Native {
  /// Everything: the parts of a plan that does without the shared lowering.
  static let all: Native = [.maps, .stride, .dilation, .groups, .layouts, .weightGradient]
}
