import ConvCore
import FoundationEssentials

/// The page: plain HTML that holds its pictures and needs nothing else.
struct ReportPage {
  /// A picture with its caption.
  struct Figure {
    let plot: Plot
    let number: Int
    let svg: [UInt8]
  }

  private let names: [String]
  private var body = ""

  init(_ names: [String]) { self.names = names }

  /// A section for one file.
  mutating func add(_ file: ReportFile, _ index: Int, _ figures: [Figure]) {
    body += "<section id=\"s\(index)\">\n<h2>\(Self.escaped(file.name))</h2>\n"
    body += facts(file)
    if case .results(let rows) = file.content { body += sentences(rows) }
    for figure in figures {
      let data = Data(figure.svg).base64EncodedString()
      body += """
        <figure>
        <img src="data:image/svg+xml;base64,\(data)" alt="\(Self.escaped(figure.plot.title))" \
        width="\(figure.plot.size.width)" height="\(figure.plot.size.height)">
        <figcaption><b>Figure \(index).\(figure.number). \(Self.escaped(figure.plot.title)).</b>
        \(Self.escaped(figure.plot.caption))</figcaption>
        </figure>

        """
    }
    switch file.content {
    case .results(let rows): body += resultsTable(rows)
    case .phases(let rows): body += plainTable(rows, PhaseSplit.columns)
    case .planning(let rows):
      body += plainTable(
        rows,
        [
          "part", "algorithm", "variant", "extents", "policy", "kind", "planner", "plan_ms",
          "plan_remembered_ms", "prepare_ms", "median_ms", "error_l2",
        ])
    case .training(let rows):
      body += plainTable(
        rows,
        [
          "model", "algorithm", "variant", "epoch", "loss", "accuracy", "validation_loss",
          "validation_accuracy", "seconds",
        ])
    }
    body += "</section>\n"
  }

  /// The whole page.
  var html: String {
    let links = names.enumerated().map {
      "<a href=\"#s\($0 + 1)\">\(Self.escaped($1))</a>"
    }.joined(separator: " ")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(names.joined(separator: ", "))): SpectralConv</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <h1>Convolution results</h1>
      <p class="note">Made by <code>compare report</code>, SpectralConv \(BuildFacts.toolkitVersion), \
      \(utcTime()). \(names.count > 1 ? "Files: \(links)" : "")</p>
      \(body)</body>
      </html>

