/// What `directRows` sums over: channels `channel` elements apart, each in the classes of the table.
///
/// A class holds the taps of one depth and one phase of the stride. Its four numbers: where it begins
/// in a channel; rows of taps; taps of a row; where their offsets begin, counted from `offsets`.
struct RowPlanes<S> {
  var x: UnsafePointer<S>
  /// From row to row of outputs, and of taps.
  var pitch: Int
  var channels: Int, channel: Int
  var classes: Int
  var table: UnsafePointer<Int32>
  var offsets: UnsafePointer<Int32>
  /// Weights: [channel][class][tap of a row][row of taps].
  var weights: UnsafePointer<S>
}

/// Sums of `rows` rows of `wide` vectors of pixels: y[r, i] = sum over planes and taps.
///
/// A row of the input serves every row of outputs that it reaches: vectors are loaded once for up to
/// `rows` multiply-adds each, and weights broadcast.
struct RowSums<let rows: Int, let wide: Int, V: Vector> {
  private var sums = InlineArray<16, V>(repeating: V())

  @inline(__always)
  init() {}

  /// Adds the taps of one row of a class, row i of the input, to rows `first` to `last` of the sums.
  @inline(__always)
  private mutating func add(
    _ x: UnsafePointer<V.Scalar>, _ weights: UnsafePointer<V.Scalar>, _ rowsOfTaps: Int,
    _ offsets: UnsafePointer<Int32>, _ taps: Int, first: Int, last: Int
  ) {
    var w = weights
    for t in 0..<taps {
      let p = x + Int(offsets[t])
      let x0 = V.load(p)
      let x1 = wide > 1 ? V.load(p + V.lanes) : x0
      let x2 = wide > 2 ? V.load(p + 2 &* V.lanes) : x0
      let x3 = wide > 3 ? V.load(p + 3 &* V.lanes) : x0
      unrolled(rows) { r in
        if r >= first && r <= last {
          let s = V(repeating: w[-r])
          let k = r &* wide
          sums[k] = sums[k].adding(s, times: x0)
          if wide > 1 { sums[k &+ 1] = sums[k &+ 1].adding(s, times: x1) }
          if wide > 2 { sums[k &+ 2] = sums[k &+ 2].adding(s, times: x2) }
          if wide > 3 { sums[k &+ 3] = sums[k &+ 3].adding(s, times: x3) }
        }
      }
      w += rowsOfTaps
    }
  }

  /// Adds a class: row i of the input reaches rows max(0, i - rowsOfTaps + 1) to min(i, rows - 1).
  @inline(__always)
  mutating func add(
    _ x: UnsafePointer<V.Scalar>, _ pitch: Int, _ weights: UnsafePointer<V.Scalar>,
    _ rowsOfTaps: Int, _ offsets: UnsafePointer<Int32>, _ taps: Int
  ) {
    for i in 0..<(rows &+ rowsOfTaps &- 1) {
      let (p, w) = (x + i &* pitch, weights + i)
      let first = max(0, i &- rowsOfTaps &+ 1)
      let last = min(i, rows &- 1)
      switch (first, last) {
      case (0, 0): add(p, w, rowsOfTaps, offsets, taps, first: 0, last: 0)
      case (0, 1) where rows > 1: add(p, w, rowsOfTaps, offsets, taps, first: 0, last: 1)
      case (1, 1) where rows > 1: add(p, w, rowsOfTaps, offsets, taps, first: 1, last: 1)
      case (0, 2) where rows > 2: add(p, w, rowsOfTaps, offsets, taps, first: 0, last: 2)
      case (1, 2) where rows > 2: add(p, w, rowsOfTaps, offsets, taps, first: 1, last: 2)
      case (2, 2) where rows > 2: add(p, w, rowsOfTaps, offsets, taps, first: 2, last: 2)
      case (0, 3) where rows > 3: add(p, w, rowsOfTaps, offsets, taps, first: 0, last: 3)
      case (1, 3) where rows > 3: add(p, w, rowsOfTaps, offsets, taps, first: 1, last: 3)
      case (2, 3) where rows > 3: add(p, w, rowsOfTaps, offsets, taps, first: 2, last: 3)
      case (3, 3) where rows > 3: add(p, w, rowsOfTaps, offsets, taps, first: 3, last: 3)
      default: break
      }
    }
  }

  /// Writes the rows, `columns` elements of each, or adds to what stands there.
  @inline(__always)
  func store(_ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, columns: Int, adding: Bool) {
    unrolled(rows) { r in
      unrolled(wide) { i in
        let p = y + (r &* pitch &+ i &* V.lanes)
        let left = columns &- i &* V.lanes
        let sum = sums[r &* wide &+ i]
        if left >= V.lanes {
          (adding ? V.load(p) + sum : sum).store(p)
        } else {
          (adding ? V.load(p, first: left) + sum : sum).store(p, first: left)
        }
      }
    }
  }
}

