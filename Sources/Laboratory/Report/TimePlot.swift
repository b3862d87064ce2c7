import ConvCore

/// Time against what a series runs along, with intervals and crossover marks.
struct TimePlot {
  let series: ResultsSeries
  let styles: [String: PlotStyle]

  func plot(_ number: Int) -> Plot {
    let threads = series.rows[0]["threads"]
    var plot = Plot(
      "time-\(series.along.rawValue)-\(number)",
      "Time against the \(series.along.noun): \(series.fixed), \(threads) threads",
      "Median time of one execution with its 95 % interval. Dotted lines: where the fastest algorithm "
        + "changes.",
      foot: series.foot)
    var draws: [String] = []
    for (i, name) in series.algorithms.enumerated() {
      let rows = series.rows.filter { $0.algorithm == name }
      let lines = rows.compactMap { row -> (Int, String)? in
        guard let x = series.value(row), let y = row.positive("median_ms") else { return nil }
        let spread = row.spread ?? y...y
        return (x, "\(x) \(y) \(spread.lowerBound) \(spread.upperBound)")
      }.sorted { $0.0 < $1.0 }.map(\.1)
      guard !lines.isEmpty, let style = styles[name] else { continue }
      plot.data.append(("a\(i)", lines))
      draws.append(
        "$a\(i) using 1:2:3:4 with yerrorlines \(style.line) title \(Plot.quoted(name))")
    }
    // Intervals as well: a bar that leaves the picture looks as if it had no end.
    let times = series.rows.flatMap { row -> [Double] in
      guard let median = row.positive("median_ms") else { return [] }
      return [median] + (row.spread.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    plot.commands += plot.frame
    plot.commands += [
      "set logscale xy", "set xlabel \(Plot.quoted(series.axisTitle))",
      "set ylabel 'time of one execution, ms'", "set xtics \(Plot.tics(series.values))",
      "set xrange \(Plot.range(series.values.map(Double.init), room: 1.06))",
      "set yrange \(Plot.range(times, room: 1.5))", "set format y '%g'",
      "set ytics \(Plot.logTics(times))",
      "set key outside right top spacing 1.3 samplen 3.5",
    ]
    plot.commands += marks
    plot.commands += ["plot " + draws.joined(separator: ", \\\n  ")]
    return plot
  }

  /// A dotted line where the fastest algorithm changes, with the names on both sides.
  private var marks: [String] {
    let crossovers = ResultsCrossover.find(series.rows, along: series.along).filter { crossover in
      fastest(at: crossover.at) == crossover.winner
        && fastest(at: crossover.before) == crossover.loser
    }
    return crossovers.prefix(4).enumerated().flatMap { i, crossover -> [String] in
      let x = (Double(crossover.before) * Double(crossover.at)).squareRoot()
      let text = "\(crossover.winner) from \(crossover.at) on"
      return [
        "set arrow \(i + 1) from \(x), graph 0 to \(x), graph 1 nohead dt 3 lw 1.5 "
          + "lc rgb '#444444'",
        "set label \(i + 1) \(Plot.quoted(text)) at \(x), graph \(0.04 + 0.06 * Double(i)) left "
          + "offset 0.7,0 font ',10' textcolor rgb '#222222'",
      ]
    }
  }

  private func fastest(at value: Int) -> String? {
    series.rows.filter { series.value($0) == value && $0.positive("median_ms") != nil }
      .min { ($0.positive("median_ms") ?? 0) < ($1.positive("median_ms") ?? 0) }?.algorithm
  }
}
