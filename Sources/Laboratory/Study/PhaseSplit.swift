import ConvCore

/// Where the time of one algorithm goes: planning, preparing, and each phase of an execution.
public struct PhaseSplit: Sendable {
  /// What was run, by whom, on how many threads.
  public var problem: ConvProblem, algorithm: AlgorithmName, threads: Int
  /// Milliseconds, once each.
  public var plan: Double, prepare: Double
  /// Milliseconds of one execution: the one of median time.
  public var total: Double
  /// Milliseconds of that execution in each phase that the algorithm tells apart, in the order of
  /// `Phase`; of threads that work each on its own, the share of the calling one.
  public var phases: [(phase: Phase, milliseconds: Double)]

  /// What no phase claims: all of it for algorithms that do not tell phases apart.
  public var rest: Double { max(0, total - phases.reduce(0) { $0 + $1.milliseconds }) }

  /// Plans, prepares and executes with a trace, for about `seconds`, at least three times.
  ///
  /// - Throws: `ConvError` where the algorithm does not do the problem, or without memory.
  public init(
    _ problem: ConvProblem, _ algorithm: any ConvAlgorithm, threads: Int,
    _ options: Experiment.Options, seconds: Double = 0.3
  ) throws(ConvError) {
    self =
      problem.scalar == .f32
      ? try Self.measure(problem, algorithm, threads, options, seconds, Float.self)
      : try Self.measure(problem, algorithm, threads, options, seconds, Double.self)
  }

  private init(
    _ problem: ConvProblem, _ algorithm: AlgorithmName, _ threads: Int, plan: Double,
    prepare: Double, total: Double, phases: [(phase: Phase, milliseconds: Double)]
  ) {
    (self.problem, self.algorithm, self.threads) = (problem, algorithm, threads)
    (self.plan, self.prepare, self.total, self.phases) = (plan, prepare, total, phases)
  }

  private static func measure<S: ConvScalar>(
    _ problem: ConvProblem, _ algorithm: any ConvAlgorithm, _ threads: Int,
    _ options: Experiment.Options, _ budget: Double, _: S.Type
  ) throws(ConvError) -> PhaseSplit {
    let trace = PhaseTrace()
    let resources = Resources(
      pool: try ThreadPool(width: threads, pinned: options.isPinned),
      workspaceLimit: options.workspaceLimit, planner: options.planner, isa: options.isa,
      trace: trace)
    let data = try BenchData(
      Operands<S>(problem, options.fill, seed: options.seed), problem, isCold: options.isCold)
    let bench = try Bench(
      algorithm, expected: 0, data, problem, resources, isCold: options.isCold)
    var executions: [(seconds: Double, phases: [(phase: Phase, milliseconds: Double)])] = []
    let start = ContinuousClock.now
    while executions.count < 3
      || ((ContinuousClock.now - start).seconds < budget && executions.count < 200)
    {
      trace.reset()
      let time = try seconds { () throws(ConvError) in try data.apply(bench.plan) }
      executions.append((time, Phase.allCases.map { ($0, 1000 * trace[$0].seconds) }))
    }
    executions.sort { $0.seconds < $1.seconds }
    let median = executions[executions.count / 2]
    return PhaseSplit(
      problem, algorithm.name, threads, plan: 1000 * bench.planning,
      prepare: 1000 * bench.preparing, total: 1000 * median.seconds,
      phases: median.phases.filter { $0.milliseconds > 0 })
  }

  // MARK: CSV

  /// Columns of `X.phases.csv`: what tells rows apart, a phase, and its milliseconds.
  public static let columns = [
    "problem", "name", "pass", "dtype", "algorithm", "variant", "threads", "phase", "ms",
  ]

  /// A record for `plan`, `prepare`, each phase, and `other` for the rest of an execution.
  public func records(name: String) -> [[String]] {
    let key = [
      problem.descriptor, name, problem.pass.rawValue, problem.scalar.rawValue, algorithm.family,
      algorithm.variant, "\(threads)",
    ]
    var list = [("plan", plan), ("prepare", prepare)]
    list += phases.map { ("\($0.phase)", $0.milliseconds) }
    list.append(("other", rest))
    return list.map { key + [$0.0, "\($0.1)"] }
  }
}

/// What an algorithm costs before its first result, and for each result.
public struct Amortisation: Sendable, Equatable {
  /// Milliseconds once (planning and preparing) and for each call.
  public var once: Double, each: Double

  /// Both costs.
  public init(once: Double, each: Double) { (self.once, self.each) = (once, each) }

  /// The least number of calls from which on all of them together, with what comes before, take less
  /// than `other`'s; nil if that never happens. At least 1.
  public func callsToPay(against other: Amortisation) -> Int? {
    guard each < other.each else { return nil }
    let calls = (once - other.once) / (other.each - each)
    guard calls.isFinite, calls < 1e15 else { return nil }
    return max(1, Int(calls.rounded(.down)) + 1)
  }
}
