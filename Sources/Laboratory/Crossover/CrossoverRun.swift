import ConvCore

/// Searches on this machine for the value from which on one algorithm is faster than another.
///
/// At each value that is probed both are verified, then timed in pairs, in random order, until the
/// comparison is decided or the time for it ends.
public struct CrossoverRun {
  /// The problems.
  public let series: CrossoverSeries
  /// The two contenders; speed-ups are relative to the first.
  public let first: any ConvAlgorithm, second: any ConvAlgorithm
  /// Verification, seconds for each value, seed, threads (the first number counts).
  public let options: Experiment.Options
  /// What stands in the `peak_fraction` column's denominator.
  public let machine: Machine

  /// A search with `options`.
  public init(
    _ series: CrossoverSeries, _ first: any ConvAlgorithm, _ second: any ConvAlgorithm,
    _ options: Experiment.Options, _ machine: Machine
  ) {
    (self.series, self.first, self.second) = (series, first, second)
    (self.options, self.machine) = (options, machine)
  }

  /// Searches among `values`. Both rows of a value are reported as soon as it is probed, also where
  /// it could not be timed.
  ///
  /// - Throws: `ConvError.invalid` where fewer than two values are possible problems that both
  ///   algorithms do, with the reason of the first that is not; `ConvError.interrupted`; what
  ///   `finished` throws.
  public func run(
    among values: [Int], cancellation: Cancellation = Cancellation(),
    progress: (ResultsSession.Progress) -> Void = { _ in },
    finished: (ResultsRow) throws(ConvError) -> Void
  ) throws(ConvError) -> FoundCrossover {
    let resources = try resources()
    var possible: [Int] = []
    var refusal: String?
    for value in values {
      let why = self.refusal(value, resources)
      if why == nil { possible.append(value) } else { refusal = refusal ?? why }
    }
    guard possible.count >= 2 else {
      let noun = series.along.noun
      throw .invalid(
        "fewer than two values of the \(noun) can be compared: "
          + (refusal ?? "\(values.count) given"))
    }
    let search = try CrossoverSearch(possible)
    var count = 0
    return try search.run { (value, rule) throws(ConvError) in
      try cancellation.check()
      count += 1
      let most = search.mostProbes
      progress(
        ResultsSession.Progress(
          index: count - 1, count: most, name: "\(series.along.noun) \(value)", activity: "",
          fraction: Double(count - 1) / Double(most)))
      let problem = try series.problem(at: value)
      return problem.scalar == .f32
        ? try probe(problem, Float.self, rule, resources, cancellation, finished)
        : try probe(problem, Double.self, rule, resources, cancellation, finished)
    }
  }

  private func resources() throws(ConvError) -> Resources {
    Resources(
      pool: try ThreadPool(width: options.threads.first ?? 1, pinned: options.isPinned),
      workspaceLimit: options.workspaceLimit, planner: options.planner, isa: options.isa)
  }

  /// Why nothing can be compared at `value`; nil where it can.
  private func refusal(_ value: Int, _ resources: Resources) -> String? {
    let problem: ConvProblem
    do throws(ConvError) { problem = try series.problem(at: value) } catch {
      return "\(series.along.noun) \(value): \(error)"
    }
    for algorithm in [first, second] {
      switch algorithm.support(problem, resources) {
      case .unsupported(let why): return "\(series.along.noun) \(value): \(algorithm.name): \(why)"
      case .supported(let estimate):
        guard estimate.workspaceBytes <= options.workspaceLimit else {
          return "\(series.along.noun) \(value): \(algorithm.name) needs "
            + "\(byteCount(estimate.workspaceBytes)) of work space"
        }
      }
    }
    return nil
  }

  /// Verifies and compares at one problem; nil where one of them fails.
  private func probe<S: ConvScalar>(
    _ problem: ConvProblem, _: S.Type, _ rule: PairedComparison.Rule, _ resources: Resources,
    _ cancellation: Cancellation, _ finished: (ResultsRow) throws(ConvError) -> Void
  ) throws(ConvError) -> PairedComparison? {
    let start = ContinuousClock.now
    var outcomes = try verified(problem, cancellation)
    try cancellation.check()
    guard outcomes.count == 2, outcomes.allSatisfy({ $0.status == .ok || $0.status == .unverified })
    else {
      for outcome in outcomes { try finished(row(outcome)) }
      return nil
    }
    let timer = try PairTimer<S>(problem, first, second, options, resources)
    func left() -> Double {
      options.seconds + timer.waited - (ContinuousClock.now - start).seconds
    }
    var comparison = try PairedComparison(rule) { () throws(ConvError) in
      // What is begun gets one pair.
      while timer.pairs.isEmpty || left() > timer.expected {
        try cancellation.check()
        let pair = try timer.next(cancellation)
        if !pair.isMarked { return pair.seconds }
      }
      return nil
    }
    if comparison.ratios.count < rule.fewest, timer.pairs.count > comparison.ratios.count {
      // Nothing better than disturbed pairs; the rows say that they are noisy.
      var all = timer.pairs.makeIterator()
      comparison = try PairedComparison(rule) { () throws(ConvError) in all.next()?.seconds }
    }
    let timings = timer.timings(baseline: first.name, fewest: rule.fewest)
    (outcomes[0].timing, outcomes[1].timing) = timings
    (outcomes[0].workspaceBytes, outcomes[1].workspaceBytes) = timer.workspaceBytes
    for outcome in outcomes { try finished(row(outcome)) }
    return comparison
  }

  /// The outcomes of both without times.
  private func verified(
    _ problem: ConvProblem, _ cancellation: Cancellation
  ) throws(ConvError) -> [Outcome] {
    var only = options
    only.times = false
    only.threads = [options.threads.first ?? 1]
    var outcomes: [Outcome] = []
    try Experiment(only).run(problem, [first, second], cancellation: cancellation) {
      outcomes.append($0)
    }
    return outcomes
  }

  private func row(_ outcome: Outcome) -> ResultsRow {
    ResultsRow(
      NamedProblem(outcome.problem), outcome, fill: options.fill.rawValue,
      peak: machine.peak(outcome.problem.scalar, threads: outcome.threads))
  }
}

extension FoundCrossover {
  /// In one sentence: who is faster than whom, from where on, and how sure that is.
  public func sentence(
    _ first: AlgorithmName, _ second: AlgorithmName, _ series: CrossoverSeries
  ) -> String {
    let noun = series.along.noun
    let conditions = "at \(series.fixed)"
    if let place {
      let (winner, loser) = place.secondWins ? (second, first) : (first, second)
      let bounds =
        place.bounds.count == 1
        ? "\(place.bounds.lowerBound)"
        : "\(place.bounds.lowerBound) to \(place.bounds.upperBound)"
      return "\(winner) is faster than \(loser) from \(noun) \(place.estimate) on "
        + "(95 %: \(bounds)) \(conditions)"
    }
    let tried = points.map(\.value)
    guard let low = tried.first, let high = tried.last else {
      return "no value of the \(noun) could be compared \(conditions)"
    }
    let range = "from \(noun) \(low) to \(high)"
    switch onlyLead {
    case -1: return "\(first) is faster than \(second) wherever they differ \(range) \(conditions)"
    case 1: return "\(second) is faster than \(first) wherever they differ \(range) \(conditions)"
    default:
      return "\(first) and \(second) cannot be told apart \(range) \(conditions)"
    }
  }
}
