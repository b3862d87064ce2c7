import ConvCore
import Laboratory

extension Command {
  private static let anyway = Option(
    flag: "anyway", .command, "compares results of different machines or builds too")
  private static let threshold = Option(
    "threshold", "PERCENT", .command, "smaller changes of a median do not count (default 5)"
  ) { text throws(ConvError) in try OptionValue.positive(text) }
  private static let everything = Option(
    flag: "unchanged", .command, "lists rows that did not change too")

  /// `compare diff`.
  static let diff = Command(
    "diff", "what became faster, slower, more or less accurate, statistically",
    operands: "OLD.csv NEW.csv", count: 2...2,
    details: """
      A time counts as changed if the median moved by more than 5 %, the 95 % intervals are apart,
      and Holm's correction for the number of rows leaves it significant; an error if it doubled or
      halved; a status if a row passed before and does not now, or the reverse. Refuses results of
      different machines, builds or seeds without --anyway. Exit status 1 if anything became worse.
      """,
    options: [anyway, threshold, everything, Options.quiet, Options.plain],
    examples: [
      ("compare diff old.csv new.csv", "after a change of an algorithm"),
      ("compare diff old.csv new.csv --unchanged --plain", "every row"),
    ]
  ) { arguments throws(ConvError) in
    let (old, new) = (arguments.operands[0], arguments.operands[1])
    let records = (try ResultsRecord.read(old), try ResultsRecord.read(new))
    try checkProvenance(old, new, anyway: arguments.has(anyway))
    let diff = ResultsDiff(
      records.0, records.1, threshold: arguments[threshold, default: 5] / 100)
    guard !diff.rows.isEmpty || !(diff.onlyOld + diff.onlyNew).isEmpty else {
      throw .invalid("\(old) and \(new) have no rows")
    }
    if !arguments.has(Options.quiet) {
      let colour = Output.isTerminal && !arguments.has(Options.plain)
      let report = DiffReport(diff, (old, new), showsAll: arguments.has(everything))
      Output.line(report.text(colour: colour))
    }
    return diff.hasRegression ? 1 : 0
  }

  private static func checkProvenance(
    _ old: String, _ new: String, anyway: Bool
  ) throws(ConvError) {
    guard let before = ResultsSidecar.beside(old), let after = ResultsSidecar.beside(new) else {
      Output.complain(
        "the .json beside \(ResultsSidecar.beside(old) == nil ? old : new) is missing or "
          + "unreadable: nothing says whether machine and build are the same")
      return
    }
    let differences = before.differences(from: after)
    guard !differences.isEmpty else { return }
    let text = "the files differ in \(differences.joined(separator: "; "))"
    guard anyway else { throw .invalid("\(text): give --anyway to compare them all the same") }
    Output.complain(text)
  }
}

/// A comparison of two files as people read it.
private struct DiffReport {
  private let diff: ResultsDiff
  private let names: (old: String, new: String)
  private let showsAll: Bool

  init(_ diff: ResultsDiff, _ names: (old: String, new: String), showsAll: Bool) {
    self.diff = diff
    self.names = names
    self.showsAll = showsAll
  }

  func text(colour: Bool) -> String {
    let rows = diff.rows.filter { showsAll || $0.verdicts[0] != .unchanged }
    var parts: [String] = []
    if !rows.isEmpty { parts.append(table(rows).text(colour: colour, width: Output.width)) }
    parts.append(summary)
    parts += only(diff.onlyOld, in: names.old) + only(diff.onlyNew, in: names.new)
    return parts.joined(separator: "\n")
  }

  private func table(_ rows: [ResultsDiff.Row]) -> TextTable {
    var table = TextTable(
      ["problem", "algorithm", "old ms", "new ms", "new / old", "95 %", "p (Holm)", "error", ""],
      [.left, .left, .right, .right, .right, .right, .right, .right, .left])
    for row in rows {
      let worse = row.verdicts.contains(where: \.isRegression)
      let better = row.verdicts.contains { [.faster, .mended, .moreAccurate].contains($0) }
      table.add(
        [
          label(row.new), row.new.algorithm, ms(row.old), ms(row.new),
          row.ratio.map { fixed($0, 3) } ?? "",
          row.interval.map { "\(fixed($0.lowerBound, 3)) to \(fixed($0.upperBound, 3))" } ?? "",
          row.adjusted.map { $0 < 0.001 ? "< 0.001" : fixed($0, 3) } ?? "", errors(row),
        ].map { TextTable.Cell($0) }
          + [
            TextTable.Cell(
              verdict(row), worse ? .red : better ? .green : .faint)
          ])
    }
    return table
  }

  private func label(_ r: ResultsRecord) -> String {
    var text = r["name"].isEmpty ? r["problem"] : r["name"]
    if r["pass"] != "forward" { text += " \(r["pass"])" }
    return text + " \(r["threads"])t"
  }

  private func ms(_ record: ResultsRecord) -> String {
    record.number("median_ms").map { significant($0) } ?? "-"
  }

  private func errors(_ row: ResultsDiff.Row) -> String {
    guard let a = row.old.number("error_l2"), let b = row.new.number("error_l2") else { return "" }
    return a == b ? scientific(a) : "\(scientific(a)) -> \(scientific(b))"
  }

  private func verdict(_ row: ResultsDiff.Row) -> String {
    row.verdicts.map { verdict in
      switch verdict {
      case .broken, .mended:
        let reason = row.new["reason"].isEmpty ? "" : ": \(row.new["reason"])"
        return "\(verdict.rawValue) (\(row.old["status"]) -> \(row.new["status"])\(reason))"
      case .undecided: return "undecided (too few samples for an interval)"
      default: return verdict.rawValue
      }
    }.joined(separator: ", ")
  }

  private var summary: String {
    let counts = ResultsDiff.Verdict.allCases.compactMap { verdict -> String? in
      let count = diff.rows.count { $0.verdicts.contains(verdict) }
      return count == 0 ? nil : "\(count) \(verdict.rawValue)"
    }
    return "\(diff.rows.count) rows in both: "
      + (counts.isEmpty ? "none to compare" : counts.joined(separator: ", "))
  }

  private func only(_ records: [ResultsRecord], in name: String) -> [String] {
    guard !records.isEmpty else { return [] }
    let shown = records.prefix(showsAll ? .max : 10).map { "  \(label($0)) \($0.algorithm)" }
    let more = records.count - shown.count
    return ["\(records.count) rows only in \(name):"] + shown
      + (more > 0 ? ["  and \(more) more"] : [])
  }
}
