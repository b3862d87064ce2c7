import ConvCore
import KernelShapes
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The kernels of tiled FFT for one scalar and instruction set: generated codelets on vectors whose
/// lanes are independent.
///
/// Transforms are unnormalised, and the way back is the transpose of the way there: both together
/// multiply by the number of points where the complex values of a spectrum are doubled (each stands
/// for its mirror image too). Three forms: *by frequency*, for products of matrices
/// (`TileGemmScalar`), lanes being channels; *folded* (`FoldedShape`), for products of lanes; and
/// *planes* (`PlaneShape`), pairs of tiles whose own columns are the lanes.
public struct TileTransforms<S: ConvScalar>: Sendable {
  /// Mutable and constant elements.
  public typealias Pointer = UnsafeMutablePointer<S>
  /// Constant elements.
  public typealias Constants = UnsafePointer<S>

  /// Reads neighbouring tiles of L channels and writes their spectra by frequency.
  public let forward:
    @Sendable (TileShape<S>, TileSource<S>, TileScratch<S>, SpectrumPlace<S>) -> Void
  /// The way back.
  public let inverse:
    @Sendable (TileShape<S>, SpectrumPlace<S>, TileScratch<S>, TileTarget<S>) -> Void
  /// Multiplies the complex values of a spectrum by frequency by a factor, the real ones by half of
  /// it: place, complex values, factor, real values.
  public let scale: @Sendable (SpectrumPlace<S>, Int, S, Int) -> Void
  /// Reads one tile of L channels and writes its folded spectrum.
  public let fold: @Sendable (TileShape<S>, TileSource<S>, TileScratch<S>, Pointer) -> Void
  /// The way back; the spectrum is overwritten.
  public let unfold: @Sendable (TileShape<S>, Pointer, TileScratch<S>, TileTarget<S>) -> Void
  /// Reads L tiles of one channel and writes their folded spectra.
  public let foldLanes:
    @Sendable (TileShape<S>, LaneSource<S>, LaneGrid, TileScratch<S>, Pointer) -> Void
  /// The way back; the spectra are overwritten.
  public let unfoldLanes:
    @Sendable (TileShape<S>, Pointer, TileScratch<S>, LaneTarget<S>, LaneGrid) -> Void
  /// y = x u or y += x u of folded spectra: shape, x, u, whether u has a vector for each value or a
  /// number for all lanes, y (possibly x), whether it is added.
  public let multiply: @Sendable (FoldedShape, Constants, Constants, Bool, Pointer, Bool) -> Void
  /// Factors u for `multiply` from the folded spectrum of weights: shape, x, a factor for complex
  /// values (real ones take half of it), lanes in use, u, and the distance of the lanes' factors or 1
  /// for vectors.
  public let factors: @Sendable (FoldedShape, Constants, S, Int, Pointer, Int) -> Void
  /// Reads one or two tiles of one channel, multiplies their spectrum by factors and writes the outputs;
  /// lanes are the tiles' own columns: shape, plane, source, the tiles as a grid's, factors, turns of a
  /// signal, work space, target.
  public let plane:
    @Sendable (
      TileShape<S>, PlaneShape, LaneSource<S>, LaneGrid, Constants, Constants, Pointer,
      LaneTarget<S>
    ) -> Void
  /// Factors for `plane` of a kernel: shape, plane, kernel, turns, work space, factors.
  public let planeFactors:
    @Sendable (TileShape<S>, PlaneShape, PlaneKernel<S>, Constants, Pointer, Pointer) -> Void
}

/// A scalar that tile transforms exist for.
public protocol TileTransformScalar: TileGemmScalar {
  /// The kernels for an instruction set.
  static func tileTransforms(_ isa: ISA) -> TileTransforms<Self>
}

