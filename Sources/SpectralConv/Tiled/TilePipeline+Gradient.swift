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
    for b in 0..<g.blocks { accumulate(x, dy, outputMaps, block: b, base) }
    resources.timed(.inverse) {
      resources.pool.run(g.core.groups * g.outVectors) { item, worker in
        for c in 0..<g.core.inChannels {
          back(item / g.outVectors, item % g.outVectors, c, scratch(base, worker), into: w)
        }
      }
    }
  }

  /// Adds the products of one block's tiles to the sums.
  @inline(__always)
  private func accumulate(
    _ x: Source<S>, _ dy: Source<S>, _ outputMaps: TileMaps, block b: Int,
    _ base: UnsafeMutablePointer<S>
  ) {
    let g = geometry
    let (inputs, outputs) = (g.core.groups * g.inVectors, g.core.groups * g.outVectors)
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
              dy, outputMaps, run, tile: t, q - inputs, work, into: d, from: tiles.lowerBound)
          }
        }
      }
    }
    resources.timed(.multiply) {
      let frequencies = g.complexes + g.reals
      let parts = min(frequencies, 16 * resources.threads)
      resources.pool.run(parts) { part, _ in
        for f in part * frequencies / parts..<(part + 1) * frequencies / parts {
          for group in 0..<g.core.groups {
            product(f, group, tiles: tiles.count, v, d, accumulates: b > 0)
          }
        }
      }
    }
  }

  /// The spectrum of one tile of the output gradient, vector q of channels.
  @inline(__always)
  private func forward(
    _ dy: Source<S>, _ outputMaps: TileMaps, _ run: TileRun, tile: Int, _ q: Int,
    _ scratch: TileScratch<S>, into to: UnsafeMutablePointer<S>, from first: Int
  ) {
    let g = geometry
    let (group, k) = (q / g.outVectors, q % g.outVectors * g.lanes)
    let l = dy.layout
    let (d, h, w) = (g.axes[0], g.axes[1], g.axes[2])
    let column = run.w + tile
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
      scratch,
      place(
        to + (q * g.vectorPitch + (run.first + tile - first) * g.lanes), g.outPitch,
        next: g.lanes))
  }

  /// The sums of frequency f: (x + iy)(a - ib) = xa + yb + i (ya - xb).
  @inline(__always)
  private func product(
    _ f: Int, _ group: Int, tiles: Int, _ v: UnsafeMutablePointer<S>,
    _ d: UnsafeMutablePointer<S>, accumulates: Bool
  ) {
    let g = geometry
    let isComplex = f < g.complexes
    let row = isComplex ? 2 * f : g.complexes + f
    let x = UnsafePointer(v) + (group * g.inVectors * g.vectorPitch + row * g.inPitch)
    let a = d + (group * g.outVectors * g.vectorPitch + row * g.outPitch)
    let u =
      weights
      + (group * g.groupWeights
        + (isComplex
          ? f * g.complexWeights
          : g.complexes * g.complexWeights + (f - g.complexes) * g.realWeights))
    let product = TileProduct(
      tiles: tiles, channels: g.core.inChannels, outputs: g.outVectors, vStride: g.vectorPitch,
      mStride: g.vectorPitch)
    func add(
      _ v: UnsafePointer<S>, _ d: UnsafePointer<S>, _ accumulates: Bool,
      _ u: UnsafeMutablePointer<S>
    ) {
      S.tileGemmGradient(resources.isa, product, v: v, d: d, accumulates: accumulates, into: u)
    }
    add(x, a, accumulates, u)
    guard isComplex else { return }
    let (y, b) = (x + g.inPitch, a + g.outPitch)
    add(y, b, true, u)
    add(y, a, accumulates, u + g.realWeights)
    for q in 0..<g.outVectors {
      let vector = b + q * g.vectorPitch
      for i in 0..<tiles * g.lanes { vector[i] = -vector[i] }
    }
    add(x, b, true, u + g.realWeights)
  }

  /// The taps of vector q of output channels and input channel c.
  @inline(__always)
  private func back(
    _ group: Int, _ q: Int, _ c: Int, _ scratch: TileScratch<S>, into w: Target<S>
  ) {
    let g = geometry
    let (l, e, lanes) = (w.layout, g.core.reach, g.lanes)
    // Panels of two vectors, the last one perhaps of one.
    let panel = q / 2 * 2
    let width = min(2, g.outVectors - panel)
    let re =
      weights
      + (group * g.groupWeights + (panel * g.core.inChannels + c * width + q - panel) * lanes)
    let place = SpectrumPlace(
      re: re, im: re + g.realWeights, step: g.complexWeights,
      real: re + g.complexes * g.complexWeights, realStep: g.realWeights, next: 0)
    kernels.scale(place, g.complexes, 2 / S(g.points), g.reals)
    kernels.inverse(
      shape, place, scratch,
      TileTarget(
        base: w.base + (l.offset + group * l.group + q * lanes * l.batch + c * l.channel),
        lanes: min(lanes, g.core.outChannels - q * lanes), lane: l.batch, depth: l.depth,
        height: l.height, width: l.width, origin: (0, 0, 0), extent: (e.d, e.h, e.w),
        stride: (g.core.dilation.d, g.core.dilation.h, g.core.dilation.w), tiles: 1, advance: 0))
  }
}
