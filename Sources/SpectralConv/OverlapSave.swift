import ConvCore

/// `fft-tiled:fftw`: overlap-save tiles, transformed by FFTW.
///
/// The image is cut into tiles that overlap by the kernel's reach less one; each is transformed on
/// its own, and the outputs that did not wrap around are kept. The size is chosen by a model of time
/// that generalises the optimal block of one-dimensional overlap-save: docs/OverlapSave.md. In a weight
/// gradient the tiles' products are summed up as spectra and transformed back once.
public struct OverlapSave: ConvAlgorithm {
  /// Points of a tile along each axis; nil for the model's choice.
  public let tile: Int?
  /// `fft-tiled:fftw`, or `fft-tiled:fftw-t64` for a fixed tile.
  public let name: AlgorithmName

  /// Tiles of `tile` points along each axis (less where the whole axis needs less), or chosen.
  public init(tile: Int? = nil) {
    self.tile = tile
    name = AlgorithmName("fft-tiled", variant: "fftw" + (tile.map { "-t\($0)" } ?? ""))
  }

  /// From a variant as written: `fftw`, `fftw-t64`, or none for the model's choice.
  ///
  /// - Throws: `ConvError.invalid` where the variant is none of these.
  public init(variant: String) throws(ConvError) {
    name = AlgorithmName("fft-tiled", variant: variant)
    tile = variant.hasPrefix("fftw-t") ? Int(variant.dropFirst(6)) : nil
    let isSound = tile.map { (1...Axis.largest).contains($0) } ?? ["", "fftw"].contains(variant)
    guard isSound else {
      throw .invalid(
        "fft-tiled has the variants fftw and fftw-tN for tiles of N points, so no fft-tiled:\(variant)"
      )
    }
  }

  /// Every problem; a fixed tile only kernels that fit it.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    .lowered(
      SpectralKernel<Float>.self, SpectralKernel<Double>.self, .tiled(tile), problem, resources)
  }

  /// A plan in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  { try .lowered(SpectralKernel<Float>.self, .tiled(tile), name, problem, resources) }

  /// A plan in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  { try .lowered(SpectralKernel<Double>.self, .tiled(tile), name, problem, resources) }
}
