import Laboratory

extension NetworkTotals {
  /// The sums as a table with a heading, for below a table of layers.
  var lines: [String] {
    var table = TextTable(
      ["algorithm", "ms", "layers", "ms with the rest by im2col", "error", "does not compute"],
      [.left, .right, .right, .right, .right, .left])
    for total in totals + [best] { table.add(cells(total)) }
    let layerCount = count == layers ? "\(layers) layers" : "\(count) layers (\(layers) distinct)"
    let choice = fastest.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) in \($0.value)" }.joined(separator: ", ")
    return [
      "", "\(name), batch \(batch), \(pass), \(threads) threads: \(layerCount), ms x multiplicity",
      table.text(colour: false),
      "fastest of the distinct layers: \(choice); error: independent relative errors of the layers "
        + "added in quadrature",
    ]
  }

  private func cells(_ total: Total) -> [String] {
    [
      total.algorithm, total.layers == 0 ? "-" : significant(total.milliseconds, 4),
      "\(total.layers)/\(layers)", total.completed.map { significant($0, 4) } ?? "-",
      total.error.map(scientific) ?? "-", missingText(total.missing),
    ]
  }

  /// The names of layers, a few of many.
  private func missingText(_ names: [String]) -> String {
    if names.count <= 4 { return names.joined(separator: ", ") }
    return names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
  }
}
