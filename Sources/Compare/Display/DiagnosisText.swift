import ConvCore
import Laboratory

/// Printing what the mismatch doctor finds, for `--diagnose`.
enum DiagnosisText {
  /// Failures examined at most; each may take some seconds.
  static let most = 8

  /// Examines each failed outcome and prints what is found.
  static func examine(
    _ failures: [Outcome], _ algorithms: [any ConvAlgorithm], _ options: Experiment.Options
  ) throws(ConvError) {
    for outcome in failures.prefix(most) where !Cancellation.interrupt.isCancelled {
      guard let algorithm = algorithms.first(where: { $0.name == outcome.algorithm }) else {
        continue
      }
      let resources = Resources(
        pool: try ThreadPool(width: outcome.threads), workspaceLimit: options.workspaceLimit,
        planner: .estimate, isa: options.isa)
      let found = try Diagnosis.examine(
        algorithm, outcome.problem, resources, fill: options.fill, seed: options.seed)
      Output.line("")
      guard let found else {
        Output.line("\(outcome.algorithm) on \(outcome.problem.descriptor): did not fail again")
        continue
      }
      print(found)
    }
    if failures.count > most {
      Output.line("\n\(failures.count - most) more failures are not examined")
    }
  }

  /// Its lines.
  static func print(_ diagnosis: Diagnosis) {
    Output.line(diagnosis.lines.joined(separator: "\n"))
  }
}
