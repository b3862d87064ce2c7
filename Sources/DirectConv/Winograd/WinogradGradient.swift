import ConvCore
import Kernels

/// The weight gradient in the transform domain: G^T (sum over tiles of (B^T x) * (A dy)) G, the form
/// F(r, m) with the tiles of the forward pass, transformed back once.
struct WinogradGradient<S: WinogradScalar> {
  let g: WinogradGeometry
  let isa: ISA
  let threads: Int
  let back: WinogradWeightSums<S>
  let input: TileStrips
  let output: TileStrips
  let x: UnsafePointer<S>
  let dy: UnsafePointer<S>
  let scratch: UnsafeMutablePointer<S>

  /// Elements of scratch: for each thread a strip, V and D of a block, all of which become work space
  /// once the sums are complete; then the sums.
  static func scratch(_ g: WinogradGeometry, threads: Int) -> Int {
    sums(g, threads: threads) + g.weights
  }

  private static func sums(_ g: WinogradGeometry, threads: Int) -> Int {
    max(threads * g.strip + g.inBlock + g.outBlock, threads * WinogradWeightSums<S>.work(g))
  }

  /// Stage by stage on one block of tiles after the other, all threads together: each sum belongs to
  /// one thread at a time and meets the tiles in their order.
  func run(into w: Target<S>, _ resources: Resources) {
    let v = scratch + threads * g.strip
    let d = v + g.inBlock
    let u = scratch + Self.sums(g, threads: threads)
    let panels = (g.outVectors + 1) / 2
    for block in 0..<g.blocks {
      let range = g.tiles(ofBlock: block)
      resources.timed(.forward) {
        analyse(input, x, g.inVectors, range, into: v, resources.pool)
        analyse(output, dy, g.outVectors, range, into: d, resources.pool)
      }
      resources.timed(.multiply) {
        resources.pool.run(g.points.count * panels) { item, _ in
          let (f, k) = (item / panels, item % panels * 2)
          S.tileGemmGradient(
            isa, g.product(tiles: range.count, outputs: min(2, g.outVectors - k), points: 1),
            v: UnsafePointer(v + f * g.inPoint),
            d: UnsafePointer(d + (f * g.outPoint + k * g.vectorStride)), accumulates: block > 0,
            into: u + (f * g.weightPoint + k * g.inChannels * g.lanes))
        }
      }
    }
    resources.timed(.inverse) {
      let work = WinogradWeightSums<S>.work(g)
      resources.pool.run(back.pieces) { piece, worker in
        back.run(UnsafePointer(u), piece: piece, work: scratch + worker * work, into: w)
      }
    }
  }

  private func analyse(
    _ strips: TileStrips, _ x: UnsafePointer<S>, _ vectors: Int, _ range: Range<Int>,
    into v: UnsafeMutablePointer<S>, _ pool: ThreadPool
  ) {
    g.share(vectors, range, threads, pool) { vector, tiles, at, worker in
      S.winogradInput(
        isa, strips, vectors: vector..<vector + 1, tiles: tiles, from: x,
        buffer: scratch + worker * g.strip, into: v + at)
    }
  }
}
