import ConvCore

/// Loss and accuracy by epoch.
struct TrainingPlot {
  private let runs: [(key: String, rows: [[String: String]])]
  private let model: String
  private let styles: [String: PlotStyle]
  private let foot: String

  /// Nil without epochs.
  init?(_ rows: [[String: String]], foot: String) {
    let sound = rows.filter { $0.number("epoch") != nil && $0.number("validation_loss") != nil }
    runs = grouped(sound) { $0.algorithmName + ($0["shadow"] == "1" ? ", one rounding away" : "") }
    model = sound.first?["model"] ?? ""
    styles = PlotStyle.assign(runs.map(\.key))
    self.foot = foot
    if runs.isEmpty { return nil }
  }

  func plot() -> Plot {
    var plot = Plot(
      "training", "Training of \(model) with each algorithm, validation data",
      "The same model from the same seed, once with each algorithm.", foot: foot)
    plot.size = (1150, 520)
    var panels: [[String]] = [[], []]
    for (i, run) in runs.enumerated() {
      guard let style = styles[run.key] else { continue }
      let lines = run.rows.map { row in
        let accuracy = row.number("validation_accuracy").map { 100 * $0 }
        return "\(Plot.number(row.number("epoch"))) \(Plot.number(row.number("validation_loss"))) "
          + Plot.number(accuracy)
      }
      plot.data.append(("a\(i)", lines))
      for panel in 0...1 {
        panels[panel].append(
          "$a\(i) using 1:\(panel + 2) with linespoints \(style.line) "
            + (panel == 1 ? "title \(Plot.quoted(run.key))" : "notitle"))
      }
    }
    plot.commands = [
      "set multiplot layout 1,2 title \(Plot.quoted(plot.title)) margins 0.08,0.83,0.17,0.88 "
        + "spacing 0.09,0.1",
      "set xlabel 'epoch'", "set grid", "unset key", "set ylabel 'loss'", "set logscale y",
      "set format y '%g'", "plot " + panels[0].joined(separator: ", \\\n  "),
      "unset logscale y", "set ylabel 'accuracy, %'",
      "set key at screen 0.99,0.86 right top samplen 3 spacing 1.3",
      plot.footCommand, "plot " + panels[1].joined(separator: ", \\\n  "), "unset multiplot",
    ]
    return plot
  }
}
