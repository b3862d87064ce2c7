import ConvCore

/// A check that involves every result of a problem too large to compute: for random signs v,
///
///     sum over k of v_k y_k = the same pass, the second operand's channels replaced by the sum of
///                             v_k times each,
///
/// so that one channel of each group vouches for all of them (after Freivalds, 1977). A wrong
/// element changes the left side by its whole error, while rounding errors, added up with random
/// signs, grow with the root of the number of channels only.
struct Projection {
  /// Which index of the result runs over the channels that are summed.
  private enum Summed: Equatable {
    /// The channel of data.
    case channel
    /// The output channel of weights.
    case outer
    /// The input channel of weights, in groups of so many output channels.
    case inner(outerPerGroup: Int)
  }

  /// The pass with one channel in each group.
  let terms: Terms
  /// For each of its results the value, and the sum of squares of all terms of the results summed.
  let sums: [TermSum]
  /// Channels summed in each group.
  let members: Int
  private let summed: Summed
  private let signs: [Double]

  /// Nil where there is nothing to sum, or where it would take more than `limit` products.
  init?<S: ConvScalar>(
    _ problem: ConvProblem, _ operands: Operands<S>, limit: Double, _ pool: ThreadPool, seed: UInt64
  ) throws(ConvError) {
    guard let one = Self.reduced(problem) else { return nil }
    let terms = Terms(one)
    guard terms.totalTerms <= limit else { return nil }
    self.terms = terms
    let channels = problem.pass == .inputGradient ? problem.inChannels : problem.outChannels
    members = channels / problem.groups
    let random = SeededRandom(seed: seed, stream: 0x51)
    let signs = (0..<channels).map { random.bits(at: $0) & 1 == 0 ? 1.0 : -1 }
    self.signs = signs
    let isPlain = problem.operation == .convolution
    let second: SignedSums
    if let data = operands.second {
      summed = isPlain ? .outer : .inner(outerPerGroup: problem.inChannels / problem.groups)
      second = SignedSums(
        data: data, problem.layout, batch: problem.batch, positions: problem.output.count,
        groups: problem.groups, signs)
    } else {
      summed = .channel
      let outer = isPlain ? problem.outChannels : problem.inChannels
      second = SignedSums(
        weights: operands.weights ?? [], outer: outer,
        inner: (isPlain ? problem.inChannels : problem.outChannels) / problem.groups,
        taps: problem.kernel.count, groups: problem.groups,
        overOuter: (problem.pass == .forward) == isPlain, signs)
    }
    sums = try Self.evaluate(terms, operands.first, second, pool)
  }

  /// The problem with one result channel in each group.
  private static func reduced(_ p: ConvProblem) -> ConvProblem? {
    guard p.pass != .biasGradient else { return nil }
    let overInputs = p.pass == .inputGradient
    guard (overInputs ? p.inChannels : p.outChannels) > p.groups else { return nil }
    return try? ConvProblem(
      batch: p.batch, inChannels: overInputs ? p.groups : p.inChannels,
      outChannels: overInputs ? p.outChannels : p.groups, groups: p.groups, axes: p.spatialAxes,
      operation: p.operation, pass: p.pass, border: p.border, convention: p.convention,
      layout: p.layout, scalar: p.scalar)
  }

  private static func evaluate<S: ConvScalar>(
    _ terms: Terms, _ first: [S], _ second: SignedSums, _ pool: ThreadPool
  ) throws(ConvError) -> [TermSum] {
    let spaces = try FixedArray<TermSpace>(pool.width) { _ throws(ConvError) in
      try TermSpace(terms)
    }
    var sums = [TermSum](repeating: TermSum(), count: terms.count)
    let chunk = 1024
    sums.withUnsafeMutableBufferPointer { sums in
      let target = sums.baseAddress!
      pool.run((terms.count + chunk - 1) / chunk) { item, worker in
        for i in item * chunk..<min(terms.count, (item + 1) * chunk) {
          target[i] = terms.project(i, first, second.sums, second.squares, spaces[worker])
        }
      }
    }
    return sums
  }

  /// Whether it runs over the output channels of weights.
  var sumsOuter: Bool { summed == .outer }

  /// Coordinates in the full result, and sign, of member m of a projected result.
  func member(_ place: Terms.Place, _ m: Int) -> (place: Terms.Place, sign: Double) {
    var full = place
    switch summed {
    case .channel:
      full.inner = place.inner * members + m
      return (full, signs[full.inner])
    case .outer:
      full.outer = place.outer * members + m
      return (full, signs[full.outer])
    case .inner(let outerPerGroup):
      full.inner = m
      return (full, signs[place.outer / outerPerGroup * members + m])
    }
  }
}

extension Terms {
  /// Sums the terms of one result with the signed sums of the second operand's channels, and the
  /// squares of all terms behind them.
  @specialized(where A == Float)
  @specialized(where A == Double)
  func project<A: ConvScalar>(
    _ index: Int, _ first: UnsafePointer<A>, _ second: UnsafePointer<Double>,
    _ secondSquares: UnsafePointer<Double>, _ space: borrowing TermSpace
  ) -> TermSum {
    let place = place(index)
    let positions = collect(place, space)
    let (firsts, seconds) = (space.first.base, space.second.base)
    var result = TermSum()
    for r in 0..<reduced {
      let a = first + (place.first &+ r &* firstStep)
      let b = second + (place.second &+ r &* secondStep)
      let c = secondSquares + (place.second &+ r &* secondStep)
      for p in 0..<positions {
        let x = Double(a[firsts[p]])
        result.value += x * b[seconds[p]]
        result.squares += x * x * c[seconds[p]]
      }
    }
    return result
  }
}
