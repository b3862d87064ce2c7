import ConvCore
import Laboratory

extension Options {
  static let algorithms = Option(
    "algorithms", "LIST", .algorithms,
    "names, globs (fft*, winograd:*) or all (default): every algorithm in its default variant"
  ) { text throws(ConvError) in text }
  static let threads = Option(
    "threads", "N[,M...]", .algorithms, "threads; several give rows each (default: every core)"
  ) { text throws(ConvError) in try OptionValue.integers(text, atLeast: 1) }
  static let workspaceLimit = Option(
    "workspace-limit", "SIZE", .algorithms, "bytes that a plan may allocate, as 512M"
  ) { text throws(ConvError) in try OptionValue.bytes(text) }
  static let planner = Option(
    "planner", "EFFORT", .algorithms,
    "FFTW's planner: estimate, measure (default, at most 2 s a plan) or patient"
  ) { text throws(ConvError) in try OptionValue.choice(text, PlannerEffort.self) }
  static let isa = Option(
    "isa", "NAME", .algorithms, "instruction set of the kernels: base, avx2 or avx512"
  ) { text throws(ConvError) -> ISA in
    let names = ISA.allCases.map(\.name)
    guard let isa = ISA.allCases.first(where: { $0.name == text }) else {
      throw .invalid("\"\(text)\" is none of \(names.joined(separator: ", "))")
    }
    guard isa <= .best else { throw .invalid("this processor has no \(text)") }
    return isa
  }

  static let seed = Option("seed", "N", .measurement, "seed of data and of the order (default 1)") {
    text throws(ConvError) in try OptionValue.seed(text)
  }
  static let fill = Option(
    "fill", "NAME", .measurement,
    "data: uniform (default), normal, integers, spike, dc, denormal, zeros or nan"
  ) { text throws(ConvError) in try OptionValue.choice(text, Fill.self) }
  static let seconds = Option(
    "max-seconds-per-problem", "S", .measurement,
    "verification and timing of one problem together (default 20)"
  ) { text throws(ConvError) in try OptionValue.positive(text) }
  static let patience = Option(
    "patience", "S", .measurement,
    "seconds beyond those that a problem may wait for a quiet machine (default: as many again)"
  ) { text throws(ConvError) in try OptionValue.nonNegative(text) }
  static let baseline = Option(
    "baseline", "NAME", .measurement, "what speed-ups are relative to (default im2col)"
  ) { text throws(ConvError) in try Registry.inUse.algorithm(text).name }
  static let noVerify = Option(
    flag: "no-verify", .measurement, "times without verifying first; rows say `unverified`")
  static let oracle = Option(
    "oracle", "NAME", .measurement,
    "what results are judged by: definition (default) or identities, which share nothing with it"
  ) { text throws(ConvError) in try OptionValue.choice(text, Experiment.OracleChoice.self) }
  static let diagnose = Option(
    flag: "diagnose", .measurement,
    "examines what fails: the smallest problem that does, where the errors are, and why")
  static let cold = Option(
    flag: "cold", .measurement, "reads inputs that the caches have not seen lately")
  static let flushDenormals = Option(
    flag: "flush-denormals", .measurement, "lets the processor take denormal numbers for zero")
  static let pin = Option(flag: "pin", .measurement, "pins threads to processors")

  static let csv = Option(
    "csv", "FILE", .output, "where results go (default results/COMMAND-TIME.csv)"
  ) { text throws(ConvError) in text }
  static let resume = Option(flag: "resume", .output, "goes on with FILE: complete rows are kept")
  static let force = Option(flag: "force", .output, "writes over FILE")
  static let reportFormat = Option(
    "format", "NAME", .output, "table (default), or benchdnn: its performance report"
  ) { text throws(ConvError) in try OptionValue.choice(text, ReportFormat.self) }
  static let quiet = Option(flag: "quiet", .output, "no progress, no table; errors alone")
  static let verbose = Option(flag: "verbose", .output, "a line for each row as it becomes final")
  static let plain = Option(flag: "plain", .output, "no colour, no bar")

  static let execution: [any AnyOption] = [algorithms, threads, workspaceLimit, planner, isa]
  static let verification: [any AnyOption] = [
    seed, fill, seconds, flushDenormals, oracle, diagnose,
  ]
  static let timing: [any AnyOption] = [patience, baseline, noVerify, cold, pin]
  static let display: [any AnyOption] = [quiet, verbose, plain]
  static let output: [any AnyOption] = [csv, resume, force, reportFormat] + display
}

extension Arguments {
  /// The algorithms that are asked for; algorithms with a fault only where they are named.
  func selectedAlgorithms(_ registry: Registry = .inUse) throws(ConvError)
    -> [any ConvAlgorithm]
  { try registry.adding(.mutants).select(self[Options.algorithms, default: "all"]) }

  /// What an experiment does and how long it may take.
  func experimentOptions() -> Experiment.Options {
    var options = Experiment.Options()
    if let threads = self[Options.threads] { options.threads = threads }
    options.seconds = self[Options.seconds, default: options.seconds]
    options.patience = self[Options.patience, default: options.seconds]
    options.seed = self[Options.seed, default: options.seed]
    options.fill = self[Options.fill, default: options.fill]
    options.baseline = self[Options.baseline, default: options.baseline]
    options.workspaceLimit = self[Options.workspaceLimit, default: options.workspaceLimit]
    options.planner = self[Options.planner, default: options.planner]
    options.isa = self[Options.isa, default: options.isa]
    options.isCold = has(Options.cold)
    options.flushesDenormals = has(Options.flushDenormals)
    options.isPinned = has(Options.pin)
    options.verifies = !has(Options.noVerify)
    options.oracle = self[Options.oracle, default: options.oracle]
    return options
  }

  /// What to do with a results file that exists.
  func existingFiles() throws(ConvError) -> ResultsFile.Existing {
    switch (has(Options.resume), has(Options.force)) {
    case (true, true): throw .invalid("--resume keeps what --force writes over: give one of them")
    case (true, false): .resume
    case (false, true): .replace
    case (false, false): .refuse
    }
  }
}

/// What is printed of results.
enum ReportFormat: String, CaseIterable, Sendable {
  case table, benchdnn
}
