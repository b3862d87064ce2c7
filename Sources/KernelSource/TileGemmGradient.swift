import CSystem

// The product over tiles that weight gradients need: du[k][c] += sum over t of v[c][t] d[k][t].
// Rows of a block are channels, a power of two of them, so that they divide a vector's.

#if KERNEL_AVX512 || arch(arm64)
  private let mostRows = 8
#else
  private let mostRows = 4
#endif

/// Operands of a block: v and, in a complex product, its imaginary part; d and what stands `second`
/// elements after it, the second vector of output channels or the imaginary part.
private struct GradientOperands<S> {
  var x: UnsafePointer<S>, y: UnsafePointer<S>
  var d: UnsafePointer<S>, second: Int
  var tiles: Int, channels: Int
  /// Distance between blocks of `lanes` channels.
  var stride: Int
  var accumulates: Bool
}

/// The sums of one block over all tiles, in their order, added to what stands there. Channels are `at`
/// elements after the first.
@inline(never)
private func block<R: TileRows>(
  _: R.Type, _ o: GradientOperands<R.V.Scalar>, _ at: Int, _ u: UnsafeMutablePointer<R.V.Scalar>
) {
  typealias V = R.V
  var rows = R()
  if o.accumulates { rows = R(first: u, second: u + V.lanes) }
  var (x, y, w) = (o.x + at, o.y + at, o.d)
  for _ in 0..<o.tiles {
    let first = V.load(w)
    let second = R.width == 2 ? V.load(w + o.second) : first
    rows.add(x, y, first: first, second: second)
    x += V.lanes
    y += V.lanes
    w += V.lanes
  }
  rows.store(first: u, second: u + V.lanes)
}

@inline(__always)
private func block<R: TileRows>(
  _: R.Type, rows: Int, _ o: GradientOperands<R.V.Scalar>, _ at: Int,
  _ u: UnsafeMutablePointer<R.V.Scalar>
) {
  switch rows {
  case 1: block(R.self, o, at, u)
  case 2: block(Rows2<R>.self, o, at, u)
  case 3: block(Rows3<R>.self, o, at, u)
  #if KERNEL_AVX512 || arch(arm64)
    case 4: block(Rows4<R>.self, o, at, u)
    case 5: block(Rows5<R>.self, o, at, u)
    case 6: block(Rows6<R>.self, o, at, u)
    case 7: block(Rows7<R>.self, o, at, u)
    default: block(Rows8<R>.self, o, at, u)
  #else
    default: block(Rows4<R>.self, o, at, u)
  #endif
  }
}

/// All channels of one panel of output channels.
@inline(__always)
private func panel<R: TileRows>(
  _: R.Type, _ o: GradientOperands<R.V.Scalar>, _ u: UnsafeMutablePointer<R.V.Scalar>
) {
  typealias V = R.V
  var c = 0
  while c < o.channels {
    let (vector, lane) = (c / V.lanes, c % V.lanes)
    let rows = min(mostRows, V.lanes &- lane, o.channels &- c)
    block(R.self, rows: rows, o, vector &* o.stride &+ lane, u + c &* R.width &* V.lanes)
    c &+= rows
  }
}

@inline(__always)
private func real<V: Vector>(
  _: V.Type, _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<V.Scalar>,
  _ d: UnsafePointer<V.Scalar>, accumulates: Bool, _ u: UnsafeMutablePointer<V.Scalar>
) {
  let p = p.pointee
  for f in 0..<p.points {
    let x = v + f &* p.v_point
    for k in stride(from: 0, to: p.outputs, by: 2) {
      let o = GradientOperands(
        x: x, y: x, d: d + (f &* p.m_point &+ k &* p.m_stride), second: p.m_stride,
        tiles: p.tiles, channels: p.channels, stride: p.v_stride, accumulates: accumulates)
      let to = u + (f &* p.u_point &+ k &* p.channels &* V.lanes)
      if k &+ 1 < p.outputs {
        panel(ChannelRow<WideRow<V>>.self, o, to)
      } else {
        panel(ChannelRow<NarrowRow<V>>.self, o, to)
      }
    }
  }
}

@inline(__always)
private func complex<V: Vector>(
  _: V.Type, _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<V.Scalar>,
  _ d: UnsafePointer<V.Scalar>, accumulates: Bool, _ u: UnsafeMutablePointer<V.Scalar>
) {
  let p = p.pointee
  for f in 0..<p.points {
    let x = v + f &* p.v_point
    for k in 0..<p.outputs {
      let o = GradientOperands(
        x: x, y: x + p.v_imaginary, d: d + (f &* p.m_point &+ k &* p.m_stride),
        second: p.m_imaginary, tiles: p.tiles, channels: p.channels, stride: p.v_stride,
        accumulates: accumulates)
      panel(ConjugateRow<V>.self, o, u + (f &* p.u_point &+ 2 &* k &* p.channels &* V.lanes))
    }
  }
}

/// See `TileGemmScalar.tileGemmGradient` in Kernels.
@inline(never)
public func tileGemmGradient(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Float>, _ d: UnsafePointer<Float>,
  accumulates: Bool, _ u: UnsafeMutablePointer<Float>
) { real(V32.self, p, v, d, accumulates: accumulates, u) }

/// The same of Double.
@inline(never)
public func tileGemmGradient(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Double>, _ d: UnsafePointer<Double>,
  accumulates: Bool, _ u: UnsafeMutablePointer<Double>
) { real(V64.self, p, v, d, accumulates: accumulates, u) }

/// See `TileGemmScalar.complexTileGemmGradient` in Kernels.
@inline(never)
public func complexTileGemmGradient(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Float>, _ d: UnsafePointer<Float>,
  accumulates: Bool, _ u: UnsafeMutablePointer<Float>
) { complex(V32.self, p, v, d, accumulates: accumulates, u) }

/// The same of Double.
@inline(never)
public func complexTileGemmGradient(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Double>, _ d: UnsafePointer<Double>,
  accumulates: Bool, _ u: UnsafeMutablePointer<Double>
) { complex(V64.self, p, v, d, accumulates: accumulates, u) }
