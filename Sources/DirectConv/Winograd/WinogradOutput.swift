import ConvCore
import Kernels

/// Brings products back from the transform domain: M[point][vector of channels][tile] to tiles of
/// outputs, in strips as `WinogradAnalysis`, scattered to where they belong.
struct WinogradSynthesis<S: WinogradScalar>: Sendable {
  let g: WinogradGeometry
  let isa: ISA
  /// Extents of the output.
  let extents: Extents

  /// One vector of channels of tiles `range`, the first of which stands first in m.
  func run(
    _ m: UnsafePointer<S>, vector: Int, tiles range: Range<Int>, strip: UnsafeMutablePointer<S>,
    into y: Target<S>
  ) {
    var tile = range.lowerBound
    while tile < range.upperBound {
      let at = TilePosition(tile, g.tiles)
      let count = min(g.tiles.w - at.w, range.upperBound - tile, g.outStrip)
      transform(m + (tile - range.lowerBound) * g.lanes, count, strip)
      scatter(UnsafePointer(strip), vector, at, count, into: y)
      tile += count
    }
  }

  /// Transforms along each axis; the first that has more than one point reads from `m`.
  private func transform(
    _ m: UnsafePointer<S>, _ count: Int, _ strip: UnsafeMutablePointer<S>
  ) {
    let (t, o, lanes, point) = (g.points, g.outputs, g.lanes, g.outPoint)
    let row = g.stripRow * lanes
    let plane = t.h * row
    let read = UnsafePointer(strip)
    var inStrip = false
    if t.d > 1 {
      for h in 0..<t.h {
        S.winogradLines(
          isa, t.d, to: o.d, rows: t.w, count: count, from: m + h * t.w * point,
          LineSteps(row: point, step: lanes, stride: t.h * t.w * point), into: strip + h * row,
          LineSteps(row: lanes, step: t.w * lanes, stride: plane))
      }
      inStrip = true
    }
    if t.h > 1 {
      if inStrip {
        let steps = LineSteps(row: plane, step: lanes, stride: row)
        S.winogradLines(
          isa, t.h, to: o.h, rows: o.d, count: count * t.w, from: read, steps, into: strip, steps)
      } else {
        S.winogradLines(
          isa, t.h, to: o.h, rows: t.w, count: count, from: m,
          LineSteps(row: point, step: lanes, stride: t.w * point), into: strip,
          LineSteps(row: lanes, step: t.w * lanes, stride: row))
      }
      inStrip = true
    }
    guard t.w > 1 else { return }
    let to = LineSteps(row: row, step: o.w * lanes, stride: lanes)
    if inStrip {
      for d in 0..<o.d {
        S.winogradLines(
          isa, t.w, to: o.w, rows: o.h, count: count, from: read + d * plane,
          LineSteps(row: row, step: t.w * lanes, stride: lanes), into: strip + d * plane, to)
      }
    } else {
      S.winogradLines(
        isa, t.w, to: o.w, rows: 1, count: count, from: m, LineSteps(step: lanes, stride: point),
        into: strip, to)
    }
  }

  private func scatter(
    _ strip: UnsafePointer<S>, _ vector: Int, _ at: TilePosition, _ count: Int,
    into y: Target<S>
  ) {
    let first = vector * g.lanes
    let d0 = at.d * g.outputs.d
    let h0 = at.h * g.outputs.h
    let w0 = at.w * g.outputs.w
    for d in 0..<min(g.outputs.d, extents.d - d0) {
      for h in 0..<min(g.outputs.h, extents.h - h0) {
        S.scatterLanes(
          isa, channels: min(g.lanes, g.outChannels - first),
          count: min(count * g.outputs.w, extents.w - w0),
          from: strip + (d * g.points.h + h) * g.stripRow * g.lanes, stride: g.lanes,
          into: y.base + y.layout.index(at.batch, first, d0 + d, h0 + h, w0),
          stride: y.layout.channel, step: y.layout.width)
      }
    }
  }
}