      """
  }

  private static let style = """
    body { font: 15px/1.5 system-ui, sans-serif; color: #111; background: #fff;
      max-width: 1180px; margin: 2em auto; padding: 0 1.2em; }
    h1 { font-size: 1.6em; margin-bottom: 0; }
    h2 { font-size: 1.25em; margin-top: 2.2em; border-bottom: 1px solid #999; }
    .note, figcaption { color: #444; }
    figure { margin: 1.6em 0; }
    figure img { max-width: 100%; height: auto; border: 1px solid #ddd; }
    figcaption { max-width: 60em; font-size: 0.93em; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: 0.87em; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.16em 0.7em; text-align: right; white-space: nowrap; }
    th { border-bottom: 1px solid #333; vertical-align: bottom; }
    td.l, th.l { text-align: left; }
    tr.new td { border-top: 1px solid #bbb; }
    td.best { font-weight: bold; }
    td.bad { text-decoration: underline; font-weight: bold; }
    dl { display: grid; grid-template-columns: max-content auto; gap: 0.1em 1em; font-size: 0.93em; }
    dt { color: #555; } dd { margin: 0; }
    """

  // MARK: - Parts of a section

  private func facts(_ file: ReportFile) -> String {
    guard let sidecar = file.sidecar else {
      return "<p class=\"note\">The .json beside this file is missing: machine and build are not "
        + "known.</p>\n"
    }
    let m = sidecar.machine
    var facts = [
      ("machine", "\(m.cpu), \(m.cores) cores, \(m.isa.name), \(byteCount(m.memoryBytes))"),
      ("system", m.system),
    ]
    facts += m.peaks.map {
      ("peak", "\(Self.short($0.gflops)) GFLOP/s, \($0.scalar.rawValue), \($0.threads) threads")
    }
    facts += m.bandwidths.map {
      ("memory", "\(Self.short($0.gigabytesPerSecond)) GB/s, \($0.threads) threads")
    }
    let build = sidecar.build
    facts.append(
      (
        "build",
        "\(build.version), \(build.compiler), \(build.configuration)"
          + (build.commit.map { ", commit \($0.prefix(12))" } ?? "")
      ))
    facts.append(("measured", "\(sidecar.start) to \(sidecar.end ?? "?")"))
    facts.append(("command", sidecar.command.joined(separator: " ")))
    return "<dl>"
      + facts.map { "<dt>\($0.0)</dt><dd>\(Self.escaped($0.1))</dd>" }.joined(separator: "\n")
      + "</dl>\n"
  }

  private func sentences(_ rows: [ResultsRecord]) -> String {
    let lines = ResultsCrossover.Along.allCases.flatMap { along in
      ResultsCrossover.find(rows, along: along).map(\.sentence)
    }
    guard !lines.isEmpty else { return "" }
    return "<p>Crossovers:</p>\n<ul>\n"
      + lines.map { "<li>\(Self.escaped($0))</li>" }.joined(separator: "\n") + "\n</ul>\n"
  }

  private func resultsTable(_ records: [ResultsRecord]) -> String {
    let head = [
      ("problem", true), ("algorithm", true), ("threads", false), ("median ms", false),
      ("95 % interval", false), ("speed-up", false), ("of peak", false), ("error L2", false),
      ("error / bound", false), ("workspace", false), ("", true),
    ]
    var rows: [String] = []
    for group in grouped(records, by: \.problemKey) {
      let best = group.rows.compactMap { $0.positive("median_ms") }.min()
      for (i, row) in group.rows.enumerated() {
        let median = row.positive("median_ms")
        let isBest = median != nil && median == best
        let interval = row.number("ci_low_ms").flatMap { low in
          row.number("ci_high_ms").map { "\(Self.short(low)) to \(Self.short($0))" }
        }
        let status = row.status == .ok ? "" : row["status"] + ": " + row["reason"]
        var cells = Self.cell(i == 0 ? row.label : "", "l") + Self.cell(row.algorithm, "l")
        cells += Self.cell(row["threads"])
        cells += Self.cell(median.map(Self.short) ?? "", isBest ? "best" : "")
        cells += Self.cell(interval ?? "") + Self.number(row, "speedup")
        let peak = row.number("peak_fraction").map { "\(Self.short(100 * $0)) %" }
        cells += Self.cell(peak ?? "") + Self.number(row, "error_l2")
        let isOver = (row.number("error_ratio") ?? 0) > 1
        cells += Self.number(row, "error_ratio", isOver ? "bad" : "")
        cells += Self.cell(row.integer("workspace_bytes").map(byteCount) ?? "")
        cells += Self.cell(status, row.status == .failed ? "l bad" : "l")
        rows.append("<tr\(i == 0 ? " class=\"new\"" : "")>\(cells)</tr>")
      }
    }
    return table(head, rows)
  }

  private func plainTable(_ rows: [[String: String]], _ columns: [String]) -> String {
    let isText = columns.map { column in
      rows.contains { !($0[column] ?? "").isEmpty && Double($0[column] ?? "") == nil }
    }
    let lines = rows.map { row in
      let cells = zip(columns, isText).map { column, isText in
        let text = row[column] ?? ""
        let isCount = ["threads", "epoch"].contains(column)
        let shown = isText || isCount ? text : Double(text).map(Self.short) ?? text
        return Self.cell(shown, isText ? "l" : "")
      }
      return "<tr>\(cells.joined())</tr>"
    }
    return table(Array(zip(columns, isText)), lines)
  }

  private func table(_ head: [(String, Bool)], _ rows: [String]) -> String {
    let titles = head.map { "<th\($0.1 ? " class=\"l\"" : "")>\(Self.escaped($0.0))</th>" }
    return "<div class=\"scroll\"><table>\n<thead><tr>\(titles.joined())</tr></thead>\n<tbody>\n"
      + rows.joined(separator: "\n") + "\n</tbody></table></div>\n"
  }

  private static func cell(_ text: String, _ style: String = "") -> String {
    "<td\(style.isEmpty ? "" : " class=\"\(style)\"")>\(escaped(text))</td>"
  }

  private static func number(
    _ row: ResultsRecord, _ column: String, _ style: String = ""
  ) -> String { cell(row.number(column).map(short) ?? "", style) }

  /// Three significant digits.
  static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    let size = abs(value)
    if size < 1e-3 || size >= 1e6 {
      var (digits, power) = (value, 0)
      while abs(digits) >= 9.95 {
        digits /= 10
        power += 1
      }
      while abs(digits) < 0.995 {
        digits *= 10
        power -= 1
      }
      return "\((digits * 10).rounded() / 10)e\(power)"
    }
    let places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    if places == 0 { return "\(Int(rounded))" }
    // As many digits in every row, so that columns align.
    let text = "\(rounded)"
    let decimals = text.reversed().prefix { $0 != "." }.count
    return text + String(repeating: "0", count: max(0, places - decimals))
  }

  static func escaped(_ text: String) -> String {
    var escaped = ""
    for c in text {
      switch c {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(c)
      }
    }
    return escaped
  }
}
