/// Rows of pixels for one channel and 3 x 3 taps, as depthwise layers and images have them: tiles of
/// four rows and one vector in straight code. Loops over so few taps take longer than the sums.
///
/// Nine weights stay in registers; each of six rows of the input is loaded three times and serves
/// up to three rows of outputs.
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

  @inline(__always)
  private func add(_ sum: V, _ x: (V, V, V), _ w: (V, V, V)) -> V {
    sum.adding(x.0, times: w.0).adding(x.1, times: w.1).adding(x.2, times: w.2)
  }

  /// Up to four rows of one vector. `masks` is nil where all columns can be read.
  @inline(__always)
  func tile(
    _ planes: RowPlanes<V.Scalar>, rows: Int, masks: UnsafeMutablePointer<UInt32>?,
    _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, columns: Int, adding: Bool
  ) {
    let offsets = planes.offsets
    let (a, b, c) = (Int(offsets[0]), Int(offsets[1]), Int(offsets[2]))
    let (low, high) = (planes.low.row, min(planes.high.row, rows &+ 2))
    @inline(__always)
    func load(_ i: Int) -> (V, V, V) {
      if i < low || i >= high { return (V(), V(), V()) }
      let p = planes.x + i &* planes.pitch
      guard let masks else { return (V.load(p + a), V.load(p + b), V.load(p + c)) }
      return (
        V().loading(p + a, lanes: masks[0]), V().loading(p + b, lanes: masks[1]),
        V().loading(p + c, lanes: masks[2])
      )
    }
    let (x0, x1, x2) = (load(0), load(1), load(2))
    let s0 = add(add(add(V(), x0, top), x1, middle), x2, bottom)
    store(s0, y, columns, adding)
    if rows == 1 { return }
    let x3 = load(3)
    store(add(add(add(V(), x1, top), x2, middle), x3, bottom), y + pitch, columns, adding)
    if rows == 2 { return }
    let x4 = load(4)
    store(add(add(add(V(), x2, top), x3, middle), x4, bottom), y + 2 &* pitch, columns, adding)
    if rows == 3 { return }
    let x5 = load(5)
    store(add(add(add(V(), x3, top), x4, middle), x5, bottom), y + 3 &* pitch, columns, adding)
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
  var top = 0
  while top < rows {
    let count = min(4, rows &- top)
    var x = 0
    while x < columns {
      let at = planes.moved(rows: top, columns: x)
      let to = y + (top &* pitch &+ x)
      if planes.whole(x, lanes: V.lanes, reach: reach) > 0 {
        taps.tile(at, rows: count, masks: nil, to, pitch, columns: columns &- x, adding: adding)
      } else {
        let masks = planes.masks + x / V.lanes &* planes.count
        taps.tile(at, rows: count, masks: masks, to, pitch, columns: columns &- x, adding: adding)
      }
      x &+= V.lanes
    }
    top &+= count
  }
}
