import ConvCore
import Kernels

/// `fft-tiled`: overlap-save tiles on the project's own transforms, or on FFTW's where these do not
/// reach.
///
/// The input is cut into tiles that overlap by the kernel's reach less one; their spectra are
/// multiplied by the kernels' and summed up over the channels, a product of matrices for each
/// frequency, and transformed back. docs/OverlapSave.md has the mathematics and when it wins.
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

  /// From a variant as written: `t32`, or none for the model's choice.
  ///
  /// - Throws: `ConvError.invalid` where the variant is neither.
  public init(variant: String) throws(ConvError) {
    if variant.isEmpty {
      self.init()
      return
    }
    guard variant.hasPrefix("t"), let tile = Int(variant.dropFirst()), tile >= 4 else {
      throw .invalid(
        "fft-tiled has the variants tN for tiles of N points, fftw and fftw-tN for FFTW's "
          + "transforms, so no fft-tiled:\(variant)")
    }
    self.init(tile: tile)
  }

  /// Every problem; a fixed tile only kernels that fit it.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    let own = Support.lowered(
      TileKernel<Float>.self, TileKernel<Double>.self, options(problem, resources), problem,
      resources)
    if takesOwn(problem, own, resources) { return own }
    let other = Support.lowered(
      SpectralKernel<Float>.self, SpectralKernel<Double>.self, .tiled(nil), problem, resources)
    guard case .supported(var estimate) = other, problem.pass != .biasGradient else { return other }
    estimate.computedBy =
      (estimate.computedBy == "native" ? "" : estimate.computedBy + ", ") + "tiles by FFTW"
    return .supported(estimate)
  }

  /// A plan in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  {
    takesOwn(problem, resources)
      ? try .lowered(TileKernel<Float>.self, options(problem, resources), name, problem, resources)
      : try .lowered(SpectralKernel<Float>.self, .tiled(nil), name, problem, resources)
  }

  /// A plan in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  {
    takesOwn(problem, resources)
      ? try .lowered(TileKernel<Double>.self, options(problem, resources), name, problem, resources)
      : try .lowered(SpectralKernel<Double>.self, .tiled(nil), name, problem, resources)
  }

  /// The options, strides split into phases where a problem's channels are fewer than lanes: these are
  /// then filled by phases. With more channels as many products remain, on `stride` times smaller tiles
  /// or with as much larger weights.
  private func options(_ problem: ConvProblem, _ resources: Resources) -> TileOptions {
    var options = options
    let p = problem.underlying
    options.splitsStrides =
      p.groups == 1 && p.inChannels < resources.isa.lanes(problem.scalar)
    return options
  }

  private func takesOwn(_ problem: ConvProblem, _ resources: Resources) -> Bool {
    takesOwn(
      problem,
      .lowered(
        TileKernel<Float>.self, TileKernel<Double>.self, options(problem, resources), problem,
        resources), resources)
  }

  /// Whether the project's own transforms do it: always where a tile is asked for. In weight gradients
  /// of few channels most lanes would be empty, and FFTW's rows have none.
  private func takesOwn(_ problem: ConvProblem, _ own: Support, _ resources: Resources) -> Bool {
    if options.size != nil { return true }
    if case .unsupported = own { return false }
    if problem.pass != .weightGradient { return true }
    let native = TileKernel<Float>.native(options(problem, resources))
    return Lowering(problem, native: native).parts.allSatisfy {
      min($0.core.inChannels, $0.core.outChannels) >= 8
    }
  }
}
