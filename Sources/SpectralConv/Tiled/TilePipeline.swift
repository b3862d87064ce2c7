import ConvCore
import KernelShapes
import Kernels

/// The three stages of a product of spectra: tiles forth, products of each frequency, tiles back.
///
/// Refers to what `TileKernel` owns; generic over the scalar alone, so that it is compiled for each.
struct TilePipeline<S: TileTransformScalar> {
  let geometry: TileGeometry
  let shape: TileShape<S>
  let maps: TileMaps
  /// U of all groups.
  let weights: UnsafeMutablePointer<S>
  let resources: Resources
  let kernels: TileTransforms<S>

  init(
    _ geometry: TileGeometry, _ shape: TileShape<S>, _ maps: TileMaps,
    _ weights: UnsafeMutablePointer<S>, _ resources: Resources
  ) {
    self.geometry = geometry
    self.shape = shape
    self.maps = maps
    self.weights = weights
    self.resources = resources
    kernels = S.tileTransforms(resources.isa)
  }

  /// Worker w's transforms.
  func scratch(_ base: UnsafeMutablePointer<S>, _ worker: Int) -> TileScratch<S> {
    let g = geometry
    let sets = (g.isShared ? 1 : resources.threads) * g.blockElements
    return TileScratch(
      base + (sets + worker * g.transformElements), g.size, tiles: g.longestRun,
      advance: g.axes[2].outputs, lanes: g.lanes, folds: false)
  }

  /// y = the normal form of x.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func apply(_ x: Source<S>, scratch base: UnsafeMutablePointer<S>, into y: Target<S>) {
    if geometry.isShared {
      for b in 0..<geometry.blocks { applyShared(x, block: b, base, into: y) }
    } else {
      applyOwn(x, base, into: y)
    }
  }

  /// Each thread carries its own blocks through all stages.
  private func applyOwn(_ x: Source<S>, _ base: UnsafeMutablePointer<S>, into y: Target<S>) {
    let g = geometry
    let (inputs, outputs) = (g.core.groups * g.inVectors, g.core.groups * g.outVectors)
    resources.pool.run(g.blocks) { b, worker in
      let v = base + worker * g.blockElements
      let m = v + g.points * g.inPitch
      let work = scratch(base, worker)
      let runs = g.runs(block: b)
      let tiles = g.tiles(block: b)
      resources.timed(.forward, worker: worker) {
        for q in 0..<inputs {
          for r in runs { forward(x, g.run(r), q, work, into: v, from: tiles.lowerBound) }
        }
      }
      resources.timed(.multiply, worker: worker) {
        multiply(0..<g.complexes + g.reals, tiles: tiles.count, v, into: m)
      }
      resources.timed(.inverse, worker: worker) {
        for q in 0..<outputs {
          for r in runs { inverse(m, g.run(r), q, work, into: y, from: tiles.lowerBound) }
        }
      }
    }
  }

  /// All threads do one stage of one block.
  private func applyShared(
    _ x: Source<S>, block b: Int, _ base: UnsafeMutablePointer<S>, into y: Target<S>
  ) {
    let g = geometry
    let (inputs, outputs) = (g.core.groups * g.inVectors, g.core.groups * g.outVectors)
    let v = base
    let m = v + g.points * g.inPitch
    let runs = g.runs(block: b)
    let tiles = g.tiles(block: b)
    resources.timed(.forward) {
      resources.pool.run(inputs * runs.count) { item, worker in
        forward(
          x, g.run(runs.lowerBound + item % runs.count), item / runs.count,
          scratch(base, worker), into: v, from: tiles.lowerBound)
      }
    }
    resources.timed(.multiply) {
      let frequencies = g.complexes + g.reals
      let parts = min(frequencies, 16 * resources.threads)
      resources.pool.run(parts) { part, _ in
        multiply(
          part * frequencies / parts..<(part + 1) * frequencies / parts, tiles: tiles.count, v,
          into: m)
      }
    }
    resources.timed(.inverse) {
      resources.pool.run(outputs * runs.count) { item, worker in
        inverse(
          m, g.run(runs.lowerBound + item % runs.count), item / runs.count,
          scratch(base, worker), into: y, from: tiles.lowerBound)
      }
    }
  }

  /// Spectra of the tiles of a run, vector q of channels, to V of the block that begins with tile
  /// `first`.
  @inline(__always)
  func forward(
    _ x: Source<S>, _ run: TileRun, _ q: Int, _ scratch: TileScratch<S>,
    into v: UnsafeMutablePointer<S>, from first: Int
  ) {
    let g = geometry
    let (group, c) = (q / g.inVectors, q % g.inVectors * g.lanes)
    let l = x.layout
    let (d, h, w) = (g.axes[0], g.axes[1], g.axes[2])
    let column = run.w * w.outputs
    kernels.forward(
      shape,
      TileSource(
        base: x.base + (l.offset + run.n * l.batch + group * l.group + c * l.channel),
        lanes: min(g.lanes, g.core.inChannels - c), lane: l.channel, depth: l.depth,
        height: l.height, width: l.width, maps: maps.pointers, interior: maps.interior,
        origin: (run.d * d.outputs, run.h * h.outputs, column),
        extent: (
          d.extent(run.d), h.extent(run.h),
          min((run.count - 1) * w.outputs + w.size, w.input - column)
        ), tiles: run.count, advance: w.outputs, isReversed: false),
      scratch,
      place(
        v + (q * g.vectorPitch + (run.first - first) * g.lanes), g.inPitch, next: g.lanes))
  }

  /// Outputs of the tiles of a run, vector q of channels.
  @inline(__always)
  private func inverse(
    _ m: UnsafeMutablePointer<S>, _ run: TileRun, _ q: Int, _ scratch: TileScratch<S>,
    into y: Target<S>, from first: Int
  ) {
    let g = geometry
    let (group, k) = (q / g.outVectors, q % g.outVectors * g.lanes)
    let l = y.layout
    let (d, h, w) = (g.axes[0], g.axes[1], g.axes[2])
    let column = run.w * w.outputs
    kernels.inverse(
      shape,
      place(m + (q * g.vectorPitch + (run.first - first) * g.lanes), g.outPitch, next: g.lanes),
      scratch,
      TileTarget(
        base: y.base + (l.offset + run.n * l.batch + group * l.group + k * l.channel),
        lanes: min(g.lanes, g.core.outChannels - k), lane: l.channel, depth: l.depth,
        height: l.height, width: l.width,
        origin: (run.d * d.outputs, run.h * h.outputs, column),
        extent: (
          d.kept(run.d), h.kept(run.h), min(run.count * w.outputs, w.total - column)
        ),
        stride: (g.core.stride.d, g.core.stride.h, g.core.stride.w), tiles: run.count,
        advance: w.outputs))
  }

  /// Frequency by frequency, real and imaginary parts apart.
  @inline(__always)
  func place(_ base: UnsafeMutablePointer<S>, _ pitch: Int, next: Int) -> SpectrumPlace<S> {
    SpectrumPlace(
      re: base, im: base + pitch, step: 2 * pitch,
      real: base + 2 * geometry.complexes * pitch, realStep: pitch, next: next)
  }

  /// The products of some frequencies, of each group.
  @inline(__always)
  private func multiply(
    _ frequencies: Range<Int>, tiles: Int, _ v: UnsafeMutablePointer<S>,
    into m: UnsafeMutablePointer<S>
  ) {
    let g = geometry
    let c = g.complexes
    let complex = frequencies.clamped(to: 0..<c)
    let real = frequencies.clamped(to: c..<c + g.reals)
    for group in 0..<g.core.groups {
      let from = UnsafePointer(v) + group * g.inVectors * g.vectorPitch
      let to = m + group * g.outVectors * g.vectorPitch
      let u = UnsafePointer(weights) + group * g.groupWeights
      var product = TileProduct(
        tiles: tiles, channels: g.core.inChannels, outputs: g.outVectors, vStride: g.vectorPitch,
        mStride: g.vectorPitch)
      if !complex.isEmpty {
        (product.vImaginary, product.mImaginary) = (g.inPitch, g.outPitch)
        product.points = complex.count
        (product.vPoint, product.mPoint) = (2 * g.inPitch, 2 * g.outPitch)
        product.uPoint = g.complexWeights
        let f = complex.lowerBound
        S.complexTileGemm(
          resources.isa, product, v: from + 2 * f * g.inPitch, u: u + f * g.complexWeights,
          accumulates: false, into: to + 2 * f * g.outPitch)
      }
      if !real.isEmpty {
        product.points = real.count
        (product.vPoint, product.mPoint) = (g.inPitch, g.outPitch)
        product.uPoint = g.realWeights
        let f = real.lowerBound
        S.tileGemm(
          resources.isa, product, v: from + (c + f) * g.inPitch,
          u: u + (c * g.complexWeights + (f - c) * g.realWeights), from: nil,
          into: to + (c + f) * g.outPitch)
      }
    }
  }
}

