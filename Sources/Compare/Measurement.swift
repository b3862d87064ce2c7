import ConvCore
import Glibc
import Laboratory
import SpectralConv

/// What the commands that fill a results file share: files, progress, table, interruption.
struct Measurement {
  /// As the default file is named: `time`.
  let command: String
  let arguments: Arguments
  var options: Experiment.Options
  var photograph: ResultsSession.Photograph?
  /// Who is asked for a problem; nil for those that the arguments select.
  var selection: (@Sendable (NamedProblem) -> [any ConvAlgorithm])?
  /// The table that people read.
  var table: ([ResultsRecord]) -> String
  /// Does something with all rows before they are shown.
  var finished: ([ResultsRecord]) -> Void = { _ in }

  init(_ command: String, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    options = arguments.experimentOptions()
    let colour = Output.isTerminal && !arguments.has(Options.plain)
    table = { ResultsTable($0).text(colour: colour, width: Output.width) }
  }

  /// Runs the problems, writes their rows, prints the table and, after it, what `closing` makes of
  /// all rows; unless interrupted, `after` may go on with them. Returns the exit status.
  func run(
    _ problems: [NamedProblem], closing: ([ResultsRecord]) -> [String] = { _ in [] },
    after: (_ records: [ResultsRecord], _ path: String) throws(ConvError) -> Void = { _, _ in }
  ) throws(ConvError) -> Int32 {
    let algorithms = try arguments.selectedAlgorithms()
    try ResultsSession.checkMemory(problems)
    let existing = try arguments.existingFiles()
    let path: String
    if let given = arguments[Options.csv] { path = given } else { path = try defaultPath() }
    let isResumed = existing == .resume && access(path, F_OK) == 0
    let earlier = isResumed ? try ResultsRecord.read(path) : []
    let file = try ResultsFile(path, existing: existing)
    let machine = try Machine.measure(threads: options.threads, isa: options.isa)
    var sidecar = sidecar(machine)
    if existing == .resume, let path = file.sidecarPath { sidecar.resume(path) }
    if let path = file.sidecarPath { try sidecar.write(to: path) }

    Cancellation.catchInterrupts()
    let bar = ProgressLine(isQuiet: isQuiet, isPlain: arguments.has(Options.plain))
    var session = ResultsSession(options, algorithms, machine)
    session.photograph = photograph
    session.file = file
    session.selection = selection
    var records = earlier.filter { $0.status != .interrupted }
    var outcomes: [Outcome] = []
    var failure: ConvError?
    do throws(ConvError) {
      try session.run(
        problems, cancellation: .interrupt, progress: bar.show,
        finished: { row in
          records.append(ResultsRecord(row))
          outcomes.append(row.outcome)
          if arguments.has(Options.verbose) {
            bar.clear()
            Output.error(Self.line(ResultsRecord(row)) + "\n")
          }
        })
    } catch { failure = error }
    bar.clear()
    let interrupted = Cancellation.interrupt.isCancelled && failure == nil
    sidecar.end = utcTime()
    let networks = NetworkTotals.all(records)
    if !networks.isEmpty { sidecar.networks = networks }
    sidecar.result = failure.map { "\($0)" } ?? (interrupted ? "interrupted" : "complete")
    if let path = file.sidecarPath { try? sidecar.write(to: path) }
    if let failure { throw failure }
    finished(records)
    report(records, outcomes, closing, file, interrupted: interrupted)
    if arguments.has(Options.diagnose) {
      try DiagnosisText.examine(outcomes.filter { $0.status == .failed }, algorithms, options)
    }
    if interrupted { return 130 }
    try after(records, file.path)
    return records.contains { $0.status == .failed } ? 1 : 0
  }

  private var isQuiet: Bool { arguments.has(Options.quiet) }

  private func report(
    _ records: [ResultsRecord], _ outcomes: [Outcome],
    _ closing: ([ResultsRecord]) -> [String], _ file: ResultsFile, interrupted: Bool
  ) {
    if arguments[Options.reportFormat] == .benchdnn {
      // Rows that a resumed file held come first, without the times that a mean would need.
      let held = records.count - outcomes.count
      let samples = outcomes.map { $0.timing?.samples ?? [] }
      let rows = records.enumerated().map { i, record in
        (row: record, samples: i < held ? [] : samples[i - held])
      }
      Output.line(BenchdnnReport(rows).lines.joined(separator: "\n"))
    } else if !isQuiet {
      Output.line(table(records))
      let sentences = closing(records)
      if !sentences.isEmpty { Output.line("\n" + sentences.joined(separator: "\n")) }
    }
    let done = records.count { $0.status != .interrupted }
    if interrupted {
      Output.complain(
        "interrupted: \(done) of \(records.count) rows are done and in \(file.path); "
          + "go on with --csv \(file.path) --resume")
    } else if !isQuiet, arguments[Options.reportFormat] != .benchdnn {
      let sidecar = file.sidecarPath.map { " (how it was made: \($0))" } ?? ""
      Output.line("\n\(done) rows in \(file.path)\(sidecar)")
    }
  }

  /// `results/time-20260131T120000Z.csv`, with a number after it where two runs meet.
  func defaultPath() throws(ConvError) -> String {
    try makeFolder("results")
    let stem = "results/\(command)-\(utcTime(separators: false))"
    var path = stem + ".csv"
    var number = 2
    while access(path, F_OK) == 0 {
      path = "\(stem)-\(number).csv"
      number += 1
    }
    return path
  }

  /// How a results file of this run is made.
  func sidecar(_ machine: Machine) -> ResultsSidecar {
    var sidecar = ResultsSidecar(
      command: CommandLine.arguments, seed: options.seed, threads: options.threads,
      pinned: options.isPinned, machine: machine)
    sidecar.flushedDenormals = options.flushesDenormals
    sidecar.planner = [
      "effort": options.planner.rawValue, "flags": FFTWLibrary.flags(options.planner),
      "secondsAPlan": "\(FFTWLibrary.secondsAPlan)",
    ]
    sidecar.libraries["fftw"] = FFTWLibrary.version
    return sidecar
  }

  /// A row as a line: what `--verbose` shows.
  private static func line(_ record: ResultsRecord) -> String {
    let name = record["name"].isEmpty ? record["problem"] : record["name"]
    var parts = ["\(name) \(record["pass"]) \(record.algorithm) \(record["threads"])t"]
    parts.append(record["status"] + (record["reason"].isEmpty ? "" : " (\(record["reason"]))"))
    if let median = record.number("median_ms") { parts.append("\(significant(median)) ms") }
    if let error = record.number("error_l2") { parts.append("error \(scientific(error))") }
    if let ratio = record.number("error_ratio") {
      parts.append("of its bound \(significant(ratio, 2))")
    }
    return parts.joined(separator: ", ")
  }
}

extension Arguments {
  /// The problems that the operands stand for, in every pass that is asked for.
  func problems() throws(ConvError) -> [NamedProblem] {
    var all: [NamedProblem] = []
    for text in operands {
      for pass in passes {
        var settings = problemSettings()
        settings.pass = pass
        all += try Workloads.problems(text, settings) { warning in
          if pass == passes[0] { Output.complain("\(text): \(warning)") }
        }
      }
    }
    return all
  }
}
