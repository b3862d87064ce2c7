// Two rows of real numbers travel through one complex transform, the first as real and the second
// as imaginary parts; these loops put them in, take their half spectra out, and move the spectra
// between rows and columns.

/// z[2 i] = a[i aStep], z[2 i + 1] = b[i bStep].
@inline(__always)
private func interleave<S>(
  _ count: Int, _ a: UnsafePointer<S>, _ aStep: Int, _ b: UnsafePointer<S>, _ bStep: Int,
  _ z: UnsafeMutablePointer<S>
) {
  if aStep == 1 && bStep == 1 {
    for i in 0..<count {
      z[2 &* i] = a[i]
      z[2 &* i &+ 1] = b[i]
    }
  } else {
    for i in 0..<count {
      z[2 &* i] = a[i &* aStep]
      z[2 &* i &+ 1] = b[i &* bStep]
    }
  }
}

/// y[i yStep] = scale x[i xStep].
@inline(__always)
private func scaleCopy<S: FloatingPoint>(
  _ count: Int, _ x: UnsafePointer<S>, _ xStep: Int, _ scale: S, _ y: UnsafeMutablePointer<S>,
  _ yStep: Int
) {
  if yStep == 1 && xStep == 2 {
    for i in 0..<count { y[i] = scale * x[2 &* i] }
  } else {
    for i in 0..<count { y[i &* yStep] = scale * x[i &* xStep] }
  }
}

/// Twice the half spectra a, b of two real rows from the spectrum z, of n, of a + i b.
@inline(__always)
private func split<V: ComplexVector>(
  _: V.Type, _ n: Int, _ z: UnsafePointer<V.Scalar>, _ a: UnsafeMutablePointer<V.Scalar>,
  _ b: UnsafeMutablePointer<V.Scalar>
) {
  (a[0], a[1]) = (2 * z[0], 0)
  (b[0], b[1]) = (2 * z[1], 0)
  let last = n / 2
  let step = V.lanes / 2
  var f = 1
  while f &+ step <= last &+ 1 {
    let u = V.load(z + 2 &* f)
    let v = V.load(z + 2 &* (n &- f &- step &+ 1)).reversed * V.conjugating
    (u + v).store(a + 2 &* f)
    ((u - v).swapped * V.conjugating).store(b + 2 &* f)
    f &+= step
  }
  while f <= last {
    let (p, q) = (2 &* f, 2 &* (n &- f))
    (a[p], a[p &+ 1]) = (z[p] + z[q], z[p &+ 1] - z[q &+ 1])
    (b[p], b[p &+ 1]) = (z[p &+ 1] + z[q &+ 1], z[q] - z[p])
    f &+= 1
  }
}

/// The spectrum z, of n, of a + i b from the half spectra of the real rows a and b.
@inline(__always)
private func join<V: ComplexVector>(
  _: V.Type, _ n: Int, _ a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>,
  _ z: UnsafeMutablePointer<V.Scalar>
) {
  (z[0], z[1]) = (a[0], b[0])
  let last = (n &- 1) / 2
  let step = V.lanes / 2
  var f = 1
  while f &+ step <= last &+ 1 {
    let u = V.load(a + 2 &* f)
    let v = (V.load(b + 2 &* f) * V.conjugating).swapped
    (u + v).store(z + 2 &* f)
    ((u - v) * V.conjugating).reversed.store(z + 2 &* (n &- f &- step &+ 1))
    f &+= step
  }
  while f <= last {
    let (p, q) = (2 &* f, 2 &* (n &- f))
    (z[p], z[p &+ 1]) = (a[p] - b[p &+ 1], a[p &+ 1] + b[p])
    (z[q], z[q &+ 1]) = (a[p] + b[p &+ 1], b[p] - a[p &+ 1])
    f &+= 1
  }
  if n % 2 == 0 { (z[n], z[n &+ 1]) = (a[n], b[n]) }
}

/// to[b][j][r] = from[r][b columns + j] for complex numbers of two scalars.
///
/// Eight rows at a time fill whole cache lines of the columns.
@inline(__always)
private func scatter<S: SIMDScalar>(
  _ rows: Int, _ from: UnsafePointer<SIMD2<S>>, _ fromRow: Int, _ blocks: Int, _ columns: Int,
  _ to: UnsafeMutablePointer<SIMD2<S>>, _ toBlock: Int, _ toColumn: Int
) {
  var r = 0
  while r < rows {
    let n = min(8, rows &- r)
    for b in 0..<blocks {
      var p = from + (r &* fromRow &+ b &* columns)
      var q = to + (b &* toBlock &+ r)
      for _ in 0..<columns {
        for i in 0..<n { q[i] = p[i &* fromRow] }
        p += 1
        q += toColumn
      }
    }
    r &+= 8
  }
}