extension TilePipeline {
  /// Spectra of the weights, conjugated: element t of a kernel is put at -t. The factors of the way
  /// there and back, and 2 for the mirror images of complex frequencies, are in them.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func prepare(_ w: Source<S>, scratch base: UnsafeMutablePointer<S>) {
    let g = geometry
    resources.pool.run(g.core.groups * g.outVectors) { q, worker in
      let work = scratch(base, worker)
      for c in 0..<g.core.inChannels {
        prepare(w, group: q / g.outVectors, q % g.outVectors, c, work)
      }
    }
  }

  /// Vector q of output channels and input channel c.
  @inline(__always)
  private func prepare(
    _ w: Source<S>, group: Int, _ q: Int, _ c: Int, _ scratch: TileScratch<S>
  ) {
    let g = geometry
    let (l, e, lanes) = (w.layout, g.core.reach, g.lanes)
    let u = weights + group * g.groupWeights
    let re = u + (q * g.core.inChannels + c) * 2 * lanes
    // Real frequencies have panels of two vectors, the last one perhaps of one.
    let panel = q / 2 * 2
    let width = min(2, g.outVectors - panel)
    let real =
      u + g.complexes * g.complexWeights
      + (panel * g.core.inChannels + c * width + q - panel) * lanes
    let place = SpectrumPlace(
      re: re, im: re + lanes, step: g.complexWeights, real: real, realStep: g.realWeights, next: 0)
    kernels.forward(
      shape,
      TileSource(
        base: w.base + (l.offset + group * l.group + q * lanes * l.batch + c * l.channel),
        lanes: min(lanes, g.core.outChannels - q * lanes), lane: l.batch, depth: l.depth,
        height: l.height, width: l.width, maps: maps.pointers, interior: maps.interior,
        origin: (0, 0, 0), extent: (e.d, e.h, e.w), tiles: 1, advance: 0, isReversed: true),
      scratch, place)
    kernels.scale(place, g.complexes, 2 / S(g.points), g.reals)
  }
}
