import ConvCore

/// Along one axis, for each coordinate of the result: where its terms stand in both operands.
///
/// Listed for all coordinates at once; but where that would be too many (a long signal under a long
/// kernel: as many as the product of both), found anew for each coordinate that is asked for.
///
/// A class, since one is asked for every result: copies of a structure of arrays would spend more time
/// on counting references than on sums.
final class AxisTerms: Sendable {
  private let starts: [Int]
  private let first: [Int]
  private let second: [Int]
  private let long: LongAxis?

  /// Listed terms: those of coordinate c are starts[c]..<starts[c + 1].
  init(starts: [Int], first: [Int], second: [Int]) {
    (self.starts, self.first, self.second) = (starts, first, second)
    long = nil
  }

  /// Terms found when asked for.
  init(_ long: LongAxis) {
    (starts, first, second) = ([], [], [])
    self.long = long
  }

  /// Number of terms of a coordinate.
  func count(_ coordinate: Int) -> Int {
    long?.count(coordinate) ?? starts[coordinate + 1] - starts[coordinate]
  }

  /// The largest number of terms of any coordinate, or a bound of it.
  var most: Int {
    long?.most ?? (0..<starts.count - 1).map { starts[$0 + 1] - starts[$0] }.max() ?? 0
  }

  /// Number of terms of all coordinates.
  var total: Double { long?.total ?? Double(first.count) }

  /// Calls `body` with the places of a coordinate's terms in the first and the second operand.
  @inline(__always)
  func with<R>(
    _ coordinate: Int,
    _ body: (_ first: UnsafeBufferPointer<Int>, _ second: UnsafeBufferPointer<Int>) -> R
  ) -> R {
    if let long {
      let (a, b) = long.places(coordinate)
      return a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { b in body(a, b) } }
    }
    let range = starts[coordinate]..<starts[coordinate + 1]
    return first.withUnsafeBufferPointer { a in
      second.withUnsafeBufferPointer { b in
        body(
          UnsafeBufferPointer(rebasing: a[range]), UnsafeBufferPointer(rebasing: b[range]))
      }
    }
  }
}

/// An axis whose terms are found one coordinate at a time: the definition i = o s + t d - low, solved
/// for whichever of the three the result's coordinate is.
struct LongAxis: Sendable {
  /// What the coordinates of the result are.
  enum Coordinate {
    case strided, dense, tap
  }

  let coordinate: Coordinate
  let axis: Axis
  let border: Border
  /// Whether taps are counted from the far end.
  let flips: Bool
  /// Extents of both sides.
  let dense: Int, strided: Int
  /// Distances of neighbours in memory.
  let denseStep: Int, stridedStep: Int, tapStep: Int
  /// For a tap's terms: which operand comes first.
  let denseIsFirst: Bool

  /// Whether listing would take too much memory and this type can do without: border elements of a
  /// dense coordinate have no closed form, but for zeros.
  static func isNeeded(_ coordinate: Coordinate, _ axis: Axis, _ border: Border, strided: Int)
    -> Bool
  { strided * axis.kernel > 1 << 24 && (coordinate != .dense || border == .zeros) }

  /// Upper bound of `count`.
  var most: Int { coordinate == .tap ? strided : axis.kernel }

  func count(_ c: Int) -> Int {
    switch coordinate {
    case .strided: taps(of: c).count
    case .dense, .tap: places(c).first.count
    }
  }

  var total: Double { (0..<strided).reduce(0) { $0 + Double(taps(of: $1).count) } }

  /// The taps that meet an element at strided position `o`.
  private func taps(of o: Int) -> Range<Int> {
    guard border == .zeros else { return 0..<axis.kernel }
    // 0 <= o s + t d - low < dense
    let origin = o * axis.stride - axis.low
    let from = origin >= 0 ? 0 : (-origin + axis.dilation - 1) / axis.dilation
    let end = origin >= dense ? 0 : (dense - 1 - origin) / axis.dilation + 1
    return from < min(end, axis.kernel) ? from..<min(end, axis.kernel) : 0..<0
  }

  private func source(_ o: Int, _ t: Int) -> Int? {
    border.source(o * axis.stride + t * axis.dilation - axis.low, dense)
  }

  private func stored(_ t: Int) -> Int { flips ? axis.kernel - 1 - t : t }

  /// Where the terms of coordinate `c` stand in both operands, strided positions ascending.
  func places(_ c: Int) -> (first: [Int], second: [Int]) {
    var a: [Int] = []
    var b: [Int] = []
    a.reserveCapacity(most)
    b.reserveCapacity(most)
    switch coordinate {
    case .strided:
      for t in taps(of: c) {
        guard let i = source(c, t) else { continue }
        a.append(i * denseStep)
        b.append(stored(t) * tapStep)
      }
    case .dense:
      for t in (0..<axis.kernel).reversed() {
        let p = c + axis.low - t * axis.dilation
        guard p >= 0, p % axis.stride == 0, p / axis.stride < strided else { continue }
        a.append(p / axis.stride * stridedStep)
        b.append(stored(t) * tapStep)
      }
    case .tap:
      for o in 0..<strided {
        guard let i = source(o, stored(c)) else { continue }
        a.append(denseIsFirst ? i * denseStep : o * stridedStep)
        b.append(denseIsFirst ? o * stridedStep : i * denseStep)
      }
    }
    return (a, b)
  }
}
