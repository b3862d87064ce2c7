import ConvCore
import Kernels

/// Transforms weights by G in Double and rounds once, so that their error is that of one rounding.
struct WinogradWeights<S: WinogradScalar>: Sendable {
  let g: WinogradGeometry
  let isa: ISA
  /// G of each axis, points x taps, row by row.
  private let matrices: [[Double]]

  init(_ g: WinogradGeometry, _ isa: ISA, _ axes: [ToomCook]) {
    (self.g, self.isa) = (g, isa)
    matrices = axes.map { $0.weight.flatMap { $0.map(\.value) } }
  }

  /// One vector of output channels, all input channels.
  func run(
    _ w: Source<S>, vector: Int, work a: UnsafeMutablePointer<Double>,
    into u: UnsafeMutablePointer<S>
  ) {
    let (r, lanes) = (g.taps, g.lanes)
    let first = vector * lanes
    let count = min(lanes, g.outChannels - first)
    for c in 0..<g.inChannels {
      var tap = a
      for d in 0..<r.d {
        for h in 0..<r.h {
          for x in 0..<r.w {
            let from = w.base + w.layout.index(first, c, d, h, x)
            for lane in 0..<count { tap[lane] = Double(from[lane &* w.layout.batch]) }
            for lane in count..<lanes { tap[lane] = 0 }
            tap += lanes
          }
        }
      }
      let result = transform(a, g.taps, matrices, g.points)
      let to = u + g.weightPosition(vector, c)
      for f in 0..<g.points.count {
        for lane in 0..<lanes { to[f &* g.weightPoint &+ lane] = S(result[f &* lanes &+ lane]) }
      }
    }
  }

  /// Matrices along each axis, from extents `r` to `t`, through both halves of the work space; returns
  /// where the result stands.
  private func transform(
    _ a: UnsafeMutablePointer<Double>, _ r: Extents, _ matrices: [[Double]], _ t: Extents
  ) -> UnsafeMutablePointer<Double> {
    var from = a
    var to = a + g.points.count * g.lanes
    /// `inner` vectors stand between neighbours along the axis, `outer` such arrays follow each other.
    func along(_ axis: Int, outer: Int, inner: Int) {
      guard g.points[axis] > 1 else { return }
      let vector = isa.lanes(.f64)
      let size = inner * g.lanes
      matrices[axis].withUnsafeBufferPointer {
        Double.winogradMatrix(
          isa, $0.baseAddress!, r[axis], to: t[axis], rows: outer, count: size / vector,
          from: UnsafePointer(from), LineSteps(row: r[axis] * size, step: vector, stride: size),
          into: to, LineSteps(row: t[axis] * size, step: vector, stride: size))
      }
      swap(&from, &to)
    }
    along(2, outer: r.d * r.h, inner: 1)
    along(1, outer: r.d, inner: t.w)
    along(0, outer: 1, inner: t.h * t.w)
    return from
  }
}
