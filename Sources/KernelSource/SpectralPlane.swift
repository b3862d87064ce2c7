import KernelShapes

/// Transforms of one complex tile along its own columns and rows: see `PlaneShape`.
///
/// Everything but the tile itself stays in the first cache: L columns, then a line at a time.
struct PlaneTransform<V: TransposeVector> {
  typealias S = V.Scalar
  /// Rows are the width, columns the height.
  let shape: TileShape<S>
  let plane: PlaneShape
  private let line: UnsafeMutablePointer<S>
  private let column: UnsafeMutablePointer<S>
  /// The first tile; the second one follows.
  let tile: UnsafeMutablePointer<S>
  private let spectrum: UnsafeMutablePointer<S>

  @inline(__always)
  init(_ shape: TileShape<S>, _ plane: PlaneShape, _ scratch: UnsafeMutablePointer<S>) {
    self.shape = shape
    self.plane = plane
    line = scratch
    column = line + plane.line
    tile = column + plane.column
    spectrum = tile + 2 &* plane.tile
  }

  /// Distance between complex values.
  @inline(__always) private var step: Int { 2 &* V.lanes }

  /// Columns x ..< x + L of the tile.
  @inline(__always)
  private func columns(_ x: Int) -> ComplexLines<S> {
    ComplexLines(re: tile + x, im: tile + (plane.tile &+ x), step: plane.tilePitch, next: 0)
  }

  /// Their spectra.
  @inline(__always) private var columnSpectra: ComplexLines<S> {
    ComplexLines(re: column, im: column + V.lanes, step: step, next: 0)
  }

  /// Values of line g, a vector of frequencies.
  @inline(__always)
  private func values(_ g: Int) -> ComplexLines<S> {
    let z = spectrum + g &* plane.linePitch
    return ComplexLines(re: z, im: z + V.lanes, step: step, next: 0)
  }

  /// The tile's columns to lines of frequencies; `turns` are read for a signal alone.
  @inline(never)
  func columnsForth(_ turns: UnsafePointer<S>) {
    var x = 0
    while x < plane.columns {
      transformLines(shape.h, line, V.self, columns(x), columnSpectra, count: 1)
      if plane.isSignal { turn(turns, x, by: 1) }
      for square in 0..<2 &* plane.groups {
        let (from, to) = squares(square, x)
        transpose({ V.load(from + $0 &* step) }, { $1.store(to + $0 &* step) })
      }
      x &+= V.lanes
    }
  }

  /// The way back, of the first `kept` columns.
  @inline(never)
  func columnsBack(_ kept: Int, _ turns: UnsafePointer<S>) {
    var x = 0
    while x < kept {
      for square in 0..<2 &* plane.groups {
        let (to, from) = squares(square, x)
        transpose({ V.load(from + $0 &* step) }, { $1.store(to + $0 &* step) })
      }
      if plane.isSignal { turn(turns, x, by: -1) }
      transformLines(
        shape.h, line, V.self, columnSpectra.swapped, columns(x).swapped, count: 1)
      x &+= V.lanes
    }
  }

  /// Square `i`, L frequencies' real or imaginary parts: in the spectra of columns x ..< x + L, and in
  /// its line.
  @inline(__always)
  private func squares(_ i: Int, _ x: Int) -> (
    UnsafeMutablePointer<S>, UnsafeMutablePointer<S>
  ) {
    let part = i % 2 &* V.lanes
    return (
      column + (i / 2 &* V.lanes &* step &+ part),
      spectrum + (i / 2 &* plane.linePitch &+ x &* step &+ part)
    )
  }

  /// Multiplies the spectra of columns x ..< x + L by exp(-2 pi i k c / n), or its conjugate.
  @inline(__always)
  private func turn(_ turns: UnsafePointer<S>, _ x: Int, by sign: S) {
    let strip = turns + 2 &* plane.rows &* (x / V.lanes)
    let lanes = turns + plane.strips
    let sign = V(repeating: sign)
    for k in 0..<plane.rows {
      let z = column + k &* step
      let (p, q) = (V.load(lanes + k &* step), V.load(lanes + (k &* step &+ V.lanes)))
      let (c, s) = (V(repeating: strip[2 &* k]), V(repeating: strip[2 &* k &+ 1]))
      let cosine = (p * c).subtracting(q, times: s)
      let sine = (p * s).adding(q, times: c) * sign
      let (a, b) = (V.load(z), V.load(z + V.lanes))
      (a * cosine).subtracting(b, times: sine).store(z)
      (a * sine).adding(b, times: cosine).store(z + V.lanes)
    }
  }

  /// All lines forth, times the factors, and back.
  @inline(never)
  func multiplyLines(_ u: UnsafePointer<S>) {
    for g in 0..<plane.groups {
      let (z, u) = (values(g), u + g &* plane.columns &* step)
      transformLines(shape.w, line, V.self, z, z, count: 1)
      for k in 0..<plane.columns {
        let (re, im) = (z.re + k &* step, z.im + k &* step)
        let (a, b) = (V.load(re), V.load(im))
        let (c, s) = (V.load(u + k &* step), V.load(u + (k &* step &+ V.lanes)))
        (a * c).subtracting(b, times: s).store(re)
        (a * s).adding(b, times: c).store(im)
      }
      transformLines(shape.w, line, V.self, z.swapped, z.swapped, count: 1)
    }
  }

  /// Factors from the tile of a kernel, of which element t stands at -t.
  @inline(__always)
  func storeFactors(_ scale: S, _ turns: UnsafePointer<S>, _ u: UnsafeMutablePointer<S>) {
    columnsForth(turns)
    let scale = V(repeating: scale)
    for g in 0..<plane.groups {
      let (z, to) = (values(g), u + g &* plane.columns &* step)
      transformLines(shape.w, line, V.self, z, z, count: 1)
      for i in 0..<2 &* plane.columns {
        (V.load(z.re + i &* V.lanes) * scale).store(to + i &* V.lanes)
      }
    }
  }
}
