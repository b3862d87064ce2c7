import ConvCore
import Glibc
import Laboratory

/// What the commands that fill a results file share: files, progress, table, interruption.
struct Measurement {
  /// As the default file is named: `time`.
  let command: String
  let arguments: Arguments
  var options: Experiment.Options
  var photograph: ResultsSession.Photograph?

  init(_ command: String, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    options = arguments.experimentOptions()
  }

  /// The files of a run, opened before anything is computed.
  struct Files {
    var file: ResultsFile
    var sidecar: ResultsSidecar
    /// Rows that a resumed file holds.
    var earlier: [ResultsRecord]

    /// Says how the run ended. That it cannot be said on a full disk does not undo the rows.
    mutating func close(_ result: String) {
      sidecar.end = utcTime()
      sidecar.result = result
      if let path = file.sidecarPath { try? sidecar.write(to: path) }
    }
  }

  /// Opens the results file and its description; measures the machine's peaks if asked to.
  func open(peaks: Bool) throws(ConvError) -> Files {
    let existing = try arguments.existingFiles()
    let path: String
    if let given = arguments[Options.csv] { path = given } else { path = try defaultPath() }
    let isResumed = existing == .resume && access(path, F_OK) == 0
    let earlier = isResumed ? try ResultsRecord.read(path) : []
    let file = try ResultsFile(path, existing: existing)
    let machine =
      peaks ? try Machine.measure(threads: options.threads, isa: options.isa) : .described
    var files = Files(
      file: file, sidecar: sidecar(machine),
      earlier: earlier.filter { $0.status != .interrupted })
    if let path = file.sidecarPath {
      if isResumed { files.sidecar.resume(path) }
      try files.sidecar.write(to: path)
    }
    Cancellation.catchInterrupts()
    return files
  }

  /// Runs the problems, writes their rows, prints the table and, after it, what `closing` makes of
  /// all rows. Returns the exit status.
  func run(
    _ problems: [NamedProblem], closing: ([ResultsRecord]) -> [String] = { _ in [] }
  ) throws(ConvError) -> Int32 {
    let algorithms = try arguments.selectedAlgorithms()
    try ResultsSession.checkMemory(problems)
    var files = try open(peaks: options.times)
    let bar = ProgressLine(isQuiet: isQuiet, isPlain: arguments.has(Options.plain))
    var session = ResultsSession(options, algorithms, files.sidecar.machine)
    session.photograph = photograph
    session.file = files.file
    var records = files.earlier
    do throws(ConvError) {
      try session.run(
        problems, cancellation: .interrupt, progress: bar.show,
        finished: { row in
          records.append(ResultsRecord(row))
          if arguments.has(Options.verbose) {
            bar.clear()
            Output.error(Self.line(ResultsRecord(row)) + "\n")
          }
        })
    } catch {
      bar.clear()
      files.close("\(error)")
      throw error
    }
    bar.clear()
    let interrupted = Cancellation.interrupt.isCancelled
    files.close(interrupted ? "interrupted" : "complete")
    report(records, closing, files.file, interrupted: interrupted)
    if interrupted { return 130 }
    return records.contains { $0.status == .failed } ? 1 : 0
  }

  var isQuiet: Bool { arguments.has(Options.quiet) }

  private func report(
    _ records: [ResultsRecord], _ closing: ([ResultsRecord]) -> [String], _ file: ResultsFile,
    interrupted: Bool
  ) {
    let colour = Output.isTerminal && !arguments.has(Options.plain)
    if !isQuiet {
      Output.line(ResultsTable(records).text(colour: colour, width: Output.width))
      let sentences = closing(records)
      if !sentences.isEmpty { Output.line("\n" + sentences.joined(separator: "\n")) }
    }
    let done = records.count { $0.status != .interrupted }
    if interrupted {
      Output.complain(
        "interrupted: \(done) of \(records.count) rows are done and in \(file.path); "
          + "go on with --csv \(file.path) --resume")
    } else if !isQuiet {
      let sidecar = file.sidecarPath.map { " (how it was made: \($0))" } ?? ""
      Output.line("\n\(done) rows in \(file.path)\(sidecar)")
    }
  }

  /// `results/time-20260131T120000Z.csv`, with a number after it where two runs meet.
  private func defaultPath() throws(ConvError) -> String {
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

  private func sidecar(_ machine: Machine) -> ResultsSidecar {
    var sidecar = ResultsSidecar(
      command: CommandLine.arguments, seed: options.seed, threads: options.threads,
      pinned: options.isPinned, machine: machine)
    sidecar.flushedDenormals = options.flushesDenormals
    sidecar.planner["effort"] = options.planner.rawValue
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
