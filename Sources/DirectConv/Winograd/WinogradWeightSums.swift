import ConvCore
import Kernels

/// Brings sums in the transform domain back to gradients of weights, by G^T along each axis.
///
/// A vector's worth of input channels at a time, so that their taps, which are neighbours in memory, are
/// written together.
struct WinogradWeightSums<S: WinogradScalar>: Sendable {
  let g: WinogradGeometry
  let isa: ISA
  /// G^T of each axis, taps x points, row by row.
  private let matrices: [[S]]

  init(_ g: WinogradGeometry, _ isa: ISA, _ axes: [ToomCook]) {
    (self.g, self.isa) = (g, isa)
    matrices = axes.map { f in (0..<f.taps).flatMap { k in f.weight.map { S($0[k].value) } } }
  }

  /// Elements of work space for each thread: after the width, and after the height.
  static func work(_ g: WinogradGeometry) -> Int {
    g.lanes * g.lanes * g.points.d * g.taps.w * (g.points.h + g.taps.h)
  }

  /// Number of pieces that can be brought back apart: panels of output channels, vectors of input channels.
  var pieces: Int { (g.outVectors + 1) / 2 * g.inVectors }

  /// One piece. Both vectors of a panel, since they are neighbours in memory.
  func run(
    _ u: UnsafePointer<S>, piece: Int, work a: UnsafeMutablePointer<S>, into w: Target<S>
  ) {
    let panel = piece / g.inVectors * 2
    let channel = piece % g.inVectors * g.lanes
    let count = min(g.lanes, g.inChannels - channel)
    for vector in panel..<min(panel + 2, g.outVectors) {
      write(transform(u, vector, channel, count, a), vector, channel, count, w)
    }
  }

  /// Returns where the taps stand: [channel][depth][height][width][lane].
  private func transform(
    _ u: UnsafePointer<S>, _ vector: Int, _ channel: Int, _ count: Int,
    _ a: UnsafeMutablePointer<S>
  ) -> UnsafePointer<S> {
    let (t, r, lanes) = (g.points, g.taps, g.lanes)
    let b = a + lanes * lanes * t.d * t.h * r.w
    let line = r.w * lanes
    apply(
      2, rows: t.d * t.h, count: count, u + g.weightPosition(vector, channel),
      LineSteps(
        row: t.w * g.weightPoint, step: g.panelWidth(vector) * lanes, stride: g.weightPoint), a,
      LineSteps(row: line, step: t.d * t.h * line, stride: lanes))
    apply(
      1, rows: count * t.d, count: r.w, a, LineSteps(row: t.h * line, step: lanes, stride: line),
      b, LineSteps(row: r.h * line, step: lanes, stride: line))
    guard t.d > 1 else { return UnsafePointer(b) }
    let plane = r.h * line
    apply(
      0, rows: count, count: r.h * r.w, b, LineSteps(row: t.d * plane, step: lanes, stride: plane),
      a, LineSteps(row: r.d * plane, step: lanes, stride: plane))
    return UnsafePointer(a)
  }

  private func apply(
    _ axis: Int, rows: Int, count: Int, _ from: UnsafePointer<S>, _ f: LineSteps,
    _ to: UnsafeMutablePointer<S>, _ t: LineSteps
  ) {
    matrices[axis].withUnsafeBufferPointer {
      S.winogradMatrix(
        isa, $0.baseAddress!, g.points[axis], to: g.taps[axis], rows: rows, count: count,
        from: from, f, into: to, t)
    }
  }

  private func write(
    _ taps: UnsafePointer<S>, _ vector: Int, _ channel: Int, _ count: Int, _ w: Target<S>
  ) {
    let (r, lanes, l) = (g.taps, g.lanes, w.layout)
    let first = vector * lanes
    let outputs = min(lanes, g.outChannels - first)
    if (l.width, l.height, l.depth, l.channel) == (1, r.w, r.h * r.w, r.count) {
      return S.scatterLanes(
        isa, channels: outputs, count: count * r.count, from: taps, stride: lanes,
        into: w.base + l.index(first, channel, 0, 0, 0), stride: l.batch, step: 1)
    }
    var from = taps
    for c in channel..<channel + count {
      for d in 0..<r.d {
        for h in 0..<r.h {
          S.scatterLanes(
            isa, channels: outputs, count: r.w, from: from, stride: lanes,
            into: w.base + l.index(first, c, d, h, 0), stride: l.batch, step: l.width)
          from += r.w * lanes
        }
      }
    }
  }
}
