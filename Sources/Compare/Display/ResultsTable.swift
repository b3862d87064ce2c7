import ConvCore
import Laboratory

/// Results as people read them: a row a problem, a column an algorithm.
struct ResultsTable {
  private let records: [ResultsRecord]
  private let problems: [[ResultsRecord]]
  private let algorithms: [String]
  /// Whether there are times, or accuracy alone.
  private let isTimed: Bool

  init(_ records: [ResultsRecord]) {
    self.records = records
    var rows: [[ResultsRecord]] = []
    var places: [[String]: Int] = [:]
    var names: [String] = []
    for record in records {
      if let place = places[record.problemKey] {
        rows[place].append(record)
      } else {
        places[record.problemKey] = rows.count
        rows.append([record])
      }
      if !names.contains(record.algorithm) { names.append(record.algorithm) }
    }
    problems = rows
    algorithms = names
    isTimed = records.contains { $0.number("median_ms") != nil }
  }

  /// The table, what its marks mean, and why cells are empty.
  func text(colour: Bool, width: Int?) -> String {
    guard !records.isEmpty else { return "no rows" }
    let shown = algorithms.filter { !isUnsupportedThroughout($0) }
    var table = TextTable(["problem"] + shown)
    for (rows, label) in zip(problems, labels) {
      let fastest = fastest(rows)
      table.add(
        [TextTable.Cell(label)]
          + shown.map { name in
            rows.first { $0.algorithm == name }.map { cell($0, fastest) } ?? TextTable.Cell("")
          })
    }
    return ([table.text(colour: colour, width: width), legend] + notes).joined(separator: "\n")
  }

  private var legend: String {
    isTimed
      ? "median ms and relative L2 error; * fastest, = not distinguishable from it"
      : "relative L2 error and (largest error / bound); at most 1 passes"
  }

  // MARK: - Rows

  /// The name or descriptor of each row, and what rows of the same name differ in.
  private var labels: [String] {
    let plain = problems.map { rows -> String in
      let record = rows[0]
      let name = record["name"].isEmpty ? record["problem"] : record["name"]
      let times = record.number("multiplicity") ?? 1
      return times > 1 ? "\(name) x\(Int(times))" : name
    }
    let columns = [
      "operation", "pass", "dtype", "layout", "border", "convention", "fill", "mb", "threads",
    ]
    return problems.indices.map { i in
      let twins = problems.indices.filter { plain[$0] == plain[i] }.map { problems[$0][0] }
      let differing = columns.filter { column in
        twins.contains { $0[column] != problems[i][0][column] }
      }
      return ([plain[i]] + differing.map { Self.shown($0, problems[i][0][$0]) })
        .joined(separator: " ")
    }
  }

  private static func shown(_ column: String, _ value: String) -> String {
    switch column {
    case "mb": "mb\(value)"
    case "threads": "\(value)t"
    default: value
    }
  }

  private func fastest(_ rows: [ResultsRecord]) -> ResultsRecord? {
    rows.filter { $0.number("median_ms") != nil }
      .min { ($0.number("median_ms") ?? 0) < ($1.number("median_ms") ?? 0) }
  }

  // MARK: - Cells

  private func cell(_ record: ResultsRecord, _ fastest: ResultsRecord?) -> TextTable.Cell {
    let pad = isTimed ? " " : ""
    switch record.status {
    case .ok, .unverified:
      let error = record.number("error_l2").map(scientific) ?? (isTimed ? "" : "?")
      guard isTimed else {
        let ratio = record.number("error_ratio").map { " (\(significant($0, 2)))" } ?? ""
        return TextTable.Cell(error + ratio)
      }
      guard let median = record.number("median_ms") else { return TextTable.Cell("- ") }
      let mark = record == fastest ? "*" : isTied(record, fastest) ? "=" : " "
      let space = String(repeating: " ", count: max(0, 5 - error.count))
      return TextTable.Cell(
        significant(median) + mark + space + error, mark == "*" ? .green : nil)
    case .failed: return TextTable.Cell("FAILED" + pad, .red)
    case .overBudget: return TextTable.Cell("memory" + pad, .faint)
    case .interrupted: return TextTable.Cell("..." + pad, .faint)
    case .unsupported, nil: return TextTable.Cell("-" + pad, .faint)
    }
  }

  /// Whether the intervals of the medians touch.
  private func isTied(_ record: ResultsRecord, _ fastest: ResultsRecord?) -> Bool {
    guard let low = record.number("ci_low_ms"), let high = fastest?.number("ci_high_ms") else {
      return false
    }
    return low <= high
  }

  /// Whether a column would hold nothing but dashes: the notes say why, and nothing is hidden.
  private func isUnsupportedThroughout(_ algorithm: String) -> Bool {
    records.allSatisfy { $0.algorithm != algorithm || $0.status == .unsupported }
  }

  /// One line for each reason; reasons that differ in numbers alone count as one.
  private var notes: [String] {
    var reasons: [(key: String, line: String, count: Int)] = []
    for record in records where record.status != .ok && !record["reason"].isEmpty {
      let line = "\(record["status"]): \(record.algorithm): \(record["reason"])"
      let key = line.split { $0.isNumber }.joined(separator: "#")
      if let i = reasons.firstIndex(where: { $0.key == key }) {
        reasons[i].count += 1
      } else {
        reasons.append((key, line, 1))
      }
    }
    return reasons.map { $0.line + ($0.count > 1 ? " (and so in \($0.count - 1) more rows)" : "") }
  }
}
