import ConvCore
import Kernels

/// The three stages on blocks of tiles.
struct WinogradPipeline<S: WinogradScalar> {
  let g: WinogradGeometry
  let isa: ISA
  let threads: Int
  let input: TileStrips
  let output: TileStrips
  let x: UnsafePointer<S>
  let y: UnsafeMutablePointer<S>
  let u: UnsafePointer<S>
  /// For each thread a strip, then blocks of V and M.
  let scratch: UnsafeMutablePointer<S>

  private func strip(_ worker: Int) -> UnsafeMutablePointer<S> { scratch + worker * g.strip }

  private func inBlock(_ i: Int) -> UnsafeMutablePointer<S> {
    scratch + threads * g.strip + i * (g.inBlock + g.outBlock)
  }

  private func outBlock(_ i: Int) -> UnsafeMutablePointer<S> { inBlock(i) + g.inBlock }

  /// Each thread takes a block through all three stages, so that it stays in that thread's cache.
  func runOwn(_ resources: Resources) {
    resources.pool.run(g.blocks) { block, worker in
      let range = g.tiles(ofBlock: block)
      let (v, m, strip) = (inBlock(worker), outBlock(worker), strip(worker))
      resources.timed(.forward, worker: worker) {
        S.winogradInput(
          isa, input, vectors: 0..<g.inVectors, tiles: range, from: x, buffer: strip, into: v)
      }
      resources.timed(.multiply, worker: worker) {
        multiply(0..<g.points.count, 0..<g.outVectors, range.count, v, m)
      }
      resources.timed(.inverse, worker: worker) {
        S.winogradOutput(
          isa, output, vectors: 0..<g.outVectors, tiles: range, from: m, buffer: strip, into: y)
      }
    }
  }

  /// All threads do one stage of a block together: for few tiles and many channels, so that the weights
  /// are read once for all.
  func runShared(_ resources: Resources) {
    let (v, m) = (inBlock(0), outBlock(0))
    let panels = (g.outVectors + 1) / 2
    let pieces = min(panels, (4 * threads - 1) / g.points.count + 1)
    for block in 0..<g.blocks {
      let range = g.tiles(ofBlock: block)
      resources.timed(.forward) {
        g.share(g.inVectors, range, threads, resources.pool) { vector, tiles, at, worker in
          S.winogradInput(
            isa, input, vectors: vector..<vector + 1, tiles: tiles, from: x,
            buffer: strip(worker), into: v + at)
        }
      }
      resources.timed(.multiply) {
        resources.pool.run(g.points.count * pieces) { item, _ in
          let (f, i) = (item / pieces, item % pieces)
          let first = 2 * (panels * i / pieces)
          let last = min(g.outVectors, 2 * (panels * (i + 1) / pieces))
          multiply(f..<f + 1, first..<last, range.count, v, m)
        }
      }
      resources.timed(.inverse) {
        g.share(g.outVectors, range, threads, resources.pool) { vector, tiles, at, worker in
          S.winogradOutput(
            isa, output, vectors: vector..<vector + 1, tiles: tiles, from: m + at,
            buffer: strip(worker), into: y)
        }
      }
    }
  }

  /// The products at some points for some vectors of output channels, the first of them even.
  private func multiply(
    _ points: Range<Int>, _ outputs: Range<Int>, _ count: Int, _ v: UnsafeMutablePointer<S>,
    _ m: UnsafeMutablePointer<S>
  ) {
    let f = points.lowerBound
    S.tileGemm(
      isa, g.product(tiles: count, outputs: outputs.count, points: points.count),
      v: UnsafePointer(v + f * g.inPoint),
      u: u + (f * g.weightPoint + outputs.lowerBound * g.inChannels * g.lanes), from: nil,
      into: m + (f * g.outPoint + outputs.lowerBound * g.vectorStride))
  }
}

extension WinogradGeometry {
  /// The tiles of a block.
  func tiles(ofBlock i: Int) -> Range<Int> {
    i * blockTiles..<min(tileCount, (i + 1) * blockTiles)
  }

  /// Shares vectors of channels and parts of a block's tiles among all threads; `at` is where a part's
  /// first tile stands at a point.
  func share(
    _ vectors: Int, _ range: Range<Int>, _ threads: Int, _ pool: ThreadPool,
    _ body: (_ vector: Int, _ tiles: Range<Int>, _ at: Int, _ worker: Int) -> Void
  ) {
    let parts = min(range.count, max(1, (4 * threads - 1) / vectors + 1))
    pool.run(vectors * parts) { item, worker in
      let (vector, i) = (item / parts, item % parts)
      let first = range.count * i / parts
      let last = range.count * (i + 1) / parts
      body(
        vector, range.lowerBound + first..<range.lowerBound + last,
        vector * vectorStride + first * lanes, worker)
    }
  }

  /// Extents and strides of the product.
  func product(tiles: Int, outputs: Int, points: Int) -> TileProduct {
    var p = TileProduct(
      tiles: tiles, channels: inChannels, outputs: outputs, vStride: vectorStride,
      mStride: vectorStride)
    (p.points, p.vPoint, p.uPoint, p.mPoint) = (points, inPoint, weightPoint, outPoint)
    return p
  }

  /// The input, read through maps.
  func inputStrips(_ layout: Layout, _ maps: (AxisView, AxisView, AxisView)) -> TileStrips {
    strips(points, inChannels, layout, inStrip, inPoint, maps)
  }

  /// The output gradient, read where a weight gradient needs it.
  func gradientStrips(_ layout: Layout, _ maps: (AxisView, AxisView, AxisView)) -> TileStrips {
    strips(outputs, outChannels, layout, inStrip, outPoint, maps)
  }

  /// The output, written.
  func outputStrips(_ layout: Layout) -> TileStrips {
    strips(outputs, outChannels, layout, outStrip, outPoint, nil)
  }

  private func strips(
    _ reads: Extents, _ channels: Int, _ layout: Layout, _ stripTiles: Int, _ point: Int,
    _ maps: (AxisView, AxisView, AxisView)?
  ) -> TileStrips {
    TileStrips(
      tiles: tiles, outputs: outputs, reads: reads, points: points, extents: extents,
      channels: channels, layout: layout, stripTiles: stripTiles, row: stripRow * lanes,
      point: point, vector: vectorStride, prefetches: prefetches, streams: streams, maps: maps)
  }
}
