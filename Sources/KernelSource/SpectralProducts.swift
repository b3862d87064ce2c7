import KernelShapes

// Entry points of products of spectra, for Float and for Double: see `TileTransforms` in Kernels.

/// Products of a folded spectrum with factors of every lane, or the same for all lanes.
@inline(never)
public func spectralMultiply(
  _ folded: FoldedShape, _ x: UnsafePointer<Float>, _ u: UnsafePointer<Float>, perLane: Bool,
  _ y: UnsafeMutablePointer<Float>, adds: Bool
) {
  if perLane {
    multiplyFolded(VectorFactors<V32>.self, folded, x, u, y, adds: adds)
  } else {
    multiplyFolded(ScalarFactors<V32>.self, folded, x, u, y, adds: adds)
  }
}

/// The same of Double.
@inline(never)
public func spectralMultiply(
  _ folded: FoldedShape, _ x: UnsafePointer<Double>, _ u: UnsafePointer<Double>, perLane: Bool,
  _ y: UnsafeMutablePointer<Double>, adds: Bool
) {
  if perLane {
    multiplyFolded(VectorFactors<V64>.self, folded, x, u, y, adds: adds)
  } else {
    multiplyFolded(ScalarFactors<V64>.self, folded, x, u, y, adds: adds)
  }
}

/// Factors from a folded spectrum.
@inline(never)
public func spectralFactors(
  _ folded: FoldedShape, _ x: UnsafePointer<Float>, factor: Float, lanes: Int,
  _ u: UnsafeMutablePointer<Float>, laneNext: Int
) { storeFactors(V32.self, folded, x, factor: factor, lanes: lanes, u, laneNext: laneNext) }

/// The same of Double.
@inline(never)
public func spectralFactors(
  _ folded: FoldedShape, _ x: UnsafePointer<Double>, factor: Double, lanes: Int,
  _ u: UnsafeMutablePointer<Double>, laneNext: Int
) { storeFactors(V64.self, folded, x, factor: factor, lanes: lanes, u, laneNext: laneNext) }

/// Scales a spectrum frequency by frequency.
@inline(never)
public func spectralScale(
  _ place: SpectrumPlace<Float>, complexes: Int, by factor: Float, reals: Int
) { scale(V32.self, place, complexes, factor, reals) }

/// The same of Double.
@inline(never)
public func spectralScale(
  _ place: SpectrumPlace<Double>, complexes: Int, by factor: Double, reals: Int
) { scale(V64.self, place, complexes, factor, reals) }

@inline(__always)
private func scale<V: Vector>(
  _: V.Type, _ place: SpectrumPlace<V.Scalar>, _ complexes: Int, _ factor: V.Scalar, _ reals: Int
) {
  let (a, b) = (V(repeating: factor), V(repeating: factor / 2))
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
