import ConvCore
import Kernels

/// Brings tiles of an operand into the transform domain.
///
/// Runs of tiles along the width share a strip: rows of pixels, each a vector of channels, gathered
/// through the maps and transformed along depth and height in place; the last transform writes
/// V[point][vector of channels][tile].
struct WinogradAnalysis<S: WinogradScalar>: Sendable {
  let g: WinogradGeometry
  let isa: ISA
  /// Of the operand: depth, height, width.
  let maps: (AxisView, AxisView, AxisView)
  let channels: Int
  /// What a tile reads along each axis: its points, or the outputs where the operand is an output gradient.
  let extents: Extents
  /// Elements from one point to the next.
  let point: Int

  /// One vector of channels of tiles `range`, the first of which stands first in v.
  func run(
    _ x: Source<S>, vector: Int, tiles range: Range<Int>, strip: UnsafeMutablePointer<S>,
    into v: UnsafeMutablePointer<S>
  ) {
    var tile = range.lowerBound
    while tile < range.upperBound {
      let at = TilePosition(tile, g.tiles)
      let count = min(g.tiles.w - at.w, range.upperBound - tile, g.inStrip)
      gather(x, vector, at, count, strip)
      transform(strip, count, into: v + (tile - range.lowerBound) * g.lanes)
      tile += count
    }
  }

  private func gather(
    _ x: Source<S>, _ vector: Int, _ at: TilePosition, _ count: Int,
    _ strip: UnsafeMutablePointer<S>
  ) {
    let first = vector * g.lanes
    let width = (count - 1) * g.outputs.w + extents.w
    let row = g.stripRow * g.lanes
    for d in 0..<extents.d {
      let depth = maps.0.real(at.d * g.outputs.d + d)
      for h in 0..<extents.h {
        let height = maps.1.real(at.h * g.outputs.h + h)
        let to = strip + (d * g.points.h + h) * row
        if depth < 0 || height < 0 {
          to.update(repeating: 0, count: width * g.lanes)
        } else {
          let from = x.base + x.layout.index(at.batch, first, depth, height, 0)
          gatherRow(
            from, x.layout, min(g.lanes, channels - first), at.w * g.outputs.w, width, to)
        }
      }
    }
  }

  /// Pixels `start ..< start + count` of a row: the interior with plain loads, the rest one by one.
  private func gatherRow(
    _ from: UnsafePointer<S>, _ layout: Layout, _ channels: Int, _ start: Int, _ count: Int,
    _ to: UnsafeMutablePointer<S>
  ) {
    let map = maps.2
    let low = min(max(map.low, start), start + count)
    let high = max(low, min(map.high, start + count))
    for w in start..<low { gatherPixel(from, layout, channels, w, to + (w - start) * g.lanes) }
    if low < high {
      S.gatherLanes(
        isa, channels: channels, count: high - low, from: from + map.real(low) * layout.width,
        stride: layout.channel, step: layout.width, into: to + (low - start) * g.lanes,
        stride: g.lanes)
    }
    for w in high..<(start + count) {
      gatherPixel(from, layout, channels, w, to + (w - start) * g.lanes)
    }
  }

  private func gatherPixel(
    _ from: UnsafePointer<S>, _ layout: Layout, _ channels: Int, _ w: Int,
    _ to: UnsafeMutablePointer<S>
  ) {
    let real = maps.2.real(w)
    if real < 0 {
      to.update(repeating: 0, count: g.lanes)
    } else {
      S.gatherLanes(
        isa, channels: channels, count: 1, from: from + real * layout.width,
        stride: layout.channel, step: layout.width, into: to, stride: g.lanes)
    }
  }

  /// Transforms along each axis; the last that has more than one point writes to `v`.
  private func transform(
    _ strip: UnsafeMutablePointer<S>, _ count: Int, into v: UnsafeMutablePointer<S>
  ) {
    let (t, e, lanes) = (g.points, extents, g.lanes)
    let row = g.stripRow * lanes
    let plane = t.h * row
    let width = (count - 1) * g.outputs.w + e.w
    let out = LineSteps(row: t.w * point, step: lanes, stride: point)
    let read = UnsafePointer(strip)
    if t.d > 1 {
      if t.h == 1 && t.w == 1 {
        return S.winogradLines(
          isa, e.d, to: t.d, rows: 1, count: count, from: read,
          LineSteps(step: lanes, stride: plane), into: v, out)
      }
      let steps = LineSteps(row: row, step: lanes, stride: plane)
      S.winogradLines(
        isa, e.d, to: t.d, rows: e.h, count: width, from: read, steps, into: strip, steps)
    }
    if t.h > 1 {
      if t.w == 1 {
        return S.winogradLines(
          isa, e.h, to: t.h, rows: t.d, count: count, from: read,
          LineSteps(row: plane, step: lanes, stride: row), into: v,
          LineSteps(row: t.h * point, step: lanes, stride: point))
      }
      let steps = LineSteps(row: plane, step: lanes, stride: row)
      S.winogradLines(
        isa, e.h, to: t.h, rows: t.d, count: width, from: read, steps, into: strip, steps)
    }
    S.winogradLines(
      isa, e.w, to: t.w, rows: t.d * t.h, count: count, from: read,
      LineSteps(row: row, step: g.outputs.w * lanes, stride: lanes), into: v, out)
  }
}

/// Where a tile stands.
struct TilePosition {
  let batch: Int, d: Int, h: Int, w: Int

  init(_ tile: Int, _ tiles: Extents) {
    w = tile % tiles.w
    h = tile / tiles.w % tiles.h
    d = tile / (tiles.w * tiles.h) % tiles.d
    batch = tile / tiles.count
  }
}

/// An `AxisMap` as pointers: nothing is counted when it is passed on.
struct AxisView: @unchecked Sendable {
  let source: UnsafePointer<Int32>
  let count: Int
  /// The interior run.
  let low: Int, high: Int

  init(_ map: AxisMap, _ source: UnsafeBufferPointer<Int32>) {
    self.source = source.baseAddress!
    (count, low, high) = (map.count, map.interior.lowerBound, map.interior.upperBound)
  }

  /// The real index, -1 for a zero and beyond the end, where tiles reach over.
  @inline(__always)
  func real(_ i: Int) -> Int { i < count ? Int(source[i]) : -1 }

  /// Views of three maps, valid within `body`.
  static func with<R>(_ maps: [AxisMap], _ body: ((AxisView, AxisView, AxisView)) -> R) -> R {
    maps[0].source.withUnsafeBufferPointer { d in
      maps[1].source.withUnsafeBufferPointer { h in
        maps[2].source.withUnsafeBufferPointer { w in
          body((AxisView(maps[0], d), AxisView(maps[1], h), AxisView(maps[2], w)))
        }
      }
    }
  }
}
