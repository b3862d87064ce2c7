/// Sums of up to seven rows of one vector that every row of the input reaches: of small planes under
/// large kernels, where neither the first nor the last rows need care. Each is a property of its own:
/// see `ColumnSums`.
private struct TallSums<let rows: Int, V: Vector> {
  private var s0 = V(), s1 = V(), s2 = V(), s3 = V(), s4 = V(), s5 = V(), s6 = V()

  @_transparent
  init() {}

  /// Adds a vector; the weight of row r stands r before w.
  @_transparent
  mutating func add(_ x: V, _ w: UnsafePointer<V.Scalar>) {
    s0 = s0.adding(V(repeating: w[0]), times: x)
    s1 = s1.adding(V(repeating: w[-1]), times: x)
    s2 = s2.adding(V(repeating: w[-2]), times: x)
    s3 = s3.adding(V(repeating: w[-3]), times: x)
    if rows > 4 { s4 = s4.adding(V(repeating: w[-4]), times: x) }
    if rows > 5 { s5 = s5.adding(V(repeating: w[-5]), times: x) }
    if rows > 6 { s6 = s6.adding(V(repeating: w[-6]), times: x) }
  }

  @_transparent
  func store(_ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, columns: Int, adding: Bool) {
    unrolled(rows) { r in
      let p = y + r &* pitch
      let sum =
        r == 0
        ? s0 : r == 1 ? s1 : r == 2 ? s2 : r == 3 ? s3 : r == 4 ? s4 : r == 5 ? s5 : s6
      if columns >= V.lanes {
        (adding ? V.load(p) + sum : sum).store(p)
      } else {
        (adding ? V.load(p, first: columns) + sum : sum).store(p, first: columns)
      }
    }
  }
}

/// `rows` rows of one vector. A column of taps is gone through at a time, so that its mask is made once.
@inline(never)
private func tall<let rows: Int, let masked: Int, V: Vector>(
  _: TallSums<rows, V>.Type, _: InlineArray<masked, Int>.Type, _ planes: RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, columns: Int, adding: Bool
) {
  var sums = TallSums<rows, V>()
  let (low, count) = (planes.low.row, planes.high.row &- planes.low.row)
  var (x, weights) = (planes.x + low &* planes.pitch, planes.weights + low)
  for _ in 0..<planes.channels {
    var (entry, column) = (planes.table, weights)
    for _ in 0..<planes.classes {
      let (base, first) = (x + Int(entry[0]), Int(entry[3]))
      for t in first..<first &+ Int(entry[2]) {
        let offset = Int(planes.offsets[t])
        let mask = masked == 1 ? planes.masks[t] : 0
        if masked == 0 || mask != 0 {
          var (p, w) = (base + offset, column)
          for _ in 0..<count {
            sums.add(masked == 1 ? V().loading(p, lanes: mask) : V.load(p), w)
            p += planes.pitch
            w += 1
          }
        }
        column += Int(entry[1])
      }
      entry += 4
    }
    x += planes.channel
    weights += planes.weightStep
  }
  sums.store(y, pitch, columns: columns, adding: adding)
}

/// A band of four rows or more that all rows of the input reach.
@inline(__always)
func tall<V: Vector>(
  _: V.Type, rows: Int, columns: Int, reach: Int, _ planes: RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, adding: Bool
) {
  let tiles = (rows &+ 6) / 7
  for i in 0..<tiles {
    let (top, bottom) = (i &* rows / tiles, (i &+ 1) &* rows / tiles)
    var x = 0
    while x < columns {
      var at = planes.moved(rows: top, columns: x)
      at.masks += x / V.lanes &* planes.count
      let to = y + (top &* pitch &+ x)
      let isMasked = planes.whole(x, lanes: V.lanes, reach: reach) == 0
      @inline(__always)
      func run<let n: Int>(_ s: TallSums<n, V>.Type) {
        if isMasked {
          tall(
            s, InlineArray<1, Int>.self, at, to, pitch, columns: columns &- x, adding: adding)
        } else {
          tall(
            s, InlineArray<0, Int>.self, at, to, pitch, columns: columns &- x, adding: adding)
        }
      }
      switch bottom &- top {
      case 4: run(TallSums<4, V>.self)
      case 5: run(TallSums<5, V>.self)
      case 6: run(TallSums<6, V>.self)
      default: run(TallSums<7, V>.self)
      }
      x &+= V.lanes
    }
  }
}
