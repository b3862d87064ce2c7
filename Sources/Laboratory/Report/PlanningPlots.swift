import ConvCore

/// `study fft`: what sizes, kinds and the planner's effort cost and bring.
struct PlanningPlots {
  private let rows: [[String: String]]
  private let foot: String

  init(_ rows: [[String: String]], foot: String) { (self.rows, self.foot) = (rows, foot) }

  /// The pictures that the rows have data for.
  var plots: [Plot] { [transforms, convolutions].compactMap(\.self) }

  private var efforts: [String] { ["estimate", "measure", "patient"] }

  private var transforms: Plot? {
    let own = rows.filter { $0["part"] == "transform" && $0.number("median_ms") != nil }
    let groups = grouped(own) { [$0["extents"] ?? "", $0["kind"] ?? ""] }
    guard let first = own.first, !groups.isEmpty else { return nil }
    var plot = Plot(
      "planning-transforms",
      "FFTW's transforms: \(first["dtype"] ?? ""), one image there and back, 1 thread",
      "Left: time of an image. Right: planning both ways without wisdom. Bars: the planner's effort.",
      foot: foot)
    plot.size = (1250, 640)
    let names = groups.enumerated().map { i, group in
      "\(Plot.quoted("\(group.key[0]) \(group.key[1])")) \(i)"
    }
    var panels: [[String]] = [[], []]
    var ranges: [[Double]] = [[], []]
    for (e, effort) in efforts.enumerated() {
      let style = PlotStyle.all[[0, 1, 2][e]]
      var lines: [String] = []
      for (i, group) in groups.enumerated() {
        guard let row = group.rows.first(where: { $0["planner"] == effort }) else { continue }
        let x = Double(i) + 0.27 * Double(e - 1)
        let (time, planning) = (row.number("median_ms"), row.number("plan_ms"))
        if let time, time > 0 { ranges[0].append(time) }
        if let planning, planning > 0 { ranges[1].append(planning) }
        lines.append("\(x) \(Plot.number(time)) \(Plot.number(planning))")
      }
      plot.data.append(("e\(e)", lines))
      for panel in 0...1 {
        panels[panel].append(
          "$e\(e) using 1:\(panel + 2):(0.25) with boxes \(style.box) "
            + (panel == 1 ? "title '\(effort)'" : "notitle"))
      }
    }
    plot.commands = [
      "set multiplot layout 1,2 title \(Plot.quoted(plot.title)) margins 0.08,0.87,0.3,0.89 "
        + "spacing 0.09,0.1",
      "set grid ytics", "set logscale y", "set format y '%g'", "unset key",
      "set xrange [-0.6:\(Double(groups.count) - 0.4)]",
      "set xtics rotate by 30 right font ',9' (\(names.joined(separator: ", ")))",
      "set ylabel 'ms an image'", "set yrange \(Plot.range(ranges[0], room: 1.5))",
      "plot " + panels[0].joined(separator: ", \\\n  "),
      "set ylabel 'planning, ms'", "set yrange \(Plot.range(ranges[1], room: 1.7))",
      "set key at screen 0.985,0.88 right top samplen 2 spacing 1.4",
      plot.footCommand, "plot " + panels[1].joined(separator: ", \\\n  "), "unset multiplot",
    ]
    return plot
  }

  private var convolutions: Plot? {
    let own = rows.filter { $0["part"] == "convolution" && $0.number("median_ms") != nil }
    let algorithms = grouped(own) { $0.algorithmName }.map(\.key)
    guard let first = own.first, algorithms.count >= 2 else { return nil }
    var plot = Plot(
      "planning-tiles", "Tiles: \(first["problem"] ?? ""), \(first["threads"] ?? "?") threads",
      "Left: time of a convolution with its 95 % interval. Right: its error. fft is one transform over "
        + "the image; fft-tiled without a number is the model's choice.",
      foot: foot)
    plot.size = (1250, 600)
    let names = algorithms.enumerated().map { "\(Plot.quoted($1)) \($0)" }
    var panels: [[String]] = [[], []]
    var times: [Double] = [], errors: [Double] = []
    for (e, effort) in efforts.enumerated() {
      let style = PlotStyle.all[[0, 1, 2][e]]
      let lines = algorithms.enumerated().compactMap { i, name -> String? in
        guard
          let row = own.first(where: { $0.algorithmName == name && $0["planner"] == effort }),
          let time = row.number("median_ms")
        else { return nil }
        let (low, high) = (row.number("ci_low_ms") ?? time, row.number("ci_high_ms") ?? time)
        times += [low, high]
        if let error = row.number("error_l2") { errors.append(error) }
        return "\(Double(i) + 0.12 * Double(e - 1)) \(time) \(low) \(high) "
          + Plot.number(row.number("error_l2"))
      }
      guard !lines.isEmpty else { continue }
      plot.data.append(("e\(e)", lines))
      panels[0].append("$e\(e) using 1:2:3:4 with yerrorbars \(style.mark) ps 1.2 notitle")
      panels[1].append("$e\(e) using 1:5 with points \(style.mark) ps 1.2 title '\(effort)'")
    }
    plot.commands = [
      "set multiplot layout 1,2 title \(Plot.quoted(plot.title)) margins 0.08,0.87,0.25,0.89 "
        + "spacing 0.1,0.1",
      "set grid", "set logscale y", "set format y '%g'", "unset key",
      "set xrange [-0.5:\(Double(algorithms.count) - 0.5)]",
      "set xtics rotate by 30 right font ',9' (\(names.joined(separator: ", ")))",
      "set ylabel 'ms'", "set yrange \(Plot.range(times, room: 1.3))",
      "plot " + panels[0].joined(separator: ", \\\n  "),
      "set ylabel 'relative L2 error'", "set format y '%.0e'",
      "set yrange \(Plot.range(errors, room: 3))",
      "set key at screen 0.985,0.88 right top samplen 1 spacing 1.4",
      plot.footCommand, "plot " + panels[1].joined(separator: ", \\\n  "), "unset multiplot",
    ]
    return plot
  }
}
