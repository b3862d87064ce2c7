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

  init(_ command: String, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    options = arguments.experimentOptions()
  }

  /// Runs the problems, writes their rows, prints the table and, after it, what `closing` makes of
  /// all rows. Returns the exit status.
  func run(
    _ problems: [NamedProblem], closing: ([ResultsRecord]) -> [String] = { _ in [] }
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
    var records = earlier.filter { $0.status != .interrupted }
    var failure: ConvError?
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
    } catch { failure = error }
    bar.clear()
    let interrupted = Cancellation.interrupt.isCancelled && failure == nil
    sidecar.end = utcTime()
    sidecar.result = failure.map { "\($0)" } ?? (interrupted ? "interrupted" : "complete")
    if let path = file.sidecarPath { try? sidecar.write(to: path) }
    if let failure { throw failure }
    report(records, closing, file, interrupted: interrupted)
    if interrupted { return 130 }
    return records.contains { $0.status == .failed } ? 1 : 0
  }

  private var isQuiet: Bool { arguments.has(Options.quiet) }

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