@inline(never)
private func tile<let rows: Int, let wide: Int, V: Vector>(
  _: RowSums<rows, wide, V>.Type, _ planes: borrowing RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, columns: Int, adding: Bool
) {
  var sums = RowSums<rows, wide, V>()
  var x = planes.x
  var w = planes.weights
  for _ in 0..<planes.channels {
    var entry = planes.table
    for _ in 0..<planes.classes {
      let (rowsOfTaps, taps) = (Int(entry[1]), Int(entry[2]))
      sums.add(
        x + Int(entry[0]), planes.pitch, w, rowsOfTaps, planes.offsets + Int(entry[3]), taps)
      w += rowsOfTaps &* taps
      entry += 4
    }
    x += planes.channel
  }
  sums.store(y, pitch, columns: columns, adding: adding)
}

#if KERNEL_AVX512 || arch(arm64)
  private let mostWide = 4
#elseif KERNEL_AVX2
  private let mostWide = 3
#else
  private let mostWide = 2
#endif

@inline(__always)
private func tile<let wide: Int, V: Vector>(
  _: InlineArray<wide, V>.Type, rows: Int, _ planes: borrowing RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, columns: Int, adding: Bool
) {
  switch rows {
  case 1:
    tile(RowSums<1, wide, V>.self, planes, y, pitch, columns: columns, adding: adding)
  case 2:
    tile(RowSums<2, wide, V>.self, planes, y, pitch, columns: columns, adding: adding)
  case 3:
    tile(RowSums<3, wide, V>.self, planes, y, pitch, columns: columns, adding: adding)
  default:
    tile(RowSums<4, wide, V>.self, planes, y, pitch, columns: columns, adding: adding)
  }
}

/// A band in tiles of up to 4 rows and `mostWide` vectors, both split evenly.
@inline(__always)
private func band<V: Vector>(
  _: V.Type, rows: Int, columns: Int, _ planes: RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool
) {
  let vectors = (columns &+ V.lanes &- 1) / V.lanes
  let across = (vectors &+ mostWide &- 1) / mostWide
  let down = (rows &+ 3) / 4
  var left = 0
  for i in 0..<across {
    let right = (i &+ 1) &* vectors / across
    let first = left &* V.lanes
    var top = 0
    for j in 0..<down {
      let bottom = (j &+ 1) &* rows / down
      var at = planes
      at.x += top &* planes.pitch &+ first
      let to = y + (top &* pitch &+ first)
      let (height, width) = (bottom &- top, columns &- first)
      switch right &- left {
      case 1:
        tile(InlineArray<1, V>.self, rows: height, at, to, pitch, columns: width, adding: adding)
      case 2:
        tile(InlineArray<2, V>.self, rows: height, at, to, pitch, columns: width, adding: adding)
      case 3 where mostWide > 2:
        tile(InlineArray<3, V>.self, rows: height, at, to, pitch, columns: width, adding: adding)
      case 4 where mostWide > 3:
        tile(InlineArray<4, V>.self, rows: height, at, to, pitch, columns: width, adding: adding)
      default: break
      }
      top = bottom
    }
    left = right
  }
}

/// See `DirectScalar.rows` in Kernels.
@inline(never)
public func directRows(
  rows: Int, columns: Int, _ x: UnsafePointer<Float>, _ xPitch: Int,
  channels: (count: Int, step: Int), classes: (count: Int, table: UnsafePointer<Int32>),
  _ offsets: UnsafePointer<Int32>, _ weights: UnsafePointer<Float>,
  _ y: UnsafeMutablePointer<Float>, _ pitch: Int, adding: Bool
) {
  let planes = RowPlanes(
    x: x, pitch: xPitch, channels: channels.count, channel: channels.step, classes: classes.count,
    table: classes.table, offsets: offsets, weights: weights)
  band(V32.self, rows: rows, columns: columns, planes, y, pitch, adding: adding)
}

/// The same of Double.
@inline(never)
public func directRows(
  rows: Int, columns: Int, _ x: UnsafePointer<Double>, _ xPitch: Int,
  channels: (count: Int, step: Int), classes: (count: Int, table: UnsafePointer<Int32>),
  _ offsets: UnsafePointer<Int32>, _ weights: UnsafePointer<Double>,
  _ y: UnsafeMutablePointer<Double>, _ pitch: Int, adding: Bool
) {
  let planes = RowPlanes(
    x: x, pitch: xPitch, channels: channels.count, channel: channels.step, classes: classes.count,
    table: classes.table, offsets: offsets, weights: weights)
  band(V64.self, rows: rows, columns: columns, planes, y, pitch, adding: adding)
}
