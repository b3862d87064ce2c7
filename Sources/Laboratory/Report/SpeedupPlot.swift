import ConvCore
import Foundation

/// Speed-ups over the baseline: a group of bars a problem.
struct SpeedupPlot {
  let problems: [[ResultsRecord]]
  let styles: [String: PlotStyle]
  let foot: String

  /// Pictures of at most `most` problems each.
  static func all(
    _ records: [ResultsRecord], foot: String, _ styles: [String: PlotStyle], most: Int = 10
  ) -> [SpeedupPlot] {
    let problems = grouped(
      records.filter { $0.positive("speedup") != nil && $0.algorithm != $0["baseline"] }
    ) { $0.problemKey }.map(\.rows)
    let ordered = byNumbers(problems)
    return stride(from: 0, to: ordered.count, by: most).map {
      SpeedupPlot(
        problems: Array(ordered[$0..<min($0 + most, ordered.count)]), styles: styles, foot: foot)
    }
  }

  /// Problems without names in the order of the numbers in them: a bisection measures them in
  /// another.
  private static func byNumbers(_ problems: [[ResultsRecord]]) -> [[ResultsRecord]] {
    guard problems.allSatisfy({ $0[0]["name"].isEmpty }) else { return problems }
    return problems.sorted {
      $0[0].label.compare($1[0].label, options: .numeric) == .orderedAscending
    }
  }

  func plot(_ number: Int) -> Plot {
    let baseline = problems[0][0]["baseline"]
    let threads = Set(problems.map { $0[0]["threads"] }).sorted().joined(separator: ", ")
    var plot = Plot(
      "speedup-\(number)", "Speed-up over \(baseline), \(threads) threads",
      "Median of the paired ratios \(baseline) / algorithm with its 95 % interval; above 1 is faster.",
      foot: foot)
    let algorithms = grouped(problems.flatMap { $0 }) { $0.algorithm }.map(\.key)
    let width = 0.84 / Double(max(1, algorithms.count))
    var draws: [String] = []
    var all: [Double] = [1]
    for (i, name) in algorithms.enumerated() {
      guard let style = styles[name] else { continue }
      var lines: [String] = []
      for (p, rows) in problems.enumerated() {
        guard let row = rows.first(where: { $0.algorithm == name }),
          let ratio = row.positive("speedup")
        else { continue }
        let x = Double(p) + (Double(i) + 0.5) * width - 0.42
        let (low, high) = (
          row.positive("speedup_low") ?? ratio, row.positive("speedup_high") ?? ratio
        )
        all += [low, high]
        lines.append(
          "\(x) \(ratio) \(x - 0.46 * width) \(x + 0.46 * width) \(min(1, ratio)) \(max(1, ratio)) "
            + "\(low) \(high)")
      }
      guard !lines.isEmpty else { continue }
      plot.data.append(("a\(i)", lines))
      draws.append(
        "$a\(i) using 1:2:3:4:5:6 with boxxyerror \(style.box) title \(Plot.quoted(name))")
      draws.append(
        "$a\(i) using 1:7:(0):($8-$7) with vectors heads size screen 0.004,90 "
          + "lc rgb '#000000' lw 1 notitle")
    }
    let names = problems.enumerated().map { p, rows in
      "\(Plot.quoted(Self.short(rows[0].label))) \(p)"
    }
    plot.size.height = 640
    plot.commands += plot.frame
    plot.commands += [
      "set bmargin 8", "set lmargin 16", "unset grid", "set grid ytics", "set logscale y",
      "set yrange \(Plot.range(all, room: 1.4))",
      "set xrange [-0.6:\(Double(problems.count) - 0.4)]",
      "set format y '%g'", "set ytics \(Plot.logTics(all))",
      "set xtics rotate by 25 right (\(names.joined(separator: ", ")))",
      "set ylabel 'speed-up'",
      "set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lw 1.5",
      "set key outside right top spacing 1.3",
      "plot " + draws.joined(separator: ", \\\n  "),
    ]
    return plot
  }

  /// At most 23 letters: turned, more would begin left of the picture.
  static func short(_ text: String) -> String {
    text.count <= 23 ? text : String(text.prefix(10)) + ".." + String(text.suffix(11))
  }
}
