import ConvCore
import KernelShapes
import Kernels

/// Tiles forth, products lane by lane, tiles back: `FoldedGeometry` at work.
///
/// Refers to what `TileKernel` owns; generic over the scalar alone, so that it is compiled for each.
struct FoldedPipeline<S: TileTransformScalar> {
  let geometry: FoldedGeometry
  let shape: TileShape<S>
  let maps: TileMaps
  let weights: UnsafeMutablePointer<S>
  let resources: Resources
  let kernels: TileTransforms<S>

  init(
    _ geometry: FoldedGeometry, _ shape: TileShape<S>, _ maps: TileMaps,
    _ weights: UnsafeMutablePointer<S>, _ resources: Resources
  ) {
    self.geometry = geometry
    self.shape = shape
    self.maps = maps
    self.weights = weights
    self.resources = resources
    kernels = S.tileTransforms(resources.isa)
  }

  /// A worker's transforms, and the spectra after them.
  @inline(__always)
  private func work(_ base: UnsafeMutablePointer<S>, _ worker: Int) -> (
    scratch: TileScratch<S>, spectra: UnsafeMutablePointer<S>
  ) {
    let g = geometry
    let start = base + worker * g.workerElements
    return (
      TileScratch(start, g.size, tiles: 1, advance: 0, lanes: g.lanes, folds: true),
      start + g.transformElements
    )
  }

  /// y = the normal form of x.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func apply(_ x: Source<S>, scratch base: UnsafeMutablePointer<S>, into y: Target<S>) {
    let g = geometry
    let (inputs, outputs) = (g.core.inChannels, g.core.outChannels)
    resources.pool.run(g.items) { item, worker in
      let (scratch, spectra) = work(base, worker)
      let sum = g.isInPlace ? spectra : spectra + inputs * g.folded.count
      // The vector of lanes, and the tile or group that all lanes share.
      let (vector, other) = (item % g.vectors, item / g.vectors)
      let factors =
        weights + (g.lanesAreGroups ? vector : other) * outputs * inputs * g.factors
      for c in 0..<inputs {
        forward(x, c, vector, other, scratch, into: spectra + c * g.folded.count)
      }
      for k in 0..<outputs {
        for c in 0..<inputs {
          kernels.multiply(
            g.folded, spectra + c * g.folded.count, factors + (k * inputs + c) * g.factors,
            g.lanesAreGroups, sum, c > 0)
        }
        inverse(sum, k, vector, other, scratch, into: y)
      }
    }
  }

  @inline(__always)
  private func forward(
    _ x: Source<S>, _ c: Int, _ vector: Int, _ other: Int, _ scratch: TileScratch<S>,
    into spectrum: UnsafeMutablePointer<S>
  ) {
    let g = geometry
    let l = x.layout
    let (d, h, w) = (g.axes[0], g.axes[1], g.axes[2])
    if !g.lanesAreGroups {
      kernels.foldLanes(
        shape,
        LaneSource(
          base: x.base + (l.offset + other * l.group + c * l.channel), batch: l.batch,
          depth: l.depth, height: l.height, width: l.width, maps: maps.pointers,
          interior: maps.interior, input: (d.input, h.input, w.input)), grid(vector), scratch,
        spectrum)
      return
    }
    let tile = g.position(other)
    let first = vector * g.lanes
    kernels.fold(
      shape,
      TileSource(
        base: x.base + (l.offset + tile.n * l.batch + first * l.group + c * l.channel),
        lanes: min(g.lanes, g.core.groups - first), lane: l.group, depth: l.depth,
        height: l.height, width: l.width, maps: maps.pointers, interior: maps.interior,
        origin: (tile.d * d.outputs, tile.h * h.outputs, tile.w * w.outputs),
        extent: (d.extent(tile.d), h.extent(tile.h), w.extent(tile.w)), tiles: 1, advance: 0,
        isReversed: false), scratch, spectrum)
  }

  @inline(__always)
  private func inverse(
    _ spectrum: UnsafeMutablePointer<S>, _ k: Int, _ vector: Int, _ other: Int,
    _ scratch: TileScratch<S>, into y: Target<S>
  ) {
    let g = geometry
    let l = y.layout
    let (d, h, w) = (g.axes[0], g.axes[1], g.axes[2])
    let stride = (g.core.stride.d, g.core.stride.h, g.core.stride.w)
    if !g.lanesAreGroups {
      kernels.unfoldLanes(
        shape, spectrum, scratch,
        LaneTarget(
          base: y.base + (l.offset + other * l.group + k * l.channel), batch: l.batch,
          depth: l.depth, height: l.height, width: l.width, total: (d.total, h.total, w.total),
          stride: stride), grid(vector))
      return
    }
    let tile = g.position(other)
    let first = vector * g.lanes
    kernels.unfold(
      shape, spectrum, scratch,
      TileTarget(
        base: y.base + (l.offset + tile.n * l.batch + first * l.group + k * l.channel),
        lanes: min(g.lanes, g.core.groups - first), lane: l.group, depth: l.depth,
        height: l.height, width: l.width,
        origin: (tile.d * d.outputs, tile.h * h.outputs, tile.w * w.outputs),
        extent: (d.kept(tile.d), h.kept(tile.h), w.kept(tile.w)), stride: stride, tiles: 1,
        advance: 0))
  }

  private func grid(_ vector: Int) -> LaneGrid {
    let g = geometry
    let (d, h, w) = (g.axes[0], g.axes[1], g.axes[2])
    let first = vector * g.lanes
    return LaneGrid(
      first: first, lanes: min(g.lanes, g.tiles - first), count: (d.count, h.count, w.count),
      outputs: (d.outputs, h.outputs, w.outputs))
  }
}

