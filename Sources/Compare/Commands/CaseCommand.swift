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
      NumPy, SciPy and PyTorch.
      """,
    options: [write] + Options.execution + [Options.csv, Options.force, Options.quiet],
    examples: [("compare case Tests/Golden/cases", "every case that ships")]
  ) { arguments throws(ConvError) in
    let algorithms = try arguments.selectedAlgorithms()
    let options = arguments.experimentOptions()
    var resources = try Resources(threads: options.threads.first ?? 1)
    (resources.planner, resources.isa) = (.estimate, options.isa)
    resources.workspaceLimit = options.workspaceLimit
    let run = CaseRun(resources)
    let file = try arguments[Options.csv].map { (path) throws(ConvError) in
      try ResultsFile(path, existing: try arguments.existingFiles())
    }
    var counts = (passed: 0, failed: 0, unsupported: 0)
    for folder in arguments.operands {
      for path in try CaseFolder.find(below: folder) {
        let golden = try CaseFolder(reading: path)
        for result in try run.run(golden, algorithms) {
          let outcome = result.outcome
          switch outcome.status {
          case .ok: counts.passed += 1
          case .unsupported: counts.unsupported += 1
          default:
            counts.failed += 1
            Output.line("FAILED \(golden.name) \(outcome.algorithm): \(outcome.reason)")
          }
          try file?.append(
            ResultsRow(NamedProblem(golden.problem, name: golden.name), outcome, fill: "case"))
          if let target = arguments[write], let array = result.result {
            try makeFolder(target)
            try makeFolder("\(target)/\(golden.name)")
            try array.write(to: "\(target)/\(golden.name)/\(outcome.algorithm).npy")
          }
        }
      }
    }
    Output.line(
      "\(counts.passed) passed, \(counts.failed) failed, \(counts.unsupported) unsupported")
    return counts.failed > 0 ? 1 : 0
  }
}
