/// What a kernel takes natively; the shared steps do the rest.
public struct Native: OptionSet, Hashable, Sendable, Codable {
  /// Bits.
  public let rawValue: Int

  /// From bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Reads the input through `CoreProblem.maps`; otherwise padding is materialised first.
  public static let maps = Native(rawValue: 1)
  /// Computes strided outputs; otherwise strides arrive as more channels and fewer taps (`Phases`).
  public static let stride = Native(rawValue: 2)
  /// Takes dilated taps; otherwise weights are spread out with zeros.
  public static let dilation = Native(rawValue: 4)
  /// Computes all groups in one call; otherwise it is called for each, with weights in slots.
  public static let groups = Native(rawValue: 8)
  /// Reads and writes at any stride along the width, negative ones too; otherwise operands whose
  /// neighbours along the width are not neighbours in memory are copied.
  public static let layouts = Native(rawValue: 16)
  /// Has a form of its own for weight gradients (`weightGradient`). Otherwise they arrive as a
  /// convolution with the output gradient for a kernel.
  public static let weightGradient = Native(rawValue: 32)
}

/// What most algorithms implement: the normal form alone (`CoreProblem`), about 40 lines.
///
/// `LoweredPlan` brings every problem and pass into it. An instance owns its prepared weights, one
/// set for each slot; work space that need not survive a call is `scratch`, shared between the
/// instances of a plan. Nothing is allocated after `init`.
public protocol ConvKernel<Scalar>: ~Copyable {
  /// `Float` or `Double`.
  associatedtype Scalar: ConvScalar
  /// What distinguishes variants.
  associatedtype Options: Sendable

  /// What this variant takes natively.
  static func native(_ options: Options) -> Native

  /// Cost and error model of `core` with `slots` sets of weights, without planning.
  ///
  /// - Throws: `ConvError.unsupported` with the reason where it cannot be done.
  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Options, _ resources: Resources
  ) throws(ConvError) -> KernelEstimate

  /// Plans `core`.
  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Options, _ resources: Resources
  ) throws(ConvError)

  /// Bytes owned by this instance.
  var ownedBytes: Int { get }

  /// Bytes of scratch that `apply` needs, 64-byte aligned.
  var scratchBytes: Int { get }

  /// Transforms or packs the weights of a slot (of all groups where `.groups` is native).
  mutating func prepare(_ weights: Source<Scalar>, slot: Int, scratch: UnsafeMutableRawPointer)

  /// Overwrites y with the normal form of x and the weights of a slot.
  mutating func apply(
    _ x: Source<Scalar>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<Scalar>)

  /// Overwrites w with w[g, k, c, t] = sum over n, o of x[n, g, c, o stride + t dilation] dy[n, g, k, o].
  /// Called only in the role of that name, which needs `.weightGradient`.
  mutating func weightGradient(
    _ x: Source<Scalar>, _ dy: Source<Scalar>, scratch: UnsafeMutableRawPointer,
    into w: Target<Scalar>)
}

extension ConvKernel where Self: ~Copyable {
  /// For kernels without a form of their own; never called for them.
  public mutating func weightGradient(
    _ x: Source<Scalar>, _ dy: Source<Scalar>, scratch: UnsafeMutableRawPointer,
    into w: Target<Scalar>
  ) { preconditionFailure("weightGradient without Native.weightGradient") }
}

/// Which of its two functions a kernel is planned for.
public enum Role: Sendable, Hashable {
  /// `prepare` and `apply`.
  case correlation
  /// `weightGradient`; `CoreProblem.output` are the extents of dy, `kernel` those of the result.
  case weightGradient
}

/// Cost and error model of one kernel.
public struct KernelEstimate: Sendable {
  /// Bytes that the instance will own, for all slots.
  public var ownedBytes: Int
  /// Bytes of scratch.
  public var scratchBytes: Int
  /// Operations of one call, for one slot.
  public var executedOperations: Double
  /// How rounding errors arise, in coordinates of the core problem.
  public var error: ErrorModel

  /// All values.
  public init(
    ownedBytes: Int, scratchBytes: Int, executedOperations: Double, error: ErrorModel
  ) {
    self.ownedBytes = ownedBytes
    self.scratchBytes = scratchBytes
    self.executedOperations = executedOperations
    self.error = error
  }
}
