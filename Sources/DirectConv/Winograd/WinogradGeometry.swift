import ConvCore
import Kernels

/// How a problem falls into tiles, blocks of tiles and vectors of channels.
///
/// Tiles are numbered by batch, depth, height, width, the last fastest; a block is a range of them,
/// all of whose points fit the second-level cache where they can.
struct WinogradGeometry: Sendable {
  /// Outputs m, taps r and points t = m + r - 1 of a tile along each axis.
  let outputs: Extents, taps: Extents, points: Extents
  /// Extents of the output.
  let extents: Extents
  /// Tiles along each axis, and over the batch in all.
  let tiles: Extents, tileCount: Int
  /// Elements of a vector; vectors of input and output channels.
  let lanes: Int, inVectors: Int, outVectors: Int
  /// Channels.
  let inChannels: Int, outChannels: Int
  /// Tiles of a block, and number of blocks.
  let blockTiles: Int, blocks: Int
  /// Whether all threads work on one block, stage by stage, rather than each on its own.
  let sharesBlocks: Bool
  /// Tiles of a strip, so many that it fits the first-level cache: of the input, of the output.
  let inStrip: Int, outStrip: Int

  /// Elements from one vector of channels to the next of V and M.
  var vectorStride: Int { (blockTiles | 1) * lanes }
  /// Elements from one point to the next of V, M and U. Odd numbers of cache lines, since the lines of a
  /// transform write to all points at once and must not compete for the same sets.
  var inPoint: Int { ((inVectors * (blockTiles | 1)) | 1) * lanes }
  var outPoint: Int { ((outVectors * (blockTiles | 1)) | 1) * lanes }
  var weightPoint: Int { inChannels * outVectors * lanes }
  /// Elements of one block's V, of its M, of U and of one thread's strip.
  var inBlock: Int { points.count * inPoint }
  var outBlock: Int { points.count * outPoint }
  var weights: Int { points.count * weightPoint }
  var strip: Int { points.d * points.h * stripRow * lanes }
  /// Doubles that transforming weights needs for each thread.
  var weightWork: Int { 2 * points.count * lanes }
  /// Vectors in a row of a strip.
  var stripRow: Int { max((inStrip - 1) * outputs.w + points.w, outStrip * points.w) }

  init(
    _ core: CoreProblem, _ role: Role, outputs m: Extents, lanes: Int, scalarBytes: Int,
    threads: Int
  ) {
    outputs = m
    extents = core.output
    taps = core.kernel
    points = Extents { m[$0] + core.kernel[$0] - 1 }
    tiles = Extents { (core.output[$0] - 1) / m[$0] + 1 }
    tileCount = core.batch * tiles.count
    self.lanes = lanes
    inChannels = core.inChannels
    outChannels = core.outChannels
    inVectors = (core.inChannels - 1) / lanes + 1
    outVectors = (core.outChannels - 1) / lanes + 1
    // A strip takes up to 24 KiB, and whole vectors of pixels, which is what transposing likes.
    let row = 24 << 10 / (lanes * lanes * scalarBytes)
    let read = max(points.w, row / (points.d * points.h) * lanes)
    inStrip = min(tiles.w, (read - points.w) / m.w + 1)
    let written = row * m.w / (m.d * max(m.h, m.d > 1 ? points.h : 1) * points.w) * lanes
    outStrip = min(tiles.w, max(1, written / m.w))
    let perTile = points.count * (inVectors + outVectors) * lanes * scalarBytes
    (blockTiles, sharesBlocks) =
      role == .weightGradient
      ? (min(tileCount, 128), true)
      : Self.schedule(tileCount, perTile: perTile, threads: threads)
    blocks = (tileCount - 1) / blockTiles + 1
  }

  /// Blocks for each thread, or one block for all at a time where there are few.
  private static func schedule(_ tiles: Int, perTile: Int, threads: Int) -> (Int, Bool) {
    // Fewer than 28 tiles would read the weights too often, whatever the caches.
    let best = max(28, (768 << 10) / perTile / 14 * 14)
    let own = min(best, tiles)
    let blocks = (tiles - 1) / own + 1
    if threads == 1 || blocks >= 2 * threads { return (balanced(tiles, blocks), false) }
    return (min(tiles, 128), true)
  }

  /// The smallest block that still makes as few blocks.
  private static func balanced(_ tiles: Int, _ blocks: Int) -> Int { (tiles - 1) / blocks + 1 }
}
