import KernelShapes

/// See `SpectralScalar.transformTiles` in Kernels.
@inline(never)
public func spectralForward(
  _ shape: TileShape<Float>, _ source: TileSource<Float>, _ scratch: TileScratch<Float>,
  _ place: SpectrumPlace<Float>
) { transformTiles(V32.self, shape, source, scratch, into: place) }

/// The same of Double.
@inline(never)
public func spectralForward(
  _ shape: TileShape<Double>, _ source: TileSource<Double>, _ scratch: TileScratch<Double>,
  _ place: SpectrumPlace<Double>
) { transformTiles(V64.self, shape, source, scratch, into: place) }

/// See `SpectralScalar.transformTilesBack` in Kernels.
@inline(never)
public func spectralInverse(
  _ shape: TileShape<Float>, _ place: SpectrumPlace<Float>, _ scratch: TileScratch<Float>,
  _ target: TileTarget<Float>
) { transformTilesBack(V32.self, shape, place, scratch, into: target) }

/// The same of Double.
@inline(never)
public func spectralInverse(
  _ shape: TileShape<Double>, _ place: SpectrumPlace<Double>, _ scratch: TileScratch<Double>,
  _ target: TileTarget<Double>
) { transformTilesBack(V64.self, shape, place, scratch, into: target) }

/// See `SpectralScalar.scaleSpectrum` in Kernels.
@inline(never)
public func spectralScale(
  _ place: SpectrumPlace<Float>, complexes: Int, by factor: Float, reals: Int, by realFactor: Float
) { scale(V32.self, place, complexes, factor, reals, realFactor) }

/// The same of Double.
@inline(never)
public func spectralScale(
  _ place: SpectrumPlace<Double>, complexes: Int, by factor: Double, reals: Int,
  by realFactor: Double
) { scale(V64.self, place, complexes, factor, reals, realFactor) }

@inline(__always)
private func scale<V: Vector>(
  _: V.Type, _ place: SpectrumPlace<V.Scalar>, _ complexes: Int, _ factor: V.Scalar,
  _ reals: Int, _ realFactor: V.Scalar
) {
  let (a, b) = (V(repeating: factor), V(repeating: realFactor))
  for i in 0..<complexes {
    let (re, im) = (place.re + i &* place.step, place.im + i &* place.step)
    (V.load(re) * a).store(re)
    (V.load(im) * a).store(im)
  }
  for i in 0..<reals {
    let real = place.real + i &* place.realStep
    (V.load(real) * b).store(real)
  }
}
