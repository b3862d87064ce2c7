import CSystem

/// What `directRows` sums over: see `DirectScalar.rows` in Kernels.
struct RowPlanes<S> {
  /// Row 0 and column 0 of what the first output reads.
  var x: UnsafePointer<S>
  var pitch: Int
  var channels: Int, channel: Int
  var classes: Int
  var table: UnsafePointer<Int32>
  var offsets: UnsafePointer<Int32>
  var weights: UnsafePointer<S>
  /// Weights of a channel.
  var weightStep: Int
  /// Rows and columns, counted from x, that may be read; the others are zeros.
  var low: (row: Int, column: Int), high: (row: Int, column: Int)
  /// Where columns must be left out: which lanes to load, for each vector and offset.
  var masks: UnsafeMutablePointer<UInt32>
  /// Offsets of all classes.
  var count: Int

  /// The same for outputs further down and to the right.
  @inline(__always)
  func moved(rows: Int, columns: Int) -> Self {
    var o = self
    o.x += rows &* pitch &+ columns
    o.low = (low.row &- rows, low.column &- columns)
    o.high = (high.row &- rows, high.column &- columns)
    return o
  }

  /// Whether one channel has one class of 3 x 3 taps.
  @inline(__always)
  var isThreeByThree: Bool {
    channels == 1 && classes == 1 && table[1] == 3 && table[2] == 3
  }

  /// Whether all may be read.
  @inline(__always)
  var isStrip: Bool { count == 0 }

  /// The fewest rows of taps that a class has.
  @inline(__always)
  var leastHeight: Int {
    var least = Int.max
    for i in 0..<classes { least = min(least, Int(table[4 &* i &+ 1])) }
    return least
  }

  /// With x and offsets where the first class has them.
  @inline(__always)
  var atFirstClass: Self {
    var o = self
    o.x += Int(table[0])
    o.offsets += Int(table[3])
    o.masks += Int(table[3])
    return o
  }

  /// Whether vectors from column x on can be read whole, for every tap; how many.
  @inline(__always)
  func whole(_ x: Int, lanes: Int, reach: Int) -> Int {
    x < low.column ? 0 : max(0, (high.column &- reach &- x) / lanes)
  }

  /// Writes the masks of the vectors that need them, and of those after one: they may be read together.
  @inline(__always)
  func writeMasks(columns: Int, lanes: Int, reach: Int) {
    var x = 0
    var to = masks
    var afterMasked = false
    while x < columns {
      let isMasked = whole(x, lanes: lanes, reach: reach) == 0
      if isMasked || afterMasked {
        for t in 0..<count {
          let first = Int(offsets[t]) &+ x
          let a = max(0, min(lanes, low.column &- first))
          let b = max(0, min(lanes, high.column &- first))
          to[t] = (1 << UInt32(b)) &- (1 << UInt32(a))
        }
      }
      afterMasked = isMasked
      x &+= lanes
      to += count
    }
  }
}

/// A few rows, from left to right by up to four vectors; one or two where columns have to be left
/// out.
@inline(__always)
private func line<V: Vector>(
  _: V.Type, rows: Int, columns: Int, reach: Int, _ planes: RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool
) {
  typealias Plain = InlineArray<0, Int>
  typealias Masked = InlineArray<1, Int>
  var x = 0
  while x < columns {
    var at = planes.moved(rows: 0, columns: x)
    at.masks += x / V.lanes &* planes.count
    let (to, left) = (y + x, columns &- x)
    let wanted = (left &+ V.lanes &- 1) / V.lanes
    let whole = min(wanted, planes.whole(x, lanes: V.lanes, reach: reach))
    // A tile of one vector has too few sums to keep the units busy: five are three and two.
    let isEven = whole & 3 == 0 || whole < 4
    let count = whole == 0 ? 1 : isEven ? max(1, whole / 4) : max(1, whole / 4 &- 1)
    let wide =
      whole == 0 ? min(wanted, 2) : whole < 5 ? whole : whole < 8 ? (whole &+ 1) / 2 : 4
    switch (wide, whole) {
    case (1, 0):
      tiles(InlineArray<1, V>.self, Masked.self, rows: rows, 1, at, to, pitch, left, adding)
    case (_, 0):
      tiles(InlineArray<2, V>.self, Masked.self, rows: rows, 1, at, to, pitch, left, adding)
    case (1, _):
      tiles(InlineArray<1, V>.self, Plain.self, rows: rows, 1, at, to, pitch, left, adding)
    case (2, _):
      tiles(InlineArray<2, V>.self, Plain.self, rows: rows, 1, at, to, pitch, left, adding)
    case (3, _):
      tiles(InlineArray<3, V>.self, Plain.self, rows: rows, 1, at, to, pitch, left, adding)
    default:
      tiles(InlineArray<4, V>.self, Plain.self, rows: rows, count, at, to, pitch, left, adding)
    }
    x &+= count &* wide &* V.lanes
  }
}

