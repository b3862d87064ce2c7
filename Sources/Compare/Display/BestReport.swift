import ConvCore
import Laboratory

/// What `compare best` says: predictions beside measurements, and a sentence for each problem.
struct BestReport: Sendable {
  /// Rankings by problem and number of threads.
  private let predictions: [NamedProblem: [Int: Chooser.Ranking]]
  /// How long a ranking took.
  private let deciding: Duration
  private let start = ContinuousClock.now
  /// Predicted to take at most this many times as long as the best: worth measuring.
  private static let margin = 2.0

  init(_ predictions: [NamedProblem: [Int: Chooser.Ranking]], each deciding: Duration) {
    self.predictions = predictions
    self.deciding = deciding
  }

  /// Whom to measure, on any number of threads; where nobody can, all, so that the rows say why.
  func finalists(
    _ named: NamedProblem, else all: [any ConvAlgorithm]
  ) -> [any ConvAlgorithm] {
    var list: [any ConvAlgorithm] = []
    for ranking in (predictions[named] ?? [:]).sorted(by: { $0.key < $1.key }).map(\.value) {
      guard let best = ranking.ranked.first else { continue }
      for (i, candidate) in ranking.ranked.enumerated()
      where (i < 2 || candidate.seconds <= Self.margin * best.seconds)
        && !list.contains(where: { $0.name == candidate.algorithm.name })
      { list.append(candidate.algorithm) }
    }
    return list.isEmpty ? all : list
  }

  /// Median seconds of what passed, for the wisdom.
  func answers(_ records: [ResultsRecord], _ isa: ISA) -> [ChoiceWisdom.Answer] {
    groups(records).compactMap { rows in
      guard let problem = named(rows[0])?.problem, let threads = Int(rows[0]["threads"]) else {
        return nil
      }
      let times = rows.compactMap { row in
        row.number("median_ms").map { (row.algorithm, $0 / 1000) }
      }
      guard !times.isEmpty else { return nil }
      return ChoiceWisdom.Answer(
        problem: problem, threads: threads, isa: isa,
        seconds: Dictionary(times, uniquingKeysWith: min))
    }
  }

  /// Rows that passed, by problem and threads, the fastest first.
  private func groups(_ records: [ResultsRecord]) -> [[ResultsRecord]] {
    var groups: [[String]: [ResultsRecord]] = [:]
    var order: [[String]] = []
    for record in records {
      if groups[record.problemKey] == nil { order.append(record.problemKey) }
      groups[record.problemKey, default: []].append(record)
    }
    return order.compactMap { key in
      let timed = (groups[key] ?? []).filter {
        ($0.status == .ok || $0.status == .unverified) && $0.number("median_ms") != nil
      }
      return timed.isEmpty
        ? nil
        : timed.sorted { ($0.number("median_ms") ?? 0) < ($1.number("median_ms") ?? 0) }
    }
  }

  /// The problem of a row as it was asked for.
  private func named(_ record: ResultsRecord) -> NamedProblem? {
    predictions.keys.first {
      $0.problem.descriptor == record["problem"] && $0.name == record["name"]
        && $0.problem.pass.rawValue == record["pass"]
    }
  }

  private func prediction(of record: ResultsRecord) -> Chooser.Ranking? {
    guard let named = named(record), let threads = Int(record["threads"]) else { return nil }
    return predictions[named]?[threads]
  }

  // MARK: - Table

  /// A row for each algorithm: predicted, measured, and why not.
  func table(_ records: [ResultsRecord]) -> TextTable {
    var table = TextTable(
      ["problem", "algorithm", "predicted ms", "median ms", "of best", "error", "memory", ""],
      [.left, .left, .right, .right, .right, .right, .right, .left])
    var shown: [[String]] = []
    for record in records where !shown.contains(record.problemKey) {
      shown.append(record.problemKey)
      let rows = records.filter { $0.problemKey == record.problemKey }
      let best = groups(rows).first?.first
      let measured = rows.sorted {
        ($0.number("median_ms") ?? .infinity) < ($1.number("median_ms") ?? .infinity)
      }
      let ranking = prediction(of: record)
      for (i, row) in measured.enumerated() {
        table.add(cells(row, isFirst: i == 0, best, ranking))
      }
      for other in ranking?.ranked ?? []
      where !rows.contains(where: { $0.algorithm == "\(other.algorithm.name)" }) {
        table.add(["", "\(other.algorithm.name)", significant(other.seconds * 1000)])
      }
      for (name, why) in ranking?.refused ?? []
      where !rows.contains(where: { $0.algorithm == "\(name)" }) {
        table.add(["", "\(name)", "", "", "", "", "", "\(why)"])
      }
    }
    return table
  }