extension FoldedPipeline {
  /// Factors of the weights: their spectra conjugated (element t of a kernel is put at -t), with the
  /// factors of the way there and back.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func prepare(_ w: Source<S>, scratch base: UnsafeMutablePointer<S>) {
    let g = geometry
    let (inputs, outputs) = (g.core.inChannels, g.core.outChannels)
    let l = w.layout
    if g.lanesAreGroups {
      resources.pool.run(g.vectors) { vector, worker in
        let first = vector * g.lanes
        for i in 0..<outputs * inputs {
          prepare(
            w.base + (l.offset + first * l.group + i / inputs * l.batch + i % inputs * l.channel),
            l, lanes: min(g.lanes, g.core.groups - first), lane: l.group, base, worker,
            into: weights + (vector * outputs * inputs + i) * g.factors, next: 1)
        }
      }
      return
    }
    let vectors = (outputs + g.lanes - 1) / g.lanes
    resources.pool.run(g.core.groups * vectors) { item, worker in
      let (group, first) = (item / vectors, item % vectors * g.lanes)
      for c in 0..<inputs {
        prepare(
          w.base + (l.offset + group * l.group + first * l.batch + c * l.channel), l,
          lanes: min(g.lanes, outputs - first), lane: l.batch, base, worker,
          into: weights + ((group * outputs + first) * inputs + c) * g.factors,
          next: inputs * g.factors)
      }
    }
  }

  @inline(__always)
  private func prepare(
    _ from: UnsafePointer<S>, _ l: Layout, lanes: Int, lane: Int,
    _ base: UnsafeMutablePointer<S>, _ worker: Int, into u: UnsafeMutablePointer<S>, next: Int
  ) {
    let g = geometry
    let e = g.core.reach
    let (scratch, spectrum) = work(base, worker)
    kernels.fold(
      shape,
      TileSource(
        base: from, lanes: lanes, lane: lane, depth: l.depth, height: l.height, width: l.width,
        maps: maps.pointers, interior: maps.interior, origin: (0, 0, 0), extent: (e.d, e.h, e.w),
        tiles: 1, advance: 0, isReversed: true), scratch, spectrum)
    kernels.factors(g.folded, spectrum, 2 / S(g.size.points), lanes, u, next)
  }
}
