import ConvCore
import KernelShapes
import Kernels

// The weight gradient as a product of spectra: dW[k, c] = sum over tiles of X[c] conj(dY[k]) at each
// frequency, transformed back once. Tiles of the output gradient have as many elements as a tile
// has outputs and zeros beyond, so nothing wraps around into the taps.

extension TilePipeline {
  /// w = the weight gradient of x and dy. `weights` holds the sums, `maps` those of the input.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func weightGradient(
    _ x: Source<S>, _ dy: Source<S>, outputMaps: TileMaps, scratch base: UnsafeMutablePointer<S>,
    into w: Target<S>
  ) {
    let g = geometry
    let parts = (g.core.inChannels + 7) / 8
    for s in 0..<g.slices {
      let slice = g.slice(s)
      for b in 0..<g.blocks { accumulate(x, dy, outputMaps, block: b, slice, base) }
      resources.timed(.inverse) {
        resources.pool.run(g.core.groups * slice.count * parts) { item, worker in
          let (part, q) = (item % parts, item / parts)
          let (group, vector) = (q / slice.count, q % slice.count)
          let channels = part * g.core.inChannels / parts..<(part + 1) * g.core.inChannels / parts
          for c in channels {
            back(group, vector, of: slice, c, scratch(base, worker), into: w)
          }
        }
      }
    }
  }

  /// Adds the products of one block's tiles to the sums of a slice.
  @inline(__always)
  private func accumulate(
    _ x: Source<S>, _ dy: Source<S>, _ outputMaps: TileMaps, block b: Int, _ slice: Range<Int>,
    _ base: UnsafeMutablePointer<S>
  ) {
    let g = geometry
    // Later slices find the input's spectra where the first put them.
    let inputs = slice.lowerBound == 0 ? g.core.groups * g.inVectors : 0
    let outputs = g.core.groups * slice.count
    let v = base
    let d = v + g.points * g.inPitch
    let runs = g.runs(block: b)
    let tiles = g.tiles(block: b)
    resources.timed(.forward) {
      resources.pool.run((inputs + outputs) * runs.count) { item, worker in
        let (run, q) = (g.run(runs.lowerBound + item % runs.count), item / runs.count)
        let work = scratch(base, worker)
        if q < inputs {
          forward(x, run, q, work, into: v, from: tiles.lowerBound)
        } else {
          for t in 0..<run.count {
            forward(
              dy, outputMaps, run, tile: t, q - inputs, of: slice, work, into: d,
              from: tiles.lowerBound)
          }
        }
      }
    }
    resources.timed(.multiply) {
      let frequencies = g.complexes + g.reals
      let parts = min(frequencies, 16 * resources.threads)
      resources.pool.run(parts) { part, _ in
        multiply(
          part * frequencies / parts..<(part + 1) * frequencies / parts, tiles: tiles.count,
          outputs: slice.count, v, d, accumulates: b > 0)
      }
    }
  }

  /// The spectrum of one tile of the output gradient, vector q of a slice of channels. The factors of the
  /// way there and back, and 2 for the mirror images of complex frequencies, are in it.
  @inline(__always)
  private func forward(
    _ dy: Source<S>, _ outputMaps: TileMaps, _ run: TileRun, tile: Int, _ q: Int,
    of slice: Range<Int>, _ scratch: TileScratch<S>, into to: UnsafeMutablePointer<S>,
    from first: Int
  ) {
    let g = geometry
    let (group, k) = (q / slice.count, (slice.lowerBound + q % slice.count) * g.lanes)
    let l = dy.layout
    let (d, h, w) = (g.axes[0], g.axes[1], g.axes[2])
    let column = run.w + tile
    let spectrum = place(
      to + (q * g.vectorPitch + (run.first + tile - first) * g.lanes), g.outPitch, next: g.lanes)
    kernels.forward(
      shape,
      TileSource(
        base: dy.base + (l.offset + run.n * l.batch + group * l.group + k * l.channel),
        lanes: min(g.lanes, g.core.outChannels - k), lane: l.channel, depth: l.depth,
        height: l.height, width: l.width, maps: outputMaps.pointers,
        interior: outputMaps.interior,
        origin: (run.d * d.outputs, run.h * h.outputs, column * w.outputs),
        extent: (
          min(d.size, d.kept(run.d)), min(h.size, h.kept(run.h)), min(w.size, w.kept(column))
        ), tiles: 1, advance: 0, isReversed: false),
      scratch, spectrum)
    kernels.scale(spectrum, g.complexes, 2 / S(g.points), g.reals)
  }

  /// The sums of some frequencies, of each group.
  @inline(__always)
  private func multiply(
    _ frequencies: Range<Int>, tiles: Int, outputs: Int, _ v: UnsafeMutablePointer<S>,
    _ d: UnsafeMutablePointer<S>, accumulates: Bool
  ) {
    let g = geometry
    let c = g.complexes
    let complex = frequencies.clamped(to: 0..<c)
    let real = frequencies.clamped(to: c..<c + g.reals)
    for group in 0..<g.core.groups {
      let from = UnsafePointer(v) + group * g.inVectors * g.vectorPitch
      let other = UnsafePointer(d) + group * outputs * g.vectorPitch
      let u = weights + group * g.groupWeights
      var product = TileProduct(
        tiles: tiles, channels: g.core.inChannels, outputs: outputs, vStride: g.vectorPitch,
        mStride: g.vectorPitch)
      if !complex.isEmpty {
        (product.vImaginary, product.mImaginary) = (g.inPitch, g.outPitch)
        product.points = complex.count
        (product.vPoint, product.mPoint) = (2 * g.inPitch, 2 * g.outPitch)
        product.uPoint = g.complexWeights
        let f = complex.lowerBound
        S.complexTileGemmGradient(
          resources.isa, product, v: from + 2 * f * g.inPitch, d: other + 2 * f * g.outPitch,
          accumulates: accumulates, into: u + f * g.complexWeights)
      }
      if !real.isEmpty {
        product.points = real.count
        (product.vPoint, product.mPoint) = (g.inPitch, g.outPitch)
        product.uPoint = g.realWeights
        let f = real.lowerBound
        S.tileGemmGradient(
          resources.isa, product, v: from + (c + f) * g.inPitch, d: other + (c + f) * g.outPitch,
          accumulates: accumulates,
          into: u + (c * g.complexWeights + (f - c) * g.realWeights))
      }
    }
  }

  /// The taps of vector q of a slice of output channels and input channel c.
  @inline(__always)
  private func back(
    _ group: Int, _ q: Int, of slice: Range<Int>, _ c: Int, _ scratch: TileScratch<S>,
    into w: Target<S>
  ) {
    let g = geometry
    let (l, e, lanes) = (w.layout, g.core.reach, g.lanes)
    let u = weights + group * g.groupWeights
    let re = u + (q * g.core.inChannels + c) * 2 * lanes
    // Real frequencies have panels of two vectors, the last one perhaps of one.
    let panel = q / 2 * 2
    let width = min(2, slice.count - panel)
    let real =
      u + g.complexes * g.complexWeights
      + (panel * g.core.inChannels + c * width + q - panel) * lanes
    let k = (slice.lowerBound + q) * lanes
    kernels.inverse(
      shape,
      SpectrumPlace(
        re: re, im: re + lanes, step: g.complexWeights, real: real, realStep: g.realWeights,
        next: 2 * lanes), scratch,
      TileTarget(
        base: w.base + (l.offset + group * l.group + k * l.batch + c * l.channel),
        lanes: min(lanes, g.core.outChannels - k), lane: l.batch, depth: l.depth,
        height: l.height, width: l.width, origin: (0, 0, 0), extent: (e.d, e.h, e.w),
        stride: (g.core.dilation.d, g.core.dilation.h, g.core.dilation.w), tiles: 1, advance: 0))
  }
}