  private func cells(
    _ row: ResultsRecord, isFirst: Bool, _ best: ResultsRecord?, _ ranking: Chooser.Ranking?
  ) -> [String] {
    let predicted = ranking?.ranked.first { "\($0.algorithm.name)" == row.algorithm }?.seconds
    let median = row.number("median_ms")
    let isAnswer = best.map { $0.algorithm == row.algorithm } ?? false
    let share = zip2(median, best?.number("median_ms")).map { fixed($0 / $1, 2) }
    return [
      isFirst ? label(row) : "", row.algorithm, predicted.map { significant($0 * 1000) } ?? "",
      median.map { significant($0) } ?? "", share ?? "",
      row.number("error_l2").map(scientific) ?? "",
      row.number("workspace_bytes").map { byteCount(Int($0)) } ?? "",
      isAnswer ? "use this" : row.status == .ok || row.status == .unverified ? "" : row["reason"],
    ]
  }

  private func label(_ row: ResultsRecord) -> String {
    let name = row["name"].isEmpty ? row["problem"] : row["name"]
    let pass = row["pass"] == Pass.forward.rawValue ? "" : " \(row["pass"])"
    return predictions.values.contains { $0.count > 1 }
      ? "\(name)\(pass) \(row["threads"])t" : name + pass
  }

  // MARK: - Sentences

  /// What to use for each problem, and what choosing cost.
  func sentences(_ records: [ResultsRecord]) -> [String] {
    var lines = groups(records).map(sentence)
    let seconds = Double((ContinuousClock.now - start).components.seconds)
    let parts = deciding.components
    let milliseconds = Double(parts.seconds) * 1e3 + Double(parts.attoseconds) * 1e-15
    lines.append(
      "Verifying and measuring took \(significant(max(1, seconds), 2)) s; auto chooses in "
        + "\(significant(milliseconds, 2)) ms and remembers the answer.")
    return lines
  }

  private func sentence(_ rows: [ResultsRecord]) -> String {
    let best = rows[0]
    var text =
      "\(label(best)): use \(best.algorithm), \(significant(best.number("median_ms") ?? 0)) ms"
    if rows.count > 1, let own = best.number("median_ms"), let other = rows[1].number("median_ms") {
      let isTied = (rows[1].number("ci_low_ms") ?? other) <= (best.number("ci_high_ms") ?? own)
      text +=
        isTied
        ? ", not distinguishable from \(rows[1].algorithm)"
        : ", \(fixed(other / own, 2)) times as fast as \(rows[1].algorithm)"
    }
    guard let guess = prediction(of: best)?.ranked.first?.algorithm.name else { return text + "." }
    if "\(guess)" == best.algorithm { return text + "; as the model predicted." }
    let cost = zip2(
      rows.first { $0.algorithm == "\(guess)" }?.number("median_ms"), best.number("median_ms"))
    return text + "; the model alone would have chosen \(guess)"
      + (cost.map { ", at \(fixed($0 / $1, 2)) times its time." } ?? ".")
  }
}

/// Both values, or nil.
private func zip2<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
  guard let a, let b else { return nil }
  return (a, b)
}

/// What is remembered, for people.
struct WisdomText {
  private let wisdom: ChoiceWisdom

  init(_ wisdom: ChoiceWisdom) { self.wisdom = wisdom }

  var text: String {
    var lines = [
      "\(ChoiceWisdom.path ?? "no cache folder"): \(wisdom.machine); "
        + "\(wisdom.models.count) models, \(wisdom.answers.count) measured problems"
    ]
    for model in wisdom.models {
      lines.append(
        "\nmodel on \(model.threads) threads, \(model.isa.name), "
          + "\(significant(model.rate * 2e-9)) GFLOP/s at peak")
      var table = TextTable(["algorithm/kind", "problems", "typical error"])
      for (name, entry) in model.entries.sorted(by: { $0.key < $1.key }) {
        table.add([
          name, "\(entry.problems)", entry.error.map { "\(fixed(100 * $0, 0)) %" } ?? "-",
        ])
      }
      lines.append(table.text(colour: false))
    }
    if !wisdom.answers.isEmpty {
      var table = TextTable(
        ["measured problem", "threads", "fastest", "ms", "when"],
        [.left, .right, .left, .right, .left])
      for answer in wisdom.answers {
        guard let best = answer.seconds.min(by: { $0.value < $1.value }) else { continue }
        let pass = answer.problem.pass == .forward ? "" : " \(answer.problem.pass.rawValue)"
        table.add([
          answer.problem.descriptor + pass, "\(answer.threads)", best.key,
          significant(best.value * 1000), answer.time,
        ])
      }
      lines.append("\n" + table.text(colour: false))
    }
    return lines.joined(separator: "\n")
  }
}
