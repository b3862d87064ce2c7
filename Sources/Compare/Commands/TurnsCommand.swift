import ConvCore
import Laboratory

extension Command {
  private static let operandFolder = Option(
    "operands", "FOLDER", .command, "writes first.npy, second.npy, weights.npy there"
  ) { text throws(ConvError) in text }

  /// `compare turns`.
  static let turns = Command(
    "turns", "verifies, then times single turns as another program asks for them",
    operands: "PROBLEM", count: 1...1,
    details: """
      For timings that alternate with programs outside (scripts/peers). After verifying, a line
      `ready NAME` for each algorithm that passed, and `go`. Then each line of standard input is
      answered by one line:

        turn NAME          milliseconds of one execution
        prepare NAME       milliseconds of planning and of preparing the weights
        result NAME FILE   writes what NAME computes as .npy, and says `ok`
        close NAME         frees its memory, and says `ok`
        watch              `quiet`, or `disturbed` where the machine was since the last time

      What cannot be done is answered by `error` and the reason. The end of the input ends it. With
      --csv, the rows of verification.
      """,
    options: Options.problem + Options.execution + Options.verification
      + [operandFolder, Options.pin, Options.csv, Options.force],
    examples: [
      ("compare turns ic64ih64oc64oh64kh11ph5 --threads 2 --csv rows.csv", "for scripts/peers")
    ]
  ) { arguments throws(ConvError) in
    let problems = try arguments.problems()
    guard let named = problems.first, problems.count == 1 else {
      throw .invalid("compare turns takes one problem in one pass, not \(problems.count)")
    }
    return named.problem.scalar == .f32
      ? try serve(Float.self, named, arguments) : try serve(Double.self, named, arguments)
  }

  private static func serve<S: ConvScalar>(
    _: S.Type, _ named: NamedProblem, _ arguments: Arguments
  ) throws(ConvError) -> Int32 {
    let measurement = Measurement("turns", arguments)
    try ResultsSession.checkMemory([named])
    let turns = try Turns<S>(
      named.problem, arguments.selectedAlgorithms(), measurement.options)
    if let path = arguments[Options.csv] {
      let file = try ResultsFile(path, existing: arguments.existingFiles())
      let options = measurement.options
      let machine = try Machine.measure(threads: options.threads, isa: options.isa)
      for outcome in turns.outcomes {
        try file.append(
          ResultsRow(
            named, outcome, fill: options.fill.rawValue,
            peak: machine.peak(named.problem.scalar, threads: outcome.threads)))
      }
      var sidecar = measurement.sidecar(machine)
      sidecar.end = utcTime()
      if let path = file.sidecarPath { try sidecar.write(to: path) }
    }
    if let folder = arguments[operandFolder] { try write(turns.operands, folder) }
    let passed = turns.outcomes.filter { $0.status == .ok }
    for outcome in passed { answer("ready \(outcome.algorithm)") }
    answer("go")
    while let line = readLine() {
      do throws(ConvError) {
        answer(try reply(line, passed.map(\.algorithm), turns, named.problem))
      } catch { answer("error \(error)") }
    }
    return 0
  }

  private static func reply<S: ConvScalar>(
    _ line: String, _ names: [AlgorithmName], _ turns: Turns<S>, _ problem: ConvProblem
  ) throws(ConvError) -> String {
    if line == "watch" { return turns.isDisturbed() ? "disturbed" : "quiet" }
    let words = line.split(separator: " ", maxSplits: 2).map(String.init)
    guard words.count >= 2, let name = names.first(where: { "\($0)" == words[1] }) else {
      throw .invalid("\"\(line)\" names no algorithm that passed")
    }
    switch (words[0], words.count) {
    case ("turn", 2): return "\(1000 * (try turns.turn(name)))"
    case ("prepare", 2):
      let (planning, preparing) = try turns.preparation(name)
      return "\(1000 * planning) \(1000 * preparing)"
    case ("close", 2):
      turns.close(name)
      return "ok"
    case ("result", 3):
      let values = try turns.result(name)
      try Tensor([values.count], values).writeNpy(to: words[2])
      return "ok"
    default: throw .invalid("\"\(line)\" is no request: see compare turns --help")
    }
  }

  /// The operands as flat arrays; shapes follow from the problem.
  private static func write<S: ConvScalar>(_ operands: Operands<S>, _ folder: String)
    throws(ConvError)
  {
    try makeFolder(folder)
    for (name, values) in [
      ("first", operands.first), ("second", operands.second), ("weights", operands.weights),
    ] {
      guard let values else { continue }
      try Tensor([values.count], values).writeNpy(to: "\(folder)/\(name).npy")
    }
  }

  private static func answer(_ text: String) { Output.line(text) }
}
