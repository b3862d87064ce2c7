import ConvCore
import SpectralConv

/// What the choices of an FFT convolution cost and bring: the transform's size, real or packed complex
/// transforms, the planner's effort, wisdom, and the tile. Time, planning and error side by side.
public struct FFTStudy: Sendable {
  /// One choice and its figures; milliseconds.
  public struct Row: Sendable {
    /// `transform` (FFTW alone, one image there and back, one thread) or `convolution`.
    public var part: String
    /// Of a convolution, else empty.
    public var algorithm = "", variant = ""
    /// Points of the transform or the tile, `540x540`; empty where the algorithm chooses.
    public var extents = ""
    /// How the size was chosen and how images are transformed; of transforms only.
    public var policy = "", kind = ""
    /// The planner's effort.
    public var planner: PlannerEffort
    /// Planning without wisdom, and with what was learnt; preparing the weights.
    public var plan: Double?, remembered: Double?, prepare: Double?
    /// Of one execution.
    public var samples: [Double] = []
    /// Relative L2 error: of the image that came back, or of the convolution.
    public var error: Double?
    /// What the plan owns, or the data of the transform.
    public var workspaceBytes: Int?
    /// As in results files.
    public var status = Outcome.Status.ok, reason = ""

    /// Median of the samples; nil without any.
    public var median: Double? { samples.isEmpty ? nil : Statistics.median(samples) }
  }

  /// The convolution that the sizes come from.
  public let problem: ConvProblem
  /// Seed, seconds for each convolution, threads, instruction set.
  public let options: Experiment.Options

  /// A study of `problem`'s sizes.
  public init(_ problem: ConvProblem, _ options: Experiment.Options) {
    (self.problem, self.options) = (problem, options)
  }

  /// The extents that a transform over the whole image must hold.
  public var extents: [Int] {
    problem.underlying.spatialAxes.map {
      max($0.paddedExtent, ($0.output(.convolution) - 1) * $0.stride + $0.reach)
    }
  }

  private static let tiles = [16, 32, 64, 128, 256]

  /// Measures everything; `finished` gets each row as it is done.
  ///
  /// - Throws: `ConvError.interrupted`; `invalid` for a problem that is too large; what `finished`
  ///   throws.
  public func run(
    cancellation: Cancellation = Cancellation(),
    progress: (ResultsSession.Progress) -> Void = { _ in },
    finished: (Row) throws(ConvError) -> Void
  ) throws(ConvError) {
    let probes = self.probes
    let steps = probes.count + PlannerEffort.allCases.count
    func report(_ step: Int, _ name: String) {
      progress(
        ResultsSession.Progress(
          index: step, count: steps, name: name, activity: "",
          fraction: Double(step) / Double(steps)))
    }
    for (i, (policy, probe)) in probes.enumerated() {
      try cancellation.check()
      let size = Self.text(probe.extents)
      report(i, "transform \(size) \(probe.kind.rawValue) \(probe.effort.rawValue)")
      var row = Row(part: "transform", planner: probe.effort)
      (row.extents, row.policy, row.kind) = (size, policy, probe.kind.rawValue)
      do throws(ConvError) {
        let figures = try probe.measure(problem.scalar, seconds: 0.25, seed: options.seed)
        (row.plan, row.remembered) = (1000 * figures.planning, 1000 * figures.remembered)
        row.samples = figures.samples.map { 1000 * $0 }
        (row.error, row.workspaceBytes) = (figures.error, figures.bytes)
      } catch {
        (row.status, row.reason) = (.unsupported, error.description)
      }
      try finished(row)
    }
    for (i, effort) in PlannerEffort.allCases.enumerated() {
      report(probes.count + i, "convolution, planner \(effort.rawValue)")
      try convolutions(effort, cancellation, finished)
    }
  }

  /// Each size once for each kind and effort; sizes that several policies agree on are named by all.
  private var probes: [(policy: String, probe: TransformProbe)] {
    var list: [(policy: String, probe: TransformProbe)] = []
    for policy in TransformProbe.SizePolicy.allCases {
      let size = extents.map { policy.size(atLeast: $0) }
      for kind in TransformProbe.Kind.allCases {
        for effort in PlannerEffort.allCases {
          let probe = TransformProbe(size, kind, effort)
          if let i = list.firstIndex(where: { $0.probe == probe }) {
            list[i].policy += ", " + policy.rawValue
          } else {
            list.append((policy.rawValue, probe))
          }
        }
      }
    }
    return list
  }

