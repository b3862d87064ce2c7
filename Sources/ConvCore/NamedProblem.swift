/// A problem with the name and the multiplicity that a list of workloads gives it.
public struct NamedProblem: Hashable, Codable, Sendable {
  /// What is computed.
  public var problem: ConvProblem
  /// What people call it (`vgg16/conv3_2`); empty where it has no name.
  public var name: String
  /// How often a network computes it, at least 1.
  public var multiplicity: Int

  /// A problem, nameless and counted once unless said otherwise.
  public init(_ problem: ConvProblem, name: String = "", multiplicity: Int = 1) {
    self.problem = problem
    self.name = name
    self.multiplicity = multiplicity
  }
}

/// What a problem needs beyond its descriptor: what options say.
public struct ProblemSettings: Hashable, Sendable {
  /// Replaces the descriptor's batch (mb).
  public var batch: Int?
  /// Convolution or its transpose.
  public var operation = Operation.convolution
  /// Which operand is computed.
  public var pass = Pass.forward
  /// What stands outside the input.
  public var border = Border.zeros
  /// Whether the kernel is flipped.
  public var convention = Convention.crossCorrelation
  /// Whether a bias is added in the forward pass.
  public var bias = false
  /// Order of elements of input and output.
  public var layout = DataLayout.nchw
  /// The type that it is computed in.
  public var scalar = ScalarKind.f32
  /// Replaces the descriptor's padding and, as it follows from it, its output.
  public var padding: Padding?
  /// Extra outputs of a transposed convolution at the far side: one for all axes, or one each.
  public var outputPadding: [Int]?

  /// A forward cross-correlation in single precision on zeros, N C H W, without bias.
  public init() {}
}
