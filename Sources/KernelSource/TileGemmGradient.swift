import CSystem

// The product over tiles that weight gradients need: du[k][c] += sum over t of v[c][t] d[k][t].
// Rows of a block are channels, a power of two of them, so that they divide a vector's.

#if KERNEL_AVX512 || arch(arm64)
  private let mostRows = 8
#else
  private let mostRows = 4
#endif

/// The sums of one block over all tiles, in their order, added to what stands there.
@inline(never)
private func block<R: TileRows>(
  _: R.Type, tiles: Int, _ v: UnsafePointer<R.V.Scalar>, _ d: UnsafePointer<R.V.Scalar>,
  _ dStride: Int, accumulates: Bool, _ u: UnsafeMutablePointer<R.V.Scalar>
) {
  typealias V = R.V
  var rows = R()
  if accumulates { rows = R(first: u, second: u + V.lanes) }
  var (x, w) = (v, d)
  for _ in 0..<tiles {
    let first = V.load(w)
    let second = R.width == 2 ? V.load(w + dStride) : first
    rows.add(x, x, first: first, second: second)
    x += V.lanes
    w += V.lanes
  }
  rows.store(first: u, second: u + V.lanes)
}

@inline(__always)
private func block<R: TileRows>(
  _: R.Type, rows: Int, tiles: Int, _ v: UnsafePointer<R.V.Scalar>,
  _ d: UnsafePointer<R.V.Scalar>, _ dStride: Int, accumulates: Bool,
  _ u: UnsafeMutablePointer<R.V.Scalar>
) {
  switch rows {
  case 1: block(R.self, tiles: tiles, v, d, dStride, accumulates: accumulates, u)
  case 2: block(Rows2<R>.self, tiles: tiles, v, d, dStride, accumulates: accumulates, u)
  case 3: block(Rows3<R>.self, tiles: tiles, v, d, dStride, accumulates: accumulates, u)
  #if KERNEL_AVX512 || arch(arm64)
    case 4: block(Rows4<R>.self, tiles: tiles, v, d, dStride, accumulates: accumulates, u)
    case 5: block(Rows5<R>.self, tiles: tiles, v, d, dStride, accumulates: accumulates, u)
    case 6: block(Rows6<R>.self, tiles: tiles, v, d, dStride, accumulates: accumulates, u)
    case 7: block(Rows7<R>.self, tiles: tiles, v, d, dStride, accumulates: accumulates, u)
    default: block(Rows8<R>.self, tiles: tiles, v, d, dStride, accumulates: accumulates, u)
  #else
    default: block(Rows4<R>.self, tiles: tiles, v, d, dStride, accumulates: accumulates, u)
  #endif
  }
}

/// All channels of one panel of output channels.
@inline(__always)
private func panel<R: TileRows>(
  _: R.Type, tiles: Int, channels: Int, _ v: UnsafePointer<R.V.Scalar>, _ vStride: Int,
  _ d: UnsafePointer<R.V.Scalar>, _ dStride: Int, accumulates: Bool,
  _ u: UnsafeMutablePointer<R.V.Scalar>
) {
  typealias V = R.V
  var c = 0
  while c < channels {
    let (vector, lane) = (c / V.lanes, c % V.lanes)
    let rows = min(mostRows, V.lanes &- lane, channels &- c)
    block(
      ChannelRow<R>.self, rows: rows, tiles: tiles, v + (vector &* vStride &+ lane), d, dStride,
      accumulates: accumulates, u + c &* R.width &* V.lanes)
    c &+= rows
  }
}

@inline(__always)
private func gradient<V: Vector>(
  _: V.Type, _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<V.Scalar>,
  _ d: UnsafePointer<V.Scalar>, accumulates: Bool, _ u: UnsafeMutablePointer<V.Scalar>
) {
  let p = p.pointee
  for f in 0..<p.points {
    for k in stride(from: 0, to: p.outputs, by: 2) {
      let x = v + f &* p.v_point
      let from = d + (f &* p.m_point &+ k &* p.m_stride)
      let to = u + (f &* p.u_point &+ k &* p.channels &* V.lanes)
      if k &+ 1 < p.outputs {
        panel(
          WideRow<V>.self, tiles: p.tiles, channels: p.channels, x, p.v_stride, from, p.m_stride,
          accumulates: accumulates, to)
      } else {
        panel(
          NarrowRow<V>.self, tiles: p.tiles, channels: p.channels, x, p.v_stride, from,
          p.m_stride, accumulates: accumulates, to)
      }
    }
  }
}

/// See `TileGemmScalar.tileGemmGradient` in Kernels.
@inline(never)
public func tileGemmGradient(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Float>, _ d: UnsafePointer<Float>,
  accumulates: Bool, _ u: UnsafeMutablePointer<Float>
) { gradient(V32.self, p, v, d, accumulates: accumulates, u) }

/// The same of Double.
@inline(never)
public func tileGemmGradient(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Double>, _ d: UnsafePointer<Double>,
  accumulates: Bool, _ u: UnsafeMutablePointer<Double>
) { gradient(V64.self, p, v, d, accumulates: accumulates, u) }
