// y[r, c] (+)= sum over p of x[r, p] conj(w[c, p]) at every frequency: the matrix product that the
// spectra of many channels need, vectorised over frequencies.
//
// Numbers stay as FFTW leaves them, real and imaginary part side by side. Two sums are kept for
// each result, of x w and of swap(x) w part by part, and combined once at the end: a complex
// multiply-add then costs two vector multiply-adds, with one shuffle for each load of x, and none
// for w.

/// Vectors side by side: the sums of one row of a register block.
private protocol SumRow {
  associatedtype V: ComplexVector
  static var count: Int { get }
  init()
  /// Adds x times the vector at w, at w + step, ...
  mutating func add(_ x: V, _ w: UnsafePointer<V.Scalar>, _ step: Int)
  /// Stores the products at y, at y + step, ...; this is the sum of x w, `crossed` of swap(x) w.
  func store(_ crossed: Self, _ y: UnsafeMutablePointer<V.Scalar>, _ step: Int, _ accumulate: Bool)
}

private struct SumRow1<V: ComplexVector>: SumRow {
  var a = V()
  @_transparent static var count: Int { 1 }
  @_transparent mutating func add(_ x: V, _ w: UnsafePointer<V.Scalar>, _ step: Int) {
    a = a.adding(x, times: .load(w))
  }
  @_transparent func store(
    _ crossed: Self, _ y: UnsafeMutablePointer<V.Scalar>, _ step: Int, _ accumulate: Bool
  ) { finish(a, crossed.a, y, accumulate) }
}

private struct SumRow2<V: ComplexVector>: SumRow {
  var a = V()
  var b = V()
  @_transparent static var count: Int { 2 }
  @_transparent mutating func add(_ x: V, _ w: UnsafePointer<V.Scalar>, _ step: Int) {
    a = a.adding(x, times: .load(w))
    b = b.adding(x, times: .load(w + step))
  }
  @_transparent func store(
    _ crossed: Self, _ y: UnsafeMutablePointer<V.Scalar>, _ step: Int, _ accumulate: Bool
  ) {
    finish(a, crossed.a, y, accumulate)
    finish(b, crossed.b, y + step, accumulate)
  }
}

private struct SumRow3<V: ComplexVector>: SumRow {
  var ab = SumRow2<V>()
  var c = V()
  @_transparent static var count: Int { 3 }
  @_transparent mutating func add(_ x: V, _ w: UnsafePointer<V.Scalar>, _ step: Int) {
    ab.add(x, w, step)
    c = c.adding(x, times: .load(w + 2 &* step))
  }
  @_transparent func store(
    _ crossed: Self, _ y: UnsafeMutablePointer<V.Scalar>, _ step: Int, _ accumulate: Bool
  ) {
    ab.store(crossed.ab, y, step, accumulate)
    finish(c, crossed.c, y + 2 &* step, accumulate)
  }
}

private struct SumRow4<V: ComplexVector>: SumRow {
  var ab = SumRow2<V>()
  var cd = SumRow2<V>()
  @_transparent static var count: Int { 4 }
  @_transparent mutating func add(_ x: V, _ w: UnsafePointer<V.Scalar>, _ step: Int) {
    ab.add(x, w, step)
    cd.add(x, w + 2 &* step, step)
  }
  @_transparent func store(
    _ crossed: Self, _ y: UnsafeMutablePointer<V.Scalar>, _ step: Int, _ accumulate: Bool
  ) {
    ab.store(crossed.ab, y, step, accumulate)
    cd.store(crossed.cd, y + 2 &* step, step, accumulate)
  }
}

/// Where an operand of the product stands; distances in scalars.
private struct Strides {
  var first: Int
  var second: Int
}

@_transparent
private func finish<V: ComplexVector>(
  _ direct: V, _ crossed: V, _ y: UnsafeMutablePointer<V.Scalar>, _ accumulate: Bool
) {
  let sum = V.conjugateProduct(direct, crossed)
  (accumulate ? V.load(y) + sum : sum).store(y)
}

@inline(__always)
private func oneRow<R: SumRow>(
  _: R.Type, _ depth: Int, _ x: UnsafePointer<R.V.Scalar>, _ xs: Strides,
  _ w: UnsafePointer<R.V.Scalar>, _ ws: Strides, _ y: UnsafeMutablePointer<R.V.Scalar>,
  _ ys: Strides, _ accumulate: Bool
) {
  var direct = R()
  var crossed = R()
  var (x, w) = (x, w)
  for _ in 0..<depth {
    let v = R.V.load(x)
    direct.add(v, w, ws.first)
    crossed.add(v.swapped, w, ws.first)
    x += xs.second
    w += ws.second
  }
  direct.store(crossed, y, ys.second, accumulate)
}

