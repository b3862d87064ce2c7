/// Calls `body` with 0 ..< n in straight code, for 1 <= n <= 14 known when compiled.
///
/// A loop would be unrolled too late for the accumulators below to become registers.
@inline(__always)
func unrolled(_ n: Int, _ body: (Int) -> Void) {
  body(0)
  if n > 1 { body(1) }
  if n > 2 { body(2) }
  if n > 3 { body(3) }
  if n > 4 { body(4) }
  if n > 5 { body(5) }
  if n > 6 { body(6) }
  if n > 7 { body(7) }
  if n > 8 { body(8) }
  if n > 9 { body(9) }
  if n > 10 { body(10) }
  if n > 11 { body(11) }
  if n > 12 { body(12) }
  if n > 13 { body(13) }
}

/// A block of `rows` x `wide` vectors of sums in registers.
struct SumBlock<let rows: Int, let wide: Int, V: Vector> {
  private var sums = InlineArray<28, V>(repeating: V())

  @inline(__always)
  init() {}

  /// sums[r, i] += b[r] a[i] where a[i] is a vector and b[r] a scalar.
  @inline(__always)
  mutating func add(_ b: UnsafePointer<V.Scalar>, times a: UnsafePointer<V.Scalar>) {
    let a0 = V.load(a)
    let a1 = wide > 1 ? V.load(a + V.lanes) : a0
    let a2 = wide > 2 ? V.load(a + 2 &* V.lanes) : a0
    let a3 = wide > 3 ? V.load(a + 3 &* V.lanes) : a0
    unrolled(rows) { r in
      let s = V(repeating: b[r])
      let k = r &* wide
      sums[k] = sums[k].adding(s, times: a0)
      if wide > 1 { sums[k &+ 1] = sums[k &+ 1].adding(s, times: a1) }
      if wide > 2 { sums[k &+ 2] = sums[k &+ 2].adding(s, times: a2) }
      if wide > 3 { sums[k &+ 3] = sums[k &+ 3].adding(s, times: a3) }
    }
  }

  /// Writes the rows `pitch` apart, or adds to what stands there.
  @inline(__always)
  func store(_ c: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool) {
    unrolled(rows) { r in
      unrolled(wide) { i in
        let p = c + (r &* pitch &+ i &* V.lanes)
        let sum = sums[r &* wide &+ i]
        (adding ? V.load(p) + sum : sum).store(p)
      }
    }
  }
}

/// How an operand is walked through: after each outer step it moves on by `outer`, within it the
/// inner steps stand at `inner`.
typealias Walk = (outer: Int, inner: UnsafePointer<Int32>)

/// One block: c[r, i] = sum over outer and inner steps of b[step][r] a[step][i].
@inline(never)
private func block<let rows: Int, let wide: Int, V: Vector>(
  _: SumBlock<rows, wide, V>.Type, _ steps: (outer: Int, inner: Int),
  _ a: UnsafePointer<V.Scalar>, _ aWalk: Walk, _ b: UnsafePointer<V.Scalar>, _ bWalk: Walk,
  _ c: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool
) {
  var sums = SumBlock<rows, wide, V>()
  var (a, b) = (a, b)
  var i = 0
  while i < steps.outer {
    var j = 0
    while j < steps.inner {
      sums.add(b + Int(bWalk.inner[j]), times: a + Int(aWalk.inner[j]))
      j &+= 1
    }
    a += aWalk.outer
    b += bWalk.outer
    i &+= 1
  }
  if adding {
    sums.store(c, pitch, adding: true)
  } else {
    sums.store(c, pitch, adding: false)
  }
}

