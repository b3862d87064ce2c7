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
    let shown = algorithms.filter { !isRefusedThroughout($0) }
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
      : "relative L2 error and (largest error / bound); at most 1 passes" + differences
  }

  /// Columns that say whether results are the same bit by bit, with the letter that marks them.
  private static let sameness = [
    ("same_runs", "r", "from run to run"), ("same_threads", "t", "with the number of threads"),
    ("same_batch", "b", "with the place in a batch"),
  ]

  /// What the letters of this table mean; that there are none is told too.
  private var differences: String {
    let tried = Self.sameness.filter { column, _, _ in
      records.contains { !$0[column].isEmpty }
    }
    guard !tried.isEmpty else { return "" }
    let seen = tried.filter { column, _, _ in records.contains { $0[column] == "0" } }
    return seen.isEmpty
      ? "\nresults are the same, bit by bit, \(tried.map(\.2).joined(separator: ", "))"
      : "\nresults differ \(seen.map { "\($0.2) (\($0.1))" }.joined(separator: ", "))"
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

  /// Whether a column would hold nothing but dashes: the notes say why, so nothing is hidden.
  private func isRefusedThroughout(_ algorithm: String) -> Bool {
    records.allSatisfy { $0.algorithm != algorithm || $0.status == .unsupported }
  }

  private func fastest(_ rows: [ResultsRecord]) -> ResultsRecord? {
    // `auto` is one of the others once more.
    rows.filter { $0.number("median_ms") != nil && ($0["algorithm"] != "auto" || rows.count == 1) }
      .min { ($0.number("median_ms") ?? 0) < ($1.number("median_ms") ?? 0) }
  }

  // MARK: - Cells

  private func cell(_ record: ResultsRecord, _ fastest: ResultsRecord?) -> TextTable.Cell {
    let pad = isTimed ? " " : ""
    switch record.status {
    case .ok, .unverified:
      let error = record.number("error_l2").map(scientific) ?? (isTimed ? "" : "?")
      guard isTimed else {
        if record["oracle"] == Experiment.OracleChoice.identities.rawValue {
          return TextTable.Cell("exact")
        }
        let ratio = record.number("error_ratio").map { " (\(significant($0, 2)))" } ?? ""
        let marks = Self.sameness.filter { record[$0.0] == "0" }.map(\.1).joined()
        return TextTable.Cell(error + ratio + (marks.isEmpty ? "" : " " + marks))
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

  /// One line for each reason, with how often it is given; of many reasons of one algorithm for not
  /// doing something, the first.
  private var notes: [String] {
    var reasons: [Reason] = []
    for record in records where record.status != .ok && !record["reason"].isEmpty {
      let reason = Reason(
        status: record["status"], algorithm: "\(record.algorithm)", text: record["reason"])
      if let i = reasons.firstIndex(where: { $0.isSame(as: reason) }) {
        reasons[i].count += 1
      } else {
        reasons.append(reason)
      }
    }
    var lines: [String] = []
    for (i, reason) in reasons.enumerated() {
      let isRefusal = reason.status == Outcome.Status.unsupported.rawValue
      let earlier = reasons[..<i].contains {
        $0.status == reason.status && $0.algorithm == reason.algorithm
      }
      if isRefusal && earlier { continue }
      let others = reasons.filter {
        $0.status == reason.status && $0.algorithm == reason.algorithm
      }
      var line = "\(reason.status): \(reason.algorithm): \(reason.text)"
      if reason.count > 1 { line += " (\(reason.count) rows alike)" }
      if isRefusal && others.count > 1 {
        line += "; \(others.count - 1) more such reasons in the column `reason`"
      }
      lines.append(line)
    }
    return lines
  }
}

/// Why rows are not `ok`.
private struct Reason {
  let status: String
  let algorithm: String
  let text: String
  var count = 1

  init(status: String, algorithm: String, text: String) {
    self.status = status
    self.algorithm = algorithm
    self.text = text
  }

  /// Reasons that differ in numbers alone count as one.
  func isSame(as other: Reason) -> Bool {
    func plain(_ text: String) -> [Substring] { text.split { $0.isNumber } }
    return status == other.status && algorithm == other.algorithm
      && plain(text) == plain(other.text)
  }
}
