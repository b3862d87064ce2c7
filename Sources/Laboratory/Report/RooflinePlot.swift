import ConvCore

/// Rates against arithmetic intensity, under the machine's measured roofs.
struct RooflinePlot {
  private let rows: [ResultsRecord]
  private let roofs: [(title: String, peak: Double, bandwidth: Double)]
  private let styles: [String: PlotStyle]
  private let foot: String

  /// Nil without measured roofs or rows that were timed.
  init?(_ file: ReportFile, _ records: [ResultsRecord], _ styles: [String: PlotStyle]) {
    guard let machine = file.sidecar?.machine else { return nil }
    rows = records.filter {
      $0.positive("median_ms") != nil && $0.positive("gflop_executed") != nil
        && $0["algorithm"] != "auto" && Self.bytes($0) > 0
    }
    let kinds = grouped(rows) { [$0["dtype"], $0["threads"]] }.map(\.key)
    roofs = kinds.compactMap { kind -> (title: String, peak: Double, bandwidth: Double)? in
      guard let scalar = ScalarKind(rawValue: kind[0]), let threads = Int(kind[1]),
        let peak = machine.peak(scalar, threads: threads),
        let bandwidth = machine.bandwidths.first(where: { $0.threads == threads })
      else { return nil }
      guard peak > 0, bandwidth.gigabytesPerSecond > 0 else { return nil }
      return ("\(kind[0]), \(threads) threads", peak, bandwidth.gigabytesPerSecond)
    }
    (self.styles, foot) = (styles, file.provenance)
    if rows.isEmpty || roofs.isEmpty { return nil }
  }

  /// Bytes of input, weights and output: what has to be moved at least.
  static func bytes(_ row: ResultsRecord) -> Double {
    func product(_ columns: [String]) -> Double {
      columns.reduce(1) { $0 * (row.number($1) ?? 0) }
    }
    let groups = max(1, row.number("g") ?? 1)
    let elements =
      product(["mb", "ic", "id", "ih", "iw"]) + product(["mb", "oc", "od", "oh", "ow"])
      + product(["ic", "oc", "kd", "kh", "kw"]) / groups
    return elements * (row["dtype"] == "f64" ? 8 : 4)
  }

  func plot() -> Plot {
    var plot = Plot(
      "roofline", "Roofline",
      "Operations that each algorithm executes, a second, against operations for each byte of input, "
        + "weights and output. Lines: the measured peak and memory bandwidth. Data that stay in the "
        + "caches may lie above the slope.",
      foot: foot)
    var draws: [String] = []
    var intensities: [Double] = [], rates: [Double] = []
    for (i, name) in grouped(rows, by: \.algorithm).map(\.key).enumerated() {
      guard let style = styles[name] else { continue }
      var lines: [String] = []
      for row in rows where row.algorithm == name {
        let work = row.number("gflop_executed") ?? 0
        let (x, y) = (1e9 * work / Self.bytes(row), 1000 * work / (row.number("median_ms") ?? 1))
        guard x > 0, y > 0, x.isFinite, y.isFinite else { continue }
        intensities.append(x)
        rates.append(y)
        lines.append("\(x) \(y)")
      }
      guard !lines.isEmpty else { continue }
      plot.data.append(("a\(i)", lines))
      draws.append("$a\(i) using 1:2 with points \(style.mark) ps 1.3 title \(Plot.quoted(name))")
    }
    let low = (intensities.min() ?? 1) / 2
    let high = max(
      (intensities.max() ?? 1) * 2, 3 * (roofs.map { $0.peak / $0.bandwidth }.max() ?? 1))
    for (i, roof) in roofs.enumerated() {
      let ridge = roof.peak / roof.bandwidth
      let xs = ridge > low ? [low, ridge, high] : [low, high]
      plot.data.append(("r\(i)", xs.map { "\($0) \(min(roof.peak, $0 * roof.bandwidth))" }))
      draws.append("$r\(i) using 1:2 with lines lc rgb '#000000' lw 2 dt \(i + 1) notitle")
      plot.commands.append(
        "set label \(i + 1) \(Plot.quoted("\(ReportPage.short(roof.peak)) GFLOP/s, \(ReportPage.short(roof.bandwidth)) GB/s (\(roof.title))")) "
          + "at \(high),\(roof.peak) right offset -1,0.7 font ',9'")
    }
    plot.commands += plot.frame
    plot.commands += [
      "set logscale xy", "set xrange [\(low):\(high)]",
      "set yrange \(Plot.range(rates + roofs.map(\.peak), room: 2))",
      "set xlabel 'operations executed / byte of operands'", "set ylabel 'GFLOP/s executed'",
      "set format xy '%g'", "set key outside right top spacing 1.3",
      "plot " + draws.joined(separator: ", \\\n  "),
    ]
    return plot
  }
}
