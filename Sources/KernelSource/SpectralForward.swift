import KernelShapes

/// Where the last transform of a tile puts its lines: those that are complex before it, and those
/// that are real before it.
struct SpectrumLines<S> {
  var complex: ComplexLines<S>
  var half: HalfLines<S>
}

/// Reads tiles row by row and transforms them.
struct ForwardTransform<R: RowReader> {
  typealias V = R.V
  typealias S = R.V.Scalar
  let shape: TileShape<S>
  let reader: R
  let scratch: TileScratch<S>

  /// Rows of plane z, transformed, to `plane`; tile t begins t planes later.
  @inline(__always)
  func rows(_ z: Int, into plane: UnsafeMutablePointer<S>) {
    let (pitch, planeSize) = (shape.size.rowPitch(V.lanes), shape.size.planeSize(V.lanes))
    let next = reader.advance &* V.lanes
    for y in 0..<shape.h.size {
      let isZero = !reader.read(z, y, into: scratch.row)
      let at = plane + y &* pitch
      if isZero || shape.w.size == 1 {
        for t in 0..<reader.tiles {
          for x in 0..<shape.w.size {
            let v = isZero ? V() : V.load(scratch.row + (t &* next &+ x &* V.lanes))
            v.store(at + (t &* planeSize &+ x &* V.lanes))
          }
        }
      } else {
        transformLines(
          shape.w, scratch.line, V.self,
          RealLines(re: scratch.row, step: V.lanes, next: next),
          HalfLines(
            first: at, last: at + V.lanes, realNext: planeSize, re: at + 2 &* V.lanes,
            im: at + 3 &* V.lanes, step: 2 &* V.lanes, next: planeSize), count: reader.tiles)
      }
    }
  }

  /// Columns of one tile after its rows.
  @inline(__always)
  func columns(_ plane: UnsafeMutablePointer<S>, into lines: SpectrumLines<S>) {
    let pitch = shape.size.rowPitch(V.lanes)
    let reals = shape.size.rowReals
    let first = plane + reals &* V.lanes
    transformLines(
      shape.h, scratch.line, V.self,
      ComplexLines(re: first, im: first + V.lanes, step: pitch, next: 2 &* V.lanes),
      lines.complex, count: shape.size.rowComplexes)
    transformLines(
      shape.h, scratch.line, V.self, RealLines(re: plane, step: pitch, next: V.lanes),
      lines.half, count: reals)
  }

  /// Row 0 of plane z where it is all of the plane: neighbouring tiles' lines stand `next` apart.
  @inline(__always)
  func row(_ z: Int, into half: HalfLines<S>, next: Int) {
    let isZero = !reader.read(z, 0, into: scratch.row)
    let from = reader.advance &* V.lanes
    if isZero {
      let count = (reader.tiles &- 1) &* reader.advance &+ shape.w.size
      for x in 0..<count { V().store(scratch.row + x &* V.lanes) }
    }
    if shape.w.size == 1 {
      for t in 0..<reader.tiles {
        V.load(scratch.row + t &* from).store(half.first + t &* next)
      }
    } else {
      var half = half
      (half.realNext, half.next) = (next, next)
      transformLines(
        shape.w, scratch.line, V.self, RealLines(re: scratch.row, step: V.lanes, next: from),
        half, count: reader.tiles)
    }
  }

  /// Spectra of all planes of one tile, to `volume`: of each plane the complex values, then the real
  /// ones.
  @inline(__always)
  func planes(into volume: UnsafeMutablePointer<S>) {
    for z in 0..<shape.d.size {
      let plane = volume + z &* shape.size.volumePitch(V.lanes)
      let place = SpectrumPlace(
        re: plane, im: plane + V.lanes, step: 2 &* V.lanes,
        real: plane + 2 &* shape.size.planeComplexes &* V.lanes, realStep: V.lanes, next: 0)
      if shape.h.size == 1 {
        row(z, into: place.lines(complexes: 0, size: shape.w.size).half, next: 0)
      } else {
        rows(z, into: scratch.plane)
        columns(
          scratch.plane,
          into: place.lines(complexes: shape.size.rowComplexes, size: shape.h.size))
      }
    }
  }

  /// Lines through the planes of one tile.
  @inline(__always)
  func depths(_ volume: UnsafeMutablePointer<S>, into lines: SpectrumLines<S>) {
    let pitch = shape.size.volumePitch(V.lanes)
    let complexes = shape.size.planeComplexes
    transformLines(
      shape.d, scratch.line, V.self,
      ComplexLines(re: volume, im: volume + V.lanes, step: pitch, next: 2 &* V.lanes),
      lines.complex, count: complexes)
    transformLines(
      shape.d, scratch.line, V.self,
      RealLines(re: volume + 2 &* complexes &* V.lanes, step: pitch, next: V.lanes), lines.half,
      count: shape.size.planeReals)
  }

  /// Spectra of all tiles, frequency by frequency, to `place`.
  @inline(__always)
  func transform(into place: SpectrumPlace<S>) {
    if shape.d.size > 1 {
      planes(into: scratch.volume)
      depths(
        scratch.volume,
        into: place.lines(complexes: shape.size.planeComplexes, size: shape.d.size))
    } else if shape.h.size > 1 {
      rows(0, into: scratch.plane)
      for t in 0..<reader.tiles {
        columns(
          scratch.plane + t &* shape.size.planeSize(V.lanes),
          into: place.tile(t).lines(complexes: shape.size.rowComplexes, size: shape.h.size))
      }
    } else {
      row(0, into: place.lines(complexes: 0, size: shape.w.size).half, next: place.next)
    }
  }
}

extension SpectrumPlace {
  /// The last transform's lines, of `size` points: `complexes` complex ones, then the real ones.
  @inline(__always)
  func lines(complexes: Int, size: Int) -> SpectrumLines<S> {
    let first = complexes &* size &* step
    return SpectrumLines(
      complex: ComplexLines(re: re, im: im, step: step, next: size &* step),
      half: HalfLines(
        first: real, last: real + realStep, realNext: 2 &* realStep, re: re + first,
        im: im + first, step: step, next: (size / 2 &- 1) &* step))
  }

  /// Tile t alone.
  @inline(__always)
  func tile(_ t: Int) -> SpectrumPlace {
    var place = self
    place.re += t &* next
    place.im += t &* next
    place.real += t &* next
    return place
  }
}
