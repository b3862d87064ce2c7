import ConvCore
import KernelShapes
import Kernels

#if canImport(Glibc)
  import Glibc
#endif

/// Pair by pair: `PlaneGeometry` at work.
///
/// Refers to what `TileKernel` owns; generic over the scalar alone, so that it is compiled for each.
struct PlanePipeline<S: TileTransformScalar> {
  let geometry: PlaneGeometry
  let shape: TileShape<S>
  let maps: TileMaps
  let weights: UnsafeMutablePointer<S>
  let resources: Resources
  let kernels: TileTransforms<S>

  init(
    _ geometry: PlaneGeometry, _ shape: TileShape<S>, _ maps: TileMaps,
    _ weights: UnsafeMutablePointer<S>, _ resources: Resources
  ) {
    self.geometry = geometry
    self.shape = shape
    self.maps = maps
    self.weights = weights
    self.resources = resources
    kernels = S.tileTransforms(resources.isa)
  }

  /// The turns of a signal, after all factors.
  private var turns: UnsafeMutablePointer<S> {
    weights + geometry.core.groups * geometry.plane.factors
  }

  /// y = the normal form of x. Tiles of a group follow each other, so that its factors stay in cache.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func apply(_ x: Source<S>, scratch base: UnsafeMutablePointer<S>, into y: Target<S>) {
    let g = geometry
    let (d, h, w) = (g.axes[0], g.axes[1], g.axes[2])
    let (from, to) = (x.layout, y.layout)
    let stride = (g.core.stride.d, g.core.stride.h, g.core.stride.w)
    resources.pool.run(g.pairs * g.core.groups) { item, worker in
      let (group, pair) = (item / g.pairs, item % g.pairs)
      kernels.plane(
        shape, g.plane,
        LaneSource(
          base: x.base + (from.offset + group * from.group), batch: from.batch,
          depth: from.depth, height: from.height, width: from.width, maps: maps.pointers,
          interior: maps.interior, input: (d.input, h.input, w.input)), g.grid(pair),
        weights + group * g.plane.factors, turns, base + worker * g.plane.workerElements,
        LaneTarget(
          base: y.base + (to.offset + group * to.group), batch: to.batch, depth: to.depth,
          height: to.height, width: to.width, total: (d.total, h.total, w.total), stride: stride))
    }
  }

  /// Factors of the weights, with the factors of the way there and back.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func prepare(_ w: Source<S>, scratch base: UnsafeMutablePointer<S>) {
    let (g, l) = (geometry, w.layout)
    let (kernel, dilation) = (g.core.kernel, g.core.dilation)
    if g.plane.isSignal { storeTurns() }
    resources.pool.run(g.core.groups) { group, worker in
      kernels.planeFactors(
        shape, g.plane,
        PlaneKernel(
          base: w.base + (l.offset + group * l.group), height: l.height, width: l.width,
          taps: (kernel.h, kernel.w), dilation: (dilation.h, dilation.w)), turns,
        base + worker * g.plane.workerElements, weights + group * g.plane.factors)
    }
  }

  /// exp(-2 pi i k c / n): real and imaginary part in turn for the first column of each strip, and
  /// vectors of them for the columns of a strip.
  private func storeTurns() {
    let p = geometry.plane
    let (strips, lanes) = (turns, turns + p.strips)
    func turn(_ k: Int, _ c: Int) -> (S, S) {
      let angle = -2 * Double.pi * Double(k * c % p.points) / Double(p.points)
      return (S(cos(angle)), S(sin(angle)))
    }
    for strip in 0..<p.columns / p.lanes {
      for k in 0..<p.rows {
        let i = 2 * (strip * p.rows + k)
        (strips[i], strips[i + 1]) = turn(k, strip * p.lanes)
      }
    }
    for k in 0..<p.rows {
      for c in 0..<p.lanes {
        let i = 2 * k * p.lanes + c
        (lanes[i], lanes[i + p.lanes]) = turn(k, c)
      }
    }
  }
}
