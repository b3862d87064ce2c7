import ConvCore
import Kernels

/// Winograd's minimal filtering (Winograd 1980; Lavin and Gray 2016): F(m, r) computes m outputs of r
/// taps with m + r - 1 multiplications for each pair of channels, F(6x6, 3x3) 5.06 times fewer than the
/// plain sum.
///
/// Kernels of 3 and 5 taps along any axes at stride and dilation 1. Errors grow with the tile; the
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

  /// Kernels of 3 and 5 taps at stride 1.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    .lowered(
      WinogradKernel<Float>.self, WinogradKernel<Double>.self, options, problem, resources)
  }

  /// A plan in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  { try .lowered(WinogradKernel<Float>.self, options, name, problem, resources) }

  /// A plan in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  { try .lowered(WinogradKernel<Double>.self, options, name, problem, resources) }
}
