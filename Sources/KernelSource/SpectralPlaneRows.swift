import CSystem
import KernelShapes

/// Where a tile stands: image, and first virtual index along each axis.
typealias TilePosition = (n: Int, d: Int, h: Int, w: Int)

extension PlaneTransform {
  /// Row y of tile `i`.
  @inline(__always)
  private func row(_ i: Int, _ y: Int) -> UnsafeMutablePointer<S> {
    tile + (i &* plane.tile &+ y &* plane.tilePitch)
  }

  /// Where row y of a tile begins.
  @inline(__always)
  private func begin(_ y: Int, _ at: TilePosition) -> (h: Int, w: Int) {
    plane.isSignal ? (at.h, at.w &+ y &* plane.columns) : (at.h &+ y, at.w)
  }

  /// Reads tile `i` through the maps, row by row.
  @inline(never)
  func read(_ i: Int, _ source: LaneSource<S>, _ at: TilePosition) {
    let depth = Int(source.maps.0[at.d])
    // Rows of an image lie far apart: the processor does not see the next one coming. A cache of eight
    // ways holds no more than that of an image whose rows are a multiple of its sets apart.
    let ahead = plane.isSignal ? 0 : 6 &* source.height
    for y in 0..<plane.rows {
      let (to, (h, w)) = (row(i, y), begin(y, at))
      let height = h < source.input.h ? Int(source.maps.1[h]) : -1
      if depth < 0 || height < 0 {
        zero(to, 0..<plane.columns)
        continue
      }
      let p =
        source.base + (at.n &* source.batch &+ depth &* source.depth &+ height &* source.height)
      if source.width == 1, w >= source.interior.lowerBound,
        w &+ plane.columns <= source.interior.upperBound
      {
        let from = p + Int(source.maps.2[w])
        var x = 0
        while x < plane.columns {
          cv_prefetch_t0(from + (x &+ ahead))
          V.load(from + x).store(to + x)
          x &+= V.lanes
        }
      } else {
        readElements(p, w, source, into: to)
      }
    }
  }

  /// Elements of a row through the map, one by one.
  @inline(never)
  private func readElements(
    _ p: UnsafePointer<S>, _ w: Int, _ source: LaneSource<S>, into to: UnsafeMutablePointer<S>
  ) {
    let end = max(w, min(w &+ plane.columns, source.input.w))
    for x in w..<end {
      let at = Int(source.maps.2[x])
      to[x &- w] = at >= 0 ? p[at &* source.width] : 0
    }
    zero(to, end &- w..<plane.columns)
  }

  @inline(__always)
  private func zero(_ row: UnsafeMutablePointer<S>, _ range: Range<Int>) {
    for x in range { row[x] = 0 }
  }

  /// Makes tile `i` zero.
  @inline(never)
  func clear(_ i: Int) {
    for y in 0..<plane.rows { zero(row(i, y), 0..<plane.columns) }
  }

  /// Writes the outputs of tile `i`.
  @inline(never)
  func write(
    _ i: Int, _ target: LaneTarget<S>, _ at: TilePosition, _ outputs: (d: Int, h: Int, w: Int)
  ) {
    let image =
      target.base + (at.n &* target.batch &+ at.d / target.stride.d &* target.depth)
    let end = min(at.w &+ outputs.w, target.total.w)
    let isPlain = target.width == 1 && target.stride.w == 1
    let rows =
      plane.isSignal
      ? (end &- at.w &+ plane.columns &- 1) / plane.columns
      : min(outputs.h, target.total.h &- at.h)
    for y in 0..<rows {
      let (from, (h, w)) = (row(i, y), begin(y, at))
      if h % target.stride.h != 0 { continue }
      let count = min(plane.columns, end &- w)
      let to = image + h / target.stride.h &* target.height
      if isPlain {
        writeRow(from, to + w, count, ahead: plane.isSignal ? 0 : 6 &* target.height)
      } else {
        let step = target.stride.w
        var x = (step &- w % step) % step
        while x < count {
          to[(w &+ x) / step &* target.width] = from[x]
          x &+= step
        }
      }
    }
  }

