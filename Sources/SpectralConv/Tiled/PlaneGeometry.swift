import ConvCore
import KernelShapes
import Kernels

/// How a problem of one channel is cut into tiles of an image or blocks of a signal that are
/// transformed in pairs, lanes being columns and frequencies of the pair itself (`PlaneShape`).
///
/// A pair takes a fraction of the room that L tiles in lanes take, so that larger ones stay in cache;
/// and few tiles leave no lane empty.
struct PlaneGeometry {
  let core: CoreProblem
  /// Depth, height and width; nothing is transformed along the depth.
  let axes: [TileAxis]
  let plane: PlaneShape

  /// Tiles of an image, or blocks of a signal, along axes whose sizes `sizes` knows.
  init(_ core: CoreProblem, _ axes: [TileAxis], lanes: Int) {
    self.core = core
    self.axes = axes
    let isSignal = core.reach.h == 1
    let (rows, columns) =
      isSignal ? Self.factors(axes[2].size) ?? (1, 1) : (axes[1].size, axes[2].size)
    plane = PlaneShape(rows: rows, columns: columns, isSignal: isSignal, lanes: lanes)
  }

  /// Images of fewer outputs are faster with tiles as lanes.
  private static let leastOutputs = 1 << 20

  /// Whether such tiles do it, and not obviously worse. Groups are better off as lanes where there are
  /// enough of them.
  static func fits(_ core: CoreProblem, lanes: Int) -> Bool {
    core.inChannels == 1 && core.outChannels == 1 && core.reach.d == 1 && core.reach.w > 1
      && (core.reach.h == 1
        || core.groups < lanes && core.output.h * core.output.w >= leastOutputs)
  }

  /// Points of tiles along an axis that is transformed.
  static func sizes(_ core: CoreProblem) -> [Int] {
    if core.reach.h > 1 { return LinePasses.sizes(upTo: 256, unit: PlaneShape.unit) }
    let unit = PlaneShape.unit * PlaneShape.unit
    return stride(from: unit, through: 1 << 16, by: unit).filter { factors($0) != nil }
  }

  /// Rows and columns of a block of n points, about as many of each.
  private static func factors(_ n: Int) -> (Int, Int)? {
    LinePasses.sizes(upTo: 256, unit: PlaneShape.unit).last {
      $0 * $0 <= n && n <= 2 * $0 * $0 && n % $0 == 0 && (n / $0) % PlaneShape.unit == 0
        && LinePasses.first(n / $0) != nil
    }.map { ($0, n / $0) }
  }

  /// Tiles of all inputs of one group.
  var tiles: Int { rowsOfTiles * axes[2].count }
  private var rowsOfTiles: Int { core.batch * axes[0].count * axes[1].count }

  /// Pairs of tiles; one of a row may be alone. Neighbours of one row, since they share their rounding
  /// errors: an output's error depends on what stands near it, and on no other image.
  var pairs: Int { rowsOfTiles * pairsInRow }
  private var pairsInRow: Int { (axes[2].count + 1) / 2 }

  /// Elements of the factors of all groups, and of the turns after them.
  var weights: Int { core.groups * plane.factors + plane.turns }

  /// Pair `index` of one group in the grid of all.
  func grid(_ index: Int) -> LaneGrid {
    let (d, h, w) = (axes[0], axes[1], axes[2])
    let (row, first) = (index / pairsInRow, 2 * (index % pairsInRow))
    return LaneGrid(
      first: row * w.count + first, lanes: min(2, w.count - first),
      count: (d.count, h.count, w.count), outputs: (d.outputs, h.outputs, w.outputs))
  }
}
