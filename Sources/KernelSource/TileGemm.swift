import CSystem

// Registers decide how many tiles a block has: 14 x 2 sums of 32, 6 x 2 of 16.
#if KERNEL_AVX512 || arch(arm64)
  private let mostRows = 14
#else
  private let mostRows = 6
#endif

/// Operands of a block. `second` is the second vector of output channels of a real product, the
/// imaginary part of a complex one; `y` is the imaginary part of v.
struct TileOperands<S> {
  /// First channel of the first tile.
  var x: UnsafePointer<S>, y: UnsafePointer<S>
  /// Distance between blocks of `lanes` channels.
  var stride: Int
  /// Number of channels.
  var channels: Int
  /// Weights.
  var u: UnsafePointer<S>
  /// Sums to start from, or nil for zeros.
  var from: (first: UnsafePointer<S>, second: UnsafePointer<S>)?
  /// Sums.
  var first: UnsafeMutablePointer<S>, second: UnsafeMutablePointer<S>

  /// The same at tiles and outputs that stand further on.
  @inline(__always)
  func moved(tiles: Int, outputs: Int) -> Self {
    var o = self
    o.x += tiles
    o.y += tiles
    o.first += tiles &+ outputs
    o.second += tiles &+ outputs
    if let f = from {
      o.from = (f.first + (tiles &+ outputs), f.second + (tiles &+ outputs))
    }
    return o
  }
}

/// The sums of one block over all channels, in the order of the channels.
@inline(never)
private func block<R: TileRows>(_: R.Type, _ o: TileOperands<R.V.Scalar>) {
  typealias V = R.V
  // Far enough ahead to hide the third-level cache, near enough to stay in the first.
  let ahead = 4096 / MemoryLayout<V.Scalar>.stride
  var rows = R()
  if let from = o.from { rows = R(first: from.first, second: from.second) }
  var (u, x, y) = (o.u, o.x, o.y)
  var left = o.channels
  while left > 0 {
    let count = min(left, V.lanes)
    for c in 0..<count {
      let first = V.load(u)
      let second = R.width == 2 ? V.load(u + V.lanes) : first
      cv_prefetch_t0(u + ahead)
      // Two vectors are one cache line or two.
      if R.width == 2 && V.lanes &* MemoryLayout<V.Scalar>.stride == 64 {
        cv_prefetch_t0(u + (ahead &+ V.lanes))
      }
      rows.add(x + c, y + c, first: first, second: second)
      u += R.width &* V.lanes
    }
    x += o.stride
    y += o.stride
    left &-= count
  }
  rows.store(first: o.first, second: o.second)
}

/// `block` for a number of tiles known at run time.
@inline(__always)
private func block<R: TileRows>(_: R.Type, tiles: Int, _ o: TileOperands<R.V.Scalar>) {
  switch tiles {
  case 1: block(R.self, o)
  case 2: block(Rows2<R>.self, o)
  case 3: block(Rows3<R>.self, o)
  case 4: block(Rows4<R>.self, o)
  case 5: block(Rows5<R>.self, o)
  #if KERNEL_AVX512 || arch(arm64)
    case 6: block(Rows6<R>.self, o)
    case 7: block(Rows7<R>.self, o)
    case 8: block(Rows8<R>.self, o)
    case 9: block(Rows9<R>.self, o)
    case 10: block(Rows10<R>.self, o)
    case 11: block(Rows11<R>.self, o)
    case 12: block(Rows12<R>.self, o)
    case 13: block(Rows13<R>.self, o)
    default: block(Rows14<R>.self, o)
  #else
    default: block(Rows6<R>.self, o)
  #endif
  }
}

/// One panel of weights times all tiles, in blocks of nearly equal height: 16 tiles as 8 + 8, not
/// 14 + 2, which would starve the units.
@inline(__always)
private func panel<R: TileRows>(_: R.Type, tiles: Int, outputs: Int, _ o: TileOperands<R.V.Scalar>)
{
  let blocks = (tiles &+ mostRows &- 1) / mostRows
  var first = 0
  for b in 0..<blocks {
    let next = (b &+ 1) &* tiles / blocks
    block(R.self, tiles: next &- first, o.moved(tiles: first &* R.V.lanes, outputs: outputs))
    first = next
  }
}

@inline(__always)
private func real<V: Vector>(
  _: V.Type, _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<V.Scalar>,
  _ u: UnsafePointer<V.Scalar>, _ from: UnsafePointer<V.Scalar>?,
  _ m: UnsafeMutablePointer<V.Scalar>
) {
  let p = p.pointee
  for f in 0..<p.points {
    let (x, sums) = (v + f &* p.v_point, m + f &* p.m_point)
    var o = TileOperands(
      x: x, y: x, stride: p.v_stride, channels: p.channels, u: u + f &* p.u_point,
      from: from.map { ($0 + f &* p.m_point, $0 + (f &* p.m_point &+ p.m_stride)) }, first: sums,
      second: sums + p.m_stride)
    for k in stride(from: 0, to: p.outputs, by: 2) {
      if k &+ 1 < p.outputs {
        panel(WideRow<V>.self, tiles: p.tiles, outputs: k &* p.m_stride, o)
      } else {
        panel(NarrowRow<V>.self, tiles: p.tiles, outputs: k &* p.m_stride, o)
      }
      o.u += 2 &* p.channels &* V.lanes
    }
  }
}

@inline(__always)
private func complex<V: Vector>(
  _: V.Type, _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<V.Scalar>,
  _ u: UnsafePointer<V.Scalar>, accumulates: Bool, _ m: UnsafeMutablePointer<V.Scalar>
) {
  let p = p.pointee
  for f in 0..<p.points {
    let (x, sums) = (v + f &* p.v_point, m + f &* p.m_point)
    let imaginary = sums + p.m_imaginary
    var o = TileOperands(
      x: x, y: x + p.v_imaginary, stride: p.v_stride, channels: p.channels, u: u + f &* p.u_point,
      from: accumulates ? (UnsafePointer(sums), UnsafePointer(imaginary)) : nil, first: sums,
      second: imaginary)
    for k in 0..<p.outputs {
      panel(ComplexRow<V>.self, tiles: p.tiles, outputs: k &* p.m_stride, o)
      o.u += 2 &* p.channels &* V.lanes
    }
  }
}

/// See `TileGemmScalar.tileGemm` in Kernels.
@inline(never)
public func tileGemm(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Float>, _ u: UnsafePointer<Float>,
  _ from: UnsafePointer<Float>?, _ m: UnsafeMutablePointer<Float>
) { real(V32.self, p, v, u, from, m) }

/// The same of Double.
@inline(never)
public func tileGemm(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Double>, _ u: UnsafePointer<Double>,
  _ from: UnsafePointer<Double>?, _ m: UnsafeMutablePointer<Double>
) { real(V64.self, p, v, u, from, m) }

/// See `TileGemmScalar.complexTileGemm` in Kernels.
@inline(never)
public func complexTileGemm(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Float>, _ u: UnsafePointer<Float>,
  accumulates: Bool, _ m: UnsafeMutablePointer<Float>
) { complex(V32.self, p, v, u, accumulates: accumulates, m) }

/// The same of Double.
@inline(never)
public func complexTileGemm(
  _ p: UnsafePointer<CTileProduct>, _ v: UnsafePointer<Double>, _ u: UnsafePointer<Double>,
  accumulates: Bool, _ m: UnsafeMutablePointer<Double>
) { complex(V64.self, p, v, u, accumulates: accumulates, m) }