extension Float: TileTransformScalar {
  /// The kernels for an instruction set.
  public static func tileTransforms(_ isa: ISA) -> TileTransforms<Float> {
    #if arch(x86_64)
      if isa == .avx512 {
        return TileTransforms(
          forward: KernelsAVX512.spectralForward, inverse: KernelsAVX512.spectralInverse,
          scale: { KernelsAVX512.spectralScale($0, complexes: $1, by: $2, reals: $3) },
          fold: KernelsAVX512.spectralFold, unfold: KernelsAVX512.spectralUnfold,
          foldLanes: KernelsAVX512.spectralFoldLanes,
          unfoldLanes: KernelsAVX512.spectralUnfoldLanes,
          multiply: { KernelsAVX512.spectralMultiply($0, $1, $2, perLane: $3, $4, adds: $5) },
          factors: {
            KernelsAVX512.spectralFactors($0, $1, factor: $2, lanes: $3, $4, laneNext: $5)
          }, plane: KernelsAVX512.spectralPlane, planeFactors: KernelsAVX512.spectralPlaneFactors)
      }
      if isa == .avx2 {
        return TileTransforms(
          forward: KernelsAVX2.spectralForward, inverse: KernelsAVX2.spectralInverse,
          scale: { KernelsAVX2.spectralScale($0, complexes: $1, by: $2, reals: $3) },
          fold: KernelsAVX2.spectralFold, unfold: KernelsAVX2.spectralUnfold,
          foldLanes: KernelsAVX2.spectralFoldLanes, unfoldLanes: KernelsAVX2.spectralUnfoldLanes,
          multiply: { KernelsAVX2.spectralMultiply($0, $1, $2, perLane: $3, $4, adds: $5) },
          factors: {
            KernelsAVX2.spectralFactors($0, $1, factor: $2, lanes: $3, $4, laneNext: $5)
          }, plane: KernelsAVX2.spectralPlane, planeFactors: KernelsAVX2.spectralPlaneFactors)
      }
    #endif
    return TileTransforms(
      forward: KernelsBase.spectralForward, inverse: KernelsBase.spectralInverse,
      scale: { KernelsBase.spectralScale($0, complexes: $1, by: $2, reals: $3) },
      fold: KernelsBase.spectralFold, unfold: KernelsBase.spectralUnfold,
      foldLanes: KernelsBase.spectralFoldLanes, unfoldLanes: KernelsBase.spectralUnfoldLanes,
      multiply: { KernelsBase.spectralMultiply($0, $1, $2, perLane: $3, $4, adds: $5) },
      factors: { KernelsBase.spectralFactors($0, $1, factor: $2, lanes: $3, $4, laneNext: $5) },
      plane: KernelsBase.spectralPlane, planeFactors: KernelsBase.spectralPlaneFactors)
  }
}

extension Double: TileTransformScalar {
  /// The kernels for an instruction set.
  public static func tileTransforms(_ isa: ISA) -> TileTransforms<Double> {
    #if arch(x86_64)
      if isa == .avx512 {
        return TileTransforms(
          forward: KernelsAVX512.spectralForward, inverse: KernelsAVX512.spectralInverse,
          scale: { KernelsAVX512.spectralScale($0, complexes: $1, by: $2, reals: $3) },
          fold: KernelsAVX512.spectralFold, unfold: KernelsAVX512.spectralUnfold,
          foldLanes: KernelsAVX512.spectralFoldLanes,
          unfoldLanes: KernelsAVX512.spectralUnfoldLanes,
          multiply: { KernelsAVX512.spectralMultiply($0, $1, $2, perLane: $3, $4, adds: $5) },
          factors: {
            KernelsAVX512.spectralFactors($0, $1, factor: $2, lanes: $3, $4, laneNext: $5)
          }, plane: KernelsAVX512.spectralPlane, planeFactors: KernelsAVX512.spectralPlaneFactors)
      }
      if isa == .avx2 {
        return TileTransforms(
          forward: KernelsAVX2.spectralForward, inverse: KernelsAVX2.spectralInverse,
          scale: { KernelsAVX2.spectralScale($0, complexes: $1, by: $2, reals: $3) },
          fold: KernelsAVX2.spectralFold, unfold: KernelsAVX2.spectralUnfold,
          foldLanes: KernelsAVX2.spectralFoldLanes, unfoldLanes: KernelsAVX2.spectralUnfoldLanes,
          multiply: { KernelsAVX2.spectralMultiply($0, $1, $2, perLane: $3, $4, adds: $5) },
          factors: {
            KernelsAVX2.spectralFactors($0, $1, factor: $2, lanes: $3, $4, laneNext: $5)
          }, plane: KernelsAVX2.spectralPlane, planeFactors: KernelsAVX2.spectralPlaneFactors)
      }
    #endif
    return TileTransforms(
      forward: KernelsBase.spectralForward, inverse: KernelsBase.spectralInverse,
      scale: { KernelsBase.spectralScale($0, complexes: $1, by: $2, reals: $3) },
      fold: KernelsBase.spectralFold, unfold: KernelsBase.spectralUnfold,
      foldLanes: KernelsBase.spectralFoldLanes, unfoldLanes: KernelsBase.spectralUnfoldLanes,
      multiply: { KernelsBase.spectralMultiply($0, $1, $2, perLane: $3, $4, adds: $5) },
      factors: { KernelsBase.spectralFactors($0, $1, factor: $2, lanes: $3, $4, laneNext: $5) },
      plane: KernelsBase.spectralPlane, planeFactors: KernelsBase.spectralPlaneFactors)
  }
}
