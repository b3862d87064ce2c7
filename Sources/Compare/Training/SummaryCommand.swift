import ConvCore
import ConvNet
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
}
