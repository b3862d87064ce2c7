import ConvCore

/// Whether a result is the same, bit by bit, however it is computed; nil where it was not tried.
public struct Determinism: Sendable, Equatable {
  /// In a second run.
  public var runs: Bool?
  /// On another number of threads: one, or two where one was asked for.
  public var threads: Bool?
  /// At another place in a batch of another size.
  public var batch: Bool?

  /// Nothing tried.
  public init() {}
}

extension Trial {
  /// Runs the algorithm again, on other threads, and in another batch, and compares bits.
  ///
  /// `plan` is prepared and has just given `result`. What cannot be had (an algorithm that refuses
  /// the other problem) stays nil.
  func determinism(
    _ algorithm: any ConvAlgorithm, _ plan: Plan<S>, _ operands: Operands<S>, _ result: [S],
    _ resources: Resources
  ) throws(ConvError) -> Determinism {
    var found = Determinism()
    found.runs = Self.isSame(try apply(plan, problem, operands, prepares: false), result[...])
    try cancellation.check()
    var other = resources
    other.pool = try ThreadPool(width: resources.threads == 1 ? 2 : 1)
    if case .supported = algorithm.support(problem, other) {
      let planned = try S.plan(algorithm, problem, other)
      found.threads = Self.isSame(try apply(planned, problem, operands), result[...])
    }
    try cancellation.check()
    found.batch = try isSameInBatch(algorithm, operands, result, resources)
    return found
  }

  /// The last image alone; an only image twice.
  private func isSameInBatch(
    _ algorithm: any ConvAlgorithm, _ operands: Operands<S>, _ result: [S], _ resources: Resources
  ) throws(ConvError) -> Bool? {
    guard problem.hasStationaryWeights else { return nil }
    let isSingle = problem.batch == 1
    let other = try problem.with(batch: isSingle ? 2 : 1)
    guard case .supported(let estimate) = algorithm.support(other, resources),
      estimate.workspaceBytes <= planBytes
    else { return nil }
    var changed = operands
    let one = operands.first.count / problem.batch
    changed.first = isSingle ? operands.first + operands.first : Array(operands.first.suffix(one))
    let found = try apply(try S.plan(algorithm, other, resources), other, changed)
    let size = result.count / problem.batch
    guard isSingle else { return Self.isSame(found, result.suffix(size)) }
    return Self.isSame(Array(found.prefix(size)), result[...])
      && Self.isSame(Array(found.suffix(size)), result[...])
  }

  private func apply(
    _ plan: Plan<S>, _ problem: ConvProblem, _ operands: Operands<S>, prepares: Bool = true
  ) throws(ConvError) -> [S] {
    if prepares, let weights = operands.weights {
      try plan.prepare(weights: weights.span, bias: operands.bias?.span)
    }
    var result = [S](repeating: .nan, count: problem.operandCounts.result)
    var span = result.mutableSpan
    try plan.apply(operands.first.span, operands.second?.span, into: &span)
    return result
  }

  /// Whether all bits are equal; NaN with whatever bits equals NaN.
  @specialized(where S == Float)
  @specialized(where S == Double)
  private static func isSame(_ a: [S], _ b: ArraySlice<S>) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { $0 == $1 ? $0.sign == $1.sign : $0.isNaN && $1.isNaN }
  }
}
