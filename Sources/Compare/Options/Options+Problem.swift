import ConvCore
import Laboratory

/// The options that mean the same in every command (INTERFACE of the README), typed.
enum Options {
  static let batch = Option("batch", "N", .problem, "replaces the batch (mb) of every problem") {
    text throws(ConvError) in try OptionValue.integer(text, atLeast: 1)
  }
  static let operation = Option(
    "operation", "NAME", .problem, "convolution (default) or transposedConvolution"
  ) { text throws(ConvError) in try OptionValue.choice(text, Operation.self) }
  static let pass = Option(
    "pass", "NAME", .problem,
    "forward (default), inputGradient, weightGradient, biasGradient or all"
  ) { text throws(ConvError) -> [Pass] in
    text == "all" ? Pass.allCases : [try OptionValue.choice(text)]
  }
  static let bias = Option(flag: "bias", .problem, "adds a bias in the forward pass")
  static let padding = Option(
    "padding", "RULE", .problem,
    "valid, same, full or numbers (1 or 1,2 or 0,1,0,1); replaces the problem's padding"
  ) { text throws(ConvError) in try Padding(parsing: text) }
  static let outputPadding = Option(
    "output-padding", "LIST", .problem, "extra outputs of a transposed convolution: 1 or 1,0"
  ) { text throws(ConvError) in try OptionValue.integers(text) }
  static let layout = Option("layout", "NAME", .problem, "nchw (default) or nhwc") {
    text throws(ConvError) in try OptionValue.choice(text, DataLayout.self)
  }
  static let dtype = Option("dtype", "TYPE", .problem, "f32 (default) or f64") {
    text throws(ConvError) in try OptionValue.choice(text, ScalarKind.self)
  }
  static let border = Option(
    "border", "NAME", .problem, "zeros (default), reflect, symmetric, replicate or circular"
  ) { text throws(ConvError) in try OptionValue.choice(text, Border.self) }
  static let convention = Option(
    "convention", "NAME", .problem, "crossCorrelation (default) or convolution: flips the kernel"
  ) { text throws(ConvError) in try OptionValue.choice(text, Convention.self) }

  /// Everything that descriptors cannot say.
  static let problem: [any AnyOption] = [
    batch, operation, pass, bias, padding, outputPadding, layout, dtype, border, convention,
  ]

  static let help = Option(flag: "help", .general, "shows this text")
  static let version = Option(flag: "version", .general, "shows the version")
  static let general: [any AnyOption] = [plugin, help, version]
}

extension Arguments {
  /// What descriptors cannot say, for the first pass that is asked for.
  func problemSettings() -> ProblemSettings {
    var settings = ProblemSettings()
    settings.batch = self[Options.batch]
    settings.operation = self[Options.operation, default: .convolution]
    settings.pass = passes[0]
    settings.bias = has(Options.bias)
    settings.padding = self[Options.padding]
    settings.outputPadding = self[Options.outputPadding]
    settings.layout = self[Options.layout, default: .nchw]
    settings.scalar = self[Options.dtype, default: .f32]
    settings.border = self[Options.border, default: .zeros]
    settings.convention = self[Options.convention, default: .crossCorrelation]
    return settings
  }

  /// The passes that are asked for, at least one.
  var passes: [Pass] { self[Options.pass, default: [.forward]] }
}
