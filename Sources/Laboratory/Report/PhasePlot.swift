import ConvCore

/// Phases of an execution, stacked, an algorithm a bar and a problem a panel.
struct PhasePlot {
  private let panels: [(title: String, rows: [Bars])]
  private typealias Bars = (key: String, rows: [[String: String]])
  private let foot: String
  private static let phases = Phase.allCases.map { "\($0)" } + ["other"]

  /// The first six problems; nil without rows.
  init?(_ rows: [[String: String]], foot: String) {
    let known = rows.filter {
      Self.phases.contains($0["phase"] ?? "") && ($0.number("ms") ?? -1) >= 0
    }
    let groups = grouped(known) { [$0["problem"], $0["name"], $0["pass"], $0["threads"]] }
    panels = groups.prefix(6).map { group -> (title: String, rows: [Bars]) in
      let first = group.rows[0]
      let name = first["name"] ?? ""
      let title = SpeedupPlot.short(name.isEmpty ? first["problem"] ?? "" : name)
      return (
        "\(title), \(first["threads"] ?? "?") threads", grouped(group.rows) { $0.algorithmName }
      )
    }
    self.foot = foot
    if panels.isEmpty { return nil }
  }

  func plot() -> Plot {
    var plot = Plot(
      "phases", "Phases of an execution",
      "Of an execution of median time. other: what an algorithm does not tell apart.", foot: foot)
    let columns = min(2, panels.count)
    let rows = (panels.count + columns - 1) / columns
    plot.size = (columns == 1 ? 900 : 1150, max(520, rows * 360 + 40))
    let used = Self.phases.filter { phase in
      panels.contains { $0.rows.contains { $0.rows.contains { $0["phase"] == phase } } }
    }
    plot.commands = [
      "set multiplot layout \(rows),\(columns) title \(Plot.quoted(plot.title)) "
        + "margins 0.09,0.86,\(rows == 1 ? 0.22 : 0.13),\(rows == 1 ? 0.85 : 0.9) spacing 0.1,0.2",
      "set style data histograms", "set style histogram rowstacked", "set boxwidth 0.62",
      "set grid ytics", "set yrange [0:*]", "set ylabel 'ms'",
      "set xtics rotate by 25 right font ',9'",
    ]
    for (p, panel) in panels.enumerated() {
      plot.data.append(
        (
          "p\(p)",
          panel.rows.map { algorithm, rows -> String in
            let times = used.map { phase in
              rows.first { $0["phase"] == phase }?.number("ms") ?? 0
            }
            return Plot.field(algorithm) + " " + times.map { "\($0)" }.joined(separator: " ")
          }
        ))
      let draws = used.enumerated().map { i, phase -> String in
        let style = PlotStyle.all[i % PlotStyle.all.count]
        let title = p == columns - 1 ? "title \(Plot.quoted(phase))" : "notitle"
        return "$p\(p) using \(i + 2):xtic(1) lc rgb '\(style.colour)' "
          + "fillstyle pattern \([1, 2, 3, 4, 5, 0][i % 6]) border \(title)"
      }
      plot.commands.append(
        p == columns - 1
          ? "set key at screen 0.985,0.84 right top reverse Left samplen 2 spacing 1.4"
          : "unset key")
      plot.commands += [
        p == panels.count - 1 ? plot.footCommand : "",
        "set title \(Plot.quoted(panel.title)) offset 0,-0.5",
        "plot " + draws.joined(separator: ", \\\n  "),
      ]
    }
    plot.commands.append("unset multiplot")
    return plot
  }
}
