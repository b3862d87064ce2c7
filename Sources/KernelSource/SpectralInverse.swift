import CSystem
import KernelShapes

/// Transforms spectra back and writes the outputs row by row: the transpose of `ForwardTransform`,
/// step by step.
struct InverseTransform<W: RowWriter> {
  typealias V = W.V
  typealias S = W.V.Scalar
  let shape: TileShape<S>
  let writer: W
  let scratch: TileScratch<S>

  /// Rows of plane z. Each tile's row is as long as the tile; what it holds beyond the tile's outputs
  /// the next one overwrites. Meanwhile it asks for the spectra that are next.
  @inline(__always)
  func rows(
    _ z: Int, _ plane: UnsafeMutablePointer<S>, asking place: SpectrumPlace<S>? = nil
  ) {
    let (pitch, planeSize) = (shape.size.rowPitch(V.lanes), shape.size.planeSize(V.lanes))
    let next = writer.advance &* V.lanes
    for y in 0..<writer.rows where writer.keepsRow(y) {
      let at = plane + y &* pitch
      place?.prefetch(y, of: writer.rows, shape.size.complexes)
      if shape.w.size == 1 {
        for t in 0..<writer.tiles {
          V.load(at + t &* planeSize).store(scratch.row + t &* next)
        }
      } else {
        transformLinesBack(
          shape.w, scratch.line, V.self,
          HalfLines(
            first: at, last: at + V.lanes, realNext: planeSize, re: at + 2 &* V.lanes,
            im: at + 3 &* V.lanes, step: 2 &* V.lanes, next: planeSize),
          RealLines(re: scratch.row, step: V.lanes, next: next), count: writer.tiles)
      }
      writer.write(z, y, from: scratch.row)
    }
  }

  /// Columns of one tile.
  @inline(__always)
  func columns(_ lines: SpectrumLines<S>, into plane: UnsafeMutablePointer<S>) {
    let pitch = shape.size.rowPitch(V.lanes)
    let reals = shape.size.rowReals
    let first = plane + reals &* V.lanes
    transformLines(
      shape.h, scratch.line, V.self, lines.complex.swapped,
      ComplexLines(re: first, im: first + V.lanes, step: pitch, next: 2 &* V.lanes).swapped,
      count: shape.size.rowComplexes)
    transformLinesBack(
      shape.h, scratch.line, V.self, lines.half,
      RealLines(re: plane, step: pitch, next: V.lanes), count: reals)
  }

  /// Row 0 of plane z where it is all of the plane.
  @inline(__always)
  func row(_ z: Int, _ half: HalfLines<S>, next: Int) {
    let to = writer.advance &* V.lanes
    if shape.w.size == 1 {
      for t in 0..<writer.tiles {
        V.load(half.first + t &* next).store(scratch.row + t &* to)
      }
    } else {
      var half = half
      (half.realNext, half.next) = (next, next)
      transformLinesBack(
        shape.w, scratch.line, V.self, half,
        RealLines(re: scratch.row, step: V.lanes, next: to), count: writer.tiles)
    }
    writer.write(z, 0, from: scratch.row)
  }

  /// Planes of one tile from their spectra in `volume`.
  @inline(__always)
  func planes(_ volume: UnsafeMutablePointer<S>) {
    for z in 0..<writer.planes where writer.keepsPlane(z) {
      let plane = volume + z &* shape.size.volumePitch(V.lanes)
      let place = SpectrumPlace(
        re: plane, im: plane + V.lanes, step: 2 &* V.lanes,
        real: plane + 2 &* shape.size.planeComplexes &* V.lanes, realStep: V.lanes, next: 0)
      if shape.h.size == 1 {
        row(z, place.lines(complexes: 0, size: shape.w.size).half, next: 0)
      } else {
        columns(
          place.lines(complexes: shape.size.rowComplexes, size: shape.h.size),
          into: scratch.plane)
        rows(z, scratch.plane)
      }
    }
  }

  /// Lines through the planes of one tile.
  @inline(__always)
  func depths(_ lines: SpectrumLines<S>, into volume: UnsafeMutablePointer<S>) {
    let pitch = shape.size.volumePitch(V.lanes)
    let complexes = shape.size.planeComplexes
    transformLines(
      shape.d, scratch.line, V.self, lines.complex.swapped,
      ComplexLines(re: volume, im: volume + V.lanes, step: pitch, next: 2 &* V.lanes).swapped,
      count: complexes)
    transformLinesBack(
      shape.d, scratch.line, V.self, lines.half,
      RealLines(re: volume + 2 &* complexes &* V.lanes, step: pitch, next: V.lanes),
      count: shape.size.planeReals)
  }

  /// All tiles from their spectra at `place`.
  @inline(__always)
  func transform(_ place: SpectrumPlace<S>) {
    if shape.d.size > 1 {
      depths(
        place.lines(complexes: shape.size.planeComplexes, size: shape.d.size),
        into: scratch.volume)
      planes(scratch.volume)
    } else if shape.h.size > 1 {
      for t in 0..<writer.tiles {
        columns(
          place.tile(t).lines(complexes: shape.size.rowComplexes, size: shape.h.size),
          into: scratch.plane + t &* shape.size.planeSize(V.lanes))
      }
      // Spectra of a run of tiles stand together, in the second-level cache.
      rows(0, scratch.plane, asking: writer.tiles == 1 ? place.tile(1) : nil)
    } else {
      row(0, place.lines(complexes: 0, size: shape.w.size).half, next: place.next)
    }
  }
}

extension SpectrumPlace {
  /// Asks for the complex frequencies of part i of n: they lie far apart, and the processor does not see
  /// the next one coming.
  @inline(__always)
  fileprivate func prefetch(_ i: Int, of n: Int, _ complexes: Int) {
    for f in i &* complexes / n..<(i &+ 1) &* complexes / n {
      cv_prefetch_t1(re + f &* step)
      cv_prefetch_t1(im + f &* step)
    }
  }
}
