import KernelShapes

/// Transforms spectra back and writes the outputs that are asked for.
@inline(__always)
func transformTilesBack<V: TransposeVector>(
  _: V.Type, _ shape: TileShape<V.Scalar>, _ place: SpectrumPlace<V.Scalar>,
  _ scratch: TileScratch<V.Scalar>, into target: TileTarget<V.Scalar>
) {
  let writer = TileWriter<V>(shape, target, scratch)
  if shape.d.size == 1 { return writer.transformPlane(0, place) }
  let pitch = shape.size.volumePitch(V.lanes)
  let complexes = shape.planeComplexes
  let real = scratch.volume + 2 &* complexes &* V.lanes
  transformLines(
    shape.d, scratch.line, V.self, place.complexLines(size: shape.d.size).swapped,
    ComplexLines(
      re: scratch.volume, im: scratch.volume + V.lanes, step: pitch, next: 2 &* V.lanes
    ).swapped, count: complexes)
  transformLinesBack(
    shape.d, scratch.line, V.self,
    place.halfLines(after: complexes &* shape.d.size, size: shape.d.size),
    RealLines(re: real, step: pitch, next: V.lanes), count: shape.planeReals)
  for z in 0..<target.extent.d where (target.origin.d &+ z) % target.stride.d == 0 {
    let plane = scratch.volume + z &* pitch
    let real = plane + 2 &* complexes &* V.lanes
    writer.transformPlane(
      z,
      SpectrumPlace(
        re: plane, im: plane + V.lanes, step: 2 &* V.lanes, real: real, realStep: V.lanes, next: 0))
  }
}

/// Planes of neighbouring tiles, transformed back row by row and written.
private struct TileWriter<V: TransposeVector> {
  typealias S = V.Scalar
  let shape: TileShape<S>, target: TileTarget<S>, scratch: TileScratch<S>
  let rowPitch: Int, planeSize: Int

  @inline(__always)
  init(_ shape: TileShape<S>, _ target: TileTarget<S>, _ scratch: TileScratch<S>) {
    self.shape = shape
    self.target = target
    self.scratch = scratch
    rowPitch = shape.size.rowPitch(V.lanes)
    planeSize = shape.size.planeSize(V.lanes)
  }

  /// Plane z of all tiles.
  @inline(__always)
  func transformPlane(_ z: Int, _ place: SpectrumPlace<S>) {
    let (h, w) = (shape.h, shape.w)
    // Tiles write whole rows; what a tile writes beyond its outputs the next one overwrites.
    let row = RealLines(re: scratch.row, step: V.lanes, next: target.advance &* V.lanes)
    if h.size == 1 {
      if w.size == 1 {
        for t in 0..<target.tiles {
          V.load(place.real + t &* place.next).store(scratch.row + t &* row.next)
        }
      } else {
        var half = place.halfLines(after: 0, size: w.size)
        (half.realNext, half.next) = (place.next, place.next)
        transformLinesBack(w, scratch.line, V.self, half, row, count: target.tiles)
      }
      return writeRow(z, 0)
    }
    for t in 0..<target.tiles {
      transformColumns(place.tile(t), into: scratch.plane + t &* planeSize)
    }
    for y in 0..<target.extent.h where (target.origin.h &+ y) % target.stride.h == 0 {
      let at = scratch.plane + y &* rowPitch
      if w.size == 1 {
        for t in 0..<target.tiles {
          V.load(at + t &* planeSize).store(scratch.row + t &* row.next)
        }
      } else {
        let half = HalfLines(
          first: at, last: at + V.lanes, realNext: planeSize, re: at + 2 &* V.lanes,
          im: at + 3 &* V.lanes, step: 2 &* V.lanes, next: planeSize)
        transformLinesBack(w, scratch.line, V.self, half, row, count: target.tiles)
      }
      writeRow(z, y)
    }
  }

  @inline(__always)
  private func transformColumns(
    _ place: SpectrumPlace<S>, into plane: UnsafeMutablePointer<S>
  ) {
    let h = shape.h
    let (reals, complexes) = (shape.rowReals, shape.rowComplexes)
    let first = plane + reals &* V.lanes
    if complexes > 0 {
      transformLines(
        h, scratch.line, V.self, place.complexLines(size: h.size).swapped,
        ComplexLines(re: first, im: first + V.lanes, step: rowPitch, next: 2 &* V.lanes).swapped,
        count: complexes)
    }
    transformLinesBack(
      h, scratch.line, V.self, place.halfLines(after: complexes &* h.size, size: h.size),
      RealLines(re: plane, step: rowPitch, next: V.lanes), count: reals)
  }

  /// Writes row y of plane z of all tiles from `scratch.row`.
  @inline(__always)
  private func writeRow(_ z: Int, _ y: Int) {
    let t = target
    let (d, h) = ((t.origin.d &+ z) / t.stride.d, (t.origin.h &+ y) / t.stride.h)
    // The first output that is kept, and how many.
    let first = (t.origin.w &+ t.stride.w &- 1) / t.stride.w
    let end = (t.origin.w &+ t.extent.w &+ t.stride.w &- 1) / t.stride.w
    scatter(
      V.self, channels: t.lanes, count: end &- first,
      UnsafePointer(scratch.row) + (first &* t.stride.w &- t.origin.w) &* V.lanes,
      stride: t.stride.w &* V.lanes,
      into: t.base + (d &* t.depth &+ h &* t.height &+ first &* t.width), stride: t.lane,
      step: t.width)
  }
}
