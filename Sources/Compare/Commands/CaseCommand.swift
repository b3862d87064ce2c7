import ConvCore
import Laboratory

extension Command {
  private static let write = Option(
    "write", "FOLDER", .output, "saves each algorithm's output as NAME/ALGORITHM.npy"
  ) { text throws(ConvError) in text }

  /// `compare case`.
  static let golden = Command(
    "case", "golden cases: folders of case.json and NumPy arrays, by every algorithm",
    operands: "FOLDER...", count: 1...1_000_000,
    details: """
      Runs one case, or every case below a folder. A line for each case and algorithm that fails, a
      summary last. The format is described in docs/Cases.md; scripts/golden.py makes cases with
      NumPy, SciPy and PyTorch. --diagnose examines wrong results, and golden values that miss the
      definition: what another program computed, as expected.npy, is explained that way.
      """,
    options: [write] + Options.execution + [
      Options.csv, Options.force, Options.diagnose, Options.quiet,
    ],
    examples: [
      ("compare case Tests/Golden/cases", "every case that ships"),
      ("compare case mine --algorithms fft* --write out", "outputs to look at"),
    ]
  ) { arguments throws(ConvError) in
    var paths: [String] = []
    for folder in arguments.operands { paths += try CaseFolder.find(below: folder) }
    var session = try CaseSession(arguments, writesTo: arguments[write])
    Cancellation.catchInterrupts()
    for path in paths where !Cancellation.interrupt.isCancelled { try session.run(path) }
    return session.close()
  }
}

/// Cases run one after the other, counted by case and algorithm.
private struct CaseSession {
  private let arguments: Arguments
  private let algorithms: [any ConvAlgorithm]
  private let run: CaseRun
  private let file: ResultsFile?
  private let target: String?
  private var passed = 0, failed = 0, unsupported = 0
  private var wrongFolders = 0

  init(_ arguments: Arguments, writesTo target: String?) throws(ConvError) {
    self.arguments = arguments
    self.target = target
    algorithms = try arguments.selectedAlgorithms()
    let options = arguments.experimentOptions()
    var resources = try Resources(threads: options.threads.first ?? 1)
    (resources.planner, resources.isa) = (.estimate, options.isa)
    resources.workspaceLimit = options.workspaceLimit
    var run = CaseRun(resources)
    run.diagnoses = arguments.has(Options.diagnose)
    self.run = run
    file = try arguments[Options.csv].map { (path) throws(ConvError) in
      try ResultsFile(path, existing: try arguments.existingFiles())
    }
  }

  /// Runs one. A folder that is wrong is told, and the rest goes on.
  mutating func run(_ path: String) throws(ConvError) {
    let golden: CaseFolder
    let results: [CaseRun.Result]
    do throws(ConvError) {
      golden = try CaseFolder(reading: path)
      results = try run.run(golden, algorithms)
    } catch {
      if case .interrupted = error { return }
      Output.complain("\(error)")
      wrongFolders += 1
      return
    }
    for result in results { try take(result, golden) }
  }

  private mutating func take(_ result: CaseRun.Result, _ golden: CaseFolder) throws(ConvError) {
    let outcome = result.outcome
    switch outcome.status {
    case .ok: passed += 1
    case .unsupported: unsupported += 1
    default:
      failed += 1
      Output.line("FAILED \(golden.name) \(outcome.algorithm): \(outcome.reason)")
      if let diagnosis = result.diagnosis { DiagnosisText.print(diagnosis) }
    }
    try file?.append(
      ResultsRow(NamedProblem(golden.problem, name: golden.name), outcome, fill: "case"))
    if let target, let array = result.result {
      guard !golden.name.split(separator: "/").contains("..") else {
        throw .invalid("the name \"\(golden.name)\" leads out of \(target)")
      }
      try makeFolder("\(target)/\(golden.name)")
      try array.write(to: "\(target)/\(golden.name)/\(outcome.algorithm).npy")
    }
  }

  /// The summary; returns the exit status.
  func close() -> Int32 {
    Output.line("\(passed) passed, \(failed) failed, \(unsupported) unsupported")
    if Cancellation.interrupt.isCancelled { return 130 }
    return wrongFolders > 0 ? 2 : failed > 0 ? 1 : 0
  }
}
