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

/// Sums of `rows` rows of `wide` vectors of pixels.
///
/// A row of the input serves every row of outputs that it reaches: vectors are loaded once for up to
/// `rows` multiply-adds each, and weights broadcast.
struct RowSums<let rows: Int, let wide: Int, V: Vector> {
  private var sums = InlineArray<16, V>(repeating: V())

  @inline(__always)
  init() {}

  /// Adds vectors x of the input to rows `first` to `last`; the weight of row r stands r before w.
  @inline(__always)
  mutating func add(
    _ x0: V, _ x1: V, _ x2: V, _ x3: V, _ w: UnsafePointer<V.Scalar>, first: Int, last: Int
  ) {
    for r in first...last {
      let s = V(repeating: w[-r])
      let k = r &* wide
      sums[k] = sums[k].adding(s, times: x0)
      if wide > 1 { sums[k &+ 1] = sums[k &+ 1].adding(s, times: x1) }
      if wide > 2 { sums[k &+ 2] = sums[k &+ 2].adding(s, times: x2) }
      if wide > 3 { sums[k &+ 3] = sums[k &+ 3].adding(s, times: x3) }
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

/// The taps of one row of a class.
private struct TapRow<V: Vector> {
  var x: UnsafePointer<V.Scalar>
  var weights: UnsafePointer<V.Scalar>
  /// Rows of taps, which is how far apart the weights of neighbouring taps stand.
  var height: Int
  var offsets: UnsafePointer<Int32>
  var taps: Range<Int>
  var masks: UnsafeMutablePointer<UInt32>
  var maskStep: Int

  /// Adds the taps to rows `first` to `last` of the sums.
  @inline(__always)
  func add<let rows: Int, let wide: Int>(
    to sums: inout RowSums<rows, wide, V>, masked: Bool, first: Int, last: Int
  ) {
    for t in taps {
      let p = x + Int(offsets[t])
      let w = weights + t &* height
      @inline(__always)
      func vector(_ i: Int) -> V {
        let j = i &* V.lanes
        return masked ? V().loading(p + j, lanes: masks[t &+ i &* maskStep]) : V.load(p + j)
      }
      let x0 = vector(0)
      let x1 = wide > 1 ? vector(1) : x0
      let x2 = wide > 2 ? vector(2) : x0
      let x3 = wide > 3 ? vector(3) : x0
      sums.add(x0, x1, x2, x3, w, first: first, last: last)
    }
  }
}

/// One tile. `masked` is 1 where columns beyond those that may be read must be left out.
@inline(never)
private func tile<let rows: Int, let wide: Int, let masked: Int, V: Vector>(
  _: RowSums<rows, wide, V>.Type, _: InlineArray<masked, Int>.Type,
  _ planes: RowPlanes<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int,
  columns: Int, adding: Bool
) {
  var sums = RowSums<rows, wide, V>()
  var (x, weights) = (planes.x, planes.weights)
  for _ in 0..<planes.channels {
    var (entry, w) = (planes.table, weights)
    for _ in 0..<planes.classes {
      let (height, count) = (Int(entry[1]), Int(entry[2]))
      let offsets = planes.offsets + Int(entry[3])
      var taps = 0..<count
      if masked == 1 {
        var (a, b) = (0, count)
        while a < b && Int(offsets[a]) &+ wide &* V.lanes <= planes.low.column { a &+= 1 }
        while a < b && Int(offsets[b &- 1]) >= planes.high.column { b &-= 1 }
        taps = a..<b
      }
      var row = TapRow<V>(
        x: x + Int(entry[0]), weights: w, height: height, offsets: offsets, taps: taps,
        masks: planes.masks + Int(entry[3]), maskStep: planes.count)
      // Row i of the input reaches rows max(0, i - height + 1) to min(i, rows - 1) of outputs.
      let start = max(0, planes.low.row)
      row.x += start &* planes.pitch
      row.weights += start
      var i = start
      let end = min(rows &+ height &- 1, planes.high.row)
      while i < end {
        let m = masked == 1
        switch (max(0, i &- height &+ 1), min(i, rows &- 1)) {
        case (0, 0): row.add(to: &sums, masked: m, first: 0, last: 0)
        case (0, 1) where rows > 1: row.add(to: &sums, masked: m, first: 0, last: 1)
        case (1, 1) where rows > 1: row.add(to: &sums, masked: m, first: 1, last: 1)
        case (0, 2) where rows > 2: row.add(to: &sums, masked: m, first: 0, last: 2)
        case (1, 2) where rows > 2: row.add(to: &sums, masked: m, first: 1, last: 2)
        case (2, 2) where rows > 2: row.add(to: &sums, masked: m, first: 2, last: 2)
        case (0, 3) where rows > 3: row.add(to: &sums, masked: m, first: 0, last: 3)
        case (1, 3) where rows > 3: row.add(to: &sums, masked: m, first: 1, last: 3)
        case (2, 3) where rows > 3: row.add(to: &sums, masked: m, first: 2, last: 3)
        case (3, 3) where rows > 3: row.add(to: &sums, masked: m, first: 3, last: 3)
        default: break
        }
        row.x += planes.pitch
        row.weights += 1
        i &+= 1
      }
      w += height &* count
      entry += 4
    }
    x += planes.channel
    weights += planes.weightStep
  }
  sums.store(y, pitch, columns: columns, adding: adding)
}

@inline(__always)
private func tile<let wide: Int, let masked: Int, V: Vector>(
  _: InlineArray<wide, V>.Type, _ m: InlineArray<masked, Int>.Type, rows: Int,
  _ planes: RowPlanes<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int,
  columns: Int, adding: Bool
) {
  switch rows {
  case 1: tile(RowSums<1, wide, V>.self, m, planes, y, pitch, columns: columns, adding: adding)
  case 2: tile(RowSums<2, wide, V>.self, m, planes, y, pitch, columns: columns, adding: adding)
  case 3: tile(RowSums<3, wide, V>.self, m, planes, y, pitch, columns: columns, adding: adding)
  default: tile(RowSums<4, wide, V>.self, m, planes, y, pitch, columns: columns, adding: adding)
  }
}

/// Up to four rows, from left to right by as many vectors as there are left, 4, 2 or 1; 2 or 1
/// where columns have to be left out.
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
    let whole = planes.whole(x, lanes: V.lanes, reach: reach)
    let wanted = (left &+ V.lanes &- 1) / V.lanes
    switch (min(wanted, 4), min(whole, 4)) {
    #if KERNEL_AVX512 || arch(arm64)
      case (4, 4):
        tile(
          InlineArray<4, V>.self, Plain.self, rows: rows, at, to, pitch, columns: left,
          adding: adding)
        x &+= 4 &* V.lanes
    #endif
    case (2..., 2...):
      tile(
        InlineArray<2, V>.self, Plain.self, rows: rows, at, to, pitch, columns: left,
        adding: adding)
      x &+= 2 &* V.lanes
    case (_, 1...):
      tile(
        InlineArray<1, V>.self, Plain.self, rows: rows, at, to, pitch, columns: left,
        adding: adding)
      x &+= V.lanes
    case (1, _):
      tile(
        InlineArray<1, V>.self, Masked.self, rows: rows, at, to, pitch, columns: left,
        adding: adding)
      x &+= V.lanes
    default:
      tile(
        InlineArray<2, V>.self, Masked.self, rows: rows, at, to, pitch, columns: left,
        adding: adding)
      x &+= 2 &* V.lanes
    }
  }
}

/// A band, four rows at a time, so that memory is read along the rows.
@inline(__always)
private func band<V: Vector>(
  _: V.Type, rows: Int, columns: Int, reach: Int, _ planes: RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool
) {
  planes.writeMasks(columns: columns, lanes: V.lanes, reach: reach)
  if planes.isThreeByThree {
    threeByThree(
      V.self, rows: rows, columns: columns, reach: reach, planes.atFirstClass, y, pitch,
      adding: adding)
    return
  }
  let tiles = (rows &+ 3) / 4
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
  masks: UnsafeMutablePointer<UInt32>, _ y: UnsafeMutablePointer<Float>, _ pitch: Int, adding: Bool
) {
  let planes = RowPlanes(
    x: x, pitch: xPitch, channels: channels.count, channel: channels.step, classes: classes.count,
    table: classes.table, offsets: offsets.table, weights: weights, weightStep: weightStep,
    low: low, high: high, masks: masks, count: offsets.count)
  band(V32.self, rows: rows, columns: columns, reach: reach, planes, y, pitch, adding: adding)
}

/// The same of Double.
@inline(never)
public func directRows(
  rows: Int, columns: Int, reach: Int, _ x: UnsafePointer<Double>, _ xPitch: Int,
  low: (row: Int, column: Int), high: (row: Int, column: Int), channels: (count: Int, step: Int),
  classes: (count: Int, table: UnsafePointer<Int32>),
  offsets: (count: Int, table: UnsafePointer<Int32>), _ weights: UnsafePointer<Double>,
  _ weightStep: Int,
  masks: UnsafeMutablePointer<UInt32>, _ y: UnsafeMutablePointer<Double>, _ pitch: Int, adding: Bool
) {
  let planes = RowPlanes(
    x: x, pitch: xPitch, channels: channels.count, channel: channels.step, classes: classes.count,
    table: classes.table, offsets: offsets.table, weights: weights, weightStep: weightStep,
    low: low, high: high, masks: masks, count: offsets.count)
  band(V64.self, rows: rows, columns: columns, reach: reach, planes, y, pitch, adding: adding)
}