/// to[r][b columns + j] = from[b][j][r fromStep]: the way back.
@inline(__always)
private func gather<S: SIMDScalar>(
  _ rows: Int, _ from: UnsafePointer<SIMD2<S>>, _ fromBlock: Int, _ fromColumn: Int,
  _ fromStep: Int, _ blocks: Int, _ columns: Int, _ to: UnsafeMutablePointer<SIMD2<S>>,
  _ toRow: Int
) {
  var r = 0
  while r < rows {
    let n = min(8, rows &- r)
    for b in 0..<blocks {
      var p = from + (b &* fromBlock &+ r &* fromStep)
      var q = to + (r &* toRow &+ b &* columns)
      for _ in 0..<columns {
        for i in 0..<n { q[i &* toRow] = p[i &* fromStep] }
        p += fromColumn
        q += 1
      }
    }
    r &+= 8
  }
}

/// Where the columns of blocks stand, a vector's worth of columns at a time.
private struct ColumnWalk {
  let columns: Int, block: Int, column: Int
  private var b = 0
  private var j = 0

  init(columns: Int, block: Int, column: Int) {
    (self.columns, self.block, self.column) = (columns, block, column)
  }

  /// Sets `offsets` to those of the next `count` columns.
  @inline(__always)
  mutating func next(_ count: Int, _ offsets: UnsafeMutablePointer<Int>) {
    for i in 0..<count {
      offsets[i] = b &* block &+ j &* column
      j &+= 1
      if j == columns { (b, j) = (b &+ 1, 0) }
    }
  }
}

/// `scatter` of single-precision numbers, which travel as doubles, by squares in registers. `from`
/// may be read up to the next whole vector of columns. Returns the number of rows done.
@inline(__always)
private func scatterSquares(
  _ rows: Int, _ from: UnsafePointer<Double>, _ fromRow: Int, _ blocks: Int, _ columns: Int,
  _ to: UnsafeMutablePointer<Double>, _ toBlock: Int, _ toColumn: Int
) -> Int {
  let total = blocks &* columns
  return withUnsafeTemporaryAllocation(of: Int.self, capacity: V64.lanes) { room in
    let offsets = room.baseAddress!
    var r = 0
    while r &+ V64.lanes <= rows {
      var walk = ColumnWalk(columns: columns, block: toBlock, column: toColumn)
      let (source, target) = (from + r &* fromRow, to + r)
      var p = 0
      while p < total {
        let count = min(V64.lanes, total &- p)
        walk.next(count, offsets)
        let row = source + p
        transpose(
          { V64.load(row + $0 &* fromRow) },
          { if $0 < count { $1.store(target + offsets[$0]) } })
        p &+= V64.lanes
      }
      r &+= V64.lanes
    }
    return r
  }
}

/// `gather` of single-precision numbers likewise; `to` is written up to the next whole vector.
@inline(__always)
private func gatherSquares(
  _ rows: Int, _ from: UnsafePointer<Double>, _ fromBlock: Int, _ fromColumn: Int, _ blocks: Int,
  _ columns: Int, _ to: UnsafeMutablePointer<Double>, _ toRow: Int
) -> Int {
  let total = blocks &* columns
  return withUnsafeTemporaryAllocation(of: Int.self, capacity: V64.lanes) { room in
    let offsets = room.baseAddress!
    var r = 0
    while r &+ V64.lanes <= rows {
      var walk = ColumnWalk(columns: columns, block: fromBlock, column: fromColumn)
      let (source, target) = (from + r, to + r &* toRow)
      var p = 0
      while p < total {
        let count = min(V64.lanes, total &- p)
        walk.next(count, offsets)
        let row = target + p
        transpose(
          { $0 < count ? V64.load(source + offsets[$0]) : V64() },
          { $1.store(row + $0 &* toRow) })
        p &+= V64.lanes
      }
      r &+= V64.lanes
    }
    return r
  }
}

/// Single-precision complex numbers as doubles, to be moved only.
@inline(__always)
private func words(_ p: UnsafePointer<Float>) -> UnsafePointer<Double> {
  UnsafeRawPointer(p).assumingMemoryBound(to: Double.self)
}

