import ConvCore
import Glibc
import Laboratory
import SpectralConv

extension Command {
  /// `compare study`.
  static let study = Command(
    "study", "planning and error growth, as tables and curves",
    operands: "fft|error [PROBLEM]", count: 1...2,
    details: """
      fft: the transform's size, real against packed complex transforms, the planner's effort, wisdom
      and the tile: time, planning and error together, for PROBLEM (one image of 512 x 512 and a
      kernel of 15 unless another is named). One to three minutes.
      error: the relative L2 error against the kernel, the channels and the tile, with the exponent
      fitted to it beside that of the algorithm's error model. Under a minute.
      """,
    options: Options.problem + [Options.threads, Options.isa, Options.workspaceLimit]
      + Options.verification
      + [Options.csv, Options.force, Options.quiet, Options.plain],
    examples: [
      ("compare study fft mb1_ic1ih512oc1oh512kh15ph7", "what FFTW's choices cost and bring"),
      ("compare study error --csv e.csv", "how errors grow"),
    ]
  ) { arguments throws(ConvError) in
    let topic = arguments.operands[0]
    switch topic {
    case "fft": return try FFTStudySession(arguments).run()
    case "error":
      guard arguments.operands.count == 1 else {
        throw .invalid("study error has problems of its own: leave \(arguments.operands[1]) out")
      }
      return try ErrorStudySession(arguments).run()
    default:
      throw .invalid(
        "there is no study \"\(topic)\"\(didYouMean(topic, among: ["fft", "error"])) (fft, error)")
    }
  }
}

/// What both studies share: options, the sidecar, the bar.
private struct StudyFrame {
  let arguments: Arguments
  var measurement: Measurement
  let isQuiet: Bool
  let colour: Bool

  init(_ topic: String, _ arguments: Arguments) throws(ConvError) {
    self.arguments = arguments
    measurement = Measurement("study-\(topic)", arguments)
    isQuiet = arguments.has(Options.quiet)
    colour = Output.isTerminal && !arguments.has(Options.plain)
    guard measurement.options.threads.count == 1 else {
      throw .invalid("a study runs on one number of threads")
    }
  }

  func path() throws(ConvError) -> String {
    if let given = arguments[Options.csv] { return given }
    return try measurement.defaultPath()
  }

  var bar: ProgressLine {
    ProgressLine(isQuiet: isQuiet, isPlain: arguments.has(Options.plain))
  }
}

/// `compare study error`.
private struct ErrorStudySession {
  private let frame: StudyFrame

  init(_ arguments: Arguments) throws(ConvError) { frame = try StudyFrame("error", arguments) }

  func run() throws(ConvError) -> Int32 {
    let scalar = frame.arguments[Options.dtype, default: .f32]
    let study = try ErrorStudy(scalar)
    let path = try frame.path()
    let file = try ResultsFile(path, existing: try frame.arguments.existingFiles())
    let machine = try Machine.measure(
      threads: frame.measurement.options.threads, isa: frame.measurement.options.isa)
    var sidecar = frame.measurement.sidecar(machine)
    if let path = file.sidecarPath { try sidecar.write(to: path) }
    Cancellation.catchInterrupts()
    let bar = frame.bar
    defer { bar.clear() }
    let curves = try study.run(
      frame.measurement.options, cancellation: .interrupt, progress: bar.show
    ) { row throws(ConvError) in
      // Parts share problems: a row that is there already is not written again.
      if !file.contains(row) { try file.append(row) }
    }
    bar.clear()
    (sidecar.end, sidecar.result) = (utcTime(), "complete")
    if let path = file.sidecarPath { try? sidecar.write(to: path) }
    let failed = curves.flatMap(\.cells).filter { $0.row.outcome.status == .failed }
    for cell in failed {
      Output.complain(
        "\(cell.row.outcome.algorithm) failed at \(cell.row.outcome.problem.descriptor): "
          + cell.row.outcome.reason)
    }
    if !frame.isQuiet {
      for part in study.parts {
        Output.line(
          "Relative L2 error against the \(part.along) (\(part.fixed), \(scalar.rawValue))")
        Output.line(
          table(curves.filter { $0.along == part.along }).text(
            colour: frame.colour, width: Output.width) + "\n")
      }
      Output.line(
        "exponent: of the error fitted to a power, with its 95 % interval; theory: the same of the "
          + "algorithm's error model for white data")
      if let shape = shape(curves) { Output.line(shape) }
      Output.line("\n\(file.written) rows in \(path)")
    }
    return failed.isEmpty ? 0 : 1
  }

