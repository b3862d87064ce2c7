import ConvCore
import Kernels

/// Direct convolution: the sum of products as it is defined, in blocks of registers.
///
/// Nothing is transformed and no matrix of the input is made: a strip of a few input rows is
/// copied (padded, and sorted by the phases of the stride) to where the second-level cache holds it,
/// and every product is one lane of a multiply-add on it. Operations are the nominal ones, errors
/// those of a running sum. docs/Direct.md explains the forms and the blocking.
public struct Direct: ConvAlgorithm {
  /// The only variant.
  public init() {}

  /// `direct`.
  public var name: AlgorithmName { AlgorithmName("direct") }

  /// Every problem and pass.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    .lowered(DirectKernel<Float>.self, DirectKernel<Double>.self, (), problem, resources)
  }

  /// A plan in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  { try .lowered(DirectKernel<Float>.self, (), name, problem, resources) }

  /// A plan in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  { try .lowered(DirectKernel<Double>.self, (), name, problem, resources) }
}
