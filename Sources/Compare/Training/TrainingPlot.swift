import ConvCore
import ConvNet
import Glibc

/// Curves of loss and accuracy, drawn by gnuplot where it is installed.
struct TrainingPlot {
  let picture: String
  let model: String

  /// Draws; false where gnuplot is missing or fails.
  func draw(_ study: TrainingStudy) -> Bool {
    guard let pipe = popen("gnuplot - >/dev/null 2>&1", "w") else { return false }
    fputs(script(study), pipe)
    return pclose(pipe) == 0
  }

  /// As gnuplot writes a string.
  private func quoted(_ text: String) -> String {
    "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
  }

  private func script(_ study: TrainingStudy) -> String {
    func series(_ column: (EpochResult) -> Double) -> (plot: String, data: String) {
      let titles = study.runs.enumerated().map { i, run in
        "'-' with linespoints dt \(i + 1) pt \(i + 1) title '\(run.algorithm)'"
      }
      let data = study.runs.map { run in
        run.history.map { "\($0.epoch) \(column($0))" }.joined(separator: "\n") + "\ne\n"
      }
      return (titles.joined(separator: ", "), data.joined())
    }
    let loss = series(\.validationLoss)
    let accuracy = series { 100 * $0.validationAccuracy }
    return """
      set terminal pngcairo size 1100,450
      set output \(quoted(picture))
      set multiplot layout 1,2 title \(quoted("\(model), validation data"))
      set xlabel 'epoch'
      set xtics \(max(1, (study.runs.map(\.history.count).max() ?? 1) / 10))
      set grid
      set ylabel 'loss'
      set logscale y
      plot \(loss.plot)
      \(loss.data)
      unset logscale y
      set ylabel 'accuracy (%)'
      set key bottom right
      plot \(accuracy.plot)
      \(accuracy.data)
      unset multiplot

      """
  }
}
