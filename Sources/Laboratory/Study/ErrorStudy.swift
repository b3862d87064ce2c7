import ConvCore
import Glibc

/// How errors grow with the kernel, the channels and the tile, beside what the error models say.
public struct ErrorStudy: Sendable {
  /// One question: problems that differ in one value, and who is asked.
  public struct Part: Sendable {
    /// `kernel`, `channels`, `tile`.
    public var along: String
    /// What stays the same, for titles.
    public var fixed: String
    /// Each value with its problem and algorithms.
    public var cells: [(value: Int, problem: ConvProblem, algorithm: any ConvAlgorithm)]
  }

  /// The error of one algorithm at one value.
  public struct Cell: Sendable {
    /// Kernel extent, channels or tile extent.
    public var value: Int
    /// What verification found.
    public var row: ResultsRow
    /// What the algorithm's error model lets expect of white data, up to a factor; nil where the
    /// problem is not supported.
    public var expected: Double?
  }

  /// Cells of one algorithm along one part, with its fit.
  public struct Curve: Sendable {
    /// Of the part.
    public var along: String, fixed: String
    /// Whose errors; of a tile's curve the family.
    public var algorithm: String
    /// In ascending order of the value.
    public var cells: [Cell]

    /// Exponent of the relative L2 error.
    public var fit: PowerFit? { PowerFit(points) }
    /// Exponent of what the error model expects.
    public var theory: PowerFit? {
      PowerFit(
        cells.compactMap { cell in cell.expected.map { (Double(cell.value), $0) } })
    }
    /// Value and relative L2 error, where there is one.
    public var points: [(x: Double, y: Double)] {
      cells.compactMap { cell in
        guard let error = cell.row.outcome.accuracy?.l2, error > 0 else { return nil }
        return (Double(cell.value), error)
      }
    }
  }

  /// The questions.
  public let parts: [Part]

  /// How large the problems are.
  public struct Extents: Sendable {
    /// Kernel extents, at `kernelChannels`, and numbers of channels, at 3 x 3.
    public var kernels = [3, 5, 7, 9, 11, 15, 21], channels = [1, 4, 16, 64, 256]
    /// Channels along the kernel and along the tile.
    public var kernelChannels = 16, tileChannels = 64
    /// Outputs along each axis, and those of the problem that is cut into tiles.
    public var outputs = 32, tiledOutputs = 126
    /// Points of FFT tiles.
    public var tiles = [8, 16, 32, 64, 128]

    /// Enough results for two digits of an error, in under a minute.
    public init() {}
  }

  /// Along the kernel, the channels and the tile, where Winograd has 4 to 8 points, by the algorithms
  /// of `names`.
  ///
  /// - Throws: `ConvError.invalid` for an algorithm that there is not.
  public init(
    _ scalar: ScalarKind = .f32, _ extents: Extents = Extents(), registry: Registry = .standard,
    algorithms names: [String] = ["direct", "im2col", "fft", "fft-tiled"]
  ) throws(ConvError) {
    func problem(_ channels: Int, _ outputs: Int, kernel: Int) throws(ConvError) -> ConvProblem {
      try ConvProblem(
        inChannels: channels, outChannels: 4,
        axes: [
          Axis(outputs + kernel - 1, kernel: kernel), Axis(outputs + kernel - 1, kernel: kernel),
        ],
        scalar: scalar)
    }
    var algorithms: [any ConvAlgorithm] = []
    for name in names { algorithms.append(try registry.algorithm(name)) }
    let (o, tiled) = (extents.outputs, extents.tiledOutputs)
    var kernel = Part(
      along: "kernel", fixed: "\(extents.kernelChannels) channels, \(o) x \(o) outputs", cells: [])
    for k in extents.kernels {
      let p = try problem(extents.kernelChannels, o, kernel: k)
      kernel.cells += algorithms.map { (k, p, $0) }
    }
    var channels = Part(along: "channels", fixed: "kernel 3 x 3, \(o) x \(o) outputs", cells: [])
    for c in extents.channels {
      let p = try problem(c, o, kernel: 3)
      channels.cells += algorithms.map { (c, p, $0) }
      channels.cells.append((c, p, try registry.algorithm("winograd:f4")))
    }
    var tile = Part(
      along: "tile",
      fixed: "\(extents.tileChannels) channels, kernel 3 x 3, \(tiled) x \(tiled) outputs",
      cells: [])
    let p = try problem(extents.tileChannels, tiled, kernel: 3)
    for m in [2, 4, 6] { tile.cells.append((m + 2, p, try registry.algorithm("winograd:f\(m)"))) }
    for t in extents.tiles {
      tile.cells.append((t, p, try registry.algorithm("fft-tiled:fftw-t\(t)")))
    }
    parts = [kernel, channels, tile]
  }