  /// The whole-image FFT and tiles of every size, timed together in blocks.
  private func convolutions(
    _ effort: PlannerEffort, _ cancellation: Cancellation,
    _ finished: (Row) throws(ConvError) -> Void
  ) throws(ConvError) {
    var own = options
    own.planner = effort
    own.threads = [options.threads.first ?? 1]
    own.baseline = WholeImageFFT().name
    var resources = try Resources(threads: own.threads[0])
    (resources.planner, resources.isa) = (effort, options.isa)
    let tiled = Self.tiles.map { OverlapSave(tile: $0) } + [OverlapSave()]
    let algorithms: [any ConvAlgorithm] =
      [WholeImageFFT()]
      + tiled.filter {
        if case .supported = $0.support(problem, resources) { return true }
        return false
      }
    var plans: [AlgorithmName: (cold: Double, remembered: Double)] = [:]
    for algorithm in algorithms {
      try cancellation.check()
      plans[algorithm.name] = try? planning(algorithm, resources)
    }
    var outcomes: [Outcome] = []
    try Experiment(own).run(problem, algorithms, cancellation: cancellation) { outcomes.append($0) }
    try cancellation.check()
    for outcome in outcomes {
      var row = Row(part: "convolution", planner: effort)
      (row.algorithm, row.variant) = (outcome.algorithm.family, outcome.algorithm.variant)
      if let tile = outcome.algorithm.variant.split(separator: "t").last, let n = Int(tile) {
        row.extents = Self.text(problem.spatialAxes.map { _ in n })
      }
      (row.plan, row.remembered) = (
        plans[outcome.algorithm]?.cold, plans[outcome.algorithm]?.remembered
      )
      row.prepare = outcome.timing?.prepare
      row.samples = outcome.timing?.samples ?? []
      row.error = outcome.accuracy?.l2
      row.workspaceBytes = outcome.workspaceBytes
      (row.status, row.reason) = (outcome.status, outcome.reason)
      try finished(row)
    }
  }

  /// Milliseconds of planning without and with wisdom.
  private func planning(
    _ algorithm: any ConvAlgorithm, _ resources: Resources
  ) throws(ConvError) -> (cold: Double, remembered: Double) {
    func plan() throws(ConvError) -> Double {
      try seconds { () throws(ConvError) in
        if problem.scalar == .f32 {
          _ = try Float.plan(algorithm, problem, resources)
        } else {
          _ = try Double.plan(algorithm, problem, resources)
        }
      }
    }
    FFTWLibrary.forgetWisdom()
    let cold = try plan()
    return (1000 * cold, 1000 * (try plan()))
  }

  private static func text(_ extents: [Int]) -> String {
    extents.map(String.init).joined(separator: "x")
  }

  // MARK: CSV

  /// Columns of the study's file.
  public static let columns = [
    "study", "problem", "dtype", "threads", "part", "algorithm", "variant", "extents", "policy",
    "kind", "planner", "plan_ms", "plan_remembered_ms", "prepare_ms", "min_ms", "median_ms",
    "ci_low_ms", "ci_high_ms", "samples", "error_l2", "workspace_bytes", "status", "reason",
  ]

  /// The fields of a row.
  public func fields(_ row: Row) -> [String] {
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let interval = Statistics.medianInterval(row.samples)
    let threads = row.part == "transform" ? 1 : options.threads.first ?? 1
    return [
      "fft", problem.descriptor, problem.scalar.rawValue, "\(threads)", row.part, row.algorithm,
      row.variant, row.extents, row.policy, row.kind, row.planner.rawValue, text(row.plan),
      text(row.remembered), text(row.prepare), text(row.samples.min()), text(row.median),
      text(interval?.lowerBound), text(interval?.upperBound), "\(row.samples.count)",
      text(row.error), row.workspaceBytes.map { "\($0)" } ?? "", row.status.rawValue, row.reason,
    ]
  }
}
