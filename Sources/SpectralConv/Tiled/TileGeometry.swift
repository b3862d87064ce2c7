import ConvCore
import KernelShapes
import Kernels

/// How a problem is cut into tiles, and how these stand in memory while their spectra are multiplied.
///
/// L lanes hold L channels. For each frequency, the spectra of a block of tiles are
/// V[C / L][tile][L] and M[K / L][tile][L], the weights' U[K / L][C][L real, L imaginary]: what
/// `TileGemmScalar` takes. Groups have their channels in lanes of their own.
struct TileGeometry {
  let core: CoreProblem
  /// Depth, height and width.
  let axes: [TileAxis]
  /// Elements of a vector.
  let lanes: Int
  /// Neighbouring tiles are read together ("a run"): this many runs in each row of tiles.
  let runsInRow: Int
  /// Blocks of runs.
  let blocks: Int
  /// Slices of output channels that a weight gradient computes one after another: their sums and the
  /// output gradient's spectra then take a part of the memory, and stay in a cache. More than one
  /// only where there are one block and one group.
  let slices: Int
  /// Whether all threads work on one block, stage by stage; otherwise each has blocks of its own.
  let isShared: Bool

  /// Tiles of a block at most.
  let blockTiles: Int
  /// Vectors of input and output channels of one group.
  let inVectors: Int, outVectors: Int
  /// Vectors of output channels of a slice at most.
  let sliceVectors: Int
  let size: TileSize
  /// Points of a tile; its spectrum has as many real numbers.
  let points: Int
  /// Frequencies at which the spectrum of a real tile is real, and the complex ones that are not
  /// mirror images.
  let reals: Int, complexes: Int
  /// Distances in V and M between vectors of channels, and between frequencies. Odd numbers of
  /// vectors: powers of two would fall into one set of the cache. So would U's.
  let vectorPitch: Int, inPitch: Int, outPitch: Int
  /// Elements of U: of a complex and of a real frequency, and of a group.
  let complexWeights: Int, realWeights: Int, groupWeights: Int

  init(
    _ core: CoreProblem, _ axes: [TileAxis], lanes: Int, runsInRow: Int, blocks: Int,
    slices: Int = 1, isShared: Bool
  ) {
    self.core = core
    self.axes = axes
    self.lanes = lanes
    self.runsInRow = runsInRow
    self.blocks = blocks
    self.slices = slices
    self.isShared = isShared
    inVectors = (core.inChannels + lanes - 1) / lanes
    outVectors = (core.outChannels + lanes - 1) / lanes
    sliceVectors = (outVectors + slices - 1) / slices
    size = TileSize(d: axes[0].size, h: axes[1].size, w: axes[2].size)
    (points, reals, complexes) = (size.points, size.reals, size.complexes)
    let runs = core.batch * axes[0].count * axes[1].count * runsInRow
    blockTiles = (runs + blocks - 1) / blocks * ((axes[2].count + runsInRow - 1) / runsInRow)
    vectorPitch = (blockTiles | 1) * lanes
    inPitch = ((core.groups * inVectors * (blockTiles | 1)) | 1) * lanes
    outPitch = ((core.groups * sliceVectors * (blockTiles | 1)) | 1) * lanes
    realWeights = core.inChannels * sliceVectors * lanes
    complexWeights = ((core.inChannels * sliceVectors) | 1) * 2 * lanes
    groupWeights = complexes * complexWeights + reals * realWeights
  }

  /// Tiles of all inputs.
  var tiles: Int { core.batch * axes[0].count * axes[1].count * axes[2].count }

  /// Vectors of output channels of slice s.
  func slice(_ s: Int) -> Range<Int> { s * outVectors / slices..<(s + 1) * outVectors / slices }

  /// Tiles of the longest run.
  var longestRun: Int { (axes[2].count + runsInRow - 1) / runsInRow }
}

/// Tiles next to each other in one row.
struct TileRun {
  /// First of all tiles, and their number.
  let first: Int, count: Int
  /// Where the first stands: image, and position along each axis.
  let n: Int, d: Int, h: Int, w: Int
}

extension TileGeometry {
  /// Runs of all inputs.
  var runs: Int { core.batch * axes[0].count * axes[1].count * runsInRow }

  /// Run i of all.
  func run(_ i: Int) -> TileRun { Self.run(i, axes, runsInRow) }

  /// Runs of block b.
  func runs(block b: Int) -> Range<Int> { b * runs / blocks..<(b + 1) * runs / blocks }

  /// Tiles of block b.
  func tiles(block b: Int) -> Range<Int> {
    let runs = runs(block: b)
    let last = run(runs.upperBound - 1)
    return run(runs.lowerBound).first..<last.first + last.count
  }

  private static func run(_ i: Int, _ axes: [TileAxis], _ runsInRow: Int) -> TileRun {
    let (row, part) = (i / runsInRow, i % runsInRow)
    let inRow = axes[2].count
    let start = part * inRow / runsInRow
    let plane = row / axes[1].count
    return TileRun(
      first: row * inRow + start, count: (part + 1) * inRow / runsInRow - start,
      n: plane / axes[0].count, d: plane % axes[0].count, h: row % axes[1].count, w: start)
  }
}

extension TileGeometry {
  /// Elements of V and M of a block.
  var blockElements: Int { points * (inPitch + outPitch) }

  /// Elements of scratch: of V and M, one set for all threads or for each, and of every worker's
  /// transforms.
  func scratchElements(threads: Int) -> Int {
    (isShared ? 1 : threads) * blockElements + threads * transformElements
  }

  /// Elements of one worker's transforms.
  var transformElements: Int {
    TileScratch<Float>.count(
      size, tiles: longestRun, advance: axes[2].outputs, lanes: lanes, folds: false)
  }
}
