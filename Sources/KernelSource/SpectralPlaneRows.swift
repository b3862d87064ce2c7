import CSystem
import KernelShapes

/// Where a tile stands: image, and first virtual index along each axis.
typealias TilePosition = (n: Int, d: Int, h: Int, w: Int)

extension PlaneTransform {
  /// Reads the tile through the maps, row by row.
  @inline(__always)
  func read(_ source: LaneSource<S>, _ at: TilePosition) {
    let end = min(at.w &+ plane.columns, source.input.w)
    let low = source.width == 1 ? min(max(at.w, source.interior.lowerBound), end) : end
    let high = max(low, min(end, source.interior.upperBound))
    let depth = Int(source.maps.0[at.d])
    for y in 0..<plane.rows {
      let to = tile + y &* plane.tilePitch
      let h = at.h &+ y
      let height = h < source.input.h ? Int(source.maps.1[h]) : -1
      if depth < 0 || height < 0 {
        zero(to, 0..<plane.columns)
        continue
      }
      let p =
        source.base + (at.n &* source.batch &+ depth &* source.depth &+ height &* source.height)
      readElements(p, at.w..<low, source, into: to)
      if low < high {
        // Rows lie far apart: the processor does not see the next one coming.
        copy(
          p + Int(source.maps.2[low]), to + (low &- at.w), high &- low,
          prefetch: { cv_prefetch_t0($0 + 12 &* source.height) }, { _ in })
      }
      readElements(p, high..<end, source, into: to + (high &- at.w))
      zero(to, end &- at.w..<plane.columns)
    }
  }

  /// Elements through the map, one by one.
  @inline(__always)
  private func readElements(
    _ p: UnsafePointer<S>, _ range: Range<Int>, _ source: LaneSource<S>,
    into to: UnsafeMutablePointer<S>
  ) {
    for x in range {
      let at = Int(source.maps.2[x])
      to[x &- range.lowerBound] = at >= 0 ? p[at &* source.width] : 0
    }
  }

  @inline(__always)
  private func zero(_ row: UnsafeMutablePointer<S>, _ range: Range<Int>) {
    for x in range { row[x] = 0 }
  }

  @inline(__always)
  private func copy(
    _ from: UnsafePointer<S>, _ to: UnsafeMutablePointer<S>, _ count: Int,
    prefetch: (UnsafePointer<S>) -> Void, _ prefetchWrite: (UnsafeMutablePointer<S>) -> Void
  ) {
    var x = 0
    while x &+ V.lanes <= count {
      prefetch(from + x)
      prefetchWrite(to + x)
      V.load(from + x).store(to + x)
      x &+= V.lanes
    }
    if x < count { V.load(from + x, first: count &- x).store(to + x, first: count &- x) }
  }

  /// Writes the outputs of the tile.
  @inline(__always)
  func write(_ target: LaneTarget<S>, _ at: TilePosition, _ outputs: (d: Int, h: Int, w: Int)) {
    let count = min(outputs.w, target.total.w &- at.w)
    let image =
      target.base + (at.n &* target.batch &+ at.d / target.stride.d &* target.depth)
    let isPlain = target.width == 1 && target.stride.w == 1
    for y in 0..<min(outputs.h, target.total.h &- at.h) {
      let (h, row) = (at.h &+ y, tile + y &* plane.tilePitch)
      if h % target.stride.h != 0 { continue }
      let to = image + h / target.stride.h &* target.height
      if isPlain {
        copy(
          UnsafePointer(row), to + at.w, count, prefetch: { _ in },
          { cv_prefetch_write($0 + 12 &* target.height) })
      } else {
        let step = target.stride.w
        var x = (step &- at.w % step) % step
        while x < count {
          to[(at.w &+ x) / step &* target.width] = row[x]
          x &+= step
        }
      }
    }
  }

  /// Puts element t of a kernel at -t modulo the tile.
  @inline(__always)
  func readReversed(_ kernel: PlaneKernel<S>) {
    for y in 0..<plane.rows { zero(tile + y &* plane.tilePitch, 0..<plane.columns) }
    for i in 0..<kernel.taps.h {
      let y = (plane.rows &- i &* kernel.dilation.h) % plane.rows
      for j in 0..<kernel.taps.w {
        let x = (plane.columns &- j &* kernel.dilation.w) % plane.columns
        tile[y &* plane.tilePitch &+ x] = kernel.base[i &* kernel.height &+ j &* kernel.width]
      }
    }
  }
}

// Entry points, for Float and for Double: see `TileTransforms` in Kernels.

@inline(__always)
private func convolve<V: TransposeVector>(
  _: V.Type, _ shape: TileShape<V.Scalar>, _ source: LaneSource<V.Scalar>, _ grid: LaneGrid,
  _ u: UnsafePointer<V.Scalar>, _ scratch: UnsafeMutablePointer<V.Scalar>,
  _ target: LaneTarget<V.Scalar>
) {
  let transform = PlaneTransform<V>(shape, scratch)
  let at = grid.position(0)
  transform.read(source, at)
  transform.columnsForth()
  transform.multiplyLines(u)
  transform.columnsBack(min(grid.outputs.w, target.total.w &- at.w))
  transform.write(target, at, grid.outputs)
}

/// One tile, forth, times the factors, and back.
@inline(never)
public func spectralPlane(
  _ shape: TileShape<Float>, _ source: LaneSource<Float>, _ grid: LaneGrid,
  _ u: UnsafePointer<Float>, _ scratch: UnsafeMutablePointer<Float>, _ target: LaneTarget<Float>
) { convolve(V32.self, shape, source, grid, u, scratch, target) }

/// The same of Double.
@inline(never)
public func spectralPlane(
  _ shape: TileShape<Double>, _ source: LaneSource<Double>, _ grid: LaneGrid,
  _ u: UnsafePointer<Double>, _ scratch: UnsafeMutablePointer<Double>,
  _ target: LaneTarget<Double>
) { convolve(V64.self, shape, source, grid, u, scratch, target) }

/// Factors of a kernel.
@inline(never)
public func spectralPlaneFactors(
  _ shape: TileShape<Float>, _ kernel: PlaneKernel<Float>,
  _ scratch: UnsafeMutablePointer<Float>, _ u: UnsafeMutablePointer<Float>
) {
  let transform = PlaneTransform<V32>(shape, scratch)
  transform.readReversed(kernel)
  transform.storeFactors(2 / Float(shape.size.points), u)
}

/// The same of Double.
@inline(never)
public func spectralPlaneFactors(
  _ shape: TileShape<Double>, _ kernel: PlaneKernel<Double>,
  _ scratch: UnsafeMutablePointer<Double>, _ u: UnsafeMutablePointer<Double>
) {
  let transform = PlaneTransform<V64>(shape, scratch)
  transform.readReversed(kernel)
  transform.storeFactors(2 / Double(shape.size.points), u)
}
