import ConvCore
import KernelShapes
import Kernels

/// How a problem of one channel is cut into tiles of two axes that are transformed one by one:
/// lanes are columns and frequencies of the tile itself (`PlaneShape`).
///
/// A tile takes an L-th of the room that L tiles in lanes take, so that larger ones stay in cache, and
/// every tile is an item of its own: no lane is empty, and threads share few tiles evenly.
struct PlaneGeometry {
  let core: CoreProblem
  /// Depth, height and width; nothing is transformed along the depth.
  let axes: [TileAxis]
  let plane: PlaneShape

  init(_ core: CoreProblem, _ axes: [TileAxis], lanes: Int) {
    self.core = core
    self.axes = axes
    plane = PlaneShape(TileSize(d: 1, h: axes[1].size, w: axes[2].size), lanes: lanes)
  }

  /// Whether such tiles do it. Groups are better off as lanes: measured, docs/OverlapSave.md.
  static func fits(_ core: CoreProblem, _ axes: [TileAxis]) -> Bool {
    core.groups == 1 && core.inChannels == 1 && core.outChannels == 1 && axes[0].size == 1
      && axes[1].size > 1
      && axes[2].size > 1
  }

  /// Tiles of all inputs of one group.
  var tiles: Int { core.batch * axes[0].count * axes[1].count * axes[2].count }

  /// Tile t of one group in the grid of all.
  func grid(_ t: Int) -> LaneGrid {
    let (d, h, w) = (axes[0], axes[1], axes[2])
    return LaneGrid(
      first: t, lanes: 1, count: (d.count, h.count, w.count),
      outputs: (d.outputs, h.outputs, w.outputs))
  }
}
