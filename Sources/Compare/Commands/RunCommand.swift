import ConvCore
import Laboratory

extension Options {
  static let input = Option("input", "FILE", .command, "the input, .npy: N, C, spatial extents") {
    text throws(ConvError) in text
  }
  static let weight = Option(
    "weight", "FILE", .command,
    "the weights, .npy: K, C / groups, kernel (C, K / groups, kernel for a transposed convolution)"
  ) { text throws(ConvError) in text }
  static let biasFile = Option("bias-file", "FILE", .command, "a bias, .npy: K") {
    text throws(ConvError) in text
  }
  static let result = Option("output", "FILE", .command, "where the result goes, .npy") {
    text throws(ConvError) in text
  }
  static let algorithm = Option(
    "algorithm", "NAME", .command, "who computes it (default auto, or the first that can)"
  ) { text throws(ConvError) in text }
  static let stride = Option("stride", "LIST", .command, "1 (default), or one for each axis: 2,1") {
    text throws(ConvError) in try OptionValue.integers(text, atLeast: 1)
  }
  static let dilation = Option(
    "dilation", "LIST", .command, "counted from 1 (default), as in PyTorch: 2 skips one element"
  ) { text throws(ConvError) in try OptionValue.integers(text, atLeast: 1) }
  static let groups = Option("groups", "N", .command, "groups of channels (default 1)") {
    text throws(ConvError) in try OptionValue.integer(text, atLeast: 1)
  }
  static let caseFolder = Option(
    "case", "FOLDER", .command, "writes a case folder of it, with the oracle's result"
  ) { text throws(ConvError) in text }
}

extension Command {
  /// `compare run`.
  static let run = Command(
    "run", "convolves one's own arrays",
    details: """
      Arrays of one or two indices are a signal or a picture and a kernel. All f4 is computed in
      f32, everything else in f64, unless --dtype says so. The result is compared with the oracle
      before it is written.
      """,
    options: [
      Options.input, Options.weight, Options.biasFile, Options.result, Options.algorithm,
      Options.stride, Options.dilation, Options.groups, Options.caseFolder, Options.operation,
      Options.padding, Options.outputPadding, Options.dtype, Options.border, Options.convention,
      Options.threads, Options.workspaceLimit, Options.planner, Options.isa, Options.noVerify,
      Options.quiet,
    ],
    examples: [
      (
        "compare run --input x.npy --weight w.npy --output y.npy --padding same",
        "a same convolution"
      ),
      ("compare run --input x.npy --weight w.npy --case golden/mine", "a golden case of it"),
    ]
  ) { arguments throws(ConvError) in
    guard let input = arguments[Options.input], let weight = arguments[Options.weight] else {
      throw .invalid("compare run needs --input x.npy and --weight w.npy: see compare run --help")
    }
    guard arguments[Options.result] != nil || arguments[Options.caseFolder] != nil else {
      throw .invalid("compare run needs --output y.npy or --case FOLDER to write to")
    }
    let work = try ArrayConvolution(
      description(arguments), input: try NpyArray(reading: input),
      weights: try NpyArray(reading: weight), bias: try array(arguments[Options.biasFile]),
      scalar: arguments[Options.dtype])
    try ResultsSession.checkMemory([NamedProblem(work.problem)])
    if let folder = arguments[Options.caseFolder] {
      let name = folder.split(separator: "/").last.map(String.init) ?? folder
      try work.golden(named: name).write(to: folder)
    }
    guard let output = arguments[Options.result] else { return 0 }
    return try compute(work, output, arguments)
  }

  private static func compute(
    _ work: ArrayConvolution, _ output: String, _ arguments: Arguments
  ) throws(ConvError) -> Int32 {
    let options = arguments.experimentOptions()
    let resources = Resources(
      pool: try ThreadPool(width: options.threads[0]), workspaceLimit: options.workspaceLimit,
      planner: options.planner, isa: options.isa)
    let algorithm = try chosen(work.problem, resources, arguments[Options.algorithm])
    let result = try work.run(algorithm, resources, verifies: options.verifies)
    if let judgement = result.judgement, !judgement.passes {
      Output.complain("\(algorithm.name) failed: \(judgement.reason)")
      return 1
    }
    try result.output.write(to: output)
    if !arguments.has(Options.quiet) {
      let error = result.judgement.map { judgement in
        ", relative error \(scientific(judgement.accuracy.l2)) "
          + "(\(significant(judgement.accuracy.ratio, 2)) of its bound)"
      }
      Output.line(
        "\(work.problem.descriptor): \(algorithm.name) in \(significant(result.milliseconds)) ms"
          + "\(error ?? "") -> \(output) \(result.output.shape)")
    }
    return 0
  }

  private static func array(_ path: String?) throws(ConvError) -> NpyArray? {
    guard let path else { return nil }
    return try NpyArray(reading: path)
  }

  private static func description(_ arguments: Arguments) -> ArrayProblem {
    var description = ArrayProblem()
    description.operation = arguments[Options.operation, default: .convolution]
    description.stride = arguments[Options.stride, default: [1]]
    description.dilation = arguments[Options.dilation, default: [1]]
    description.outputPadding = arguments[Options.outputPadding, default: [0]]
    description.padding = arguments[Options.padding, default: .valid]
    description.groups = arguments[Options.groups, default: 1]
    description.border = arguments[Options.border, default: .zeros]
    description.convention = arguments[Options.convention, default: .crossCorrelation]
    return description
  }

  /// The algorithm that is named, or `auto`, or the first that can.
  private static func chosen(
    _ problem: ConvProblem, _ resources: Resources, _ name: String?
  ) throws(ConvError) -> any ConvAlgorithm {
    if let name { return try Registry.standard.algorithm(name) }
    if let auto = try? Registry.standard.algorithm("auto") { return auto }
    for algorithm in try Registry.standard.select("all") {
      if case .supported = algorithm.support(problem, resources) { return algorithm }
    }
    return try Registry.standard.algorithm("reference")
  }
}
