import KernelShapes

/// Transforms of one tile along its own columns and rows: see `PlaneShape`.
///
/// Everything stays in the first or second cache: L columns, then a line at a time.
struct PlaneTransform<V: TransposeVector> {
  typealias S = V.Scalar
  let shape: TileShape<S>
  let plane: PlaneShape
  private let line: UnsafeMutablePointer<S>
  private let column: UnsafeMutablePointer<S>
  let tile: UnsafeMutablePointer<S>
  private let spectrum: UnsafeMutablePointer<S>

  @inline(__always)
  init(_ shape: TileShape<S>, _ scratch: UnsafeMutablePointer<S>) {
    self.shape = shape
    plane = PlaneShape(shape.size, lanes: V.lanes)
    line = scratch
    column = line + plane.line
    tile = column + plane.column
    spectrum = tile + plane.tile
  }

  /// Distance between complex values.
  @inline(__always) private var step: Int { 2 &* V.lanes }

  /// The spectra of L columns; the real values share the first.
  @inline(__always) private var half: HalfLines<S> {
    HalfLines(
      first: column, last: column + V.lanes, realNext: 0, re: column + step,
      im: column + (step &+ V.lanes), step: step, next: 0)
  }

  /// Values of line g, a vector of frequencies.
  @inline(__always)
  func values(_ g: Int) -> ComplexLines<S> {
    let z = spectrum + g &* plane.linePitch
    return ComplexLines(re: z, im: z + V.lanes, step: step, next: 0)
  }

  /// The tile's columns to lines of frequencies.
  @inline(__always)
  func columnsForth() {
    // Lanes without a frequency stay zero.
    for i in plane.rows..<2 &* plane.groups &* V.lanes { V().store(column + i &* V.lanes) }
    var x = 0
    while x < plane.columns {
      transformLines(
        shape.h, line, V.self, RealLines(re: tile + x, step: plane.tilePitch, next: 0), half,
        count: 1)
      let count = plane.columns &- x
      for square in 0..<2 &* plane.groups {
        let (from, to) = (
          place(square), values(square / 2).re + (x &* step &+ square % 2 &* V.lanes)
        )
        if count >= V.lanes {
          transpose({ V.load(from + $0 &* step) }, { $1.store(to + $0 &* step) })
        } else {
          transpose(
            { V.load(from + $0 &* step) }, { if $0 < count { $1.store(to + $0 &* step) } })
        }
      }
      x &+= V.lanes
    }
  }

  /// The way back, of the first `kept` columns.
  @inline(__always)
  func columnsBack(_ kept: Int) {
    var x = 0
    while x < kept {
      let count = plane.columns &- x
      for square in 0..<2 &* plane.groups {
        let (to, from) = (
          place(square), values(square / 2).re + (x &* step &+ square % 2 &* V.lanes)
        )
        if count >= V.lanes {
          transpose({ V.load(from + $0 &* step) }, { $1.store(to + $0 &* step) })
        } else {
          transpose(
            { $0 < count ? V.load(from + $0 &* step) : V() }, { $1.store(to + $0 &* step) })
        }
      }
      transformLinesBack(
        shape.h, line, V.self, half, RealLines(re: tile + x, step: plane.tilePitch, next: 0),
        count: 1)
      x &+= V.lanes
    }
  }

  /// Square `i` of the spectra of L columns: L frequencies' real, then their imaginary parts.
  @inline(__always)
  private func place(_ i: Int) -> UnsafeMutablePointer<S> {
    column + (i / 2 &* V.lanes &* step &+ i % 2 &* V.lanes)
  }

  /// Line g to its spectrum.
  @inline(__always)
  func lineForth(_ g: Int) {
    let z = values(g)
    transformLines(shape.w, line, V.self, z, z, count: 1)
  }

  /// The way back.
  @inline(__always)
  func lineBack(_ g: Int) {
    let z = values(g).swapped
    transformLines(shape.w, line, V.self, z, z, count: 1)
  }

  /// The index of the conjugate frequency.
  @inline(__always)
  func mirror(_ k: Int) -> Int { k == 0 ? 0 : plane.columns &- k }

  /// The factors of line g: those of its own values, and of the first line those of the mirrored ones.
  @inline(__always)
  func factors(_ u: UnsafePointer<S>, _ g: Int) -> UnsafePointer<S> {
    u + g &* plane.columns &* step
  }

