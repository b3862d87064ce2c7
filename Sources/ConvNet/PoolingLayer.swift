import ConvCore

/// The largest or the mean value of each window (CLASSROOM D11). Padding of `same` does not count:
/// it is never the largest, and a mean is over the values inside.
final class PoolingLayer<S: ConvScalar>: Layer<S> {
  private let kind: LayerSpec.PoolingKind
  private let window: LayerSpec.Window
  /// Where in its plane each output's largest value stood.
  private var chosen: [Int32] = []

  init(
    _ kind: LayerSpec.PoolingKind, _ window: LayerSpec.Window, _ spec: LayerSpec,
    _ input: FeatureShape, _ output: FeatureShape, _ pool: ThreadPool
  ) {
    self.kind = kind
    self.window = window
    super.init(spec, input, output, pool)
  }

  /// Windows along both axes, clipped to the plane.
  private var geometry: PoolingGeometry {
    PoolingGeometry(input: input, output: output, window: window)
  }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    let planes = batch * input.channels
    if kind == .average { return Pooling.average(geometry, x, y, planes, pool) }
    if chosen.count < batch * output.count {
      chosen = Array(repeating: 0, count: batch * output.count)
    }
    let geometry = geometry
    chosen.withUnsafeMutableBufferPointer { chosen in
      Pooling.largest(geometry, x, y, chosen.baseAddress!, planes, pool)
    }
  }

  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    guard let dx else { return }
    let planes = batch * input.channels
    if kind == .average { return Pooling.averageGradient(geometry, dy, dx, planes, pool) }
    let geometry = geometry
    chosen.withUnsafeBufferPointer { chosen in
      Pooling.largestGradient(geometry, dy, chosen.baseAddress!, dx, planes, pool)
    }
  }
}

/// Where windows lie.
struct PoolingGeometry {
  let height: Int, width: Int
  let outHeight: Int, outWidth: Int
  let size: Int, stride: Int
  let top: Int, left: Int

  init(input: FeatureShape, output: FeatureShape, window: LayerSpec.Window) {
    (height, width) = (input.height, input.width)
    (outHeight, outWidth) = (output.height, output.width)
    (size, stride) = (window.size, window.stride)
    (top, left) = (window.low(input.height), window.low(input.width))
  }

  @inline(__always)
  func rows(_ o: Int) -> Range<Int> {
    let start = o &* stride &- top
    return max(0, start)..<min(height, start &+ size)
  }

  @inline(__always)
  func columns(_ o: Int) -> Range<Int> {
    let start = o &* stride &- left
    return max(0, start)..<min(width, start &+ size)
  }
}

/// The loops of pooling, for each plane.
private enum Pooling {
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func largest<S: ConvScalar>(
    _ g: PoolingGeometry, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>,
    _ chosen: UnsafeMutablePointer<Int32>, _ planes: Int, _ pool: ThreadPool
  ) {
    // Windows of 2 x 2 that touch: whole ones by vectors, those cut off at the far side below.
    let isPairs = g.size == 2 && g.stride == 2 && g.top == 0 && g.left == 0
    pool.run(planes) { plane, _ in
      let p = x + plane &* g.height &* g.width
      let first = plane &* g.outHeight &* g.outWidth
      for oh in 0..<g.outHeight {
        let row = first &+ oh &* g.outWidth
        let isWhole = isPairs && 2 &* oh &+ 1 < g.height
        let done =
          isWhole ? pairs(p, g.width, row: 2 &* oh, y + row, chosen + row, g.width / 2) : 0
        for ow in done..<g.outWidth {
          let (best, at) = largest(p, g.width, g.rows(oh), g.columns(ow))
          y[row &+ ow] = best
          chosen[row &+ ow] = Int32(truncatingIfNeeded: at)
        }
      }
    }
  }

