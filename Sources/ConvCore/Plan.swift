/// What an algorithm's author writes who does not use the shared lowering: a unique owner of its
/// workspace. `mutating` gives `apply` exclusive use of it, so that nothing is locked or allocated.
public protocol ConvPlan<Scalar>: ~Copyable {
  /// `Float` or `Double`.
  associatedtype Scalar: ConvScalar

  /// Bytes allocated by this plan, prepared weights included.
  var workspaceBytes: Int { get }

  /// Transforms or packs the weights. Called before `apply` in the forward and input-gradient
  /// passes, never in the others, where no weights stand still.
  mutating func prepare(weights: Span<Scalar>, bias: Span<Scalar>?) throws(ConvError)

  /// Computes the result. `second` is the output gradient in a weight gradient, else nil.
  mutating func apply(
    _ first: Span<Scalar>, _ second: Span<Scalar>?, into result: inout MutableSpan<Scalar>
  ) throws(ConvError)
}

/// A planned problem, as everybody but its author sees it.
///
/// Plan once, prepare the weights as often as they change, apply as often as inputs come. Not
/// Sendable on purpose: Swift then proves that one task at a time uses it.
public class Plan<Scalar: ConvScalar> {
  /// Who planned it.
  public let name: AlgorithmName
  /// What was planned.
  public let problem: ConvProblem
  /// Whether weights have been prepared where the pass needs them.
  public fileprivate(set) var isPrepared = false

  fileprivate init(_ name: AlgorithmName, _ problem: ConvProblem) {
    self.name = name
    self.problem = problem
  }

  /// Bytes allocated by this plan, prepared weights included.
  public var workspaceBytes: Int { 0 }

  /// Transforms or packs the weights, in the order of `ConvProblem.weightShape`.
  ///
  /// - Throws: `ConvError.invalid` where the pass has no stationary weights, counts are wrong, or
  ///   the problem has a bias and none is given (or the other way round).
  public func prepare(weights: Span<Scalar>, bias: Span<Scalar>? = nil) throws(ConvError) {
    guard problem.hasStationaryWeights else {
      throw .invalid("a \(problem.pass.rawValue) takes no weights to prepare")
    }
    guard weights.count == problem.weightCount else {
      throw .invalid("\(problem.weightCount) weights are needed, \(weights.count) were given")
    }
    let needed = problem.bias && problem.pass == .forward ? problem.outChannels : nil
    guard bias?.count == needed else {
      throw .invalid("\(needed ?? 0) bias values are needed, \(bias?.count ?? 0) were given")
    }
  }

  /// Computes the result of the pass: output, input gradient, weight gradient or bias gradient.
  ///
  /// `first` is the input (forward, weight gradient) or the output gradient; `second` the output
  /// gradient of a weight gradient, else nil. Allocates nothing.
  ///
  /// - Throws: `ConvError.invalid` where counts are wrong or weights were not prepared.
  public func apply(
    _ first: Span<Scalar>, _ second: Span<Scalar>? = nil, into result: inout MutableSpan<Scalar>
  ) throws(ConvError) {
    let counts = problem.operandCounts
    guard first.count == counts.first, second?.count == counts.second,
      result.count == counts.result
    else {
      let given = [first.count, second?.count ?? 0, result.count]
      let needed = [counts.first, counts.second ?? 0, counts.result]
      throw .invalid("first, second and result have \(given) elements, but need \(needed)")
    }
    guard isPrepared || !problem.hasStationaryWeights else {
      throw .invalid("weights must be prepared before a plan is applied")
    }
  }

  /// Wraps what an author wrote. Counts are checked here, once, for every algorithm.
  public static func make<P: ConvPlan & ~Copyable>(
    _ name: AlgorithmName, _ problem: ConvProblem, _ plan: consuming P
  ) -> Plan<Scalar> where P.Scalar == Scalar {
    OwnedPlan(name, problem, plan)
  }
}

/// The one erasure of `ConvPlan`.
private final class OwnedPlan<P: ConvPlan & ~Copyable>: Plan<P.Scalar> {
  private var plan: P

  init(_ name: AlgorithmName, _ problem: ConvProblem, _ plan: consuming P) {
    self.plan = plan
    super.init(name, problem)
  }

  override var workspaceBytes: Int { plan.workspaceBytes }

  override func prepare(weights: Span<P.Scalar>, bias: Span<P.Scalar>?) throws(ConvError) {
    try super.prepare(weights: weights, bias: bias)
    try plan.prepare(weights: weights, bias: bias)
    isPrepared = true
  }

  override func apply(
    _ first: Span<P.Scalar>, _ second: Span<P.Scalar>?, into result: inout MutableSpan<P.Scalar>
  ) throws(ConvError) {
    try super.apply(first, second, into: &result)
    try plan.apply(first, second, into: &result)
  }
}
