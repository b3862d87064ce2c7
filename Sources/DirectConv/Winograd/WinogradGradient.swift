import ConvCore
import Kernels

/// The weight gradient in the transform domain: G^T (sum over tiles of (B^T x) * (A dy)) G, the form
/// F(r, m) with the tiles of the forward pass, transformed back once.
struct WinogradGradient<S: WinogradScalar> {
  let g: WinogradGeometry
  let isa: ISA
  let weights: WinogradWeights<S>
  let input: WinogradAnalysis<S>
  let output: WinogradAnalysis<S>
  let scratch: UnsafeMutablePointer<S>
  let threads: Int

  /// Elements of scratch: for each thread a strip, V and D of a block, all of which become work space
  /// once the sums are complete; then the sums.
  static func scratch(_ g: WinogradGeometry, threads: Int) -> Int {
    sums(g, threads: threads) + g.weights
  }

  private static func sums(_ g: WinogradGeometry, threads: Int) -> Int {
    let work = threads * g.weightWork * MemoryLayout<Double>.stride / MemoryLayout<S>.stride
    return max(threads * g.strip + g.inBlock + g.outBlock, work)
  }

  /// Stage by stage on one block of tiles after the other, all threads together: each sum belongs to
  /// one thread at a time and meets the tiles in their order.
  func run(_ x: Source<S>, _ dy: Source<S>, into w: Target<S>, _ resources: Resources) {
    let v = scratch + threads * g.strip
    let d = v + g.inBlock
    let u = scratch + Self.sums(g, threads: threads)
    for block in 0..<g.blocks {
      let range = g.tiles(ofBlock: block)
      resources.timed(.forward) {
        analyse(input, x, g.inVectors, range, into: v, resources.pool)
        analyse(output, dy, g.outVectors, range, into: d, resources.pool)
      }
      resources.timed(.multiply) {
        let panels = (g.outVectors + 1) / 2
        resources.pool.run(g.points.count * panels) { item, _ in
          let (f, k) = (item / panels, item % panels * 2)
          S.tileGemmGradient(
            isa, tiles: range.count, channels: g.inChannels, outputs: min(2, g.outVectors - k),
            v: UnsafePointer(v + f * g.inPoint), vStride: g.vectorStride,
            d: UnsafePointer(d + (f * g.outPoint + k * g.vectorStride)),
            dStride: g.vectorStride, accumulates: block > 0,
            into: u + (f * g.weightPoint + k * g.inChannels * g.lanes))
        }
      }
    }
    resources.timed(.inverse) {
      let work = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Double.self)
      resources.pool.run(g.outVectors) { vector, worker in
        weights.runBack(
          UnsafePointer(u), vector: vector, work: work + worker * g.weightWork, into: w)
      }
    }
  }

  private func analyse(
    _ stage: WinogradAnalysis<S>, _ x: Source<S>, _ vectors: Int, _ range: Range<Int>,
    into v: UnsafeMutablePointer<S>, _ pool: ThreadPool
  ) {
    let parts = g.parts(vectors, threads: threads)
    pool.run(vectors * parts) { item, worker in
      let c = item / parts
      let some = range.part(item % parts, of: parts)
      let at = c * g.vectorStride + (some.lowerBound - range.lowerBound) * g.lanes
      stage.run(x, vector: c, tiles: some, strip: scratch + worker * g.strip, into: v + at)
    }
  }
}

extension WinogradGeometry {
  /// The tiles of a block.
  func tiles(ofBlock i: Int) -> Range<Int> {
    i * blockTiles..<min(tileCount, (i + 1) * blockTiles)
  }

  /// Into how many parts each vector's tiles fall, so that there are enough for all threads.
  func parts(_ vectors: Int, threads: Int) -> Int {
    min(blockTiles, max(1, (4 * threads - 1) / vectors + 1))
  }
}

extension Range<Int> {
  /// Part i of n nearly equal ones.
  func part(_ i: Int, of n: Int) -> Range<Int> {
    lowerBound + count * i / n..<lowerBound + count * (i + 1) / n
  }
}
