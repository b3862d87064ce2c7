/// Everything that a convolution is, as one value: shapes, conventions, pass and scalar.
///
/// Rank 1 problems have depth and height of 1, rank 2 problems a depth of 1, so that all code below
/// sees rank 3. A problem that exists is sound: the initialiser checks sizes, divisibility, borders
/// and arithmetic overflow, and nothing has to be checked again.
public struct ConvProblem: Hashable, Codable, Sendable {
  /// Number of spatial axes that the user gave, 1 to 3.
  public let rank: Int
  /// Number of inputs, N.
  public let batch: Int
  /// Channels of the input over all groups, C.
  public let inChannels: Int
  /// Channels of the output over all groups, K.
  public let outChannels: Int
  /// Channels fall into this many parts that do not see each other.
  public let groups: Int
  /// The axes; absent ones are neutral.
  public let depth: Axis, height: Axis, width: Axis
  /// Convolution or its transpose.
  public let operation: Operation
  /// Which operand is computed.
  public let pass: Pass
  /// What stands outside the input.
  public let border: Border
  /// Whether the kernel is flipped.
  public let convention: Convention
  /// Whether a bias for each output channel is added in the forward pass.
  public let bias: Bool
  /// Order of elements of input and output.
  public let layout: DataLayout
  /// The type that it is computed in.
  public let scalar: ScalarKind

  /// Checks everything once.
  ///
  /// - Throws: `ConvError.invalid` naming the value that cannot be, and what could.
  public init(
    batch: Int = 1, inChannels: Int = 1, outChannels: Int = 1, groups: Int = 1, axes: [Axis],
    operation: Operation = .convolution, pass: Pass = .forward, border: Border = .zeros,
    convention: Convention = .crossCorrelation, bias: Bool = false, layout: DataLayout = .nchw,
    scalar: ScalarKind = .f32
  ) throws(ConvError) {
    guard (1...3).contains(axes.count) else {
      throw .invalid("a problem has 1 to 3 spatial axes, not \(axes.count)")
    }
    let padded = Array(repeating: Axis(), count: 3 - axes.count) + axes
    self.init(
      unchecked: axes.count, batch: batch, inChannels: inChannels, outChannels: outChannels,
      groups: groups, axes: padded, operation: operation, pass: pass, border: border,
      convention: convention, bias: bias, layout: layout, scalar: scalar)
    try check()
  }

  /// The same without checks, for problems derived from sound ones. `axes` are three.
  init(
    unchecked rank: Int, batch: Int, inChannels: Int, outChannels: Int, groups: Int, axes: [Axis],
    operation: Operation, pass: Pass, border: Border, convention: Convention, bias: Bool,
    layout: DataLayout, scalar: ScalarKind
  ) {
    self.rank = rank
    self.batch = batch
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.groups = groups
    depth = axes[0]
    height = axes[1]
    width = axes[2]
    self.operation = operation
    self.pass = pass
    self.border = border
    self.convention = convention
    self.bias = bias
    self.layout = layout
    self.scalar = scalar
  }

  /// The three axes, absent ones included: depth, height, width.
  public var axes: [Axis] { [depth, height, width] }

  /// The axes that the user gave.
  public var spatialAxes: [Axis] { Array(axes.suffix(rank)) }

  /// A copy with some values replaced, checked again.
  ///
  /// - Throws: `ConvError.invalid` where the new values do not fit.
  public func with(
    batch: Int? = nil, axes: [Axis]? = nil, operation: Operation? = nil, pass: Pass? = nil,
    border: Border? = nil, convention: Convention? = nil, bias: Bool? = nil,
    layout: DataLayout? = nil, scalar: ScalarKind? = nil
  ) throws(ConvError) -> ConvProblem {
    try ConvProblem(
      batch: batch ?? self.batch, inChannels: inChannels, outChannels: outChannels, groups: groups,
      axes: axes ?? spatialAxes, operation: operation ?? self.operation, pass: pass ?? self.pass,
      border: border ?? self.border, convention: convention ?? self.convention,
      bias: bias ?? self.bias, layout: layout ?? self.layout, scalar: scalar ?? self.scalar)
  }
}
