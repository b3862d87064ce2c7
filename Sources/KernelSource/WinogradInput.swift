import CSystem

/// Brings tiles of an operand into the transform domain.
///
/// A strip is rows of pixels, each a vector of channels, gathered through the maps and transformed along
/// depth and height in place; the last transform writes v[point][vector of channels][tile]. While one strip is
/// worked on, the next is fetched.
struct WinogradInput<V: TransposeVector> {
  typealias S = V.Scalar
  let operand: StripOperand<V>
  let x: UnsafePointer<S>
  let buffer: UnsafeMutablePointer<S>
  let v: UnsafeMutablePointer<S>

  private var o: UnsafePointer<CTileStrips> { operand.o }

  /// `vectors` vectors of channels from `first` on, of tiles `from ..< to`, the first of which stands
  /// first in v.
  func run(first: Int, vectors: Int, from: Int, to: Int) {
    var walk = StripWalk(o, first: first, vectors: vectors, from: from, to: to)
    var strip = walk.next()
    while let current = strip {
      let next = walk.next()
      read(current, prefetching: next)
      transform(
        current.count,
        v + ((current.vector &- first) &* o.pointee.vector &+ current.offset &* V.lanes))
      strip = next
    }
  }

  private func read(_ strip: Strip, prefetching next: Strip?) {
    let (e, t, m) = (o.pointee.reads, o.pointee.points, o.pointee.outputs)
    let width = (strip.count &- 1) &* m.w &+ e.w
    for d in 0..<e.d {
      for h in 0..<e.h {
        let to = buffer + (d &* t.h &+ h) &* o.pointee.strip_row
        if let row = row(strip, d, h) {
          readRow(row, operand.channels(strip), strip.w &* m.w, width, to)
        } else {
          for i in 0..<width { V().store(to + i &* V.lanes) }
        }
        if o.pointee.prefetches != 0, let next, let row = row(next, d, h) {
          let (low, high) = interior(next.w &* m.w, (next.count &- 1) &* m.w &+ e.w)
          operand.prefetch(
            row + o.pointee.width_map.real(low), operand.channels(next), high &- low)
        }
      }
    }
  }

  /// The first channel of row (d, h) of a strip, or nil for zeros.
  @inline(__always)
  private func row(_ strip: Strip, _ d: Int, _ h: Int) -> UnsafePointer<S>? {
    let depth = o.pointee.depth_map.real(strip.d &* o.pointee.outputs.d &+ d)
    let height = o.pointee.height_map.real(strip.h &* o.pointee.outputs.h &+ h)
    guard depth >= 0 && height >= 0 else { return nil }
    return x + operand.index(strip, depth, height)
  }

  /// The part of `start ..< start + count` that can be read with plain loads.
  @inline(__always)
  private func interior(_ start: Int, _ count: Int) -> (Int, Int) {
    let low = min(max(o.pointee.width_map.low, start), start &+ count)
    return (low, max(low, min(o.pointee.width_map.high, start &+ count)))
  }

  /// Pixels `start ..< start + count`: the interior by squares of vectors, the rest one by one.
  @inline(__always)
  private func readRow(
    _ from: UnsafePointer<S>, _ channels: Int, _ start: Int, _ count: Int,
    _ to: UnsafeMutablePointer<S>
  ) {
    let (low, high) = interior(start, count)
    for w in start..<low { readPixel(from, channels, w, to + (w &- start) &* V.lanes) }
    if low < high {
      gather(
        V.self, channels: channels, count: high &- low,
        from + o.pointee.width_map.real(low) &* o.pointee.width, stride: o.pointee.channel,
        step: o.pointee.width, into: to + (low &- start) &* V.lanes, stride: V.lanes)
    }
    for w in high..<(start &+ count) {
      readPixel(from, channels, w, to + (w &- start) &* V.lanes)
    }
  }

  @inline(__always)
  private func readPixel(
    _ from: UnsafePointer<S>, _ channels: Int, _ w: Int, _ to: UnsafeMutablePointer<S>
  ) {
    V().store(to)
    let real = o.pointee.width_map.real(w)
    guard real >= 0 else { return }
    let p = from + real &* o.pointee.width
    for lane in 0..<channels { to[lane] = p[lane &* o.pointee.channel] }
  }

  /// Transforms along each axis; the last that has more than one point writes to `v`.
  private func transform(_ count: Int, _ v: UnsafeMutablePointer<S>) {
    let (t, e, row) = (o.pointee.points, o.pointee.reads, o.pointee.strip_row)
    let (point, lanes, step) = (o.pointee.point, V.lanes, o.pointee.outputs.w)
    let plane = t.h &* row
    let width = (count &- 1) &* step &+ e.w
    let read = UnsafePointer(buffer)
    let out = LineSteps(row: t.w &* point, step: lanes, stride: point)
    if t.d > 1 {
      if t.h == 1 && t.w == 1 {
        return lines(
          V.self, e.d, t.d, rows: 1, count: count, read,
          LineSteps(row: 0, step: lanes, stride: plane), v, out)
      }
      let steps = LineSteps(row: row, step: lanes, stride: plane)
      lines(V.self, e.d, t.d, rows: e.h, count: width, read, steps, buffer, steps)
    }
    if t.h > 1 {
      if t.w == 1 {
        return lines(
          V.self, e.h, t.h, rows: t.d, count: count, read,
          LineSteps(row: plane, step: lanes, stride: row), v,
          LineSteps(row: t.h &* point, step: lanes, stride: point))
      }
      let steps = LineSteps(row: plane, step: lanes, stride: row)
      lines(V.self, e.h, t.h, rows: t.d, count: width, read, steps, buffer, steps)
    }
    lines(
      V.self, e.w, t.w, rows: t.d &* t.h, count: count, read,
      LineSteps(row: row, step: step &* lanes, stride: lanes), v, out)
  }
}

/// See `WinogradScalar.winogradInput` in Kernels.
@inline(never)
public func winogradInput(
  _ o: UnsafePointer<CTileStrips>, first: Int, vectors: Int, from: Int, to: Int,
  _ x: UnsafePointer<Float>, _ buffer: UnsafeMutablePointer<Float>,
  _ v: UnsafeMutablePointer<Float>
) {
  WinogradInput<V32>(operand: StripOperand(o: o), x: x, buffer: buffer, v: v).run(
    first: first, vectors: vectors, from: from, to: to)
}

/// The same of Double.
@inline(never)
public func winogradInput(
  _ o: UnsafePointer<CTileStrips>, first: Int, vectors: Int, from: Int, to: Int,
  _ x: UnsafePointer<Double>, _ buffer: UnsafeMutablePointer<Double>,
  _ v: UnsafeMutablePointer<Double>
) {
  WinogradInput<V64>(operand: StripOperand(o: o), x: x, buffer: buffer, v: v).run(
    first: first, vectors: vectors, from: from, to: to)
}
