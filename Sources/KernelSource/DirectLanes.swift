/// Sums of up to eight neighbouring outputs, a vector each, every one a property of its own: see
/// `ColumnSums`.
private struct LaneSums<let n: Int, V: Vector> {
  private var s0 = V(), s1 = V(), s2 = V(), s3 = V(), s4 = V(), s5 = V(), s6 = V(), s7 = V()

  @_transparent
  init() {}

  /// Adds what each output reads under one tap.
  @_transparent
  mutating func add(_ x: UnsafePointer<V.Scalar>, _ step: Int, times w: V) {
    s0 = s0.adding(w, times: V.load(x))
    if n > 1 { s1 = s1.adding(w, times: V.load(x + step)) }
    if n > 2 { s2 = s2.adding(w, times: V.load(x + 2 &* step)) }
    if n > 3 { s3 = s3.adding(w, times: V.load(x + 3 &* step)) }
    if n > 4 { s4 = s4.adding(w, times: V.load(x + 4 &* step)) }
    if n > 5 { s5 = s5.adding(w, times: V.load(x + 5 &* step)) }
    if n > 6 { s6 = s6.adding(w, times: V.load(x + 6 &* step)) }
    if n > 7 { s7 = s7.adding(w, times: V.load(x + 7 &* step)) }
  }

  @_transparent
  func store(_ y: UnsafeMutablePointer<V.Scalar>) {
    s0.store(y)
    if n > 1 { s1.store(y + V.lanes) }
    if n > 2 { s2.store(y + 2 &* V.lanes) }
    if n > 3 { s3.store(y + 3 &* V.lanes) }
    if n > 4 { s4.store(y + 4 &* V.lanes) }
    if n > 5 { s5.store(y + 5 &* V.lanes) }
    if n > 6 { s6.store(y + 6 &* V.lanes) }
    if n > 7 { s7.store(y + 7 &* V.lanes) }
  }
}

/// `n` outputs.
@inline(never)
private func block<let n: Int, V: Vector>(
  _: LaneSums<n, V>.Type, taps: Int, _ offsets: UnsafePointer<Int32>,
  _ x: UnsafePointer<V.Scalar>, _ step: Int, _ weights: UnsafePointer<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>
) {
  var sums = LaneSums<n, V>()
  var w = weights
  for t in 0..<taps {
    sums.add(x + Int(offsets[t]), step, times: V.load(w))
    w += V.lanes
  }
  sums.store(y)
}

/// A row of `count` outputs, in blocks of about the same size.
@inline(__always)
private func row<V: Vector>(
  _: V.Type, count: Int, taps: Int, _ offsets: UnsafePointer<Int32>,
  _ x: UnsafePointer<V.Scalar>, _ step: Int, _ weights: UnsafePointer<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>
) {
  var (x, y, left) = (x, y, count)
  while left > 0 {
    let blocks = (left &+ 7) / 8
    let n = (left &+ blocks &- 1) / blocks
    switch n {
    case 1: block(LaneSums<1, V>.self, taps: taps, offsets, x, step, weights, y)
    case 2: block(LaneSums<2, V>.self, taps: taps, offsets, x, step, weights, y)
    case 3: block(LaneSums<3, V>.self, taps: taps, offsets, x, step, weights, y)
    case 4: block(LaneSums<4, V>.self, taps: taps, offsets, x, step, weights, y)
    case 5: block(LaneSums<5, V>.self, taps: taps, offsets, x, step, weights, y)
    case 6: block(LaneSums<6, V>.self, taps: taps, offsets, x, step, weights, y)
    case 7: block(LaneSums<7, V>.self, taps: taps, offsets, x, step, weights, y)
    default: block(LaneSums<8, V>.self, taps: taps, offsets, x, step, weights, y)
    }
    x += n &* step
    y += n &* V.lanes
    left &-= n
  }
}

/// See `DirectScalar.lanes` in Kernels.
@inline(never)
public func directLanes(
  count: Int, taps: Int, _ offsets: UnsafePointer<Int32>, _ x: UnsafePointer<Float>, _ step: Int,
  _ weights: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
) {
  row(V32.self, count: count, taps: taps, offsets, x, step, weights, y)
}

/// The same of Double.
@inline(never)
public func directLanes(
  count: Int, taps: Int, _ offsets: UnsafePointer<Int32>, _ x: UnsafePointer<Double>, _ step: Int,
  _ weights: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>
) {
  row(V64.self, count: count, taps: taps, offsets, x, step, weights, y)
}
