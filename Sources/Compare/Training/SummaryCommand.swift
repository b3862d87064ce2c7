import ConvCore
import ConvNet
import DirectConv
import Glibc
import Imaging
import Laboratory

extension Command {
  /// `compare summary`.
  static let summary = Command(
    "summary", "a network's layers, shapes and parameter counts", operands: "MODEL", count: 1...1,
    details: """
      MODEL is \(Model.names.joined(separator: ", ")), a file that train saved, or a network in one
      line (on data of --format, digits unless said).
      """,
    options: [Options.format],
    examples: [("compare summary sign-mnist", "the table of the lecture notes")]
  ) { arguments throws(ConvError) in
    let word = arguments.operands[0]
    let model: Model
    if Model.names.contains(word) {
      model = try Model.named(word)
    } else if word.hasSuffix(".model") {
      model = try Checkpoint(reading: word).model
    } else if word.contains("->") || word.contains(":") {
      let format = arguments[Options.format, default: .digits]
      model = try Model(parsing: word, input: format.shape, classes: format.classes)
    } else {
      model = try Model.named(word)
    }
    let summary = try Summary(model)
    var table = TextTable(["layer", "output", "parameters"])
    table.add(["input", model.input.description, ""])
    for row in summary.rows {
      table.add([row.title, row.output.description, "\(row.parameters)"])
    }
    Output.line(table.text(colour: Output.isTerminal))
    Output.line(
      "\ntotal \(summary.total), trainable \(summary.trainable), "
        + "not trainable \(summary.notTrainable)")
    return 0
  }

  /// `compare classify`.
  static let classify = Command(
    "classify", "what a trained network sees in a picture", operands: "MODEL IMAGE", count: 2...2,
    details: """
      MODEL is a file that train saved. The picture is made grey where the network wants it, resized
      to the network's input and scaled to 0...1; --invert exchanges black and white, since the
      digits are light on dark.
      """,
    options: [invert, Options.algorithms],
    examples: [("compare classify digits.model seven.png --invert", "a dark digit on white paper")]
  ) { arguments throws(ConvError) in
    let checkpoint = try Checkpoint(reading: arguments.operands[0])
    let model = try checkpoint.model
    let algorithms = try Registry.inUse.select(arguments[Options.algorithms, default: "direct"])
    guard let algorithm = algorithms.first else { throw .invalid("no algorithm was named") }
    let network = try ConvNet.Network<Float>(
      model, .init(algorithm: algorithm, fallback: Im2col()), Resources())
    try checkpoint.restore(network)
    let picture = try Picture.read(arguments.operands[1])
      .fitted(to: model.input, inverted: arguments.has(invert))
    let scores = try network.forward(picture.span, batch: 1)
    let largest = scores.max() ?? 0
    let shares = scores.map { exp(Double($0 - largest)) }
    let sum = shares.reduce(0, +)
    let order = shares.indices.sorted { shares[$0] > shares[$1] }
    for c in order.prefix(3) { Output.line("\(c)  \(fixed(100 * shares[c] / sum, 1)) %") }
    return 0
  }

  private static let invert = Option(flag: "invert", .command, "exchanges black and white")
}

extension Picture {
  /// The samples that a network of `shape` takes: grey or colour, resized, black and white
  /// exchanged if asked.
  fileprivate func fitted(to shape: FeatureShape, inverted: Bool) throws(ConvError) -> [Float] {
    let colours = shape.channels == 1 ? try grey() : self
    guard colours.channels == shape.channels else {
      throw .invalid("the network takes \(shape.channels) channels, the picture has \(channels)")
    }
    let small = try colours.resized(width: shape.width, height: shape.height, by: .area)
    return inverted ? small.samples.map { 1 - $0 } : small.samples
  }
}
