/// Weights of up to three neighbouring taps of a column, as rows of a tile want them of one row of
/// the input; the weight of row r stands r before w.
private struct TapWeights<V: Vector> {
  let w0: V, w1: V, w2: V

  @_transparent
  init(_ w: UnsafePointer<V.Scalar>, first: Int, last: Int) {
    w0 = first > 0 ? V() : V(repeating: w[0])
    w1 = first > 1 || last < 1 ? V() : V(repeating: w[-1])
    w2 = last < 2 ? V() : V(repeating: w[-2])
  }
}

/// Up to three rows of one vector of sums. Each is a property of its own, so that it stands in a register
/// through any number of loops.
private struct ColumnSums<V: Vector> {
  private var s0 = V(), s1 = V(), s2 = V()

  @_transparent
  init() {}

  /// Adds a vector of the input to some rows.
  @_transparent
  mutating func add(_ x: V, _ w: TapWeights<V>, first: Int, last: Int) {
    if first == 0 { s0 = s0.adding(w.w0, times: x) }
    if first <= 1 && last >= 1 { s1 = s1.adding(w.w1, times: x) }
    if last >= 2 { s2 = s2.adding(w.w2, times: x) }
  }

  /// Writes `columns` elements of each row, or adds to what stands there.
  @_transparent
  func store(
    _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, rows: Int, columns: Int, adding: Bool
  ) {
    unrolled(rows) { r in
      let p = y + r &* pitch
      let sum = r == 0 ? s0 : r == 1 ? s1 : s2
      if columns >= V.lanes {
        (adding ? V.load(p) + sum : sum).store(p)
      } else {
        (adding ? V.load(p, first: columns) + sum : sum).store(p, first: columns)
      }
    }
  }
}

/// Sums of `rows` rows of `wide` vectors of pixels, at most three and four.
///
/// A row of the input serves every row of outputs that it reaches. For each tap the weights of those
/// rows are broadcast first and every vector is loaded once for them: the rows, one vector more and the
/// sums are all the registers that are needed.
struct RowSums<let rows: Int, let wide: Int, V: Vector> {
  private var c0 = ColumnSums<V>(), c1 = ColumnSums<V>(), c2 = ColumnSums<V>()
  private var c3 = ColumnSums<V>()

  @inline(__always)
  init() {}

  /// Adds the taps of row i of the input, if it may be read, to rows `first` to `last`.
  @_transparent
  mutating func add(_ taps: TapRows<V>, row i: Int, masked: Bool, first: Int, last: Int) {
    if i < taps.low || i >= taps.high { return }
    add(taps, from: i, to: i &+ 1, masked: masked, first: first, last: last)
  }

  /// Adds the taps of some rows of the input to rows `first` to `last`.
  @_transparent
  mutating func add(
    _ taps: TapRows<V>, from start: Int, to end: Int, masked: Bool, first: Int, last: Int
  ) {
    var i = start
    while i < end {
      let x = taps.x + i &* taps.pitch
      var w = taps.weights + (i &+ taps.first &* taps.height)
      var t = taps.first
      while t < taps.end {
        let k = TapWeights<V>(w, first: first, last: last)
        let p = x + Int(taps.offsets[t])
        c0.add(taps.vector(p, t, 0, masked: masked), k, first: first, last: last)
        if wide > 1 { c1.add(taps.vector(p, t, 1, masked: masked), k, first: first, last: last) }
        if wide > 2 { c2.add(taps.vector(p, t, 2, masked: masked), k, first: first, last: last) }
        if wide > 3 { c3.add(taps.vector(p, t, 3, masked: masked), k, first: first, last: last) }
        w += taps.height
        t &+= 1
      }
      i &+= 1
    }
  }

  /// Adds a class of taps of one channel, of at least as many rows as the tile has. The first rows of
  /// the input reach the first rows of outputs alone, the last ones the last.
  @_transparent
  mutating func add(_ taps: TapRows<V>, masked: Bool) {
    let (last, h) = (rows &- 1, taps.height)
    if rows > 1 { add(taps, row: 0, masked: masked, first: 0, last: 0) }
    if rows > 2 { add(taps, row: 1, masked: masked, first: 0, last: 1) }
    add(
      taps, from: max(last, taps.low), to: min(h, taps.high), masked: masked, first: 0, last: last)
    if rows > 1 { add(taps, row: h, masked: masked, first: 1, last: last) }
    if rows > 2 { add(taps, row: h &+ 1, masked: masked, first: 2, last: last) }
  }

