import ConvCore

/// One problem in one scalar: all its data, contenders and outcomes.
final class Trial<S: ConvScalar> {
  let problem: ConvProblem
  let options: Experiment.Options
  let cancellation: Cancellation
  /// Bytes that may be used in all.
  let memoryLimit: Int
  private let algorithms: [any ConvAlgorithm]
  private let start = ContinuousClock.now
  /// What results are judged against, once it is known.
  var truth: Verification<S>?

  init(
    _ problem: ConvProblem, _ algorithms: [any ConvAlgorithm], _ options: Experiment.Options,
    _ cancellation: Cancellation
  ) {
    self.problem = problem
    self.algorithms = algorithms
    self.options = options
    self.cancellation = cancellation
    patience = Patience(options.patience)
    let available = SystemFacts.availableMemory
    memoryLimit = options.memoryLimit ?? available / 10 * 9
  }

  /// For waiting until the machine is quiet.
  var patience: Patience

  /// Seconds since the problem was begun, without those of waiting.
  var elapsed: Double { (ContinuousClock.now - start).seconds - patience.waited }

  func run(_ progress: (Experiment.Progress) -> Void, _ finished: (Outcome) -> Void)
    throws(ConvError)
  {
    for (i, threads) in options.threads.enumerated() {
      // Each number of threads may take an equal part of the time that is left.
      let deadline =
        elapsed + max(0, options.seconds - elapsed) / Double(options.threads.count - i)
      let pool = try ThreadPool(width: threads, pinned: options.isPinned)
      let resources = Resources(
        pool: pool, workspaceLimit: min(options.workspaceLimit, memoryLimit),
        planner: options.planner, isa: options.isa)
      var contenders = algorithms.map { Contender<S>($0, problem, resources) }
      // Timing goes by the clock, verification alone by the contenders.
      let report = { (activity: String, done: Int, of: Int) in
        let part = Double(i) + Double(done + 1) / Double(of + 1)
        let fraction =
          self.options.times
          ? min(1, self.elapsed / max(1e-3, self.options.seconds))
          : part / Double(self.options.threads.count)
        progress(Experiment.Progress(activity: activity, fraction: fraction))
      }
      do {
        try prepare(&contenders, resources, deadline, report)
      } catch {
        for i in contenders.indices where !contenders[i].isSettled { contenders[i].settle(error) }
      }
      for contender in contenders { finished(contender.outcome) }
    }
  }

  /// Everything for one number of threads, up to final outcomes. Throws what ends them all.
  private func prepare(
    _ contenders: inout [Contender<S>], _ resources: Resources, _ deadline: Double,
    _ report: (String, Int, Int) -> Void
  ) throws(ConvError) {
    if contenders.allSatisfy(\.isSettled) { return }
    let operands = try verify(&contenders, resources, report)
    if options.times {
      try time(&contenders, operands, resources, deadline) { report($0, 0, 1) }
    }
    for i in contenders.indices where !contenders[i].isSettled {
      contenders[i].outcome.status = options.verifies ? .ok : .unverified
      contenders[i].isSettled = true
    }
  }

  /// Fills operands and, if that is asked for, verifies.
  private func verify(
    _ contenders: inout [Contender<S>], _ resources: Resources,
    _ report: (String, Int, Int) -> Void
  ) throws(ConvError) -> Operands<S> {
    let need = dataBytes
    guard need <= memoryLimit else { throw .overBudget(needs: need, limit: memoryLimit) }
    report("filling operands", 0, contenders.count)
    let operands = try operands()
    if options.verifies {
      try verify(&contenders, operands, resources, report)
    }
    return operands
  }

  /// Operands, and contenders that are verified but not timed.
  func verified(_ resources: Resources) throws(ConvError) -> (Operands<S>, [Contender<S>]) {
    var contenders = algorithms.map { Contender<S>($0, problem, resources) }
    let operands = try verify(&contenders, resources) { _, _, _ in }
    for i in contenders.indices where !contenders[i].isSettled {
      contenders[i].outcome.status = .ok
    }
    return (operands, contenders)
  }

  /// Operands, results and what the oracle knows of them, at their largest: when integer data are
  /// verified beside the real ones.
  var dataBytes: Int {
    let needs = OperandNeeds(problem)
    let results = problem.operandCounts.result
    let sets = options.verifies ? 2 : 1
    let known = options.verifies ? min(results, 1 << 23) : 0
    return sets * (needs.total + results) * S.kind.byteCount
      + sets * known * MemoryLayout<TermSum>.stride
  }

  /// Bytes left for plans.
  var planBytes: Int { memoryLimit - dataBytes }

  private func operands() throws(ConvError) -> Operands<S> {
    var operands = Operands<S>(problem, options.fill, seed: options.seed)
    if let given = options.firstOperand, given.count == operands.first.count {
      operands.first = given.map { S($0) }
    }
    return operands
  }
}

/// One algorithm on one problem and number of threads, on its way to an outcome.
struct Contender<S: ConvScalar> {
  let algorithm: any ConvAlgorithm
  var outcome: Outcome
  /// What its author says of it; nil where it does not do the problem.
  private(set) var estimate: Estimate?
  /// Whether the outcome is final.
  var isSettled = false
  /// Seconds of an execution, as far as known.
  var expected = 0.0
  /// Seconds of planning, where it was timed.
  var planning: Double?

  init(_ algorithm: any ConvAlgorithm, _ problem: ConvProblem, _ resources: Resources) {
    self.algorithm = algorithm
    outcome = Outcome(
      problem: problem, algorithm: algorithm.name, threads: resources.threads, status: .unverified)
    switch algorithm.support(problem, resources) {
    case .supported(let estimate):
      self.estimate = estimate
      outcome.executedOperations = estimate.executedOperations
      outcome.predictedWorkspaceBytes = estimate.workspaceBytes
      if estimate.computedBy != "native" { outcome.reason = estimate.computedBy }
      if estimate.workspaceBytes > resources.workspaceLimit {
        settle(.overBudget(needs: estimate.workspaceBytes, limit: resources.workspaceLimit))
      }
    case .unsupported(let why):
      settle(.unsupported(why))
    }
  }

  /// Ends with a wrong result.
  mutating func fail(_ reason: String) {
    isSettled = true
    outcome.status = .failed
    outcome.reason = reason
  }

  /// Ends with an error.
  mutating func settle(_ error: ConvError) {
    isSettled = true
    outcome.reason = error.description
    switch error {
    case .unsupported: outcome.status = .unsupported
    case .overBudget: outcome.status = .overBudget
    case .interrupted:
      outcome.status = .interrupted
      outcome.timing = nil
    case .invalid, .system: outcome.status = .failed
    }
  }
}

/// Seconds that `body` takes.
@inline(__always)
func seconds(_ body: () throws(ConvError) -> Void) throws(ConvError) -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  try body()
  return (clock.now - start).seconds
}
