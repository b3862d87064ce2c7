import ConvCore
import Kernels

/// Which tile a problem gets, with its geometry, cost and error; or the reason why none does.
struct WinogradChoice: Sendable {
  let geometry: WinogradGeometry
  /// F(m, r) of each axis.
  let axes: [ToomCook]
  let error: ErrorModel
  /// Operations of the mathematics: transforms and products of whole tiles, without filled-up lanes.
  let operations: Double

  init(
    _ core: CoreProblem, _ role: Role, _ options: WinogradOptions, _ resources: Resources,
    _ kind: ScalarKind
  ) throws(ConvError) {
    try Self.check(core)
    let candidates = try (0..<3).map { (axis) throws(ConvError) in
      try Self.candidates(taps: core.kernel[axis], options)
    }
    var best: (cost: Double, choice: WinogradChoice)?
    for d in candidates[0] {
      for h in candidates[1] {
        for w in candidates[2] {
          let choice = WinogradChoice(core, role, [d, h, w], resources, kind)
          let cost = choice.cost
          let accurate = options.tile != nil || choice.growth <= Self.largestGrowth
          if accurate && cost < best?.cost ?? .infinity { best = (cost, choice) }
        }
      }
    }
    guard let best else { throw .unsupported("no tile of winograd is accurate enough here") }
    self = best.choice
  }

  private init(
    _ core: CoreProblem, _ role: Role, _ axes: [ToomCook], _ resources: Resources,
    _ kind: ScalarKind
  ) {
    self.axes = axes
    scalarBytes = kind.byteCount
    gradient = role == .weightGradient
    geometry = WinogradGeometry(
      core, role, outputs: Extents { axes[$0].outputs }, lanes: resources.isa.lanes(kind),
      scalarBytes: kind.byteCount, threads: resources.threads)
    growth = ToomCook.growth(axes, role)
    error = .transform(
      TransformModel(
        tileInput: geometry.points, tileOutput: geometry.outputs,
        growth: growth,
        terms: role == .correlation ? core.inChannels : geometry.tileCount, norm: .maximum))
    operations = Self.operations(core, role, geometry, axes)
  }

  /// The larger, the more an algorithm loses: that of F(6x6, 3x3) is about 30, F(4x4x4, 3x3x3) is within.
  static let largestGrowth = 1000.0
  private let growth: Double
  private let scalarBytes: Int
  private let gradient: Bool

  private static func check(_ core: CoreProblem) throws(ConvError) {
    guard core.dilation == .one else {
      throw .unsupported(
        "winograd needs dilation 1, not \(text(core.dilation)): direct and im2col take any")
    }
    for axis in 0..<3 where core.kernel[axis] > mostTaps {
      throw .unsupported(
        "winograd takes up to \(mostTaps) taps along an axis at stride 1, not \(text(core.kernel)): "
          + "fft-tiled takes any")
    }
  }

  /// Taps along an axis: longer kernels would need points whose powers lose too much.
  private static let mostTaps = 5

  private static func text(_ e: Extents) -> String { "\(e.d)x\(e.h)x\(e.w)" }

  private static func candidates(taps: Int, _ options: WinogradOptions) throws(ConvError)
    -> [ToomCook]
  {
    if taps == 1 { return [ToomCook(outputs: 1, taps: 1)].compactMap { $0 } }
    let sizes = [4, 6, 8].map { $0 - taps + 1 }.filter { $0 > 1 }
    let tiles = options.tile.map { [$0] } ?? sizes
    let found = tiles.compactMap { ToomCook(outputs: $0, taps: taps) }
    guard !found.isEmpty else {
      throw .unsupported(
        "\(taps) taps go with tiles of \(sizes.map(String.init).joined(separator: ", ")) outputs, "
          + "not \(tiles[0])")
    }
    return found
  }

  /// Multiplications and additions: of the transforms, counted by the entries of their matrices, and of the
  /// products; of weights only where they are not prepared. A tile that reaches over counts as the part inside.
  private static func operations(
    _ core: CoreProblem, _ role: Role, _ g: WinogradGeometry, _ axes: [ToomCook]
  ) -> Double {
    let (t, m) = (g.points, g.outputs)
    let tiles = (0..<3).reduce(Double(core.batch)) {
      $0 * Double(core.output[$1]) / Double(m[$1])
    }
    let (c, k) = (Double(core.inChannels), Double(core.outChannels))
    // Along each axis the lines that are transformed; the axes before it are done, those after it not.
    func along(_ from: Extents, _ to: Extents, _ line: (ToomCook) -> Double) -> Double {
      line(axes[0]) * Double(from.h * from.w) + line(axes[1]) * Double(to.d * from.w)
        + line(axes[2]) * Double(to.d * to.h)
    }
    let input = along(t, t) { $0.inputOperations }
    let output =
      role == .correlation
      ? along(t, m) { $0.outputOperations } : along(m, t) { $0.adjointOperations }
    let last =
      role == .correlation ? 0 : c * k * along(t, core.kernel) { $0.weightAdjointOperations }
    return tiles * (c * input + k * output + 2 * c * k * Double(t.count)) + last
  }

  /// Relative time in cycles of one core; the constants are measured: docs/Winograd.md.
  ///
  /// Of the number of threads nothing may depend, since results would. Weights that do not fit the
  /// third-level cache beside V and M are read from memory for every block of 28 tiles.
  private var cost: Double {
    let g = geometry
    let tiles = Double(g.tileCount)
    let t = Double(g.points.count)
    let products = tiles * t * Double(g.inChannels * g.outVectors) / 1.74
    let transforms =
      tiles
      * (Double(g.inVectors) * 16 * t + Double(g.outVectors)
        * (12 * t + 8 * Double(g.outputs.count)))
    let bytes = t * Double(g.lanes * scalarBytes)
    let weights = bytes * Double(g.inChannels * g.outVectors)
    let missing = min(
      1, max(0, (weights + 56 * bytes * Double(g.inVectors + g.outVectors)) / 24e6 - 0.5))
    // Sums of a weight gradient are read once more, to be brought back.
    let back = gradient ? 0.4 * weights : 0
    return products + transforms + back + missing * max(1, tiles / 28) * weights / 15
  }
}