  /// Writes the rows, `columns` elements of each, or adds to what stands there.
  @_transparent
  func store(_ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, columns: Int, adding: Bool) {
    unrolled(wide) { i in
      let sums = i == 0 ? c0 : i == 1 ? c1 : i == 2 ? c2 : c3
      sums.store(
        y + i &* V.lanes, pitch, rows: rows, columns: columns &- i &* V.lanes, adding: adding)
    }
  }
}

/// The taps of a class in one channel.
struct TapRows<V: Vector> {
  let x: UnsafePointer<V.Scalar>
  let pitch: Int
  /// Rows of the input that may be read, counted from what the first output reads.
  let low: Int, high: Int
  let weights: UnsafePointer<V.Scalar>
  /// Rows of taps, which is how far apart the weights of neighbouring taps stand.
  let height: Int
  let offsets: UnsafePointer<Int32>
  /// Taps of a row that read anything.
  let first: Int, end: Int
  let masks: UnsafeMutablePointer<UInt32>
  let maskStep: Int

  /// Vector i of what tap t reads from p on.
  @_transparent
  func vector(_ p: UnsafePointer<V.Scalar>, _ t: Int, _ i: Int, masked: Bool) -> V {
    masked
      ? V().loading(p + i &* V.lanes, lanes: masks[t &+ i &* maskStep])
      : V.load(p + i &* V.lanes)
  }
}

/// `count` tiles from left to right. `masked` is 1 where columns beyond those that may be read must be
/// left out.
@inline(never)
private func tiles<let rows: Int, let wide: Int, let masked: Int, V: Vector>(
  _: RowSums<rows, wide, V>.Type, _: InlineArray<masked, Int>.Type, _ count: Int,
  _ planes: RowPlanes<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int,
  _ columns: Int, _ adding: Bool
) {
  let step = wide &* V.lanes
  var at = 0
  for _ in 0..<count {
    var sums = RowSums<rows, wide, V>()
    var (x, weights) = (planes.x + at, planes.weights)
    for _ in 0..<planes.channels {
      var (entry, w) = (planes.table, weights)
      for _ in 0..<planes.classes {
        let (height, taps) = (Int(entry[1]), Int(entry[2]))
        let offsets = planes.offsets + Int(entry[3])
        var (first, end) = (0, taps)
        if masked == 1 {
          while first < end && Int(offsets[first]) &+ step <= planes.low.column { first &+= 1 }
          while first < end && Int(offsets[end &- 1]) >= planes.high.column { end &-= 1 }
        }
        let rows = TapRows<V>(
          x: x + Int(entry[0]), pitch: planes.pitch, low: planes.low.row, high: planes.high.row,
          weights: w, height: height, offsets: offsets, first: first, end: end,
          masks: planes.masks + Int(entry[3]), maskStep: planes.count)
        sums.add(rows, masked: masked == 1)
        w += height &* taps
        entry += 4
      }
      x += planes.channel
      weights += planes.weightStep
    }
    sums.store(y + at, pitch, columns: columns &- at, adding: adding)
    at &+= step
  }
}

/// Rows of a tile at most: the sums of so many vectors must find registers.
@inline(__always)
func mostRows(vectors: Int) -> Int {
  #if KERNEL_AVX512 || arch(arm64)
    3
  #else
    vectors > 2 ? 2 : 3
  #endif
}

/// Tiles of up to three rows, of two where more would need too many registers.
@inline(__always)
func tiles<let wide: Int, let masked: Int, V: Vector>(
  _: InlineArray<wide, V>.Type, _ m: InlineArray<masked, Int>.Type, rows: Int, _ count: Int,
  _ planes: RowPlanes<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int,
  _ columns: Int, _ adding: Bool
) {
  if rows == 1 {
    tiles(RowSums<1, wide, V>.self, m, count, planes, y, pitch, columns, adding)
  } else if rows == 2 || mostRows(vectors: wide) == 2 {
    tiles(RowSums<2, wide, V>.self, m, count, planes, y, pitch, columns, adding)
  } else {
    tiles(RowSums<3, wide, V>.self, m, count, planes, y, pitch, columns, adding)
  }
}
