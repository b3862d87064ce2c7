import CSystem

/// Brings products back from the transform domain: m[point][vector of channels][tile] to tiles of outputs, in
/// strips as `WinogradInput`, scattered to where they belong. While one strip is transformed, the lines that
/// the next will write are fetched.
struct WinogradOutput<V: TransposeVector> {
  typealias S = V.Scalar
  let operand: StripOperand<V>
  let m: UnsafePointer<S>
  let buffer: UnsafeMutablePointer<S>
  let y: UnsafeMutablePointer<S>

  private var o: UnsafePointer<CTileStrips> { operand.o }

  /// `vectors` vectors of channels from `first` on, of tiles `from ..< to`, the first of which stands
  /// first in m.
  func run(first: Int, vectors: Int, from: Int, to: Int) {
    var walk = StripWalk(o, first: first, vectors: vectors, from: from, to: to)
    var strip = walk.next()
    while let current = strip {
      let next = walk.next()
      transform(
        m + ((current.vector &- first) &* o.pointee.vector &+ current.offset &* V.lanes),
        current.count)
      write(current, prefetching: next)
      strip = next
    }
  }

  /// Transforms along each axis; the first that has more than one point reads from `m`.
  private func transform(_ m: UnsafePointer<S>, _ count: Int) {
    let (t, e, row) = (o.pointee.points, o.pointee.outputs, o.pointee.strip_row)
    let (point, lanes) = (o.pointee.point, V.lanes)
    let plane = t.h &* row
    let read = UnsafePointer(buffer)
    let across = LineSteps(row: lanes, step: t.w &* lanes, stride: row)
    if t.d > 1 {
      for h in 0..<t.h {
        lines(
          V.self, t.d, e.d, rows: t.w, count: count, m + h &* t.w &* point,
          LineSteps(row: point, step: lanes, stride: t.h &* t.w &* point), buffer + h &* row,
          LineSteps(row: lanes, step: t.w &* lanes, stride: plane))
      }
    }
    if t.h > 1 {
      if t.d > 1 {
        let steps = LineSteps(row: plane, step: lanes, stride: row)
        lines(V.self, t.h, e.h, rows: e.d, count: count &* t.w, read, steps, buffer, steps)
      } else {
        lines(
          V.self, t.h, e.h, rows: t.w, count: count, m,
          LineSteps(row: point, step: lanes, stride: t.w &* point), buffer, across)
      }
    }
    guard t.w > 1 || t.h == 1 && t.d == 1 else { return }
    let out = LineSteps(row: row, step: e.w &* lanes, stride: lanes)
    if t.d > 1 || t.h > 1 {
      for d in 0..<e.d {
        lines(
          V.self, t.w, e.w, rows: e.h, count: count, read + d &* plane,
          LineSteps(row: row, step: t.w &* lanes, stride: lanes), buffer + d &* plane, out)
      }
    } else {
      lines(
        V.self, t.w, e.w, rows: 1, count: count, m, LineSteps(row: 0, step: lanes, stride: point),
        buffer, out)
    }
  }

  private func write(_ strip: Strip, prefetching next: Strip?) {
    let (e, t, all) = (o.pointee.outputs, o.pointee.points, o.pointee.extents)
    for d in 0..<e.d {
      for h in 0..<e.h {
        if let index = index(strip, d, h) {
          writeRow(
            buffer + (d &* t.h &+ h) &* o.pointee.strip_row, operand.channels(strip),
            min(strip.count &* e.w, all.w &- strip.w &* e.w), y + index)
        }
        if o.pointee.prefetches != 0, let next, let index = index(next, d, h) {
          operand.prefetch(
            UnsafePointer(y) + index, operand.channels(next),
            min(next.count &* e.w, all.w &- next.w &* e.w))
        }
      }
    }
  }

  /// Whole vectors that stand where vectors can be streamed, then the rest.
  @inline(__always)
  private func writeRow(
    _ from: UnsafePointer<S>, _ channels: Int, _ count: Int, _ to: UnsafeMutablePointer<S>
  ) {
    let (channel, bytes) = (o.pointee.channel, MemoryLayout<S>.stride)
    let aligned = (Int(bitPattern: to) | channel &* bytes) & (V.lanes &* bytes &- 1) == 0
    var first = 0
    if o.pointee.streams != 0 && channels == V.lanes && o.pointee.width == 1 && aligned {
      while first &+ V.lanes <= count {
        let (column, row) = (from + first &* V.lanes, to + first)
        transpose({ V.load(column + $0 &* V.lanes) }, { $1.stream(row + $0 &* channel) })
        first &+= V.lanes
      }
    }
    scatter(
      V.self, channels: channels, count: count &- first, from + first &* V.lanes, stride: V.lanes,
      into: to + first, stride: channel, step: o.pointee.width)
  }

  /// Index of the first output of row (d, h) of a strip; nil beyond the end.
  @inline(__always)
  private func index(_ strip: Strip, _ d: Int, _ h: Int) -> Int? {
    let e = o.pointee.outputs
    let (depth, height) = (strip.d &* e.d &+ d, strip.h &* e.h &+ h)
    guard depth < o.pointee.extents.d && height < o.pointee.extents.h else { return nil }
    return operand.index(strip, depth, height) &+ strip.w &* e.w &* o.pointee.width
  }
}

/// See `WinogradScalar.winogradOutput` in Kernels.
@inline(never)
public func winogradOutput(
  _ o: UnsafePointer<CTileStrips>, first: Int, vectors: Int, from: Int, to: Int,
  _ m: UnsafePointer<Float>, _ buffer: UnsafeMutablePointer<Float>,
  _ y: UnsafeMutablePointer<Float>
) {
  WinogradOutput<V32>(operand: StripOperand(o: o), m: m, buffer: buffer, y: y).run(
    first: first, vectors: vectors, from: from, to: to)
}

/// The same of Double.
@inline(never)
public func winogradOutput(
  _ o: UnsafePointer<CTileStrips>, first: Int, vectors: Int, from: Int, to: Int,
  _ m: UnsafePointer<Double>, _ buffer: UnsafeMutablePointer<Double>,
  _ y: UnsafeMutablePointer<Double>
) {
  WinogradOutput<V64>(operand: StripOperand(o: o), m: m, buffer: buffer, y: y).run(
    first: first, vectors: vectors, from: from, to: to)
}