/// A band, a few rows at a time, so that memory is read along the rows.
@inline(__always)
private func band<V: Vector>(
  _: V.Type, rows: Int, columns: Int, reach: Int, _ planes: RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, staging: UnsafeMutablePointer<V.Scalar>?,
  ahead: (from: UnsafePointer<V.Scalar>, pitch: Int)?, adding: Bool
) {
  planes.writeMasks(columns: columns, lanes: V.lanes, reach: reach)
  if planes.isStrip && planes.leastHeight > 2 && rows > 7 {
    walk(
      V.self, rows: rows, columns: columns, planes, y, pitch, staging: staging, ahead: ahead,
      adding: adding)
    return
  }
  if planes.isThreeByThree {
    threeByThree(
      V.self, rows: rows, columns: columns, reach: reach, planes.atFirstClass, y, pitch,
      adding: adding)
    return
  }
  if rows > 3 && planes.low.row >= rows &- 1 && planes.high.row <= planes.leastHeight {
    tall(
      V.self, rows: rows, columns: columns, reach: reach, planes, y, pitch, adding: adding)
    return
  }
  let most = min(mostRows(vectors: (columns &+ V.lanes &- 1) / V.lanes), planes.leastHeight)
  let tiles = (rows &+ most &- 1) / most
  var top = 0
  for i in 0..<tiles {
    let bottom = (i &+ 1) &* rows / tiles
    line(
      V.self, rows: bottom &- top, columns: columns, reach: reach,
      planes.moved(rows: top, columns: 0), y + top &* pitch, pitch, adding: adding)
    top = bottom
  }
}

/// See `DirectScalar.rows` in Kernels.
@inline(never)
public func directRows(
  rows: Int, columns: Int, reach: Int, _ x: UnsafePointer<Float>, _ xPitch: Int,
  low: (row: Int, column: Int), high: (row: Int, column: Int), channels: (count: Int, step: Int),
  classes: (count: Int, table: UnsafePointer<Int32>),
  offsets: (count: Int, table: UnsafePointer<Int32>), _ weights: UnsafePointer<Float>,
  _ weightStep: Int,
  masks: UnsafeMutablePointer<UInt32>, _ y: UnsafeMutablePointer<Float>, _ pitch: Int,
  staging: UnsafeMutablePointer<Float>?,
  ahead: (from: UnsafePointer<Float>, pitch: Int)?, adding: Bool
) {
  let planes = RowPlanes(
    x: x, pitch: xPitch, channels: channels.count, channel: channels.step, classes: classes.count,
    table: classes.table, offsets: offsets.table, weights: weights, weightStep: weightStep,
    low: low, high: high, masks: masks, count: offsets.count)
  band(
    V32.self, rows: rows, columns: columns, reach: reach, planes, y, pitch, staging: staging,
    ahead: ahead, adding: adding)
}

/// The same of Double.
@inline(never)
public func directRows(
  rows: Int, columns: Int, reach: Int, _ x: UnsafePointer<Double>, _ xPitch: Int,
  low: (row: Int, column: Int), high: (row: Int, column: Int), channels: (count: Int, step: Int),
  classes: (count: Int, table: UnsafePointer<Int32>),
  offsets: (count: Int, table: UnsafePointer<Int32>), _ weights: UnsafePointer<Double>,
  _ weightStep: Int,
  masks: UnsafeMutablePointer<UInt32>, _ y: UnsafeMutablePointer<Double>, _ pitch: Int,
  staging: UnsafeMutablePointer<Double>?,
  ahead: (from: UnsafePointer<Double>, pitch: Int)?, adding: Bool
) {
  let planes = RowPlanes(
    x: x, pitch: xPitch, channels: channels.count, channel: channels.step, classes: classes.count,
    table: classes.table, offsets: offsets.table, weights: weights, weightStep: weightStep,
    low: low, high: high, masks: masks, count: offsets.count)
  band(
    V64.self, rows: rows, columns: columns, reach: reach, planes, y, pitch, staging: staging,
    ahead: ahead, adding: adding)
}