@inline(__always)
private func words(_ p: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Double> {
  UnsafeMutableRawPointer(p).assumingMemoryBound(to: Double.self)
}

@inline(__always)
private func complex<S: SIMDScalar>(_ p: UnsafePointer<S>) -> UnsafePointer<SIMD2<S>> {
  UnsafeRawPointer(p).assumingMemoryBound(to: SIMD2<S>.self)
}

@inline(__always)
private func complex<S: SIMDScalar>(_ p: UnsafeMutablePointer<S>) -> UnsafeMutablePointer<SIMD2<S>>
{ UnsafeMutableRawPointer(p).assumingMemoryBound(to: SIMD2<S>.self) }

/// z[2 i] = a[i aStep], z[2 i + 1] = b[i bStep] for i in 0..<count.
@inline(never)
public func complexInterleave(
  _ count: Int, _ a: UnsafePointer<Float>, _ aStep: Int, _ b: UnsafePointer<Float>, _ bStep: Int,
  _ z: UnsafeMutablePointer<Float>
) { interleave(count, a, aStep, b, bStep, z) }

/// The same of Double.
@inline(never)
public func complexInterleave(
  _ count: Int, _ a: UnsafePointer<Double>, _ aStep: Int, _ b: UnsafePointer<Double>, _ bStep: Int,
  _ z: UnsafeMutablePointer<Double>
) { interleave(count, a, aStep, b, bStep, z) }

/// y[i yStep] = scale x[i xStep] for i in 0..<count.
@inline(never)
public func complexScaleCopy(
  _ count: Int, _ x: UnsafePointer<Float>, _ xStep: Int, _ scale: Float,
  _ y: UnsafeMutablePointer<Float>,
  _ yStep: Int
) { scaleCopy(count, x, xStep, scale, y, yStep) }

/// The same of Double.
@inline(never)
public func complexScaleCopy(
  _ count: Int, _ x: UnsafePointer<Double>, _ xStep: Int, _ scale: Double,
  _ y: UnsafeMutablePointer<Double>,
  _ yStep: Int
) { scaleCopy(count, x, xStep, scale, y, yStep) }

/// Twice the half spectra of real rows 2 j and 2 j + 1, `row` scalars apart, from the spectrum of
/// row 2 j + i row 2 j + 1, `n` complex numbers, for j in 0..<pairs.
@inline(never)
public func complexSplit(
  _ pairs: Int, _ n: Int, _ z: UnsafePointer<Float>, _ rows: UnsafeMutablePointer<Float>, _ row: Int
) {
  for j in 0..<pairs {
    let a = rows + 2 &* j &* row
    split(V32.self, n, z + 2 &* j &* n, a, a + row)
  }
}

/// The same of Double.
@inline(never)
public func complexSplit(
  _ pairs: Int, _ n: Int, _ z: UnsafePointer<Double>, _ rows: UnsafeMutablePointer<Double>,
  _ row: Int
) {
  for j in 0..<pairs {
    let a = rows + 2 &* j &* row
    split(V64.self, n, z + 2 &* j &* n, a, a + row)
  }
}

/// The way back of `complexSplit`, without the factor of two.
@inline(never)
public func complexJoin(
  _ pairs: Int, _ n: Int, _ rows: UnsafePointer<Float>, _ row: Int, _ z: UnsafeMutablePointer<Float>
) {
  for j in 0..<pairs {
    let a = rows + 2 &* j &* row
    join(V32.self, n, a, a + row, z + 2 &* j &* n)
  }
}

/// The same of Double.
@inline(never)
public func complexJoin(
  _ pairs: Int, _ n: Int, _ rows: UnsafePointer<Double>, _ row: Int,
  _ z: UnsafeMutablePointer<Double>
) {
  for j in 0..<pairs {
    let a = rows + 2 &* j &* row
    join(V64.self, n, a, a + row, z + 2 &* j &* n)
  }
}

/// Complex to[b toBlock + j toColumn + r] = from[r fromRow + b columns + j], distances in complex
/// numbers. Rows of `from` may be read up to the next multiple of 8 columns.
@inline(never)
public func complexScatter(
  _ rows: Int, _ from: UnsafePointer<Float>, _ fromRow: Int, _ blocks: Int, _ columns: Int,
  _ to: UnsafeMutablePointer<Float>, _ toBlock: Int, _ toColumn: Int
) {
  let done = scatterSquares(
    rows, words(from), fromRow, blocks, columns, words(to), toBlock, toColumn)
  scatter(
    rows &- done, complex(from) + done &* fromRow, fromRow, blocks, columns, complex(to) + done,
    toBlock, toColumn)
}

/// The same of Double.
@inline(never)
public func complexScatter(
  _ rows: Int, _ from: UnsafePointer<Double>, _ fromRow: Int, _ blocks: Int, _ columns: Int,
  _ to: UnsafeMutablePointer<Double>, _ toBlock: Int, _ toColumn: Int
) { scatter(rows, complex(from), fromRow, blocks, columns, complex(to), toBlock, toColumn) }

/// Complex to[r toRow + b columns + j] = from[b fromBlock + j fromColumn + r fromStep]. Rows of `to`
/// may be written up to the next multiple of 8 columns.
@inline(never)
public func complexGather(
  _ rows: Int, _ from: UnsafePointer<Float>, _ fromBlock: Int, _ fromColumn: Int, _ fromStep: Int,
  _ blocks: Int, _ columns: Int, _ to: UnsafeMutablePointer<Float>, _ toRow: Int
) {
  let done =
    fromStep == 1
    ? gatherSquares(rows, words(from), fromBlock, fromColumn, blocks, columns, words(to), toRow)
    : 0
  gather(
    rows &- done, complex(from) + done, fromBlock, fromColumn, fromStep, blocks, columns,
    complex(to) + done &* toRow, toRow)
}

/// The same of Double.
@inline(never)
public func complexGather(
  _ rows: Int, _ from: UnsafePointer<Double>, _ fromBlock: Int, _ fromColumn: Int, _ fromStep: Int,
  _ blocks: Int, _ columns: Int, _ to: UnsafeMutablePointer<Double>, _ toRow: Int
) {
  gather(rows, complex(from), fromBlock, fromColumn, fromStep, blocks, columns, complex(to), toRow)
}
