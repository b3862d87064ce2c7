import ConvCore
import DirectConv

/// The true results of a pass, as far as they can be had in the time: all of them, or a sample and
/// a projection that involves all.
struct Oracle<S: ConvScalar> {
  /// How much an oracle may compute.
  struct Effort: Sendable {
    /// Products up to which the plain loops are run too.
    var referenceProducts = 1e8
    /// Products up to which every result is computed.
    var fullProducts = 3e8
    /// Results up to which every one is kept.
    var fullResults = 1 << 23
    /// Products of a sample.
    var sampleProducts = 5e7
    /// Products up to which the projection is computed.
    var projectionProducts = 3e8
    /// About a second's worth.
    init() {}

    /// A multiple of it.
    mutating func scale(_ factor: Double) {
      referenceProducts *= factor
      fullProducts *= factor
      sampleProducts *= factor
      projectionProducts *= factor
    }
  }

  let problem: ConvProblem
  let terms: Terms
  /// Which results are known; nil for every one.
  let indices: [Int]?
  /// Value and sums of each known result, bias included.
  let sums: [TermSum]
  /// For a sample, the check that involves every result, if it can be had.
  let projection: Projection?
  /// What the `oracle` column says.
  let name: String

  /// Unit roundoff of the sums themselves.
  static var roundoff: Double {
    #if arch(x86_64)
      S.kind == .f32 ? 0x1p-53 : 0x1p-64
    #else
      0x1p-53
    #endif
  }

  /// Computes what the effort allows.
  ///
  /// - Throws: `ConvError.system` where the plain loops and the gathered sums differ by more than
  ///   their own rounding: then nothing can be verified.
  init(
    _ problem: ConvProblem, _ operands: Operands<S>, _ pool: ThreadPool, seed: UInt64,
    effort: Effort = Effort()
  ) throws(ConvError) {
    self.problem = problem
    let terms = Terms(problem)
    self.terms = terms
    let products = terms.totalTerms
    let isFull = products <= effort.fullProducts && terms.count <= effort.fullResults
    let perResult = max(1, products / Double(terms.count))
    indices =
      isFull
      ? nil
      : Sampling.indices(
        terms.shape, total: terms.count,
        count: max(64, min(1 << 18, Int(effort.sampleProducts / perResult))), seed: seed)
    sums = try Self.evaluate(problem, terms, operands, indices, pool)
    if isFull && products <= effort.referenceProducts {
      try Self.confirm(problem, terms, operands, sums)
    }
    projection =
      isFull
      ? nil
      : try Projection(
        problem, operands, limit: effort.projectionProducts, pool, seed: seed)
    if isFull {
      name = products <= effort.referenceProducts ? "reference" : "definition"
    } else {
      name = projection == nil ? "sample" : "sample+projection"
    }
  }

  /// Number of known results.
  var count: Int { sums.count }

  /// Index in the result of known result i.
  func index(_ i: Int) -> Int { indices?[i] ?? i }

  /// How much larger partial sums are than in a random order, at the known result where they are
  /// largest.
  var largestOrderFactor: Double {
    let bound = SummationBound(S.self)
    return sums.indices.reduce(1) { most, i in
      let n = Double(terms.termCount(terms.place(index(i))) + 1)
      return max(most, bound.orderFactor(sums[i], n))
    }
  }

  private static func evaluate(
    _ problem: ConvProblem, _ terms: Terms, _ operands: Operands<S>, _ indices: [Int]?,
    _ pool: ThreadPool
  ) throws(ConvError) -> [TermSum] {
    let count = indices?.count ?? terms.count
    let second = operands.weights ?? operands.second ?? operands.first
    var sums = [TermSum](repeating: TermSum(), count: count)
    let spaces = try FixedArray<TermSpace>(pool.width) { _ throws(ConvError) in
      try TermSpace(terms)
    }
    let chunk = max(1, min(4096, (count + 8 * pool.width - 1) / (8 * pool.width)))
    sums.withUnsafeMutableBufferPointer { sums in
      let target = sums.baseAddress!
      pool.run((count + chunk - 1) / chunk) { item, worker in
        for i in item * chunk..<min(count, (item + 1) * chunk) {
          let index = indices?[i] ?? i
          var sum = S.sum(terms, index, operands.first, second, spaces[worker])
          if let bias = operands.bias { sum.add(Double(bias[terms.place(index).inner])) }
          target[i] = sum
        }
      }
    }
    return sums
  }

  /// Runs the plain loops and compares.
  @specialized(where S == Float)
  @specialized(where S == Double)
  private static func confirm(
    _ problem: ConvProblem, _ terms: Terms, _ operands: Operands<S>, _ sums: [TermSum]
  ) throws(ConvError) {
    var resources = try Resources(threads: 1)
    resources.poison = true
    let plan = try S.plan(Reference(), problem, resources)
    if let weights = operands.weights {
      try plan.prepare(weights: weights.span, bias: operands.bias?.span)
    }
    var result = [S](repeating: .nan, count: terms.count)
    var span = result.mutableSpan
    try plan.apply(operands.first.span, operands.second?.span, into: &span)
    let bound = SummationBound(S.self)
    for i in 0..<result.count {
      let n = Double(terms.termCount(terms.place(i)) + 1)
      let error = abs((Double(result[i]) - sums[i].value) - sums[i].rest)
      if error > bound.once(sums[i], terms: n) || result[i].isNaN != sums[i].value.isNaN {
        throw .system(
          "the two oracles disagree at result \(i): \(result[i]) and \(sums[i].value); "
            + "please report this with the problem")
      }
    }
  }
}

extension TermSum {
  /// Adds one more term at the end.
  mutating func add(_ term: Double) {
    let sum = value + term
    // Knuth's exact error of an addition.
    let part = sum - value
    rest += (value - (sum - part)) + (term - part)
    value = sum
    squares += term * term
    partials += sum * sum
  }
}

extension ConvScalar {
  /// The terms' sum in the accumulator that suits this scalar.
  ///
  /// A branch on the type, so that each side is compiled for concrete types.
  fileprivate static func sum(
    _ terms: Terms, _ index: Int, _ first: UnsafePointer<Self>, _ second: UnsafePointer<Self>,
    _ space: borrowing TermSpace
  ) -> TermSum {
    if kind == .f32 {
      return terms.sum(
        index, UnsafeRawPointer(first).assumingMemoryBound(to: Float.self),
        UnsafeRawPointer(second).assumingMemoryBound(to: Float.self), space, as: Double.self)
    }
    return terms.sum(
      index, UnsafeRawPointer(first).assumingMemoryBound(to: Double.self),
      UnsafeRawPointer(second).assumingMemoryBound(to: Double.self), space,
      as: WiderThanDouble.self)
  }
}
