import KernelShapes

// One-dimensional transforms in one pass or two. Between two passes a line stands in `scratch`, which
// holds 2 n vectors and stays in the first cache.

/// Complex to complex. `x` and `y` may be the same lines.
@inline(__always)
func transformLines<V: Vector>(
  _ t: LineShape<V.Scalar>, _ scratch: UnsafeMutablePointer<V.Scalar>, _: V.Type,
  _ x: ComplexLines<V.Scalar>, _ y: ComplexLines<V.Scalar>, count: Int
) {
  if t.first == 1 { return dft(size: t.size, V.self, x, y, count: count) }
  let (a, b) = (t.first, t.second)
  let row = b &* V.lanes
  let middle = ComplexLines(
    re: scratch, im: scratch + t.size &* V.lanes, step: row, next: V.lanes)
  let rows = ComplexLines(re: middle.re, im: middle.im, step: V.lanes, next: row)
  var (x, y) = (x, y)
  for _ in 0..<count {
    let columns = ComplexLines(re: x.re, im: x.im, step: b &* x.step, next: x.step)
    turnedDft(size: a, V.self, columns, middle, t.twiddles, count: b)
    let spectrum = ComplexLines(re: y.re, im: y.im, step: a &* y.step, next: y.step)
    dft(size: b, V.self, rows, spectrum, count: a)
    x.advance()
    y.advance()
  }
}

/// The line between the passes of a real transform: values 0 and a / 2 of the first pass are real
/// rows, the others complex ones, real and imaginary part in turn.
private struct RealMiddle<V: Vector> {
  let first: RealLines<V.Scalar>, half: RealLines<V.Scalar>
  let others: ComplexLines<V.Scalar>
  /// The same by columns.
  let columns: HalfLines<V.Scalar>

  @inline(__always)
  init(_ t: LineShape<V.Scalar>, _ s: UnsafeMutablePointer<V.Scalar>) {
    let row = t.second &* V.lanes
    first = RealLines(re: s, step: V.lanes, next: 0)
    half = RealLines(re: s + row, step: V.lanes, next: 0)
    others = ComplexLines(re: s + 2 &* row, im: s + 3 &* row, step: V.lanes, next: 2 &* row)
    columns = HalfLines(
      first: s, last: s + row, realNext: V.lanes, re: others.re, im: others.im, step: 2 &* row,
      next: V.lanes)
  }
}

/// Where the values of row 0, row a / 2 and the others stand in half a spectrum: one after another.
private struct HalfParts<S> {
  let first: HalfLines<S>, half: HalfLines<S>
  let others: ComplexLines<S>

  @inline(__always)
  init(_ y: HalfLines<S>, _ b: Int) {
    first = y
    var half = y
    half.re += (b &- 1) / 2 &* y.step
    half.im += (b &- 1) / 2 &* y.step
    self.half = half
    let offset = (b &- 1) &* y.step
    others = ComplexLines(
      re: y.re + offset, im: y.im + offset, step: y.step, next: b &* y.step)
  }
}

/// Real to half a spectrum.
@inline(__always)
func transformLines<V: Vector>(
  _ t: LineShape<V.Scalar>, _ scratch: UnsafeMutablePointer<V.Scalar>, _: V.Type,
  _ x: RealLines<V.Scalar>, _ y: HalfLines<V.Scalar>, count: Int
) {
  if t.first == 1 { return realDft(size: t.size, V.self, x, y, count: count) }
  let (a, b) = (t.first, t.second)
  let middle = RealMiddle<V>(t, scratch)
  var (x, y) = (x, y)
  for _ in 0..<count {
    let columns = RealLines(re: x.re, step: b &* x.step, next: x.step)
    turnedRealDft(size: a, V.self, columns, middle.columns, t.realTwiddles, count: b)
    let parts = HalfParts(y, b)
    realDft(size: b, V.self, middle.first, parts.first, count: 1)
    oddRealDft(size: b, V.self, middle.half, parts.half, count: 1)
    dft(size: b, V.self, middle.others, parts.others, count: a / 2 &- 1)
    x.advance()
    y.advance()
  }
}

/// Half a spectrum to real: the transpose of the transform there.
@inline(__always)
func transformLinesBack<V: Vector>(
  _ t: LineShape<V.Scalar>, _ scratch: UnsafeMutablePointer<V.Scalar>, _: V.Type,
  _ x: HalfLines<V.Scalar>, _ y: RealLines<V.Scalar>, count: Int
) {
  if t.first == 1 { return inverseRealDft(size: t.size, V.self, x, y, count: count) }
  let (a, b) = (t.first, t.second)
  let middle = RealMiddle<V>(t, scratch)
  var (x, y) = (x, y)
  for _ in 0..<count {
    let parts = HalfParts(x, b)
    inverseRealDft(size: b, V.self, parts.first, middle.first, count: 1)
    inverseOddRealDft(size: b, V.self, parts.half, middle.half, count: 1)
    dft(size: b, V.self, parts.others.swapped, middle.others.swapped, count: a / 2 &- 1)
    let columns = RealLines(re: y.re, step: b &* y.step, next: y.step)
    turnedInverseRealDft(size: a, V.self, middle.columns, columns, t.realTwiddles, count: b)
    x.advance()
    y.advance()
  }
}
