import ConvCore
import Kernels

/// `fft-tiled`: overlap-save tiles on the project's own transforms.
///
/// The input is cut into tiles that overlap by the kernel's reach less one; their spectra are
/// multiplied by the kernels' and summed up over the channels, a product of matrices for each
/// frequency, and transformed back. docs/FFTTiled.md has the mathematics and when it wins.
public struct TiledFFT: ConvAlgorithm {
  /// Family `fft-tiled`, variant `tN` for tiles of N points.
  public let name: AlgorithmName
  private let options: TileOptions

  /// Tiles of `tile` points along each axis that is transformed (fewer where fewer do), or those that
  /// a model of time chooses.
  public init(tile: Int? = nil) {
    name = AlgorithmName("fft-tiled", variant: tile.map { "t\($0)" } ?? "")
    options = TileOptions(size: tile)
  }

  /// Every problem whose kernel fits a tile.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    .lowered(TileKernel<Float>.self, TileKernel<Double>.self, options, problem, resources)
  }

  /// A plan in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  { try .lowered(TileKernel<Float>.self, options, name, problem, resources) }

  /// A plan in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  { try .lowered(TileKernel<Double>.self, options, name, problem, resources) }
}
