import ConvCore
import Laboratory

extension Command {
  /// `compare verify`.
  static let verify = Command(
    "verify", "correctness alone: every algorithm against the oracle",
    operands: "PROBLEM...", count: 1...Int.max,
    details: """
      A result passes within the bound derived for its algorithm, the shape and the data, and on
      integer data equals the exact integers. What passes is run again, on other threads and in
      another batch, and compared bit by bit (columns same_runs, same_threads, same_batch).

      --algorithms mutant:FAULT puts a fault into a sound algorithm, to see what is caught and what
      --diagnose says of it: docs/Verification.md.
      """,
    options: Options.problem + Options.execution + Options.verification + Options.output,
    examples: [
      ("compare verify mb2_ic3ih17iw23_oc5oh9ow12_kh3kw4_sh2sw2_ph1pw2", "every algorithm"),
      ("compare verify vgg16 --pass all --algorithms fft*", "all layers and passes"),
      (
        "compare verify @convnet --fill spike", "a suite that ships, one element of 1e6 in the data"
      ),
      (
        "compare verify mb2_ic3ih13oc4kh3ph1 --algorithms mutant:flippedKernel --diagnose",
        "a fault, and what the doctor says"
      ),
    ]
  ) { arguments throws(ConvError) in
    var measurement = Measurement("verify", arguments)
    measurement.options.times = false
    measurement.options.verifies = true
    measurement.options.audits = true
    return try measurement.run(try arguments.problems())
  }

  /// `compare time`.
  static let time = Command(
    "time", "verifies, then times in randomised blocks",
    operands: "PROBLEM...", count: 1...Int.max,
    options: [phases] + Options.problem + Options.execution + Options.verification
      + Options.timing + Options.output,
    examples: [
      ("compare time mb4_ic256ih56oc256oh56kh3ph1 --threads 2", "one layer, every algorithm"),
      ("compare time vgg16/conv3_2 --phases", "where the time of each algorithm goes"),
      ("compare time alexnet --batch 16 --csv alexnet.csv", "a network, layer by layer"),
    ]
  ) { arguments throws(ConvError) in
    let measurement = Measurement("time", arguments)
    let problems = try arguments.problems()
    guard arguments.has(phases) else { return try measurement.run(problems, closing: timeClosing) }
    let algorithms = try arguments.selectedAlgorithms()
    return try measurement.run(problems, closing: timeClosing) {
      (records, path) throws(ConvError) in
      let table = PhaseTable(records, problems, algorithms, measurement.options)
      let stem = path.hasSuffix(".csv") ? String(path.dropLast(4)) : path
      let colour = Output.isTerminal && !arguments.has(Options.plain)
      let texts = try table.run(writing: stem + ".phases.csv", colour: colour)
      if !arguments.has(Options.quiet) { Output.line("\n" + texts.joined(separator: "\n\n")) }
    }
  }

  /// Crossovers, and the sums of networks.
  private static func timeClosing(_ records: [ResultsRecord]) -> [String] {
    crossovers(records) + NetworkTotals.all(records).flatMap(\.lines)
  }

  private static let phases = Option(
    flag: "phases", .command,
    "runs each algorithm once more to tell its phases apart; writes X.phases.csv beside the results"
  )

  /// One sentence for each crossover along the kernel, the size, the channels and the batch.
  static func crossovers(_ records: [ResultsRecord]) -> [String] {
    ResultsCrossover.Along.allCases.flatMap { along in
      ResultsCrossover.find(records, along: along).map(\.sentence)
    }
  }
}