  @inline(__always)
  private func writeRow(
    _ from: UnsafeMutablePointer<S>, _ to: UnsafeMutablePointer<S>, _ count: Int, ahead: Int
  ) {
    var x = 0
    while x &+ V.lanes <= count {
      cv_prefetch_write(to + (x &+ ahead))
      V.load(from + x).store(to + x)
      x &+= V.lanes
    }
    if x < count { V.load(from + x).store(to + x, first: count &- x) }
  }

  /// Puts element t of a kernel at -t modulo the tile.
  @inline(__always)
  func readReversed(_ kernel: PlaneKernel<S>) {
    clear(0)
    clear(1)
    let (rows, columns) = (plane.rows, plane.columns)
    for i in 0..<kernel.taps.h {
      let y = (rows &- i &* kernel.dilation.h) % rows
      for j in 0..<kernel.taps.w {
        let n = plane.isSignal ? plane.points : columns
        let x = (n &- j &* kernel.dilation.w) % n
        row(0, y &+ x / columns)[x % columns] =
          kernel.base[
            i &* kernel.height &+ j &* kernel.width]
      }
    }
  }
}

// Entry points, for Float and for Double: see `TileTransforms` in Kernels.

@inline(__always)
private func convolve<V: TransposeVector>(
  _: V.Type, _ shape: TileShape<V.Scalar>, _ plane: PlaneShape, _ source: LaneSource<V.Scalar>,
  _ grid: LaneGrid, _ u: UnsafePointer<V.Scalar>, _ turns: UnsafePointer<V.Scalar>,
  _ scratch: UnsafeMutablePointer<V.Scalar>, _ target: LaneTarget<V.Scalar>
) {
  let transform = PlaneTransform<V>(shape, plane, scratch)
  for i in 0..<grid.lanes { transform.read(i, source, grid.position(i)) }
  if grid.lanes < 2 { transform.clear(1) }
  transform.columnsForth(turns)
  transform.multiplyLines(u)
  transform.columnsBack(
    plane.isSignal ? plane.columns : min(grid.outputs.w, plane.columns), turns)
  for i in 0..<grid.lanes { transform.write(i, target, grid.position(i), grid.outputs) }
}

/// One or two tiles, forth, times the factors, and back.
@inline(never)
public func spectralPlane(
  _ shape: TileShape<Float>, _ plane: PlaneShape, _ source: LaneSource<Float>, _ grid: LaneGrid,
  _ u: UnsafePointer<Float>, _ turns: UnsafePointer<Float>,
  _ scratch: UnsafeMutablePointer<Float>, _ target: LaneTarget<Float>
) { convolve(V32.self, shape, plane, source, grid, u, turns, scratch, target) }

/// The same of Double.
@inline(never)
public func spectralPlane(
  _ shape: TileShape<Double>, _ plane: PlaneShape, _ source: LaneSource<Double>,
  _ grid: LaneGrid, _ u: UnsafePointer<Double>, _ turns: UnsafePointer<Double>,
  _ scratch: UnsafeMutablePointer<Double>, _ target: LaneTarget<Double>
) { convolve(V64.self, shape, plane, source, grid, u, turns, scratch, target) }

/// Factors of a kernel.
@inline(never)
public func spectralPlaneFactors(
  _ shape: TileShape<Float>, _ plane: PlaneShape, _ kernel: PlaneKernel<Float>,
  _ turns: UnsafePointer<Float>, _ scratch: UnsafeMutablePointer<Float>,
  _ u: UnsafeMutablePointer<Float>
) {
  let transform = PlaneTransform<V32>(shape, plane, scratch)
  transform.readReversed(kernel)
  transform.storeFactors(1 / Float(plane.points), turns, u)
}

/// The same of Double.
@inline(never)
public func spectralPlaneFactors(
  _ shape: TileShape<Double>, _ plane: PlaneShape, _ kernel: PlaneKernel<Double>,
  _ turns: UnsafePointer<Double>, _ scratch: UnsafeMutablePointer<Double>,
  _ u: UnsafeMutablePointer<Double>
) {
  let transform = PlaneTransform<V64>(shape, plane, scratch)
  transform.readReversed(kernel)
  transform.storeFactors(1 / Double(plane.points), turns, u)
}
