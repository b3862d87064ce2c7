import ConvCore
import Kernels

#if canImport(Glibc)
  import Glibc
#endif

/// Chooses tiles and blocks by a model of time.
///
/// Time is counted in cycles of one core: products at the rate of the tile GEMM, transforms at the
/// rate of the codelets, and what is read and written at the rate of the level of memory that holds
/// it. The constants were measured on Zen 5 and are far from decisive: what matters is that each part
/// grows as it does.
struct TileChoice {
  private let core: CoreProblem
  private let lanes: Int
  private let bytes: Int
  private let options: TileOptions
  private let threads: Int
  /// Multiply-adds that a core starts in a cycle, in vectors.
  private let units = 2.0

  init(
    _ core: CoreProblem, _ kind: ScalarKind, _ options: TileOptions, _ resources: Resources
  ) {
    self.core = core
    lanes = resources.isa.lanes(kind)
    bytes = kind.byteCount
    self.options = options
    threads = resources.threads
  }

  /// The geometry of least time.
  ///
  /// - Throws: `ConvError.unsupported` where the kernel is larger than the largest tile, or than the
  ///   tile asked for.
  func best() throws(ConvError) -> TileGeometry {
    let largest = options.size ?? Self.largest(core)
    let choices = try (0..<3).map { (axis) throws(ConvError) in
      let all = TileAxis.choices(core, axis, largest: largest)
      guard !all.isEmpty else {
        throw .unsupported(
          "a kernel of \(core.reach[axis]) points does not fit tiles of \(largest); fft does it")
      }
      return options.size == nil ? all : Array(all.suffix(1))
    }
    var best: (time: Double, geometry: TileGeometry)?
    for d in choices[0] {
      for h in choices[1] {
        for w in choices[2] {
          for geometry in blockings([d, h, w]) {
            let time = time(geometry)
            if time < best?.time ?? .infinity { best = (time, geometry) }
          }
        }
      }
    }
    guard let best else { throw .unsupported("no tile fits") }
    return best.geometry
  }

  /// Points of the largest tile along an axis.
  private static func largest(_ core: CoreProblem) -> Int {
    switch (0..<3).count(where: { core.reach[$0] > 1 }) {
    case 0, 1: 256
    case 2: 128
    default: 32
    }
  }

  /// Ways to divide the runs of tiles into blocks.
  private func blockings(_ axes: [TileAxis]) -> [TileGeometry] {
    // Some tiles share a row; their planes should not crowd out everything else.
    let size = axes[0].size * axes[1].size * axes[2].size
    let run =
      axes[0].size > 1
      ? 1 : max(1, min(axes[2].count, (128 << 10) / (size * lanes * bytes)))
    let runsInRow = (axes[2].count + run - 1) / run
    let runs = core.batch * axes[0].count * axes[1].count * runsInRow
    let tiles = core.batch * axes[0].count * axes[1].count * axes[2].count
    var result: [TileGeometry] = []
    var last = 0
    for wanted in [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512] {
      let blocks = max(1, min(runs, (tiles + wanted - 1) / wanted))
      if blocks == last { continue }
      last = blocks
      for isShared in threads > 1 ? [false, true] : [false] {
        if !isShared && blocks < threads { continue }
        result.append(
          TileGeometry(
            core, axes, lanes: lanes, runsInRow: runsInRow, blocks: blocks, isShared: isShared))
      }
    }
    return result
  }

  /// Cycles that `g` takes, all threads at work.
  func time(_ g: TileGeometry) -> Double {
    let tiles = Double(g.tiles)
    let groups = Double(core.groups)
    let block = tiles / Double(g.blocks)
    // Blocks of 14 tiles keep all units busy; few tiles wait for loads.
    let rows = block / (block / 14).rounded(.up)
    let efficiency = 0.9 * rows / (rows + 1)
    let products =
      (4 * Double(g.complexes) + Double(g.reals)) * Double(core.inChannels)
      * Double(g.outVectors) * groups * tiles / (units * efficiency)
    let transforms = tiles * groups * (Double(g.inVectors) * forward(g) + Double(g.outVectors) * back(g))
    let sets = g.isShared ? 1.0 : Double(threads)
    let vBytes = Double(g.points * g.inPitch * bytes), mBytes = Double(g.points * g.outPitch * bytes)
    let uBytes = Double(core.groups * g.groupWeights * bytes)
    let reach = (vBytes + mBytes) * sets
    let spectra = 2 * (vBytes + mBytes) * Double(g.blocks) / rate(reach / Double(threads), reach)
    let weights = uBytes * Double(g.blocks) / rate(uBytes, uBytes + reach)
    let work = products + transforms + spectra + weights
    // Threads that wait for the last block, or for each other.
    let rounds = (Double(g.blocks) / Double(threads)).rounded(.up) * Double(threads) / Double(g.blocks)
    let idle = g.isShared ? 1 : rounds
    let barriers = g.isShared ? 3 * 5000 * Double(g.blocks) * Double(threads) : 0
    return (work * idle + barriers) / Double(threads)
  }

  /// Bytes a cycle from where `own` bytes of a core and `all` of all cores stand.
  private func rate(_ own: Double, _ all: Double) -> Double {
    own < 768e3 ? 40 : all < 24e6 ? 12 : 7
  }

  /// Cycles to read and transform one vector of tiles.
  private func forward(_ g: TileGeometry) -> Double {
    transform(g) + 4 * Double(g.points)
  }

  /// Cycles to transform one vector of tiles back and write it.
  private func back(_ g: TileGeometry) -> Double {
    transform(g) + 4 * Double(g.axes.reduce(1) { $0 * $1.outputs })
  }

  private func transform(_ g: TileGeometry) -> Double {
    let points = Double(g.points)
    let passes = g.axes.contains { (LinePasses.first($0.size) ?? 1) > 1 } ? 1.1 : 0.7
    return passes * points * log2(max(2, points))
  }
}

extension TileGeometry {
  /// 2.5 N log2 N operations for each real transform of N points, and 8 for each complex
  /// multiply-add, 2 for each real one.
  var operations: Double {
    let (c, k) = (Double(core.inChannels), Double(core.outChannels))
    let n = Double(points)
    let products = (8 * Double(complexes) + 2 * Double(reals)) * c * k
    return Double(core.groups) * Double(tiles) * ((c + k) * 2.5 * n * log2(max(1, n)) + products)
  }

  /// A tile's rounding errors are spread evenly over its points by orthogonal transforms.
  ///
  /// Each of the three transforms errs by a root-mean-square of about 0.6 u sqrt(log2 N) of its
  /// result (Schatzman 1996); the growth factor has four times that for all three, since single
  /// outputs are compared and lie up to five standard deviations out.
  var errorModel: TransformModel {
    TransformModel(
      tileInput: Extents { min(axes[$0].size, core.input[$0]) },
      tileOutput: Extents { axes[$0].size == 1 ? 1 : axes[$0].outputs },
      growth: 4 * (1 + log2(Double(points)).squareRoot()), terms: core.inChannels,
      norm: .meanSquare)
  }
}
