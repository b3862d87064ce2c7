import ConvCore
import KernelShapes
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The tile transforms of `fft-tiled`: generated codelets on vectors whose lanes are independent.
///
/// Unnormalised: forth and back multiplies by the number of points where complex frequencies count
/// twice (each stands for its mirror image too).
public protocol SpectralScalar: TileGemmScalar {
  /// Reads tiles and writes their spectra.
  static func transformTiles(
    _ isa: ISA, _ shape: TileShape<Self>, _ source: TileSource<Self>,
    _ scratch: TileScratch<Self>, into place: SpectrumPlace<Self>)

  /// The transpose: reads spectra and writes the outputs asked for.
  static func transformTilesBack(
    _ isa: ISA, _ shape: TileShape<Self>, _ place: SpectrumPlace<Self>,
    _ scratch: TileScratch<Self>, into target: TileTarget<Self>)

  /// Multiplies the complex values of a spectrum by `factor` and the real ones by `realFactor`.
  static func scaleSpectrum(
    _ isa: ISA, _ place: SpectrumPlace<Self>, complexes: Int, by factor: Self, reals: Int,
    by realFactor: Self)
}

extension Float: SpectralScalar {
  /// In single precision.
  public static func transformTiles(
    _ isa: ISA, _ shape: TileShape<Float>, _ source: TileSource<Float>,
    _ scratch: TileScratch<Float>, into place: SpectrumPlace<Float>
  ) {
    #if arch(x86_64)
      if isa == .avx512 { return KernelsAVX512.spectralForward(shape, source, scratch, place) }
      if isa == .avx2 { return KernelsAVX2.spectralForward(shape, source, scratch, place) }
    #endif
    KernelsBase.spectralForward(shape, source, scratch, place)
  }

  /// In single precision.
  public static func transformTilesBack(
    _ isa: ISA, _ shape: TileShape<Float>, _ place: SpectrumPlace<Float>,
    _ scratch: TileScratch<Float>, into target: TileTarget<Float>
  ) {
    #if arch(x86_64)
      if isa == .avx512 { return KernelsAVX512.spectralInverse(shape, place, scratch, target) }
      if isa == .avx2 { return KernelsAVX2.spectralInverse(shape, place, scratch, target) }
    #endif
    KernelsBase.spectralInverse(shape, place, scratch, target)
  }

  /// In single precision.
  public static func scaleSpectrum(
    _ isa: ISA, _ place: SpectrumPlace<Float>, complexes: Int, by factor: Float, reals: Int,
    by realFactor: Float
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.spectralScale(
          place, complexes: complexes, by: factor, reals: reals, by: realFactor)
      }
      if isa == .avx2 {
        return KernelsAVX2.spectralScale(
          place, complexes: complexes, by: factor, reals: reals, by: realFactor)
      }
    #endif
    KernelsBase.spectralScale(
      place, complexes: complexes, by: factor, reals: reals, by: realFactor)
  }
}

extension Double: SpectralScalar {
  /// In double precision.
  public static func transformTiles(
    _ isa: ISA, _ shape: TileShape<Double>, _ source: TileSource<Double>,
    _ scratch: TileScratch<Double>, into place: SpectrumPlace<Double>
  ) {
    #if arch(x86_64)
      if isa == .avx512 { return KernelsAVX512.spectralForward(shape, source, scratch, place) }
      if isa == .avx2 { return KernelsAVX2.spectralForward(shape, source, scratch, place) }
    #endif
    KernelsBase.spectralForward(shape, source, scratch, place)
  }

  /// In double precision.
  public static func transformTilesBack(
    _ isa: ISA, _ shape: TileShape<Double>, _ place: SpectrumPlace<Double>,
    _ scratch: TileScratch<Double>, into target: TileTarget<Double>
  ) {
    #if arch(x86_64)
      if isa == .avx512 { return KernelsAVX512.spectralInverse(shape, place, scratch, target) }
      if isa == .avx2 { return KernelsAVX2.spectralInverse(shape, place, scratch, target) }
    #endif
    KernelsBase.spectralInverse(shape, place, scratch, target)
  }

  /// In double precision.
  public static func scaleSpectrum(
    _ isa: ISA, _ place: SpectrumPlace<Double>, complexes: Int, by factor: Double, reals: Int,
    by realFactor: Double
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.spectralScale(
          place, complexes: complexes, by: factor, reals: reals, by: realFactor)
      }
      if isa == .avx2 {
        return KernelsAVX2.spectralScale(
          place, complexes: complexes, by: factor, reals: reals, by: realFactor)
      }
    #endif
    KernelsBase.spectralScale(
      place, complexes: complexes, by: factor, reals: reals, by: realFactor)
  }
}
