/// to[p][lane] = from[lane][p] for p < count; lanes from `channels` on become zero.
///
/// Only elements that are asked for are read. A neighbour in p stands `step` elements further on, a
/// neighbour in lane `stride`.
@inline(__always)
func gather<V: TransposeVector>(
  _: V.Type, channels: Int, count: Int, _ from: UnsafePointer<V.Scalar>, stride: Int, step: Int,
  into to: UnsafeMutablePointer<V.Scalar>, stride toStride: Int
) {
  if step == 1 {
    gatherRows(V.self, channels: channels, count: count, from, stride, to, toStride)
  } else if stride == 1 {
    for p in 0..<count {
      let q = from + p &* step
      let v = channels == V.lanes ? V.load(q) : V.load(q, first: channels)
      v.store(to + p &* toStride)
    }
  } else {
    for p in 0..<count {
      let q = to + p &* toStride
      V().store(q)
      for lane in 0..<channels { q[lane] = from[lane &* stride &+ p &* step] }
    }
  }
}

/// `gather` where neighbours in p are neighbours in memory.
@inline(__always)
private func gatherRows<V: TransposeVector>(
  _: V.Type, channels: Int, count: Int, _ from: UnsafePointer<V.Scalar>, _ stride: Int,
  _ to: UnsafeMutablePointer<V.Scalar>, _ toStride: Int
) {
  var p = 0
  if channels == V.lanes {
    while p &+ V.lanes <= count {
      let (row, column) = (from + p, to + p &* toStride)
      transpose({ V.load(row + $0 &* stride) }, { $1.store(column + $0 &* toStride) })
      p &+= V.lanes
    }
  }
  while p < count {
    let (row, column, n) = (from + p, to + p &* toStride, min(V.lanes, count &- p))
    transpose(
      { $0 < channels ? V.load(row + $0 &* stride, first: n) : V() },
      { if $0 < n { $1.store(column + $0 &* toStride) } })
    p &+= V.lanes
  }
}

/// to[lane][p] = from[p][lane] for p < count and lane < channels: the way back.
@inline(__always)
func scatter<V: TransposeVector>(
  _: V.Type, channels: Int, count: Int, _ from: UnsafePointer<V.Scalar>, stride fromStride: Int,
  into to: UnsafeMutablePointer<V.Scalar>, stride: Int, step: Int
) {
  if step == 1 {
    scatterRows(V.self, channels: channels, count: count, from, fromStride, to, stride)
  } else if stride == 1 {
    for p in 0..<count {
      let v = V.load(from + p &* fromStride)
      let q = to + p &* step
      if channels == V.lanes { v.store(q) } else { v.store(q, first: channels) }
    }
  } else {
    for p in 0..<count {
      for lane in 0..<channels {
        to[lane &* stride &+ p &* step] = from[p &* fromStride &+ lane]
      }
    }
  }
}

/// `scatter` where neighbours in p are neighbours in memory.
@inline(__always)
private func scatterRows<V: TransposeVector>(
  _: V.Type, channels: Int, count: Int, _ from: UnsafePointer<V.Scalar>, _ fromStride: Int,
  _ to: UnsafeMutablePointer<V.Scalar>, _ stride: Int
) {
  var p = 0
  if channels == V.lanes {
    while p &+ V.lanes <= count {
      let (column, row) = (from + p &* fromStride, to + p)
      transpose({ V.load(column + $0 &* fromStride) }, { $1.store(row + $0 &* stride) })
      p &+= V.lanes
    }
  }
  while p < count {
    let (column, row, n) = (from + p &* fromStride, to + p, min(V.lanes, count &- p))
    transpose(
      { $0 < n ? V.load(column + $0 &* fromStride) : V() },
      { if $0 < channels { $1.store(row + $0 &* stride, first: n) } })
    p &+= V.lanes
  }
}

/// See `TransposeScalar.gatherLanes` in Kernels.
@inline(never)
public func gatherLanes(
  channels: Int, count: Int, _ from: UnsafePointer<Float>, _ stride: Int, _ step: Int,
  _ to: UnsafeMutablePointer<Float>, _ toStride: Int
) {
  gather(
    V32.self, channels: channels, count: count, from, stride: stride, step: step, into: to,
    stride: toStride)
}

/// The same of Double.
@inline(never)
public func gatherLanes(
  channels: Int, count: Int, _ from: UnsafePointer<Double>, _ stride: Int, _ step: Int,
  _ to: UnsafeMutablePointer<Double>, _ toStride: Int
) {
  gather(
    V64.self, channels: channels, count: count, from, stride: stride, step: step, into: to,
    stride: toStride)
}

/// See `TransposeScalar.scatterLanes` in Kernels.
@inline(never)
public func scatterLanes(
  channels: Int, count: Int, _ from: UnsafePointer<Float>, _ fromStride: Int,
  _ to: UnsafeMutablePointer<Float>, _ stride: Int, _ step: Int
) {
  scatter(
    V32.self, channels: channels, count: count, from, stride: fromStride, into: to, stride: stride,
    step: step)
}

/// The same of Double.
@inline(never)
public func scatterLanes(
  channels: Int, count: Int, _ from: UnsafePointer<Double>, _ fromStride: Int,
  _ to: UnsafeMutablePointer<Double>, _ stride: Int, _ step: Int
) {
  scatter(
    V64.self, channels: channels, count: count, from, stride: fromStride, into: to, stride: stride,
    step: step)
}
