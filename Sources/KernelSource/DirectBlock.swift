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

/// How an operand is walked through: after each outer step it moves on by `outer`, within it the
/// inner steps stand at `inner`.
typealias Walk = (outer: Int, inner: UnsafePointer<Int32>)

/// One block: c[r, i] = sum over outer and inner steps of b[step][r] a[step][i].
///
/// The two loops are one, with the step back chosen and not branched to: where sums live through
/// more than one loop, the compiler moves them all to memory and back in between.
@inline(never)
private func block<R: GemmRows>(
  _: R.Type, _ steps: (outer: Int, inner: Int), _ a: UnsafePointer<R.V.Scalar>, _ aWalk: Walk,
  _ b: UnsafePointer<R.V.Scalar>, _ bWalk: Walk, _ c: UnsafeMutablePointer<R.V.Scalar>,
  _ pitch: Int, adding: Bool
) {
  var sums = R()
  var (a, b, j) = (a, b, 0)
  for _ in 0..<(steps.outer &* steps.inner) {
    sums.add(b + Int(bWalk.inner[j]), 1, R.V.load(a + Int(aWalk.inner[j])))
    j &+= 1
    let isLast = j == steps.inner
    a += isLast ? aWalk.outer : 0
    b += isLast ? bWalk.outer : 0
    j = isLast ? 0 : j
  }
  if adding { sums.accumulate(c, pitch) } else { sums.store(c, pitch) }
}

/// One or two vectors wide, for a number of rows known at run time.
@inline(__always)
private func narrow<V: Vector>(
  _: V.Type, rows: Int, _ steps: (outer: Int, inner: Int),
  _ a: UnsafePointer<V.Scalar>, _ aWalk: Walk, _ b: UnsafePointer<V.Scalar>, _ bWalk: Walk,
  _ c: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool
) {
  switch rows {
  case 1: block(GemmRows1<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  case 2: block(GemmRows2<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  case 3: block(GemmRows3<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  case 4: block(GemmRows4<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  case 5: block(GemmRows5<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  case 6: block(GemmRows6<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  #if KERNEL_AVX512 || arch(arm64)
    case 7: block(GemmRows7<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 8: block(GemmRows8<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 9: block(GemmRows9<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 10: block(GemmRows10<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 11: block(GemmRows11<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 12: block(GemmRows12<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 13: block(GemmRows13<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 14: block(GemmRows14<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  #endif
  default: break
  }
}

/// Four vectors wide.
@inline(__always)
private func wide<V: Vector>(
  _: V.Type, rows: Int, _ steps: (outer: Int, inner: Int),
  _ a: UnsafePointer<V.Scalar>, _ aWalk: Walk, _ b: UnsafePointer<V.Scalar>, _ bWalk: Walk,
  _ c: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool
) {
  switch rows {
  case 1: block(GemmRows1<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  case 2: block(GemmRows2<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  case 3: block(GemmRows3<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  #if KERNEL_AVX512 || arch(arm64)
    case 4: block(GemmRows4<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 5: block(GemmRows5<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 6: block(GemmRows6<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
    case 7: block(GemmRows7<V>.self, steps, a, aWalk, b, bWalk, c, pitch, adding: adding)
  #endif
  default: break
  }
}

/// Largest number of rows of a block that is `wide` vectors wide, 1, 2 or 4.
@inline(__always)
func directRows(_ wide: Int) -> Int {
  #if KERNEL_AVX512 || arch(arm64)
    wide == 4 ? 7 : 14
  #else
    wide == 4 ? 3 : 6
  #endif
}

/// `lines` times `rows` rows, the rows in blocks of nearly equal height: 16 as 8 + 8, not 14 + 2,
/// which would starve the units.
@inline(__always)
private func blocks<V: Vector>(
  _: V.Type, vectors: Int, rows: Int, _ lines: (count: Int, a: Int, b: Int, c: Int),
  _ steps: (outer: Int, inner: Int), _ a: UnsafePointer<V.Scalar>, _ aWalk: Walk,
  _ b: UnsafePointer<V.Scalar>, _ bWalk: Walk, _ c: UnsafeMutablePointer<V.Scalar>, _ pitch: Int,
  adding: Bool
) {
  let blocks = (rows &+ directRows(vectors) &- 1) / directRows(vectors)
  var (a, b, c) = (a, b, c)
  for _ in 0..<lines.count {
    var first = 0
    for i in 0..<blocks {
      let next = (i &+ 1) &* rows / blocks
      let (count, from, to) = (next &- first, b + first, c + first &* pitch)
      switch vectors {
      case 1: narrow(V.self, rows: count, steps, a, aWalk, from, bWalk, to, pitch, adding: adding)
      case 2:
        narrow(Pair<V>.self, rows: count, steps, a, aWalk, from, bWalk, to, pitch, adding: adding)
      default:
        wide(
          Pair<Pair<V>>.self, rows: count, steps, a, aWalk, from, bWalk, to, pitch, adding: adding)
      }
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
  blocks(
    V32.self, vectors: wide, rows: rows, lines, steps, a, aWalk, b, bWalk, c, pitch,
    adding: adding)
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
  blocks(
    V64.self, vectors: wide, rows: rows, lines, steps, a, aWalk, b, bWalk, c, pitch,
    adding: adding)
}
