import KernelShapes

/// Reads and transforms the tiles of `source`; lanes are independent.
@inline(__always)
func transformTiles<V: TransposeVector>(
  _: V.Type, _ shape: TileShape<V.Scalar>, _ source: TileSource<V.Scalar>,
  _ scratch: TileScratch<V.Scalar>, into place: SpectrumPlace<V.Scalar>
) {
  let reader = TileReader<V>(shape, source, scratch)
  if shape.d.size == 1 {
    return reader.transformPlane(0, into: place)
  }
  // Spectra of the planes of one tile after another, then lines through them.
  let pitch = shape.size.volumePitch(V.lanes)
  let complexes = shape.planeComplexes
  for z in 0..<shape.d.size {
    let plane = scratch.volume + z &* pitch
    let real = plane + 2 &* complexes &* V.lanes
    reader.transformPlane(
      z,
      into: SpectrumPlace(
        re: plane, im: plane + V.lanes, step: 2 &* V.lanes, real: real, realStep: V.lanes, next: 0))
  }
  let real = scratch.volume + 2 &* complexes &* V.lanes
  transformLines(
    shape.d, scratch.line, V.self,
    ComplexLines(
      re: scratch.volume, im: scratch.volume + V.lanes, step: pitch, next: 2 &* V.lanes),
    place.complexLines(size: shape.d.size), count: complexes)
  transformLines(
    shape.d, scratch.line, V.self, RealLines(re: real, step: pitch, next: V.lanes),
    place.halfLines(after: complexes &* shape.d.size, size: shape.d.size),
    count: shape.planeReals)
}

extension TileShape {
  /// Real and complex frequencies of a plane.
  var planeReals: Int { (h.size > 1 ? 2 : 1) &* (w.size > 1 ? 2 : 1) }
  var planeComplexes: Int { (h.size &* w.size &- planeReals) / 2 }
  /// Of a row.
  var rowReals: Int { w.size > 1 ? 2 : 1 }
  var rowComplexes: Int { (w.size &- rowReals) / 2 }
}

extension SpectrumPlace {
  /// Lines of `size` complex values, one after another.
  func complexLines(size: Int) -> ComplexLines<S> {
    ComplexLines(re: re, im: im, step: step, next: size &* step)
  }

  /// Half spectra of lines of `size` real values: their complex values begin with the given one.
  func halfLines(after first: Int, size: Int) -> HalfLines<S> {
    HalfLines(
      first: real, last: real + realStep, realNext: 2 &* realStep, re: re + first &* step,
      im: im + first &* step, step: step, next: (size / 2 &- 1) &* step)
  }

  /// Tile t alone.
  func tile(_ t: Int) -> SpectrumPlace {
    var place = self
    place.re += t &* next
    place.im += t &* next
    place.real += t &* next
    return place
  }
}

/// Rows of neighbouring tiles, read and transformed plane by plane.
private struct TileReader<V: TransposeVector> {
  typealias S = V.Scalar
  let shape: TileShape<S>, source: TileSource<S>, scratch: TileScratch<S>
  let rowPitch: Int, planeSize: Int

  @inline(__always)
  init(_ shape: TileShape<S>, _ source: TileSource<S>, _ scratch: TileScratch<S>) {
    self.shape = shape
    self.source = source
    self.scratch = scratch
    rowPitch = shape.size.rowPitch(V.lanes)
    planeSize = shape.size.planeSize(V.lanes)
  }

  /// Plane z of all tiles.
  @inline(__always)
  func transformPlane(_ z: Int, into place: SpectrumPlace<S>) {
    let (h, w) = (shape.h, shape.w)
    let row = RealLines(
      re: scratch.row, step: V.lanes, next: source.advance &* V.lanes)
    if h.size == 1 {
      _ = readRow(z, 0)
      if w.size == 1 {
        for t in 0..<source.tiles {
          V.load(scratch.row + t &* row.next).store(place.real + t &* place.next)
        }
      } else {
        var half = place.halfLines(after: 0, size: w.size)
        (half.realNext, half.next) = (place.next, place.next)
        transformLines(w, scratch.line, V.self, row, half, count: source.tiles)
      }
      return
    }
    for y in 0..<h.size {
      let isZero = !readRow(z, y)
      let at = scratch.plane + y &* rowPitch
      if isZero || w.size == 1 {
        for t in 0..<source.tiles {
          let q = at + t &* planeSize
          for x in 0..<w.size {
            let v = isZero ? V() : V.load(scratch.row + (t &* row.next &+ x &* V.lanes))
            v.store(q + x &* V.lanes)
          }
        }
      } else {
        transformLines(
          w, scratch.line, V.self, row, rowSpectra(at, next: planeSize), count: source.tiles)
      }
    }
    for t in 0..<source.tiles {
      transformColumns(scratch.plane + t &* planeSize, into: place.tile(t))
    }
  }

