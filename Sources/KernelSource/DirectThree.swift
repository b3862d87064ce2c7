/// Rows of pixels for one channel and 3 x 3 taps, as depthwise layers and images have them, in straight
/// code: loops over so few taps take longer than the sums.
///
/// A tile is one vector wide and walks down a few rows. Nine weights stay in registers; a row of the
/// input is loaded three times, one vector at a time, and serves three rows of outputs, so that
/// sixteen registers are enough.
struct ThreeByThree<V: Vector> {
  private let top: (V, V, V), middle: (V, V, V), bottom: (V, V, V)

  /// Weights by columns of taps.
  @inline(__always)
  init(_ w: UnsafePointer<V.Scalar>) {
    @inline(__always)
    func row(_ m: Int) -> (V, V, V) {
      (V(repeating: w[m]), V(repeating: w[3 &+ m]), V(repeating: w[6 &+ m]))
    }
    (top, middle, bottom) = (row(0), row(1), row(2))
  }

  /// Sums of three rows of outputs that a row of the input reaches: as their last, second and first.
  private struct Sums {
    var last = V(), second = V(), first = V()

    /// Adds a vector to the sums that are wanted.
    @inline(__always)
    mutating func add(_ x: V, _ w: (V, V, V), last: Bool, second: Bool, first: Bool) {
      if last { self.last = self.last.adding(x, times: w.0) }
      if second { self.second = self.second.adding(x, times: w.1) }
      if first { self.first = self.first.adding(x, times: w.2) }
    }

    /// As the next row of the input sees them.
    @inline(__always)
    var next: Self { Self(last: second, second: first, first: V()) }
  }

  /// What a tile reads: the rows of one vector.
  struct Source {
    var index = 0
    var x: UnsafePointer<V.Scalar>
    let pitch: Int
    let low: Int, high: Int
    let offsets: (Int, Int, Int)
    var masks: UnsafeMutablePointer<UInt32>

    @inline(__always)
    init(_ planes: RowPlanes<V.Scalar>) {
      (x, pitch) = (planes.x, planes.pitch)
      (low, high) = (planes.low.row, planes.high.row)
      offsets = (Int(planes.offsets[0]), Int(planes.offsets[1]), Int(planes.offsets[2]))
      masks = planes.masks
    }

    /// The same of another vector, whose masks stand `step` after those of the one before it.
    @inline(__always)
    func moved(columns: Int, step: Int) -> Self {
      var o = self
      o.x += columns
      o.masks += columns / V.lanes &* step
      return o
    }

    @inline(__always)
    func load(_ offset: Int, _ t: Int, masked: Bool) -> V {
      masked ? V().loading(x + offset, lanes: masks[t]) : V.load(x + offset)
    }

    @inline(__always)
    mutating func advance() {
      index &+= 1
      x += pitch
    }
  }

  /// Adds a row of the input to the sums that are wanted.
  @inline(__always)
  private func add(
    _ s: Source, to sums: inout Sums, edge: Bool, masked: Bool, last: Bool = true,
    second: Bool = true, first: Bool = true
  ) {
    if edge && (s.index < s.low || s.index >= s.high) { return }
    sums.add(
      s.load(s.offsets.0, 0, masked: masked), (bottom.0, middle.0, top.0), last: last,
      second: second, first: first)
    sums.add(
      s.load(s.offsets.1, 1, masked: masked), (bottom.1, middle.1, top.1), last: last,
      second: second, first: first)
    sums.add(
      s.load(s.offsets.2, 2, masked: masked), (bottom.2, middle.2, top.2), last: last,
      second: second, first: first)
  }

  /// `rows` rows of one vector. At an edge rows may have to be left out; if masked, columns.
  @inline(__always)
  func tile(
    _ source: Source, rows: Int, edge: Bool, masked m: Bool, _ y: UnsafeMutablePointer<V.Scalar>,
    _ pitch: Int, columns: Int, adding: Bool
  ) {
    var (s, y) = (source, y)
    var sums = Sums()
    add(s, to: &sums, edge: edge, masked: m, last: false, second: false)
    sums = sums.next
    s.advance()
    if rows == 1 {
      add(s, to: &sums, edge: edge, masked: m, last: false, first: false)
    } else {
      add(s, to: &sums, edge: edge, masked: m, last: false)
      sums = sums.next
      s.advance()
      while s.index < rows {
        add(s, to: &sums, edge: edge, masked: m)
        store(sums.last, y, columns, adding)
        y += pitch
        sums = sums.next
        s.advance()
      }
      add(s, to: &sums, edge: edge, masked: m, first: false)
      store(sums.last, y, columns, adding)
      y += pitch
    }
    sums = sums.next
    s.advance()
    add(s, to: &sums, edge: edge, masked: m, second: false, first: false)
    store(sums.last, y, columns, adding)
  }

  @inline(__always)
  private func store(_ sum: V, _ y: UnsafeMutablePointer<V.Scalar>, _ columns: Int, _ adding: Bool)
  {
    if columns >= V.lanes {
      (adding ? V.load(y) + sum : sum).store(y)
    } else {
      (adding ? V.load(y, first: columns) + sum : sum).store(y, first: columns)
    }
  }
}

/// A band of one channel and 3 x 3 taps.
@inline(never)
func threeByThree<V: Vector>(
  _: V.Type, rows: Int, columns: Int, reach: Int, _ planes: RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool
) {
  let taps = ThreeByThree<V>(planes.weights)
  let tiles = (rows &+ 3) / 4
  var top = 0
  for tile in 0..<tiles {
    let bottom = (tile &+ 1) &* rows / tiles
    let count = bottom &- top
    let isInside = !adding && top >= planes.low.row && bottom &+ 2 <= planes.high.row
    let y = y + top &* pitch
    let source = ThreeByThree<V>.Source(planes.moved(rows: top, columns: 0))
    var x = 0
    while x < columns {
      var whole = planes.whole(x, lanes: V.lanes, reach: reach)
      if whole == 0 {
        taps.tile(
          source.moved(columns: x, step: planes.count), rows: count, edge: true, masked: true,
          y + x, pitch, columns: columns &- x, adding: adding)
        x &+= V.lanes
        continue
      }
      while isInside && whole > 0 && columns &- x >= V.lanes {
        taps.tile(
          source.moved(columns: x, step: 0), rows: count, edge: false, masked: false, y + x,
          pitch, columns: V.lanes, adding: false)
        x &+= V.lanes
        whole &-= 1
      }
      if whole > 0 && x < columns {
        taps.tile(
          source.moved(columns: x, step: 0), rows: count, edge: true, masked: false, y + x, pitch,
          columns: columns &- x, adding: adding)
        x &+= V.lanes
      }
    }
    top = bottom
  }
}