  /// Verifies every cell; nothing is timed. `finished` gets each row as it becomes final.
  ///
  /// - Throws: `ConvError` where an experiment cannot be; `interrupted`; what `finished` throws.
  public func run(
    _ options: Experiment.Options, cancellation: Cancellation = Cancellation(),
    progress: (ResultsSession.Progress) -> Void = { _ in },
    finished: (ResultsRow) throws(ConvError) -> Void = { _ in }
  ) throws(ConvError) -> [Curve] {
    var only = options
    (only.times, only.verifies) = (false, true)
    only.threads = [options.threads.first ?? 1]
    let resources = try Resources(threads: only.threads[0])
    var curves: [Curve] = []
    let count = parts.reduce(0) { $0 + $1.cells.count }
    var done = 0
    for part in parts {
      for group in grouped(part.cells.map { $0 }, by: { $0.problem }) {
        try cancellation.check()
        progress(
          ResultsSession.Progress(
            index: done, count: count, name: "error against the \(part.along)",
            activity: group.key.descriptor, fraction: Double(done) / Double(count)))
        var outcomes: [Outcome] = []
        try Experiment(only).run(
          group.key, group.rows.map(\.algorithm), cancellation: cancellation
        ) { outcomes.append($0) }
        for (cell, outcome) in zip(group.rows, outcomes) {
          done += 1
          let row = ResultsRow(NamedProblem(group.key), outcome, fill: options.fill.rawValue)
          if outcome.status != .interrupted { try finished(row) }
          add(cell, row, part, resources, to: &curves)
        }
      }
    }
    try cancellation.check()
    return curves
  }

  private func add(
    _ cell: (value: Int, problem: ConvProblem, algorithm: any ConvAlgorithm), _ row: ResultsRow,
    _ part: Part, _ resources: Resources, to curves: inout [Curve]
  ) {
    var expected: Double?
    if case .supported(let estimate) = cell.algorithm.support(cell.problem, resources) {
      expected = estimate.error.expected(taps: cell.problem.kernel.count)
    }
    let new = Cell(value: cell.value, row: row, expected: expected)
    let name = cell.algorithm.name
    let title = part.along == "tile" ? name.family : name.description
    if let i = curves.firstIndex(where: { $0.along == part.along && $0.algorithm == title }) {
      curves[i].cells.append(new)
    } else {
      curves.append(
        Curve(along: part.along, fixed: part.fixed, algorithm: title, cells: [new]))
    }
  }
}

extension ErrorModel {
  /// The relative error that the model lets expect of white data (independent, mean 0), up to a factor
  /// that does not depend on the problem's extents; for exponents.
  ///
  /// With n terms in chunks of c, the squared partial sums of a sum of variance n add up to
  /// n ((c + 1) + (n / c + 1)) / 2; a transform's bound is taken with X and Y of white data, for
  /// `.maximum` three deviations.
  func expected(taps: Int) -> Double {
    switch self {
    case .roundedOnce: return 1
    case .summation(let terms, let chunk):
      let (n, c) = (Double(max(1, terms)), Double(max(1, min(chunk, terms))))
      return ((c + 1) / 2 + (c < n ? (n / c + 1) / 2 : 0)).squareRoot()
    case .transform(let model):
      let terms = Double(model.terms)
      switch model.norm {
      case .meanSquare:
        return 2 * model.growth + (terms / 6).squareRoot() + (terms / 3).squareRoot()
      case .maximum:
        return 3 * model.growth * (1 + (terms / 6).squareRoot()) / Double(taps).squareRoot()
          + 3 * (terms / 3).squareRoot()
      }
    case .lowered(_, let parts): return parts.map { $0.expected(taps: taps) }.max() ?? 1
    case .sum(let steps): return steps.reduce(0) { $0 + $1.expected(taps: taps) }
    }
  }
}