  private func table(_ curves: [ErrorStudy.Curve]) -> TextTable {
    let values = Set(curves.flatMap { $0.cells.map(\.value) }).sorted()
    var table = TextTable(
      ["algorithm"] + values.map(String.init) + ["exponent", "95 %", "theory"])
    for curve in curves {
      let errors = values.map { value -> String in
        guard let cell = curve.cells.first(where: { $0.value == value }) else { return "" }
        return cell.row.outcome.accuracy.map { shortError($0.l2) } ?? "-"
      }
      table.add([curve.algorithm] + errors + exponents(curve))
    }
    return table
  }

  private func exponents(_ curve: ErrorStudy.Curve) -> [String] {
    guard let fit = curve.fit else { return ["", "", ""] }
    let interval = "\(fixed(fit.interval.lowerBound, 2)) to \(fixed(fit.interval.upperBound, 2))"
    return [fixed(fit.exponent, 2), interval, curve.theory.map { fixed($0.exponent, 2) } ?? ""]
  }

  /// The published shape: Winograd's error grows with the tile, the FFT's does not.
  private func shape(_ curves: [ErrorStudy.Curve]) -> String? {
    func growth(_ family: String) -> (factor: Double, from: Int, to: Int)? {
      guard
        let curve = curves.first(where: { $0.along == "tile" && $0.algorithm == family }),
        let first = curve.points.first, let last = curve.points.last, first.y > 0
      else { return nil }
      return (last.y / first.y, Int(first.x), Int(last.x))
    }
    guard let w = growth("winograd"), let f = growth("fft-tiled") else { return nil }
    return
      "From tiles of \(w.from) to \(w.to) points Winograd's error grows \(significant(w.factor))-fold; "
      + "from \(f.from) to \(f.to) that of FFT tiles \(significant(f.factor))-fold."
  }
}

/// An error with two digits: `1.8e-07`.
private func shortError(_ value: Double) -> String {
  guard value > 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
  let power = Int(log10(value).rounded(.down))
  let digits = value / pow(10, Double(power))
  return "\(fixed(digits, 1))e\(power)"
}

/// `compare study fft`.
private struct FFTStudySession {
  private let frame: StudyFrame
  private let study: FFTStudy

  init(_ arguments: Arguments) throws(ConvError) {
    var frame = try StudyFrame("fft", arguments)
    frame.measurement.options.seconds = arguments[Options.seconds, default: 6]
    let text =
      arguments.operands.count > 1 ? arguments.operands[1] : "mb1_ic1ih512oc1oh512kh15ph7"
    let problems = try Workloads.problems(text, arguments.problemSettings()) {
      Output.complain("\(text): \($0)")
    }
    guard problems.count == 1 else {
      throw .invalid("a study is of one problem, but \(text) is \(problems.count)")
    }
    try ResultsSession.checkMemory(problems)
    self.frame = frame
    study = FFTStudy(problems[0].problem, frame.measurement.options)
  }

  func run() throws(ConvError) -> Int32 {
    let path = try frame.path()
    let stem = path.hasSuffix(".csv") ? String(path.dropLast(4)) : path
    if !frame.arguments.has(Options.force) {
      for file in [path, stem + ".json"] where access(file, F_OK) == 0 {
        throw .invalid("\(file) exists: give --force to write over it")
      }
    }
    let machine = try Machine.measure(
      threads: frame.measurement.options.threads, isa: frame.measurement.options.isa)
    var sidecar = frame.measurement.sidecar(machine)
    sidecar.planner["effort"] = PlannerEffort.allCases.map(\.rawValue).joined(separator: ", ")
    try sidecar.write(to: stem + ".json")
    Cancellation.catchInterrupts()
    let bar = frame.bar
    defer { bar.clear() }
    var rows: [FFTStudy.Row] = []
    try study.run(cancellation: .interrupt, progress: bar.show) { row throws(ConvError) in
      rows.append(row)
      let records = [FFTStudy.columns] + rows.map(study.fields)
      try writeFile(path, Array(records.map(CSV.record).joined().utf8))
    }
    bar.clear()
    (sidecar.end, sidecar.result) = (utcTime(), "complete")
    try sidecar.write(to: stem + ".json")
    if !frame.isQuiet {
      let text = study.extents.map(String.init).joined(separator: " x ")
      Output.line("FFTW alone: one real image of \(text) or more there and back, 1 thread")
      Output.line(transforms(rows).text(colour: frame.colour, width: Output.width))
      Output.line("\nConvolution \(study.problem.descriptor)")
      Output.line(convolutions(rows).text(colour: frame.colour, width: Output.width))
      let sentences = conclusions(rows)
      if !sentences.isEmpty { Output.line("\n" + sentences.joined(separator: "\n")) }
      Output.line("\n\(rows.count) rows in \(path)")
    }
    return rows.contains { $0.status == .failed } ? 1 : 0
  }

