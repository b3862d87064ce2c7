/// One row of the registry: a named way to compute convolutions.
///
/// A value; variants (`winograd:f4`) and plug-ins are instances. What most authors write is a
/// `ConvKernel` and the four lines of this protocol around it: see docs/AddingAnAlgorithm.md.
public protocol ConvAlgorithm: Sendable {
  /// Family and variant, unique in a registry.
  var name: AlgorithmName { get }

  /// Whether and at what cost this algorithm does `problem`, without planning it.
  func support(_ problem: ConvProblem, _ resources: Resources) -> Support

  /// Plans `problem` in single precision.
  ///
  /// - Throws: `ConvError` where the problem is unsupported or over the workspace limit.
  func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type) throws(ConvError)
    -> Plan<Float>

  /// Plans `problem` in double precision.
  ///
  /// - Throws: `ConvError` where the problem is unsupported or over the workspace limit.
  func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type) throws(ConvError)
    -> Plan<Double>
}

/// An algorithm's answer to whether it does a problem.
public enum Support: Sendable, Equatable {
  /// Yes, at this cost.
  case supported(Estimate)
  /// No, and why: one line for people.
  case unsupported(String)
}

/// What an algorithm will need for a problem and how far it may err.
public struct Estimate: Sendable, Equatable {
  /// Bytes that the plan will allocate, prepared weights included.
  public var workspaceBytes: Int
  /// Bytes of these that live as long as the plan: prepared weights, and small tables; 0 where an
  /// algorithm does not tell them apart.
  public var preparedBytes: Int
  /// Floating-point operations that the algorithm's mathematics needs; lanes and tiles that are
  /// filled up with nothing are not work.
  public var executedOperations: Double
  /// How its rounding errors arise.
  public var error: ErrorModel
  /// How it is computed: `native`, or by what derivation (`derived: input gradient as 4 phases`).
  public var computedBy: String

  /// All values.
  public init(
    workspaceBytes: Int, preparedBytes: Int = 0, executedOperations: Double, error: ErrorModel,
    computedBy: String
  ) {
    self.workspaceBytes = workspaceBytes
    self.preparedBytes = preparedBytes
    self.executedOperations = executedOperations
    self.error = error
    self.computedBy = computedBy
  }
}