  /// The largest value of one window, and where it stands first.
  @inline(__always)
  private static func largest<S: ConvScalar>(
    _ p: UnsafePointer<S>, _ width: Int, _ rows: Range<Int>, _ columns: Range<Int>
  ) -> (S, Int) {
    var at = rows.lowerBound &* width &+ columns.lowerBound
    var best = p[at]
    var row = rows.lowerBound
    while row < rows.upperBound {
      var i = row &* width &+ columns.lowerBound
      let end = row &* width &+ columns.upperBound
      while i < end {
        // A NaN wins, so that it is not hidden.
        if p[i] > best || p[i] != p[i] { (best, at) = (p[i], i) }
        i &+= 1
      }
      row &+= 1
    }
    return (best, at)
  }

  /// The first `count` windows of 2 x 2 of two rows, four at a time; the last four may overlap others.
  /// Returns how many were done.
  @inline(__always)
  private static func pairs<S: ConvScalar>(
    _ p: UnsafePointer<S>, _ width: Int, row: Int, _ y: UnsafeMutablePointer<S>,
    _ chosen: UnsafeMutablePointer<Int32>, _ count: Int
  ) -> Int {
    guard count >= 4 else { return 0 }
    let start = row &* width
    let down = SIMD4<Int32>(repeating: Int32(truncatingIfNeeded: width &- 1))
    var next = 0
    while next < count {
      let i = min(next, count &- 4)
      let at = start &+ 2 &* i
      let (above, below): (SIMD8<S>, SIMD8<S>) = (Lanes.load(p + at), Lanes.load(p + at + width))
      let a = Lanes.four { above[2 &* $0] }
      let b = Lanes.four { above[2 &* $0 &+ 1] }
      let c = Lanes.four { below[2 &* $0] }
      let d = Lanes.four { below[2 &* $0 &+ 1] }
      let best = Lanes.larger(Lanes.larger(a, b), Lanes.larger(c, d))
      // Steps from one to the next of a, b, c, d until the largest is met.
      let first = Lanes.differs(a, best)
      let second = first & Lanes.differs(b, best)
      let third = second & Lanes.differs(c, best)
      let window = SIMD4<Int32>(0, 2, 4, 6) &+ Int32(truncatingIfNeeded: at)
      Lanes.store(best, y + i)
      Lanes.store(window &+ first &+ second &* down &+ third, chosen + i)
      next = i &+ 4
    }
    return count
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func largestGradient<S: ConvScalar>(
    _ g: PoolingGeometry, _ dy: UnsafePointer<S>, _ chosen: UnsafePointer<Int32>,
    _ dx: UnsafeMutablePointer<S>, _ planes: Int, _ pool: ThreadPool
  ) {
    pool.run(planes) { plane, _ in
      let q = dx + plane &* g.height &* g.width
      q.update(repeating: 0, count: g.height &* g.width)
      let first = plane &* g.outHeight &* g.outWidth
      for o in first..<(first &+ g.outHeight &* g.outWidth) { q[Int(chosen[o])] += dy[o] }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func average<S: ConvScalar>(
    _ g: PoolingGeometry, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ planes: Int,
    _ pool: ThreadPool
  ) {
    pool.run(planes) { plane, _ in
      let p = x + plane &* g.height &* g.width
      var o = plane &* g.outHeight &* g.outWidth
      for oh in 0..<g.outHeight {
        for ow in 0..<g.outWidth {
          var sum: S = 0
          for row in g.rows(oh) {
            for column in g.columns(ow) { sum += p[row &* g.width &+ column] }
          }
          y[o] = sum / S(g.rows(oh).count &* g.columns(ow).count)
          o &+= 1
        }
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func averageGradient<S: ConvScalar>(
    _ g: PoolingGeometry, _ dy: UnsafePointer<S>, _ dx: UnsafeMutablePointer<S>, _ planes: Int,
    _ pool: ThreadPool
  ) {
    pool.run(planes) { plane, _ in
      let q = dx + plane &* g.height &* g.width
      q.update(repeating: 0, count: g.height &* g.width)
      var o = plane &* g.outHeight &* g.outWidth
      for oh in 0..<g.outHeight {
        for ow in 0..<g.outWidth {
          let share = dy[o] / S(g.rows(oh).count &* g.columns(ow).count)
          for row in g.rows(oh) {
            for column in g.columns(ow) { q[row &* g.width &+ column] += share }
          }
          o &+= 1
        }
      }
    }
  }
}
