import ConvCore
import Kernels

#if canImport(Glibc)
  import Glibc
#endif

/// Chooses tiles, blocks and engine by a model of time.
///
/// Time is counted in cycles of one core: products at the rate of the tile GEMM, transforms at the
/// rate of the codelets, and what is read and written at the rate of the level of memory that holds
/// it. The constants were measured on Zen 5 and are far from decisive: what matters is that each part
/// grows as it does. Tiles are chosen for one thread, so that results are the same on any number.
struct TileChoice {
  private let core: CoreProblem
  private let role: Role
  private let lanes: Int
  private let bytes: Int
  private let options: TileOptions
  private let threads: Int
  /// Multiply-adds that a core starts in a cycle, in vectors.
  private let units = 2.0

  init(
    _ core: CoreProblem, _ role: Role, _ kind: ScalarKind, _ options: TileOptions,
    _ resources: Resources
  ) {
    self.core = core
    self.role = role
    lanes = resources.isa.lanes(kind)
    bytes = kind.byteCount
    self.options = options
    threads = resources.threads
  }

  /// The engine and geometry of least time.
  ///
  /// - Throws: `ConvError.unsupported` where the kernel is larger than the largest tile, or than the
  ///   tile asked for, and where FFTW is faster and no tile was asked for.
  func best() throws(ConvError) -> TileEngine {
    let largest = options.size ?? Self.largest(core)
    var best: (time: Double, engine: TileEngine)?
    for engine in candidates(largest) {
      let time = time(engine, threads: 1)
      if time < best?.time ?? .infinity { best = (time, engine) }
    }
    guard let best else {
      let reach = max(core.reach.d, core.reach.h, core.reach.w)
      throw .unsupported(
        "a kernel of \(reach) points does not fit tiles of \(largest); fft does it")
    }
    if options.size == nil && isSlower(best.time) {
      throw .unsupported("FFTW's larger tiles are faster here: fft-tiled:fftw does it")
    }
    guard case .byFrequency(let g) = best.engine, threads > 1 else { return best.engine }
    let blocked = blockings(g.axes, threads: threads).min {
      time($0, threads: threads) < time($1, threads: threads)
    }
    return .byFrequency(blocked ?? g)
  }

  /// Whether `cycles` on one thread are more than FFTW's tiles take by their own model, which counts
  /// nanoseconds of one group: four cycles each, and measured times were about twice the model's.
  private func isSlower(_ cycles: Double) -> Bool {
    let other = SpectralTiling(core, role, bytes: bytes)
    guard let geometry = try? other.best(.tiled(nil)) else { return false }
    return 8 * other.time(geometry) * Double(core.groups) < cycles
  }

  /// Points of the largest tile along an axis.
  private static func largest(_ core: CoreProblem) -> Int {
    (0..<3).count(where: { core.reach[$0] > 1 }) < 3 ? 256 : 48
  }

  /// Everything that can be done with tiles of at most `largest` points.
  private func candidates(_ largest: Int) -> [TileEngine] {
    var result = combinations(LinePasses.evenSizes(upTo: largest)).flatMap(engines)
    if role == .correlation, PlaneGeometry.fits(core, lanes: lanes) {
      let sizes = PlaneGeometry.sizes(core).filter { $0 <= options.size ?? $0 }
      result += combinations(sizes).map { .plane(PlaneGeometry(core, $0, lanes: lanes)) }
    }
    return result
  }

  /// Every way to cut all axes into tiles of `sizes`; the largest alone where a size was asked for.
  private func combinations(_ sizes: [Int]) -> [[TileAxis]] {
    let choices = (0..<3).map { axis in
      let all = TileAxis.choices(core, axis, sizes: sizes)
      return options.size == nil ? all : all.suffix(1)
    }
    return choices[0].flatMap { d in
      choices[1].flatMap { h in choices[2].map { w in [d, h, w] } }
    }
  }

  /// What can be done with tiles of these axes.
  private func engines(_ axes: [TileAxis]) -> [TileEngine] {
    var engines = blockings(axes, threads: 1).map { TileEngine.byFrequency($0) }
    // Products lane by lane are not worth it for many channels, nor untransformed.
    if role == .correlation, core.inChannels * core.outChannels <= 64,
      axes.contains(where: { $0.size > 1 })
    {
      for lanesAreGroups in [false, true] {
        engines.append(
          .folded(FoldedGeometry(core, axes, lanes: lanes, lanesAreGroups: lanesAreGroups)))
      }
    }
    return engines
  }

  /// Ways to divide the runs of tiles into blocks.
  private func blockings(_ axes: [TileAxis], threads: Int) -> [TileGeometry] {
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
      let schedules =
        role == .weightGradient ? [true] : threads > 1 ? [false, true] : [false]
      for isShared in schedules {
        if !isShared && blocks < threads { continue }
        for slices in slices(blocks: blocks) {
          result.append(
            TileGeometry(
              core, axes, lanes: lanes, runsInRow: runsInRow, blocks: blocks, slices: slices,
              isShared: isShared))
        }
      }
    }
    return result
  }

  /// Numbers of slices of output channels: at least two vectors each, or all.
  private func slices(blocks: Int) -> [Int] {
    guard role == .weightGradient, blocks == 1, core.groups == 1 else { return [1] }
    let vectors = (core.outChannels + lanes - 1) / lanes
    return [1] + [2, 4, 8, 16, 32].filter { 2 * $0 <= vectors }
  }
}

