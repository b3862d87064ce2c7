import ConvCore
import Kernels

/// Winograd's minimal filtering (Winograd 1980; Lavin and Gray 2016): F(m, r) computes m outputs of r
/// taps with m + r - 1 multiplications for each pair of channels, F(6x6, 3x3) 5.06 times fewer than the
/// plain sum.
///
/// Kernels of 2 to 5 taps along any axes, at a stride of 2 to 5 taps in each of its phases (`Phases`):
/// 7 x 7 at stride 2, 11 x 11 at stride 4. Errors grow with the tile; the
/// bound and the memory are derived in docs/Winograd.md. `winograd` chooses the tile by cost among those
/// whose error growth is moderate; `winograd:f2`, `f4` and `f6` name it.
public struct Winograd: ConvAlgorithm {
  private let options: WinogradOptions

  /// The variant with tiles of `tile` outputs along each axis: 2, 4 or 6; nil chooses.
  public init(tile: Int? = nil) { options = WinogradOptions(tile: tile) }

  /// All variants, the choosing one first.
  public static var all: [Winograd] { [nil, 2, 4, 6].map(Winograd.init(tile:)) }

  /// `winograd`, `winograd:f2` and so on.
  public var name: AlgorithmName {
    AlgorithmName("winograd", variant: options.tile.map { "f\($0)" } ?? "")
  }

  /// Kernels of 2 to 5 taps at dilation 1, at any stride that leaves no more to each phase.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    if let reason = Self.refusal(problem) { return .unsupported(reason) }
    return .lowered(
      WinogradKernel<Float>.self, WinogradKernel<Double>.self, options, problem, resources)
  }

  /// A plan in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  {
    try Self.check(problem)
    return try .lowered(WinogradKernel<Float>.self, options, name, problem, resources)
  }

  /// A plan in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  {
    try Self.check(problem)
    return try .lowered(WinogradKernel<Double>.self, options, name, problem, resources)
  }

  /// Parts of one tap, as in the gradient of a stride, are computed; a whole problem of them is not.
  private static func refusal(_ problem: ConvProblem) -> String? {
    problem.kernel == .one && problem.pass != .biasGradient
      ? "winograd saves nothing on one tap: im2col is a plain product there" : nil
  }

  private static func check(_ problem: ConvProblem) throws(ConvError) {
    if let reason = refusal(problem) { throw .unsupported(reason) }
  }
}