  /// A row of a plane after its transform: the real values, then the complex ones.
  @inline(__always)
  private func rowSpectra(_ at: UnsafeMutablePointer<S>, next: Int) -> HalfLines<S> {
    HalfLines(
      first: at, last: at + V.lanes, realNext: next, re: at + 2 &* V.lanes,
      im: at + 3 &* V.lanes, step: 2 &* V.lanes, next: next)
  }

  @inline(__always)
  private func transformColumns(
    _ plane: UnsafeMutablePointer<S>, into place: SpectrumPlace<S>
  ) {
    let h = shape.h
    let (reals, complexes) = (shape.rowReals, shape.rowComplexes)
    let first = plane + reals &* V.lanes
    if complexes > 0 {
      transformLines(
        h, scratch.line, V.self,
        ComplexLines(re: first, im: first + V.lanes, step: rowPitch, next: 2 &* V.lanes),
        place.complexLines(size: h.size), count: complexes)
    }
    transformLines(
      h, scratch.line, V.self, RealLines(re: plane, step: rowPitch, next: V.lanes),
      place.halfLines(after: complexes &* h.size, size: h.size), count: reals)
  }

  /// Reads row y of plane z into `scratch.row`; false where it is all zeros.
  @inline(__always)
  private func readRow(_ z: Int, _ y: Int) -> Bool {
    let s = source
    let dz = s.isReversed && z > 0 ? shape.d.size &- z : z
    let dy = s.isReversed && y > 0 ? shape.h.size &- y : y
    guard dz < s.extent.d, dy < s.extent.h else { return false }
    let (depth, height) = (s.maps.0[s.origin.d &+ dz], s.maps.1[s.origin.h &+ dy])
    guard depth >= 0, height >= 0 else { return false }
    let p = s.base + (Int(depth) &* s.depth &+ Int(height) &* s.height)
    if s.isReversed { readReversed(p) } else { readForward(p) }
    return true
  }

  @inline(__always)
  private func readForward(_ p: UnsafePointer<S>) {
    let s = source
    let (start, end) = (s.origin.w, s.origin.w &+ s.extent.w)
    let low = min(max(start, s.interior.lowerBound), end)
    let high = max(low, min(end, s.interior.upperBound))
    readElements(p, start..<low)
    if low < high {
      gather(
        V.self, channels: s.lanes, count: high &- low, p + Int(s.maps.2[low]) &* s.width,
        stride: s.lane, step: s.width, into: scratch.row + (low &- start) &* V.lanes,
        stride: V.lanes)
    }
    readElements(p, high..<end)
    let total = (s.tiles &- 1) &* s.advance &+ shape.w.size
    for x in s.extent.w..<max(total, s.extent.w) { V().store(scratch.row + x &* V.lanes) }
  }

  /// Elements one by one, outside the interior.
  @inline(__always)
  private func readElements(_ p: UnsafePointer<S>, _ range: Range<Int>) {
    for x in range {
      let q = scratch.row + (x &- source.origin.w) &* V.lanes
      let at = Int(source.maps.2[x])
      V().store(q)
      if at >= 0 {
        for lane in 0..<source.lanes { q[lane] = p[lane &* source.lane &+ at &* source.width] }
      }
    }
  }

  /// Element x goes to n - x; element 0 is then moved from n to 0.
  @inline(__always)
  private func readReversed(_ p: UnsafePointer<S>) {
    let s = source
    let n = shape.w.size
    for x in 1..<max(1, n &- s.extent.w &+ 1) { V().store(scratch.row + x &* V.lanes) }
    gather(
      V.self, channels: s.lanes, count: s.extent.w, p + Int(s.maps.2[s.origin.w]) &* s.width,
      stride: s.lane, step: s.width, into: scratch.row + n &* V.lanes, stride: -V.lanes)
    V.load(scratch.row + n &* V.lanes).store(scratch.row)
  }
}
