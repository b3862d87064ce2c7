import ConvCore
import Laboratory

extension Options {
  static let write = Option(
    "write", "FOLDER", .command, "saves each algorithm's output as FOLDER/NAME/ALGORITHM.npy"
  ) { text throws(ConvError) in text }
}

extension Command {
  /// `compare case`.
  static let golden = Command(
    "case", "golden cases: arrays and the result that every algorithm must give",
    operands: "FOLDER...", count: 1...Int.max,
    details: """
      A case is a folder with case.json and .npy files; every case below FOLDER is run. Without a
      tolerance in case.json an algorithm passes within its own derived bound plus that of a direct
      computation in the case's type; integers must be equal.
      """,
    options: [
      Options.write, Options.algorithms, Options.threads, Options.workspaceLimit, Options.planner,
      Options.isa,
    ] + Options.output,
    examples: [
      ("compare case golden", "every case below golden, every algorithm"),
      ("compare case golden/edge --algorithms fft* --write out", "outputs to look at"),
    ]
  ) { arguments throws(ConvError) in
    let algorithms = try arguments.selectedAlgorithms()
    var folders: [String] = []
    for operand in arguments.operands { folders += try GoldenCase.folders(below: operand) }
    return try Measurement("case", arguments).run(folders, algorithms)
  }
}

/// Counts of rows by how they ended.
private struct CaseTally {
  var passed = 0, failed = 0, unsupported = 0

  mutating func add(_ status: Outcome.Status) {
    switch status {
    case .ok, .unverified: passed += 1
    case .failed: failed += 1
    case .unsupported, .overBudget, .interrupted: unsupported += 1
    }
  }
}

extension Measurement {
  /// Runs case folders. A folder that is wrong is told and the rest goes on; the status is then 2.
  fileprivate func run(
    _ folders: [String], _ algorithms: [any ConvAlgorithm]
  ) throws(ConvError) -> Int32 {
    var files = try open(peaks: false)
    let bar = ProgressLine(
      isQuiet: isQuiet, isPlain: arguments.has(Options.plain), hidesLines: true)
    var tally = CaseTally()
    var wrong = 0
    for (index, folder) in folders.enumerated() where !Cancellation.interrupt.isCancelled {
      bar.show(ResultsSession.Progress(index: index, count: folders.count, name: folder))
      do throws(ConvError) {
        let golden = try GoldenCase(reading: folder)
        for threads in options.threads {
          let resources = Resources(
            pool: try ThreadPool(width: threads, pinned: options.isPinned),
            workspaceLimit: options.workspaceLimit, planner: options.planner, isa: options.isa)
          try golden.check(algorithms, resources) { finding throws(ConvError) in
            let named = NamedProblem(golden.problem, name: golden.name)
            let row = ResultsRow(named, finding.outcome, fill: "case")
            if !files.file.contains(row) { try files.file.append(row) }
            tally.add(finding.outcome.status)
            if finding.outcome.status == .failed {
              bar.clear()
              Output.line(
                "\(folder): \(finding.outcome.algorithm) failed: \(finding.outcome.reason)")
            }
            try save(finding, golden)
          }
        }
      } catch {
        if case .system = error { throw error }
        bar.clear()
        Output.complain("\(error)")
        wrong += 1
      }
    }
    bar.clear()
    let isInterrupted = Cancellation.interrupt.isCancelled
    files.close(isInterrupted ? "interrupted" : "complete")
    if !isQuiet { Output.line("\(files.file.written) rows in \(files.file.path)") }
    Output.line(
      "\(tally.passed) passed, \(tally.failed) failed, \(tally.unsupported) unsupported")
    if isInterrupted { return 130 }
    return wrong > 0 ? 2 : tally.failed > 0 ? 1 : 0
  }

  private func save(_ finding: GoldenCase.Finding, _ golden: GoldenCase) throws(ConvError) {
    guard let folder = arguments[Options.write], let result = finding.result else { return }
    guard !golden.name.split(separator: "/").contains("..") else {
      throw .invalid("the name \"\(golden.name)\" leads out of \(folder)")
    }
    let place = "\(folder)/\(golden.name)"
    try makeFolder(place)
    let suffix = options.threads.count > 1 ? "-\(finding.outcome.threads)t" : ""
    try result.write(to: "\(place)/\(finding.outcome.algorithm)\(suffix).npy")
  }
}