extension TileChoice {
  /// Cycles that `engine` takes.
  func time(_ engine: TileEngine, threads: Int) -> Double {
    switch engine {
    case .byFrequency(let g): time(g, threads: threads)
    case .folded(let g): time(g)
    case .plane(let g): time(g)
    }
  }

  /// Cycles of one thread for products lane by lane.
  private func time(_ g: FoldedGeometry) -> Double {
    let (c, k) = (Double(core.inChannels), Double(core.outChannels))
    let points = Double(g.size.points)
    let spectra = Double(g.workerElements * bytes)
    // Each pass over a tile reads and writes it once; a transform has two.
    let passes = (c + k) * 2 * (points * Double(lanes * bytes)) * 2
    let work =
      c * forward(g.axes) + k * back(g.axes) + c * k * 2 * points
      + passes / rate(spectra, spectra)
    return Double(g.items) * (work + 400)
  }

  /// Cycles of one thread for pairs of tiles.
  private func time(_ g: PlaneGeometry) -> Double {
    let points = Double(g.plane.points)
    let vectors = points / Double(lanes)
    let bytes = Double((g.plane.workerElements + g.plane.factors) * bytes)
    // Tile, spectrum and factors, each real and imaginary, are written and read six times.
    let passes = 6 * 2 * points * Double(self.bytes)
    let turns = g.plane.isSignal ? 8.0 : 0
    let work = vectors * (4.5 * log2(points) + 16 + turns) + passes / rate(bytes, bytes)
    return Double(g.pairs * core.groups) * (work + 800)
  }

  /// Cycles for products by frequency, all threads at work.
  private func time(_ g: TileGeometry, threads: Int) -> Double {
    let tiles = Double(g.tiles)
    let groups = Double(core.groups)
    let block = tiles / Double(g.blocks)
    // Blocks of 14 tiles keep all units busy; few tiles wait for loads.
    let rows = block / (block / 14).rounded(.up)
    let efficiency = 0.9 * rows / (rows + 1)
    let products =
      (4 * Double(g.complexes) + Double(g.reals)) * Double(core.inChannels)
      * Double(g.outVectors) * groups * tiles / (units * efficiency)
    let calls = Double(g.blocks) * groups * Double(g.complexes + g.reals) * 60
    let (there, back) = (forward(g.axes), back(g.axes))
    let (inVectors, outVectors) = (groups * Double(g.inVectors), groups * Double(g.outVectors))
    let isGradient = role == .weightGradient
    let slices = Double(g.slices)
    let transforms =
      tiles * (inVectors * there + outVectors * (isGradient ? there : back))
      + (isGradient ? Double(core.inChannels) * outVectors * taps(g.axes) : 0)
    let sets = g.isShared ? 1.0 : Double(threads)
    let spectraBytes = Double(g.blockElements * bytes)
    let weightBytes = Double(core.groups * g.groupWeights * bytes)
    let reach = spectraBytes * sets
    // Each slice writes and reads its own part, and reads the input's.
    let inputBytes = Double(g.points * g.inPitch * bytes)
    let trips = 2 * (spectraBytes - inputBytes) * slices + (1 + slices) * inputBytes
    // Sums are read and written, weights only read.
    let all = reach + (isGradient ? weightBytes : 0)
    let spectra = trips * Double(g.blocks) / rate(all / Double(threads), all)
    let weights =
      (isGradient ? 2 * slices : 1) * weightBytes * Double(g.blocks)
      / rate(weightBytes, weightBytes + reach)
    let work = products + calls + transforms + spectra + weights
    // Threads that wait for the last block, or for each other.
    let rounds =
      (Double(g.blocks) / Double(threads)).rounded(.up) * Double(threads) / Double(g.blocks)
    let idle = g.isShared ? 1 : rounds
    let barriers = g.isShared ? 3 * 5000 * Double(g.blocks) * slices * Double(threads) : 0
    return (work * idle + barriers) / Double(threads)
  }

  /// Bytes a cycle from where `own` bytes of a core and `all` of all cores stand: what does not fit a
  /// core's second-level cache comes from the third, and beyond that from memory.
  private func rate(_ own: Double, _ all: Double) -> Double {
    let beyond = max(0, 1 - Double(CacheSize.second) / own)
    return 1 / ((1 - beyond) / 40 + beyond / (all < 24e6 ? 12 : 7))
  }

  /// Cycles to read and transform one vector of tiles.
  private func forward(_ axes: [TileAxis]) -> Double {
    transform(axes) + 4 * axes.reduce(1) { $0 * Double($1.size) }
  }

  /// Cycles to transform one vector of tiles back and write it.
  private func back(_ axes: [TileAxis]) -> Double {
    transform(axes) + 4 * axes.reduce(1) { $0 * Double($1.outputs) }
  }

  /// Cycles to transform one vector of sums of a weight gradient back: of the rows only those of taps.
  private func taps(_ axes: [TileAxis]) -> Double {
    let kept = Double(core.reach.h * core.reach.d) / Double(axes[1].size * axes[0].size)
    return transform(axes) * (1 + kept) / 2
  }

  private func transform(_ axes: [TileAxis]) -> Double {
    let points = axes.reduce(1) { $0 * Double($1.size) }
    let passes = axes.contains { (LinePasses.first($0.size) ?? 1) > 1 } ? 1.1 : 0.7
    return passes * points * log2(max(2, points))
  }
}
