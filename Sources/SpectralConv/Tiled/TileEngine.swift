import ConvCore
import KernelShapes
import Kernels

#if canImport(Glibc)
  import Glibc
#endif

/// How a problem is computed: by a product of matrices at each frequency, lane by lane, or by tiles
/// that are lanes to themselves.
enum TileEngine {
  case byFrequency(TileGeometry)
  case folded(FoldedGeometry)
  case plane(PlaneGeometry)

  /// Depth, height and width.
  var axes: [TileAxis] {
    switch self {
    case .byFrequency(let g): g.axes
    case .folded(let g): g.axes
    case .plane(let g): g.axes
    }
  }

  /// Tiles of all inputs.
  var tiles: Int {
    switch self {
    case .byFrequency(let g): g.tiles
    case .folded(let g): g.tiles
    case .plane(let g): g.tiles
    }
  }

  /// Elements of the prepared weights.
  var weights: Int {
    switch self {
    case .byFrequency(let g): g.core.groups * g.groupWeights
    case .folded(let g): g.weights
    case .plane(let g): g.weights
    }
  }

  /// Elements of scratch.
  func scratch(threads: Int) -> Int {
    switch self {
    case .byFrequency(let g): g.scratchElements(threads: threads)
    case .folded(let g): threads * g.workerElements
    case .plane(let g): threads * g.plane.workerElements
    }
  }

  /// Points of the lines that are transformed, of depth, height and width.
  var lines: [Int] {
    if case .plane(let g) = self { return [1, g.plane.rows, g.plane.columns] }
    return axes.map(\.size)
  }

  /// Points along each axis.
  var size: TileSize { TileSize(d: axes[0].size, h: axes[1].size, w: axes[2].size) }

  /// 2.5 N log2 N operations for each real transform of N points, and 8 for each complex
  /// multiply-add, 2 for each real one.
  func operations(_ core: CoreProblem, _ role: Role) -> Double {
    let (c, k) = (Double(core.inChannels), Double(core.outChannels))
    let n = Double(size.points)
    let transform = 2.5 * n * log2(max(1, n))
    let products = (8 * Double(size.complexes) + 2 * Double(size.reals)) * c * k
    let back = role == .correlation ? 0 : c * k * transform
    return Double(core.groups) * (Double(tiles) * ((c + k) * transform + products) + back)
  }

  /// A tile's rounding errors are spread evenly over its points by orthogonal transforms.
  ///
  /// Each of the three transforms errs by a root-mean-square of about 0.6 u sqrt(log2 N) of its
  /// result (Schatzman 1996); the growth factor has four times that for all three, since single
  /// outputs are compared and lie up to five standard deviations out.
  ///
  /// A pair of tiles errs as a tile as long as both; where one of them is nearly zero it has less than
  /// half the squares of the two for each of its points.
  func errorModel(_ core: CoreProblem, _ role: Role) -> TransformModel {
    var isPair = false
    if case .plane = self { isPair = axes[2].count > 1 }
    let more = isPair ? axes[2].outputs : 0
    return TransformModel(
      tileInput: Extents { min(axes[$0].size + ($0 == 2 ? more : 0), core.input[$0]) },
      tileOutput: Extents {
        axes[$0].size == 1 ? 1 : axes[$0].outputs + ($0 == 2 ? more : 0)
      },
      growth: (isPair ? 6 : 4) * (1 + log2(Double(size.points)).squareRoot()),
      terms: role == .correlation ? core.inChannels : tiles, norm: .meanSquare)
  }
}