@inline(__always)
private func twoRows<R: SumRow>(
  _: R.Type, _ depth: Int, _ x: UnsafePointer<R.V.Scalar>, _ xs: Strides,
  _ w: UnsafePointer<R.V.Scalar>, _ ws: Strides, _ y: UnsafeMutablePointer<R.V.Scalar>,
  _ ys: Strides, _ accumulate: Bool
) {
  var (d0, d1) = (R(), R())
  var (c0, c1) = (R(), R())
  var (x, w) = (x, w)
  for _ in 0..<depth {
    let (v0, v1) = (R.V.load(x), R.V.load(x + xs.first))
    d0.add(v0, w, ws.first)
    d1.add(v1, w, ws.first)
    c0.add(v0.swapped, w, ws.first)
    c1.add(v1.swapped, w, ws.first)
    x += xs.second
    w += ws.second
  }
  d0.store(c0, y, ys.second, accumulate)
  d1.store(c1, y + ys.first, ys.second, accumulate)
}

@inline(__always)
private func threeRows<R: SumRow>(
  _: R.Type, _ depth: Int, _ x: UnsafePointer<R.V.Scalar>, _ xs: Strides,
  _ w: UnsafePointer<R.V.Scalar>, _ ws: Strides, _ y: UnsafeMutablePointer<R.V.Scalar>,
  _ ys: Strides, _ accumulate: Bool
) {
  var (d0, d1, d2) = (R(), R(), R())
  var (c0, c1, c2) = (R(), R(), R())
  var (x, w) = (x, w)
  for _ in 0..<depth {
    let (v0, v1, v2) = (R.V.load(x), R.V.load(x + xs.first), R.V.load(x + 2 &* xs.first))
    d0.add(v0, w, ws.first)
    d1.add(v1, w, ws.first)
    d2.add(v2, w, ws.first)
    c0.add(v0.swapped, w, ws.first)
    c1.add(v1.swapped, w, ws.first)
    c2.add(v2.swapped, w, ws.first)
    x += xs.second
    w += ws.second
  }
  d0.store(c0, y, ys.second, accumulate)
  d1.store(c1, y + ys.first, ys.second, accumulate)
  d2.store(c2, y + 2 &* ys.first, ys.second, accumulate)
}

#if KERNEL_AVX512
  private let rowsAtOnce = 3
  private let columnsAtOnce = 4
#else  // 16 registers hold 2 x 2 results, two sums each
  private let rowsAtOnce = 2
  private let columnsAtOnce = 2
#endif

/// All rows of up to `columnsAtOnce` columns.
@inline(__always)
private func allRows<R: SumRow>(
  _: R.Type, _ rows: Int, _ depth: Int, _ x: UnsafePointer<R.V.Scalar>, _ xs: Strides,
  _ w: UnsafePointer<R.V.Scalar>, _ ws: Strides, _ y: UnsafeMutablePointer<R.V.Scalar>,
  _ ys: Strides, _ accumulate: Bool
) {
  var (r, x, y) = (rows, x, y)
  while rowsAtOnce == 3 && (r == 3 || r > 4) {  // 4 = 2 + 2 rather than 3 + 1
    threeRows(R.self, depth, x, xs, w, ws, y, ys, accumulate)
    (r, x, y) = (r &- 3, x + 3 &* xs.first, y + 3 &* ys.first)
  }
  while r >= 2 {
    twoRows(R.self, depth, x, xs, w, ws, y, ys, accumulate)
    (r, x, y) = (r &- 2, x + 2 &* xs.first, y + 2 &* ys.first)
  }
  if r == 1 { oneRow(R.self, depth, x, xs, w, ws, y, ys, accumulate) }
}

@inline(__always)
private func someColumns<V: ComplexVector>(
  _: V.Type, _ columns: Int, _ rows: Int, _ depth: Int, _ x: UnsafePointer<V.Scalar>,
  _ xs: Strides, _ w: UnsafePointer<V.Scalar>, _ ws: Strides,
  _ y: UnsafeMutablePointer<V.Scalar>, _ ys: Strides, _ accumulate: Bool
) {
  if columns == 1 { return allRows(SumRow1<V>.self, rows, depth, x, xs, w, ws, y, ys, accumulate) }
  if columns == 2 { return allRows(SumRow2<V>.self, rows, depth, x, xs, w, ws, y, ys, accumulate) }
  #if KERNEL_AVX512
    if columns == 3 {
      return allRows(SumRow3<V>.self, rows, depth, x, xs, w, ws, y, ys, accumulate)
    }
    allRows(SumRow4<V>.self, rows, depth, x, xs, w, ws, y, ys, accumulate)
  #endif
}

