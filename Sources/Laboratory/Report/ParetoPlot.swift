import ConvCore

/// Time, error and memory of every algorithm, a panel a problem.
struct ParetoPlot {
  let problems: [[ResultsRecord]]
  let styles: [String: PlotStyle]
  let foot: String

  /// The problems with most algorithms, at most six, in their order.
  init?(_ records: [ResultsRecord], foot: String, _ styles: [String: PlotStyle]) {
    let groups = grouped(
      records.filter { $0.positive("median_ms") != nil && $0.positive("error_l2") != nil }
    ) { $0.problemKey }.map(\.rows)
    let full = groups.enumerated().filter { $0.element.count >= 3 }
      .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.prefix(6)
      .sorted { $0.offset < $1.offset }.map(\.element)
    guard !full.isEmpty else { return nil }
    (problems, self.styles, self.foot) = (full, styles, foot)
  }

  func plot() -> Plot {
    var plot = Plot(
      "pareto", "Time, error and memory",
      "A mark an algorithm; beside it the bytes that its plan owns. The line joins those that no other "
        + "beats in both time and error.",
      foot: foot)
    let columns = problems.count == 1 ? 1 : problems.count <= 4 ? 2 : 3
    let rows = (problems.count + columns - 1) / columns
    plot.size = (columns == 1 ? 900 : columns * 440, max(560, rows * 360 + 60))
    plot.commands = [
      "set multiplot layout \(rows),\(columns) title \(Plot.quoted(plot.title)) "
        + "margins 0.075,0.97,\(rows == 1 ? 0.17 : 0.11),\(rows == 1 ? 0.86 : 0.9) "
        + "spacing 0.075,0.14",
      "set logscale xy", "set grid", "set format y '%.0e'", "set format x '%g'", "unset key",
      "set xlabel 'ms' offset 0,0.5", "set ylabel 'relative L2 error' offset 1.2,0",
    ]
    for (p, rows) in problems.enumerated() {
      let times = rows.compactMap { $0.positive("median_ms") }
      let errors = rows.compactMap { $0.positive("error_l2") }
      let panel = Panel(
        x: Self.bounds(times, room: 2.2), y: Self.bounds(errors, room: 1.9))
      let front = Self.front(rows)
      plot.data.append(
        ("front\(p)", front.map { "\($0.number("median_ms") ?? 0) \($0.number("error_l2") ?? 0)" }))
      var draws = ["$front\(p) using 1:2 with lines lc rgb '#999999' lw 1.5 dt 1"]
      var placed = LabelPlacer(panel)
      for row in rows {
        placed.block(row.number("median_ms") ?? 1, row.number("error_l2") ?? 1)
      }
      for (i, row) in rows.enumerated() {
        guard let x = row.positive("median_ms"), let y = row.positive("error_l2"),
          let style = styles[row.algorithm]
        else { continue }
        let memory = row.integer("workspace_bytes").map { " " + byteCount($0) } ?? ""
        let text = row.algorithm + memory
        let place = placed.place(x, y, text)
        plot.data.append(("p\(p)a\(i)", ["\(x) \(y)"]))
        draws.append("$p\(p)a\(i) using 1:2 with points \(style.mark) ps 1.4")
        plot.commands.append(
          "set label \(i + 1) \(Plot.quoted(text)) at \(x),\(y) \(place) font ',8'")
      }
      plot.commands += [
        "set title \(Plot.quoted(SpeedupPlot.short(rows[0].label) + ", \(rows[0]["threads"]) threads")) "
          + "offset 0,-0.6 font ',10'",
        "set xrange [\(panel.x.lowerBound):\(panel.x.upperBound)]",
        "set yrange [\(panel.y.lowerBound):\(panel.y.upperBound)]",
        "set xtics \(Plot.logTics(panel.x.lowerBound, panel.x.upperBound))",
        "set ytics \(Plot.logTics(panel.y.lowerBound, panel.y.upperBound))",
        p == problems.count - 1 ? plot.footCommand : "",
        "plot " + draws.joined(separator: ", \\\n  "), "unset label",
      ]
    }
    plot.commands.append("unset multiplot")
    return plot
  }

  private static func bounds(_ values: [Double], room: Double) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 1, values.max() ?? 1)
    return low / room...high * room
  }

  /// Rows that no other beats in both, by time.
  static func front(_ rows: [ResultsRecord]) -> [ResultsRecord] {
    let sorted = rows.sorted { ($0.number("median_ms") ?? 0) < ($1.number("median_ms") ?? 0) }
    var best = Double.infinity
    return sorted.filter { row in
      guard let error = row.number("error_l2"), error < best else { return false }
      best = error
      return true
    }
  }
}
