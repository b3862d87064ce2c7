import ConvCore

/// Seeded data and a one-call run, for the tests of every module.
public enum Sample {
  /// Uniform in [-1, 1).
  public static func uniform<S: ConvScalar>(
    _ count: Int, seed: UInt64 = 1, stream: UInt64 = 0, as: S.Type = S.self
  ) -> [S] {
    let random = SeededRandom(seed: seed, stream: stream)
    return (0..<count).map { S(2 * random.unit(at: $0) - 1) }
  }

  /// Integers of a range, so that sums of products are exact; multiples of `step`.
  public static func integers<S: ConvScalar>(
    _ count: Int, in range: ClosedRange<Int> = -3...3, step: Int = 1, seed: UInt64 = 1,
    stream: UInt64 = 0, as: S.Type = S.self
  ) -> [S] {
    let random = SeededRandom(seed: seed, stream: stream)
    return (0..<count).map { S(step * random.integer(at: $0, in: range)) }
  }
}

/// All that a pass reads.
public struct Inputs<S: ConvScalar>: Sendable {
  /// Input, or output gradient.
  public var first: [S]
  /// The output gradient of a weight gradient.
  public var second: [S]?
  /// Weights and bias, where the pass has them.
  public var weights: [S]?, bias: [S]?

  /// Seeded operands of a problem: integers (weights multiples of 4), or uniform in [-1, 1).
  public init(_ problem: ConvProblem, integers: Bool, seed: UInt64 = 1, as: S.Type = S.self) {
    func make(_ count: Int, _ stream: UInt64, step: Int = 1) -> [S] {
      integers
        ? Sample.integers(
          count, in: step == 1 ? -3...3 : -1...1, step: step, seed: seed, stream: stream)
        : Sample.uniform(count, seed: seed, stream: stream)
    }
    let counts = problem.operandCounts
    first = make(counts.first, 0)
    second = counts.second.map { make($0, 1) }
    weights = problem.hasStationaryWeights ? make(problem.weightCount, 2, step: 4) : nil
    bias = problem.bias && problem.pass == .forward ? make(problem.outChannels, 3) : nil
  }
}

extension ConvAlgorithm {
  /// Plans, prepares and applies once; the result starts as NaN and workspaces are poisoned.
  ///
  /// - Throws: what the plan throws.
  public func run<S: ConvScalar>(
    _ problem: ConvProblem, _ inputs: Inputs<S>, threads: Int = 1, isa: ISA = .best
  ) throws(ConvError) -> [S] {
    var resources = try Resources(threads: threads)
    resources.poison = true
    resources.planner = .estimate
    resources.isa = isa
    let plan = try S.plan(self, problem, resources)
    if let weights = inputs.weights {
      try plan.prepare(weights: weights.span, bias: inputs.bias?.span)
    }
    var result = [S](repeating: .nan, count: problem.operandCounts.result)
    var span = result.mutableSpan
    try plan.apply(inputs.first.span, inputs.second?.span, into: &span)
    return result
  }
}

/// Largest difference of two arrays relative to the largest magnitude of the second; infinite where
/// counts differ or either holds a NaN.
public func relativeError<S: ConvScalar>(_ a: [S], _ b: [S]) -> Double {
  guard a.count == b.count else { return .infinity }
  var difference = 0.0
  var magnitude = 0.0
  for (x, y) in zip(a, b) {
    let e = abs(Double(x) - Double(y))
    if e.isNaN { return .infinity }
    difference = max(difference, e)
    magnitude = max(magnitude, abs(Double(y)))
  }
  return magnitude == 0 ? (difference == 0 ? 0 : .infinity) : difference / magnitude
}
