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
  private static let caseFolder = Option(
    "case", "FOLDER", .command, "writes arrays, conventions and result as a case folder"
  ) { text throws(ConvError) in text }
  private static let algorithm = Option(
    "algorithm", "NAME", .algorithms, "who computes it (direct)"
  ) { text throws(ConvError) in try Registry.standard.algorithm(text) as any ConvAlgorithm }
  private static let stride = list("stride", "distance of outputs: 2 or 2,1")
  private static let dilation = list("dilation", "distance of taps, counted from 1: 2 or 2,1")
  private static let groups = Option("groups", "N", .problem, "groups of channels") {
    text throws(ConvError) in try OptionValue.integer(text, atLeast: 1)
  }

  /// `compare run`.
  static let runArrays = Command(
    "run", "convolves one's own arrays",
    details: "f4 arrays are computed in f32, all others in f64.",
    options: [
      input, weight, biasFile, output, caseFolder, algorithm, stride, dilation, groups,
      Options.padding, Options.outputPadding, Options.operation, Options.border,
      Options.convention, Options.threads, Options.planner, Options.isa,
    ],
    examples: [
      ("compare run --input x.npy --weight w.npy --output y.npy --padding same", "any array"),
      (
        "compare run --input x.npy --weight w.npy --output y.npy --algorithm fft --case mine",
        "and a golden case of it"
      ),
    ]
  ) { arguments throws(ConvError) in
    func needed(_ option: Option<String>) throws(ConvError) -> String {
      guard let path = arguments[option] else {
        throw .invalid("compare run needs --\(option.name) FILE: see compare run --help")
      }
      return path
    }
    let (x, w, y) = (try needed(input), try needed(weight), try needed(output))
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
    let options = arguments.experimentOptions()
    var resources = try Resources(threads: options.threads.first ?? 1)
    (resources.planner, resources.isa) = (options.planner, options.isa)
    let direct = try Registry.standard.algorithm("direct")
    let result = try run.output(arguments[algorithm, default: direct], resources)
    try result.write(to: y)
    if let folder = arguments[caseFolder] {
      let name = String(folder.split(separator: "/").last ?? "case")
      try run.writeCase(folder, name: name, expected: result)
    }
    return 0
  }
}
