import ConvCore
import Laboratory

/// `compare time --phases`: where each algorithm's time goes, and after how many calls what it does
/// once has paid.
struct PhaseTable {
  private let rows: [ResultsRecord]
  private let algorithms: [any ConvAlgorithm]
  private let problems: [NamedProblem]
  private let options: Experiment.Options

  /// For the rows that were timed.
  init(
    _ rows: [ResultsRecord], _ problems: [NamedProblem], _ algorithms: [any ConvAlgorithm],
    _ options: Experiment.Options
  ) {
    self.rows = rows
    self.problems = problems
    self.algorithms = algorithms
    self.options = options
  }

  /// Runs every timed algorithm once more with a trace, writes `path`, and returns the tables.
  ///
  /// - Throws: `ConvError.system` where the file cannot be written; `interrupted`.
  func run(writing path: String, colour: Bool) throws(ConvError) -> [String] {
    var records = [PhaseSplit.columns]
    var texts: [String] = []
    for named in problems {
      for threads in options.threads {
        var splits: [(split: PhaseSplit, record: ResultsRecord)] = []
        for algorithm in algorithms {
          guard !Cancellation.interrupt.isCancelled else { throw .interrupted }
          guard let record = record(named, algorithm.name, threads) else { continue }
          let split = try PhaseSplit(named.problem, algorithm, threads: threads, options)
          records += split.records(name: named.name)
          splits.append((split, record))
        }
        guard !splits.isEmpty else { continue }
        let title = named.name.isEmpty ? named.problem.descriptor : named.name
        texts.append(
          "Phases of \(title), \(named.problem.pass.rawValue), \(threads) threads, ms\n"
            + table(splits).text(colour: colour, width: Output.width))
      }
    }
    try writeFile(path, Array(records.map(CSV.record).joined().utf8))
    texts.append(
      "other: what the algorithm does not tell apart; pays: from that call on all calls together, with "
        + "planning and preparing, take less than \(options.baseline)'s\nPhases in \(path)")
    return texts
  }

  private func record(
    _ named: NamedProblem, _ algorithm: AlgorithmName, _ threads: Int
  ) -> ResultsRecord? {
    rows.first {
      $0["problem"] == named.problem.descriptor && $0["pass"] == named.problem.pass.rawValue
        && $0["name"] == named.name && $0.algorithm == algorithm.description
        && $0["threads"] == "\(threads)" && $0.number("median_ms") != nil
    }
  }

  private func table(_ splits: [(split: PhaseSplit, record: ResultsRecord)]) -> TextTable {
    var table = TextTable(
      ["algorithm", "plan", "prepare"] + Phase.allCases.map { "\($0)" }
        + ["other", "execution", "pays"])
    let base = splits.first { $0.split.algorithm == options.baseline }.flatMap { cost($0.record) }
    for (split, record) in splits {
      var pays = "-"
      if split.algorithm != options.baseline, let base, let own = cost(record) {
        pays = own.callsToPay(against: base).map { "from call \($0)" } ?? "never"
      }
      table.add(
        [split.algorithm.description, significant(split.plan), significant(split.prepare)]
          + Phase.allCases.map { phase in
            split.phases.first { $0.phase == phase }.map { significant($0.milliseconds) } ?? ""
          } + [significant(split.rest), significant(split.total), pays])
    }
    return table
  }

  private func cost(_ record: ResultsRecord) -> Amortisation? {
    guard let plan = record.number("plan_ms"), let prepare = record.number("prepare_ms"),
      let median = record.number("median_ms")
    else { return nil }
    return Amortisation(once: plan + prepare, each: median)
  }
}
