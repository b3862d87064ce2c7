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
    pool.run(planes) { plane, _ in
      let p = x + plane &* g.height &* g.width
      var o = plane &* g.outHeight &* g.outWidth
      for oh in 0..<g.outHeight {
        let rows = g.rows(oh)
        for ow in 0..<g.outWidth {
          let columns = g.columns(ow)
          var at = rows.lowerBound &* g.width &+ columns.lowerBound
          var best = p[at]
          var row = rows.lowerBound
          while row < rows.upperBound {
            var i = row &* g.width &+ columns.lowerBound
            let end = row &* g.width &+ columns.upperBound
            while i < end {
              // A NaN wins, so that it is not hidden.
              if p[i] > best || p[i] != p[i] { (best, at) = (p[i], i) }
              i &+= 1
            }
            row &+= 1
          }
          y[o] = best
          chosen[o] = Int32(truncatingIfNeeded: at)
          o &+= 1
        }
      }
    }
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