/// A single product at each frequency.
@inline(__always)
private func products<V: ComplexVector>(
  _: V.Type, _ count: Int, _ x: UnsafePointer<V.Scalar>, _ w: UnsafePointer<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ accumulate: Bool
) {
  var i = 0
  while i < count {
    let (v, u) = (V.load(x + i), V.load(w + i))
    finish(v * u, v.swapped * u, y + i, accumulate)
    i &+= V.lanes
  }
}

/// A panel is 64 bytes of frequencies; groups of 4 columns of w lie together when it is packed.
@inline(__always)
private func products<V: ComplexVector>(
  _: V.Type, _ panels: Int, _ rows: Int, _ columns: Int, _ depth: Int,
  _ x: UnsafePointer<V.Scalar>, _ xs: Strides, _ w: UnsafePointer<V.Scalar>, _ wPanel: Int,
  _ ws: Strides?, _ y: UnsafeMutablePointer<V.Scalar>, _ ys: Strides, _ accumulate: Bool
) {
  let panel = 64 / MemoryLayout<V.Scalar>.stride
  if rows == 1 && columns == 1 && depth == 1 && wPanel == panel {
    return products(V.self, panels &* panel, x, w, y, accumulate)
  }
  for p in 0..<panels {
    var lane = 0
    while lane < panel {
      let (px, py) = (x + (p &* panel &+ lane), y + (p &* panel &+ lane))
      var c = 0
      while c < columns {
        let group = min(4, columns &- c)
        let strides = ws ?? Strides(first: panel, second: group &* panel)
        let pw = w + (p &* wPanel &+ lane &+ c &* (ws?.first ?? depth &* panel))
        var inGroup = 0
        while inGroup < group {
          let n = min(columnsAtOnce, group &- inGroup)
          someColumns(
            V.self, n, rows, depth, px, xs, pw + inGroup &* strides.first, strides,
            py + (c &+ inGroup) &* ys.second, ys, accumulate)
          inGroup &+= n
        }
        c &+= group
      }
      lane &+= V.lanes
    }
  }
}

/// y[r, c] (+)= sum over p of x[r, p] conj(w[c, p]) at the frequencies of `panels` panels.
///
/// x[r, p] is at `x + r xRow + p xDepth`, y[r, c] at `y + r yRow + c yColumn`. With `wColumn` 0, w is
/// packed: for each panel, for each 4 columns, depth x 4 vectors of a panel. Otherwise w[c, p] is at
/// `w + c wColumn + p wDepth`. Distances in scalars.
@inline(never)
public func complexProducts(
  _ panels: Int, _ rows: Int, _ columns: Int, _ depth: Int, _ x: UnsafePointer<Float>,
  _ xRow: Int, _ xDepth: Int, _ w: UnsafePointer<Float>, _ wColumn: Int, _ wDepth: Int,
  _ y: UnsafeMutablePointer<Float>, _ yRow: Int, _ yColumn: Int, _ accumulate: Bool
) {
  products(
    V32.self, panels, rows, columns, depth, x, Strides(first: xRow, second: xDepth), w,
    wColumn == 0 ? columns &* depth &* 16 : 16,
    wColumn == 0 ? nil : Strides(first: wColumn, second: wDepth), y,
    Strides(first: yRow, second: yColumn), accumulate)
}

/// The same of Double.
@inline(never)
public func complexProducts(
  _ panels: Int, _ rows: Int, _ columns: Int, _ depth: Int, _ x: UnsafePointer<Double>,
  _ xRow: Int, _ xDepth: Int, _ w: UnsafePointer<Double>, _ wColumn: Int, _ wDepth: Int,
  _ y: UnsafeMutablePointer<Double>, _ yRow: Int, _ yColumn: Int, _ accumulate: Bool
) {
  products(
    V64.self, panels, rows, columns, depth, x, Strides(first: xRow, second: xDepth), w,
    wColumn == 0 ? columns &* depth &* 8 : 8,
    wColumn == 0 ? nil : Strides(first: wColumn, second: wDepth), y,
    Strides(first: yRow, second: yColumn), accumulate)
}
