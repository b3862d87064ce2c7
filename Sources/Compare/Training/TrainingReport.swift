import ConvCore
import ConvNet

/// What training gave, as tables and as CSV.
struct TrainingReport {
  /// Columns of the curves.
  static let header =
    "model,algorithm,variant,shadow,seed,epoch,loss,accuracy,validation_loss,validation_accuracy,seconds"

  private let study: TrainingStudy
  private let request: TrainingRequest

  init(_ study: TrainingStudy, _ request: TrainingRequest) {
    self.study = study
    self.request = request
  }

  private var all: [(run: TrainingStudy.Run, isShadow: Bool)] {
    study.runs.map { ($0, false) } + (study.shadow.map { [($0, true)] } ?? [])
  }

  private func prefix(_ run: TrainingStudy.Run, _ isShadow: Bool) -> String {
    "\(request.model.name),\(run.algorithm.family),\(run.algorithm.variant),"
      + "\(isShadow ? 1 : 0),\(request.options.seed)"
  }

  /// An epoch a row.
  var csv: String {
    var lines = [Self.header]
    for (run, isShadow) in all {
      for e in run.history {
        lines.append(
          "\(prefix(run, isShadow)),\(e.epoch),\(e.loss),\(e.accuracy),\(e.validationLoss),"
            + "\(e.validationAccuracy),\(e.seconds)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A step a row.
  var stepsCSV: String {
    var lines = ["model,algorithm,variant,shadow,seed,step,loss"]
    for (run, isShadow) in all {
      for (i, loss) in run.stepLosses.enumerated() {
        lines.append("\(prefix(run, isShadow)),\(i + 1),\(loss)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The tables.
  func text(colour: Bool) -> String {
    var parts = [comparison(colour), layers(colour)]
    if let first = study.runs.first { parts.append(confusion(first)) }
    if study.shadow != nil {
      parts.append(
        "rounding: distance of the untrained network's outputs from exact ones. Losses differ by more "
          + "than rounding explains\nwhere they differ by more than \(Int(TrainingStudy.margin)) times "
          + "what the first algorithm does when its weights start one rounding away,\nin proportion to "
          + "the roundings (\(scientific(study.shadow?.rounding ?? 0)) there).")
    }
    return parts.joined(separator: "\n\n")
  }

  private func comparison(_ colour: Bool) -> String {
    var table = TextTable([
      "algorithm", "epochs", "loss", "validation loss", "accuracy", "wrong", "precision", "recall",
      "seconds", "s/epoch", "rounding", "differs at step",
    ])
    for (i, run) in study.runs.enumerated() {
      let divergence =
        i == 0 || study.shadow == nil ? "-" : study.divergence(of: i).map { "\($0)" } ?? "never"
      table.add([
        run.algorithm.description, "\(run.history.count)",
        significant(run.history.last?.loss ?? .nan), significant(run.loss),
        "\(fixed(100 * run.metrics.accuracy, 2)) %",
        "\(run.metrics.count - run.metrics.correct) of \(run.metrics.count)",
        fixed(run.metrics.macroPrecision, 3), fixed(run.metrics.macroRecall, 3),
        fixed(run.seconds, 2), fixed(run.seconds / Double(max(1, run.history.count)), 3),
        scientific(run.rounding), divergence,
      ])
    }
    return table.text(colour: colour, width: Output.width)
  }

  private func layers(_ colour: Bool) -> String {
    guard let first = study.runs.first else { return "" }
    var table = TextTable(
      ["seconds in layer"]
        + study.runs.flatMap { ["\($0.algorithm) forward", "backward"] })
    for (i, layer) in first.layers.enumerated() {
      table.add(
        [layer.title]
          + study.runs.flatMap {
            [fixed($0.layers[i].forward, 3), fixed($0.layers[i].backward, 3)]
          })
    }
    var lines = [table.text(colour: colour, width: Output.width)]
    for run in study.runs {
      for (i, layer) in run.layers.enumerated() {
        let others = layer.computedBy.filter { !$0.hasSuffix(": \(run.algorithm)") }
        if !others.isEmpty, !layer.title.hasPrefix("dense") {
          lines.append(
            "\(run.algorithm), layer \(i + 1) (\(layer.title)): \(others.joined(separator: ", "))")
        }
      }
    }
    return lines.joined(separator: "\n")
  }

  private func confusion(_ run: TrainingStudy.Run) -> String {
    let classes = run.metrics.confusion.count
    guard classes <= 24 else { return "" }
    var table = TextTable(["\(run.algorithm): true \\ said"] + (0..<classes).map(String.init))
    for (c, row) in run.metrics.confusion.enumerated() {
      table.add(["\(c)"] + row.map { $0 == 0 ? "." : "\($0)" })
    }
    return table.text(colour: false)
  }
}
