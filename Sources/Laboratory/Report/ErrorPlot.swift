import ConvCore
import Glibc

/// Relative errors against what a series runs along, with fitted powers.
struct ErrorPlot {
  /// A curve: points and what they are of.
  struct Curve {
    let algorithm: String
    let points: [(x: Double, y: Double)]
  }

  let along: String, axisTitle: String, fixed: String, foot: String
  let curves: [Curve]
  let styles: [String: PlotStyle]

  init(_ series: ResultsSeries, _ styles: [String: PlotStyle]) {
    (along, axisTitle, fixed) = (series.along.rawValue, series.axisTitle, series.fixed)
    (foot, self.styles) = (series.foot, styles)
    curves = series.algorithms.map { name in
      Curve(
        algorithm: name,
        points: series.rows.filter { $0.algorithm == name }.compactMap {
          row -> (x: Double, y: Double)? in
          guard let x = series.value(row), let y = row.positive("error_l2") else { return nil }
          return (Double(x), y)
        }.sorted { $0.x < $1.x })
    }.filter { !$0.points.isEmpty }
  }

  /// Against the tile, for rows of one problem whose variants name tiles; nil of fewer than three.
  init?(tiles rows: [ResultsRecord], foot: String, _ styles: [String: PlotStyle]) {
    let points = rows.compactMap { row -> (String, Double, Double)? in
      guard let tile = Self.tile(row), let y = row.positive("error_l2") else { return nil }
      return (row["algorithm"], Double(tile), y)
    }
    curves = grouped(points) { $0.0 }.map { family in
      Curve(
        algorithm: family.key, points: family.rows.map { ($0.1, $0.2) }.sorted { $0.0 < $1.0 })
    }.filter { $0.points.count >= 3 }
    guard let row = rows.first, !curves.isEmpty else { return nil }
    (along, axisTitle) = ("tile", "points of a tile along an axis")
    fixed = row.label + ", " + row["dtype"]
    (self.foot, self.styles) = (foot, styles)
  }

  /// Points of a tile: of `winograd:f4` with 3 taps 6, of `fft-tiled:fftw-t32` 32.
  private static func tile(_ row: ResultsRecord) -> Int? {
    let digits = row["variant"].reversed().prefix { $0.isNumber }.reversed()
    guard let number = Int(String(digits)), number < 1 << 20 else { return nil }
    switch row["algorithm"] {
    case "winograd": return row.integer("kw").map { number + $0 - 1 }
    case "fft-tiled": return row["variant"].contains("t\(number)") ? number : nil
    default: return nil
    }
  }

  func plot(_ number: Int) -> Plot {
    var plot = Plot(
      "error-\(along)-\(number)", "Error against the \(along): \(fixed)",
      "Relative error in the Euclidean norm against the oracle. Lines: fitted powers, with their "
        + "exponents in the key.",
      foot: foot)
    var draws: [String] = []
    for (i, curve) in curves.enumerated() {
      guard let style = styles[curve.algorithm] ?? PlotStyle.all.dropFirst(i % 10).first else {
        continue
      }
      plot.data.append(("a\(i)", curve.points.map { "\($0.x) \($0.y)" }))
      guard curve.points.count >= 3, let fit = PowerFit(curve.points),
        let first = curve.points.first, let last = curve.points.last
      else {
        draws.append(
          "$a\(i) using 1:2 with points \(style.mark) ps 1.2 title \(Plot.quoted(curve.algorithm))")
        continue
      }
      let title = "\(curve.algorithm): x^\(rounded(fit.exponent))"
      let ends = [first.x, last.x].map { "\($0) \(fit.factor * pow($0, fit.exponent))" }
      plot.data.append(("f\(i)", ends))
      draws.append("$f\(i) using 1:2 with lines lc rgb '\(style.colour)' dt \(style.dash) notitle")
      draws.append("$a\(i) using 1:2 with points \(style.mark) ps 1.2 notitle")
      // In the key a mark on its line.
      draws.append("NaN with linespoints \(style.line) title \(Plot.quoted(title))")
    }
    let xs = Set(curves.flatMap { $0.points.map { Int($0.x) } }).sorted()
    plot.commands += plot.frame
    plot.commands += [
      "set logscale xy", "set xlabel \(Plot.quoted(axisTitle))",
      "set ylabel 'relative L2 error'", "set format y '%.0e'",
      "set ytics \(Plot.logTics(curves.flatMap { $0.points.map(\.y) }))",
      "set xtics \(Plot.tics(xs))",
      "set xrange \(Plot.range(xs.map(Double.init), room: 1.08))",
      "set yrange \(Plot.range(curves.flatMap { $0.points.map(\.y) }, room: 2))",
      "set key outside right top spacing 1.3 samplen 3.5",
      "plot " + draws.joined(separator: ", \\\n  "),
    ]
    return plot
  }

  private func rounded(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let digits = "\(abs(hundredths) % 100)"
    return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100)."
      + (digits.count == 1 ? "0" : "") + digits
  }
}
