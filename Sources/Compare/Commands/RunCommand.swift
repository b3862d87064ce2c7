import ConvCore
import Laboratory

extension Command {
  private static func file(_ name: String, _ help: String) -> Option<String> {
    Option(name, "FILE", .command, help) { text throws(ConvError) in text }
  }
  private static func list(_ name: String, _ help: String) -> Option<[Int]> {
    Option(name, "LIST", .problem, help) { text throws(ConvError) in
      try OptionValue.integers(text)
    }
  }

  private static let input = file("input", "N, C, spatial... as .npy")
  private static let weight = file(
    "weight", "K, C / groups, kernel... (C, K / groups for a transposed convolution)")
  private static let biasFile = file("bias-file", "K values to add")
  private static let output = file("output", "where the result goes")
  private static let check = file(
    "check", "a result of one's own, judged instead of computing one")
  private static let caseFolder = Option(
    "case", "FOLDER", .command, "writes arrays, conventions and result as a case folder"
  ) { text throws(ConvError) in text }
  private static let algorithm = Option(
    "algorithm", "NAME", .algorithms, "who computes it (direct)"
  ) { text throws(ConvError) in try Registry.inUse.algorithm(text) as any ConvAlgorithm }
  private static let stride = list("stride", "distance of outputs: 2 or 2,1")
  private static let dilation = list("dilation", "distance of taps, counted from 1: 2 or 2,1")
  private static let groups = Option("groups", "N", .problem, "groups of channels") {
    text throws(ConvError) in try OptionValue.integer(text, atLeast: 1)
  }

  /// `compare run`.
  static let runArrays = Command(
    "run", "convolves one's own arrays",
    details: """
      f4 arrays are computed in f32, all others in f64. Arrays of one or two indices are a signal or
      a picture and its kernel. The result is compared with the oracle before it is written.

      --check FILE judges a result that another program computed from these arrays, within the bound
      derived for --algorithm (direct, unless it was computed by transforms); --diagnose says where
      it is wrong, and why.
      """,
    options: [
      input, weight, biasFile, output, check, caseFolder, algorithm, stride, dilation, groups,
      Options.padding, Options.outputPadding, Options.operation, Options.border,
      Options.convention, Options.threads, Options.workspaceLimit, Options.planner, Options.isa,
      Options.noVerify, Options.diagnose, Options.quiet,
    ],
    examples: [
      ("compare run --input x.npy --weight w.npy --output y.npy --padding same", "any array"),
      (
        "compare run --input x.npy --weight w.npy --output y.npy --algorithm fft --case mine",
        "and a golden case of it"
      ),
      (
        "compare run --input x.npy --weight w.npy --padding 1 --check mine.npy --diagnose",
        "judges mine.npy, and explains what is wrong with it"
      ),
    ]
  ) { arguments throws(ConvError) in
    func needed(_ option: Option<String>) throws(ConvError) -> String {
      guard let path = arguments[option] else {
        throw .invalid("compare run needs --\(option.name) FILE: see compare run --help")
      }
      return path
    }
    let (x, w) = (try needed(input), try needed(weight))
    guard [output, caseFolder, check].contains(where: { arguments[$0] != nil }) else {
      throw .invalid(
        "compare run needs --output FILE or --case FOLDER to write to, or --check FILE to judge")
    }
    var settings = ArrayRun.Settings()
    (settings.stride, settings.dilation) = (arguments[stride], arguments[dilation])
    settings.padding = arguments[Options.padding, default: .valid]
    settings.outputPadding = arguments[Options.outputPadding]
    settings.groups = arguments[groups, default: 1]
    settings.operation = arguments[Options.operation, default: .convolution]
    settings.border = arguments[Options.border, default: .zeros]
    settings.convention = arguments[Options.convention, default: .crossCorrelation]
    let bias = try arguments[biasFile].map { (path) throws(ConvError) in
      try NpyArray(reading: path)
    }
    let run = try ArrayRun(
      input: try NpyArray(reading: x), weight: try NpyArray(reading: w), bias: bias, settings)
    return try finish(run, arguments)
  }

  private static func finish(_ run: ArrayRun, _ arguments: Arguments) throws(ConvError) -> Int32 {
    let options = arguments.experimentOptions()
    let resources = Resources(
      pool: try ThreadPool(width: options.threads[0]), workspaceLimit: options.workspaceLimit,
      planner: options.planner, isa: options.isa)
    let direct = try Registry.inUse.algorithm("direct")
    let algorithm = arguments[algorithm, default: direct]
    try ResultsSession.checkMemory([NamedProblem(run.problem)])
    if let path = arguments[check] { return try judge(path, run, algorithm, resources, arguments) }
    let result = try run.run(algorithm, resources, verifies: options.verifies)
    if let judgement = result.judgement, !judgement.passes {
      Output.complain("\(algorithm.name) failed: \(judgement.reason)")
      return 1
    }
    if let path = arguments[output] { try result.output.write(to: path) }
    if let folder = arguments[caseFolder] {
      let name = String(folder.split(separator: "/").last ?? "case")
      try run.writeCase(folder, name: name, expected: result.output)
    }
    guard !arguments.has(Options.quiet) else { return 0 }
    let error = result.judgement.map {
      ", relative error \(scientific($0.accuracy.l2)) "
        + "(\(significant($0.accuracy.ratio, 2)) of its bound)"
    }
    let targets = [
      arguments[output].map { "\($0) \(result.output.shape)" },
      arguments[caseFolder].map { "case \($0)" },
    ].compactMap(\.self)
    Output.line(
      "\(run.problem.descriptor): \(algorithm.name) in \(significant(result.milliseconds)) ms"
        + "\(error ?? "") -> \(targets.joined(separator: ", "))")
    return 0
  }

  /// Judges the result that a file holds.
  private static func judge(
    _ path: String, _ run: ArrayRun, _ algorithm: any ConvAlgorithm, _ resources: Resources,
    _ arguments: Arguments
  ) throws(ConvError) -> Int32 {
    let checked = try run.check(
      NpyArray(reading: path), named: path, as: algorithm, resources,
      diagnoses: arguments.has(Options.diagnose))
    let accuracy = checked.judgement.accuracy
    let error =
      "relative error \(scientific(accuracy.l2)), \(significant(accuracy.ratio, 2)) of the bound of "
      + "\(algorithm.name)"
    if checked.judgement.passes {
      if !arguments.has(Options.quiet) { Output.line("\(path): passes: \(error)") }
      return 0
    }
    Output.line("\(path): FAILED: \(checked.judgement.reason)")
    if let diagnosis = checked.diagnosis { DiagnosisText.print(diagnosis) }
    return 1
  }
}
