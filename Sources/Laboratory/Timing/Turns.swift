import ConvCore

/// Verified algorithms on one problem, whose executions are timed one turn at a time, whenever the
/// caller asks: so that a timing can alternate with programs outside this one.
///
/// A turn is what a block of `Experiment` gives each contender: an execution that warms the caches and is
/// not timed, unless one takes longer than 20 ms, and as many timed ones as last half a millisecond.
public final class Turns<S: ConvScalar> {
  /// What verification found, in the order of the algorithms; those that passed are `ok`.
  public private(set) var outcomes: [Outcome]
  /// What all executions read.
  public let operands: Operands<S>

  private let trial: Trial<S>
  private let resources: Resources
  private let data: BenchData<S>
  private var contenders: [Contender<S>]
  private var benches: [AlgorithmName: Bench<S>] = [:]
  private lazy var sentinel = Sentinel(
    trial.options.isa, resources.pool, isRemembering: trial.options.patience > 0)

  /// Verifies; the number of threads is the first of the options'.
  ///
  /// - Throws: `ConvError` where memory does not hold the operands, or threads are refused. What an
  ///   algorithm throws becomes its outcome.
  public init(
    _ problem: ConvProblem, _ algorithms: [any ConvAlgorithm], _ options: Experiment.Options,
    cancellation: Cancellation = Cancellation()
  ) throws(ConvError) {
    let trial = Trial<S>(problem, algorithms, options, cancellation)
    let resources = Resources(
      pool: try ThreadPool(width: options.threads.first ?? 1, pinned: options.isPinned),
      workspaceLimit: min(options.workspaceLimit, trial.memoryLimit), planner: options.planner,
      isa: options.isa)
    (operands, contenders) = try trial.verified(resources)
    data = try BenchData(operands, problem, isCold: false)
    outcomes = contenders.map(\.outcome)
    self.trial = trial
    self.resources = resources
  }

  /// Seconds of one execution of an algorithm that passed; the first turn plans and prepares.
  ///
  /// - Throws: `ConvError.invalid` for one that is not among those that passed.
  public func turn(_ name: AlgorithmName) throws(ConvError) -> Double {
    try bench(name).turn(data)
  }

  /// Seconds that planning and preparing took.
  ///
  /// - Throws: as `turn`.
  public func preparation(_ name: AlgorithmName) throws(ConvError) -> (
    planning: Double, preparing: Double
  ) {
    let bench = try bench(name)
    return (bench.planning, bench.preparing)
  }

  /// What an algorithm that passed computes.
  ///
  /// - Throws: as `turn`.
  public func result(_ name: AlgorithmName) throws(ConvError) -> [S] {
    try data.apply(bench(name).plan)
    return Array(data.result)
  }

  /// Whether the machine was disturbed since the last call, or is: by its arithmetic, by how long
  /// threads take to reach one another, and by what the hypervisor stole.
  public func isDisturbed() -> Bool { sentinel.isDisturbed() }

  /// Frees an algorithm's plan; another turn makes a new one.
  public func close(_ name: AlgorithmName) { benches[name] = nil }

  private func bench(_ name: AlgorithmName) throws(ConvError) -> Bench<S> {
    if let open = benches[name] { return open }
    guard let contender = contenders.first(where: { $0.outcome.algorithm == name }),
      contender.outcome.status == .ok
    else { throw .invalid("\(name) is not among the algorithms that passed") }
    let bench = try trial.bench(contender, data, resources)
    benches[name] = bench
    return bench
  }
}
