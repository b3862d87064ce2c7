/// The bias gradient, dL/db[k] = sum over batch and positions of dL/dy: the same sum for every
/// algorithm, accumulated in Double and rounded once.
public struct BiasGradientPlan<S: ConvScalar>: ConvPlan, ~Copyable {
  private let problem: ConvProblem
  private let resources: Resources

  /// For a problem whose pass is the bias gradient.
  public init(_ problem: ConvProblem, _ resources: Resources) {
    self.problem = problem
    self.resources = resources
  }

  /// None.
  public var workspaceBytes: Int { 0 }

  /// Always throws: there are no weights.
  public mutating func prepare(weights: Span<S>, bias: Span<S>?) throws(ConvError) {
    throw .invalid("a bias gradient takes no weights")
  }

  /// Sums the output gradient `first` into one value for each channel.
  public mutating func apply(
    _ first: Span<S>, _ second: Span<S>?, into result: inout MutableSpan<S>
  ) throws(ConvError) {
    let layout = Layout(channels: problem.outChannels, problem.output, problem.layout)
    first.withUnsafeBufferPointer { dy in
      result.withUnsafeMutableBufferPointer { db in
        Steps.sumChannels(
          Source(dy.baseAddress!, layout), batch: problem.batch, channels: problem.outChannels,
          problem.output, into: db.baseAddress!, resources.pool)
      }
    }
  }

  /// What it costs.
  public static func estimate(_ problem: ConvProblem) -> Estimate {
    Estimate(
      workspaceBytes: 0, executedOperations: Double(problem.outputCount), error: .roundedOnce,
      computedBy: "sum shared by all algorithms")
  }
}