  /// All lines forth, times the factors, and back.
  @inline(__always)
  func multiplyLines(_ u: UnsafePointer<S>) {
    lineForth(0)
    multiplyShared(values(0), u, factors(u, plane.groups))
    lineBack(0)
    for g in 1..<max(1, plane.groups) {
      lineForth(g)
      let (z, u) = (values(g), factors(u, g))
      for k in 0..<plane.columns {
        let (re, im) = (z.re + k &* step, z.im + k &* step)
        let (a, b) = (V.load(re), V.load(im))
        let (c, s) = (V.load(u + k &* step), V.load(u + (k &* step &+ V.lanes)))
        (a * c).subtracting(b, times: s).store(re)
        (a * s).adding(b, times: c).store(im)
      }
      lineBack(g)
    }
  }

  /// z[k] p[k] + conj(z[-k]) q[k] on the first line, in which real lines share a lane: q is zero
  /// elsewhere.
  @inline(__always)
  private func multiplyShared(
    _ z: ComplexLines<S>, _ p: UnsafePointer<S>, _ q: UnsafePointer<S>
  ) {
    @inline(__always)
    func product(_ k: Int, _ a: V, _ b: V, _ mirrored: (V, V)) {
      let at = k &* step
      let (c, s) = (V.load(p + at), V.load(p + (at &+ V.lanes)))
      let (d, t) = (V.load(q + at), V.load(q + (at &+ V.lanes)))
      let (re, im) = ((a * c).subtracting(b, times: s), (a * s).adding(b, times: c))
      re.adding(mirrored.0, times: d).adding(mirrored.1, times: t).store(z.re + at)
      im.adding(mirrored.0, times: t).subtracting(mirrored.1, times: d).store(z.im + at)
    }
    for k in 0...plane.columns / 2 {
      let m = mirror(k)
      let (a, b) = (V.load(z.re + k &* step), V.load(z.im + k &* step))
      let (e, f) = (V.load(z.re + m &* step), V.load(z.im + m &* step))
      product(k, a, b, (e, f))
      product(m, e, f, (a, b))
    }
  }

  /// Factors from the tile of a kernel, of which element t stands at -t; `scale` is 2 / points.
  @inline(__always)
  func storeFactors(_ scale: S, _ u: UnsafeMutablePointer<S>) {
    columnsForth()
    let scale = V(repeating: scale)
    for g in 0..<plane.groups {
      lineForth(g)
      let (z, to) = (values(g), u + g &* plane.columns &* step)
      for k in 0..<plane.columns {
        (V.load(z.re + k &* step) * scale).store(to + k &* step)
        (V.load(z.im + k &* step) * scale).store(to + (k &* step &+ V.lanes))
      }
    }
    shareFactors(u, u + plane.groups &* plane.columns &* step)
  }

  /// Lane 0 of the first line holds w = a + ib, the spectra of two real lines of the kernel. With
  /// p = (a + b) / 2 and q = (a - b) / 2, both once more halved since real lines have no mirror image,
  /// z p + conj(z mirrored) q multiplies the real lines in z by a and b.
  @inline(__always)
  private func shareFactors(_ p: UnsafeMutablePointer<S>, _ q: UnsafeMutablePointer<S>) {
    for i in 0..<2 &* plane.columns { V().store(q + i &* V.lanes) }
    for k in 0...plane.columns / 2 {
      let m = mirror(k)
      let (i, j) = (k &* step, m &* step)
      let (re, im, mirroredRe, mirroredIm) = (p[i], p[i &+ V.lanes], p[j], p[j &+ V.lanes])
      let a = (re: (re + mirroredRe) / 2, im: (im - mirroredIm) / 2)
      let b = (re: (im + mirroredIm) / 2, im: (mirroredRe - re) / 2)
      let (sum, difference) = (
        ((a.re + b.re) / 4, (a.im + b.im) / 4), ((a.re - b.re) / 4, (a.im - b.im) / 4)
      )
      (p[i], p[i &+ V.lanes]) = sum
      (q[i], q[i &+ V.lanes]) = difference
      // Those of real lines at -k are the conjugates.
      (p[j], p[j &+ V.lanes]) = (sum.0, k == m ? sum.1 : -sum.1)
      (q[j], q[j &+ V.lanes]) = (difference.0, k == m ? difference.1 : -difference.1)
    }
  }
}
