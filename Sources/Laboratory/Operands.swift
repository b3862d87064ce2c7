import ConvCore

/// All that a pass reads, in the order and layout of the problem.
public struct Operands<S: ConvScalar>: Sendable {
  /// The input (forward, weight gradient) or the output gradient.
  public var first: [S]
  /// The output gradient of a weight gradient, else nil.
  public var second: [S]?
  /// Weights, where the pass has stationary ones.
  public var weights: [S]?
  /// Bias, in the forward pass of a problem that has one.
  public var bias: [S]?

  /// Given data.
  ///
  /// - Throws: `ConvError.invalid` where a count does not fit the problem's pass.
  public init(
    _ problem: ConvProblem, first: [S], second: [S]? = nil, weights: [S]? = nil, bias: [S]? = nil
  ) throws(ConvError) {
    let need = OperandNeeds(problem)
    for (name, given, needed) in [
      ("first operand", first.count, need.first), ("second operand", second?.count, need.second),
      ("weights", weights?.count, need.weights), ("bias", bias?.count, need.bias),
    ] where given != needed {
      throw .invalid(
        "the \(name) must have \(needed.map(String.init) ?? "no") elements, "
          + "not \(given.map(String.init) ?? "none")")
    }
    (self.first, self.second, self.weights, self.bias) = (first, second, weights, bias)
  }

  /// Seeded data; each operand has a stream of its own.
  public init(_ problem: ConvProblem, _ fill: Fill, seed: UInt64) {
    let need = OperandNeeds(problem)
    first = fill.data(need.first, SeededRandom(seed: seed, stream: 0), as: S.self)
    second = need.second.map {
      // The plane of one channel is what a filling that cancels sums over.
      fill.weights(
        $0, taps: problem.layout == .nchw ? problem.output.count : 1,
        SeededRandom(seed: seed, stream: 1), as: S.self)
    }
    weights = need.weights.map {
      fill.weights(
        $0, taps: problem.kernel.count, SeededRandom(seed: seed, stream: 2), as: S.self)
    }
    bias = need.bias.map {
      let kind: Fill = fill == .integers ? .integers : .uniform
      return kind.data($0, SeededRandom(seed: seed, stream: 3), as: S.self)
    }
  }
}

/// Numbers of elements of each operand; nil where the pass has none.
struct OperandNeeds {
  let first: Int
  let second: Int?, weights: Int?, bias: Int?

  init(_ problem: ConvProblem) {
    (first, second) = (problem.operandCounts.first, problem.operandCounts.second)
    weights = problem.hasStationaryWeights ? problem.weightCount : nil
    bias = problem.bias && problem.pass == .forward ? problem.outChannels : nil
  }

  var total: Int { first + (second ?? 0) + (weights ?? 0) + (bias ?? 0) }
}