/// `block` for a number of rows known at run time. 16 registers hold at most 12 sums, 32 at most 28.
@inline(__always)
private func block<let wide: Int, V: Vector>(
  _: InlineArray<wide, V>.Type, rows: Int, _ steps: (outer: Int, inner: Int),
  _ a: UnsafePointer<V.Scalar>, _ aWalk: Walk, _ b: UnsafePointer<V.Scalar>, _ bWalk: Walk,
  _ c: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool
) {
  @inline(__always)
  func run<let rows: Int>(_: SumBlock<rows, wide, V>.Type) {
    block(SumBlock<rows, wide, V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  }
  switch rows {
  case 1: run(SumBlock<1, wide, V>.self)
  case 2: run(SumBlock<2, wide, V>.self)
  case 3: run(SumBlock<3, wide, V>.self)
  case 4 where directRows(wide) > 3: run(SumBlock<4, wide, V>.self)
  case 5 where directRows(wide) > 3: run(SumBlock<5, wide, V>.self)
  case 6 where directRows(wide) > 3: run(SumBlock<6, wide, V>.self)
  case 7 where directRows(wide) > 6: run(SumBlock<7, wide, V>.self)
  case 8 where directRows(wide) > 7: run(SumBlock<8, wide, V>.self)
  case 9 where directRows(wide) > 7: run(SumBlock<9, wide, V>.self)
  case 10 where directRows(wide) > 7: run(SumBlock<10, wide, V>.self)
  case 11 where directRows(wide) > 7: run(SumBlock<11, wide, V>.self)
  case 12 where directRows(wide) > 7: run(SumBlock<12, wide, V>.self)
  case 13 where directRows(wide) > 12: run(SumBlock<13, wide, V>.self)
  case 14 where directRows(wide) > 12: run(SumBlock<14, wide, V>.self)
  default: break
  }
}

/// Largest number of rows of a block that is `wide` vectors wide, 1, 2 or 4.
@inline(__always)
func directRows(_ wide: Int) -> Int {
  #if KERNEL_AVX512 || arch(arm64)
    wide == 4 ? 7 : 14
  #else
    wide == 4 ? 3 : wide == 2 ? 6 : 12
  #endif
}

/// `lines` times `rows` rows, the rows in blocks of nearly equal height: 16 as 8 + 8, not 14 + 2,
/// which would starve the units.
@inline(__always)
private func blocks<let wide: Int, V: Vector>(
  _: InlineArray<wide, V>.Type, rows: Int, _ lines: (count: Int, a: Int, b: Int, c: Int),
  _ steps: (outer: Int, inner: Int), _ a: UnsafePointer<V.Scalar>, _ aWalk: Walk,
  _ b: UnsafePointer<V.Scalar>, _ bWalk: Walk, _ c: UnsafeMutablePointer<V.Scalar>, _ pitch: Int,
  adding: Bool
) {
  let blocks = (rows &+ directRows(wide) &- 1) / directRows(wide)
  var (a, b, c) = (a, b, c)
  for _ in 0..<lines.count {
    var first = 0
    for i in 0..<blocks {
      let next = (i &+ 1) &* rows / blocks
      block(
        InlineArray<wide, V>.self, rows: next &- first, steps, a, aWalk, b + first, bWalk,
        c + first &* pitch, pitch, adding: adding)
      first = next
    }
    a += lines.a
    b += lines.b
    c += lines.c
  }
}

/// See `DirectScalar.blocks` in Kernels.
@inline(never)
public func directBlocks(
  wide: Int, rows: Int, lines: (count: Int, a: Int, b: Int, c: Int),
  steps: (outer: Int, inner: Int), _ a: UnsafePointer<Float>,
  _ aWalk: (outer: Int, inner: UnsafePointer<Int32>), _ b: UnsafePointer<Float>,
  _ bWalk: (outer: Int, inner: UnsafePointer<Int32>), _ c: UnsafeMutablePointer<Float>,
  _ pitch: Int, adding: Bool
) {
  typealias V = V32
  switch wide {
  case 1:
    blocks(
      InlineArray<1, V>.self, rows: rows, lines, steps, a, aWalk, b, bWalk, c, pitch,
      adding: adding)
  case 2:
    blocks(
      InlineArray<2, V>.self, rows: rows, lines, steps, a, aWalk, b, bWalk, c, pitch,
      adding: adding)
  default:
    blocks(
      InlineArray<4, V>.self, rows: rows, lines, steps, a, aWalk, b, bWalk, c, pitch,
      adding: adding)
  }
}

/// The same of Double.
@inline(never)
public func directBlocks(
  wide: Int, rows: Int, lines: (count: Int, a: Int, b: Int, c: Int),
  steps: (outer: Int, inner: Int), _ a: UnsafePointer<Double>,
  _ aWalk: (outer: Int, inner: UnsafePointer<Int32>), _ b: UnsafePointer<Double>,
  _ bWalk: (outer: Int, inner: UnsafePointer<Int32>), _ c: UnsafeMutablePointer<Double>,
  _ pitch: Int, adding: Bool
) {
  typealias V = V64
  switch wide {
  case 1:
    blocks(
      InlineArray<1, V>.self, rows: rows, lines, steps, a, aWalk, b, bWalk, c, pitch,
      adding: adding)
  case 2:
    blocks(
      InlineArray<2, V>.self, rows: rows, lines, steps, a, aWalk, b, bWalk, c, pitch,
      adding: adding)
  default:
    blocks(
      InlineArray<4, V>.self, rows: rows, lines, steps, a, aWalk, b, bWalk, c, pitch,
      adding: adding)
  }
}