  private func ms(_ value: Double?) -> String { value.map { significant($0) } ?? "-" }

  private func transforms(_ rows: [FFTStudy.Row]) -> TextTable {
    var table = TextTable(
      ["points", "size", "kind", "planner", "plan ms", "with wisdom", "ms an image", "error"],
      [.left, .left, .left, .left, .right, .right, .right, .right])
    for row in rows where row.part == "transform" {
      table.add([
        row.extents, row.policy, row.kind, row.planner.rawValue, ms(row.plan), ms(row.remembered),
        ms(row.median), row.error.map(shortError) ?? row.reason,
      ])
    }
    return table
  }

  private func convolutions(_ rows: [FFTStudy.Row]) -> TextTable {
    var table = TextTable(
      [
        "algorithm", "planner", "plan ms", "with wisdom", "prepare ms", "median ms", "error",
        "workspace",
      ], [.left, .left, .right, .right, .right, .right, .right, .right])
    for row in rows where row.part == "convolution" {
      table.add([
        AlgorithmName(row.algorithm, variant: row.variant).description, row.planner.rawValue,
        ms(row.plan), ms(row.remembered), ms(row.prepare), ms(row.median),
        row.error.map(shortError) ?? row.reason, row.workspaceBytes.map(byteCount) ?? "",
      ])
    }
    return table
  }

  /// What the rows say, each in a sentence with its figures.
  private func conclusions(_ rows: [FFTStudy.Row]) -> [String] {
    var sentences: [String] = []
    let measured = rows.filter { $0.part == "transform" && $0.planner == .measure }
    func median(_ policy: TransformProbe.SizePolicy, _ kind: TransformProbe.Kind) -> Double? {
      measured.first {
        $0.kind == kind.rawValue
          && $0.policy.split(separator: ", ").contains { $0 == policy.rawValue }
      }?.median
    }
    if let own = median(.model, .real), own > 0 {
      let others = [TransformProbe.SizePolicy.exact, .fast, .powerOfTwo].compactMap { policy in
        median(policy, .real).map { "\(policy.rawValue) \(significant($0 / own, 2))" }
      }
      sentences.append(
        "Time of r2c over that of the model's size: \(others.joined(separator: ", ")).")
      if let packed = median(.model, .packed) {
        sentences.append(
          "At the model's size a packed complex transform takes \(significant(packed / own, 2)) "
            + "of the time of r2c for an image.")
      }
    }
    for kind in TransformProbe.Kind.allCases {
      let own = rows.filter {
        $0.part == "transform" && $0.kind == kind.rawValue && $0.policy.contains("model")
      }
      guard let quick = own.first(where: { $0.planner == .estimate }), let a = quick.cost else {
        continue
      }
      for row in own where row.planner != .estimate {
        guard let b = row.cost else { continue }
        let calls = b.callsToPay(against: a).map { "pays from \($0) images on" } ?? "never pays"
        sentences.append("\(row.planner.rawValue) against estimate, \(kind.rawValue): \(calls).")
      }
    }
    return sentences
  }
}

extension FFTStudy.Row {
  /// Planning without wisdom, once, and each execution.
  fileprivate var cost: Amortisation? {
    guard let plan, let median else { return nil }
    return Amortisation(once: plan, each: median)
  }
}
