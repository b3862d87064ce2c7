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
  /// Tiles of a strip, of the input and of the output.
  let inStrip: Int, outStrip: Int
  /// Whether the next strip is fetched by hand: rows that are shorter than what the processor fetches ahead
  /// by itself.
  let prefetches: Bool
  /// Whether results are written past the caches: operands that do not fit them anyway.
  let streams: Bool

  /// Elements from one vector of channels to the next of V and M.
  var vectorStride: Int { (blockTiles | 1) * lanes }
  /// Elements from one point to the next of V, M and U. Odd numbers of cache lines, since the lines of a
  /// transform write to all points at once and must not compete for the same sets.
  var inPoint: Int { ((inVectors * (blockTiles | 1)) | 1) * lanes }
  var outPoint: Int { ((outVectors * (blockTiles | 1)) | 1) * lanes }
  var weightPoint: Int { ((inChannels * outVectors) | 1) * lanes }
  /// Elements of one block's V, of its M, of U and of one thread's strip.
  var inBlock: Int { points.count * inPoint }
  var outBlock: Int { points.count * outPoint }
  var weights: Int { points.count * weightPoint }
  var strip: Int { points.d * points.h * stripRow * lanes }
  /// Doubles that transforming weights needs for each thread.
  var weightWork: Int { 2 * points.count * lanes }
  /// Where a vector of output channels of one input channel stands within a point of U, whose panels
  /// hold two vectors, the last one perhaps one.
  func weightPosition(_ vector: Int, _ channel: Int) -> Int {
    let panel = vector / 2 * 2
    return (panel * inChannels + channel * panelWidth(vector) + vector - panel) * lanes
  }
  /// Vectors of the panel that a vector of output channels belongs to.
  func panelWidth(_ vector: Int) -> Int { min(2, outVectors - vector / 2 * 2) }
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
    // A strip takes up to 96 KiB, since long runs along a row are what memory likes, and whole vectors of
    // pixels, which is what transposing likes.
    let row = 96 << 10 / (lanes * lanes * scalarBytes)
    let read = max(points.w, row / (points.d * points.h) * lanes)
    inStrip = min(tiles.w, (read - points.w) / m.w + 1)
    let written = row * m.w / (m.d * max(m.h, m.d > 1 ? points.h : 1) * points.w) * lanes
    outStrip = min(tiles.w, max(1, written / m.w))
    prefetches = core.output.w * scalarBytes < 512
    let operands =
      core.batch * scalarBytes
      * (core.inChannels * core.input.count + core.outChannels * core.output.count)
    // A part of a cache line that is streamed alone costs more than a line written through the caches.
    streams = operands > 32 << 20 && lanes * scalarBytes == 64
    let perTile = points.count * (inVectors + outVectors) * lanes * scalarBytes
    (blockTiles, sharesBlocks) =
      role == .weightGradient
      ? (min(tileCount, 128), true)
      : Self.schedule(
        tileCount, perTile: perTile, operands: operands, threads: threads)
    blocks = (tileCount - 1) / blockTiles + 1
  }

  /// Tiles of a block, and whether all threads share it.
  ///
  /// A thread's own V and M take up to 3 MiB, the third-level cache's share, or what the operands take
  /// where they are small; but fewer than 28 tiles would read the weights too often.
  private static func schedule(
    _ tiles: Int, perTile: Int, operands: Int, threads: Int
  ) -> (Int, Bool) {
    if threads == 1 {
      let best = max(28, min(3 << 20, 2 * operands) / perTile / 14 * 14)
      return (balanced(tiles, (tiles - 1) / best + 1), false)
    }
    let budget = min(3 << 20, 2 * operands / threads)
    let fair = (tiles - 1) / (4 * threads) + 1
    let best = max(28, min(budget / perTile / 14 * 14, fair))
    let blocks = (tiles - 1) / best + 1
    if blocks >= 2 * threads {
      return (balanced(tiles, (blocks + threads - 1) / threads * threads), false)
    }
    return (balanced(tiles, (tiles - 1) / 128 + 1), true)
  }

  /// The smallest block that still makes as few blocks.
  private static func balanced(_ tiles: Int, _ blocks: Int) -> Int { (tiles - 1) / blocks + 1 }
}
