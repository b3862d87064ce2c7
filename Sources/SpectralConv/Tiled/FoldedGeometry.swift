import ConvCore
import KernelShapes
import Kernels

/// How a problem with few channels is cut into tiles whose spectra are multiplied lane by lane.
///
/// Lanes are groups (`lanesAreGroups`: depthwise and the like; all lanes hold the same tile) or tiles
/// of one channel. A worker transforms a vector of tiles of each input channel, multiplies, sums up
/// and transforms back, one output channel after another: nothing but the tile it works on is kept.
struct FoldedGeometry {
  let core: CoreProblem
  /// Depth, height and width.
  let axes: [TileAxis]
  /// Elements of a vector.
  let lanes: Int
  let lanesAreGroups: Bool
  let size: TileSize
  let folded: FoldedShape

  init(_ core: CoreProblem, _ axes: [TileAxis], lanes: Int, lanesAreGroups: Bool) {
    self.core = core
    self.axes = axes
    self.lanes = lanes
    self.lanesAreGroups = lanesAreGroups
    size = TileSize(d: axes[0].size, h: axes[1].size, w: axes[2].size)
    folded = FoldedShape(size, lanes: lanes)
  }

  /// Tiles of all inputs.
  var tiles: Int { core.batch * axes[0].count * axes[1].count * axes[2].count }

  /// Vectors of tiles or groups.
  var vectors: Int { ((lanesAreGroups ? core.groups : tiles) + lanes - 1) / lanes }

  /// What can be done independently: a vector of groups of one tile, or a vector of tiles of one
  /// group.
  var items: Int { vectors * (lanesAreGroups ? tiles : core.groups) }

  /// Elements of the factors of one output and one input channel.
  var factors: Int { folded.rows * folded.slots * (lanesAreGroups ? lanes : 1) }

  /// Elements of all factors: [group or vector of groups][K][C].
  var weights: Int {
    (lanesAreGroups ? vectors : core.groups) * core.outChannels * core.inChannels * factors
  }

  /// Whether the product takes the place of the only input's spectrum.
  var isInPlace: Bool { core.inChannels == 1 && core.outChannels == 1 }

  /// Elements of one worker: its transforms and spectra.
  var workerElements: Int {
    transformElements + (core.inChannels + (isInPlace ? 0 : 1)) * folded.count
  }

  /// Elements of one worker's transforms.
  var transformElements: Int {
    TileScratch<Float>.count(size, tiles: 1, advance: 0, lanes: lanes, folds: true)
  }

  /// Where tile `index` stands: image, and position along each axis.
  func position(_ index: Int) -> (n: Int, d: Int, h: Int, w: Int) {
    let row = index / axes[2].count
    let plane = row / axes[1].count
    return (
      plane / axes[0].count, plane % axes[0].count, row % axes[1].count, index % axes[2].count
    )
  }
}
