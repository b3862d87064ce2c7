import ConvCore
import Glibc

/// What two results files differ in, row by row: times statistically, errors and statuses as they are.
///
/// A row became faster or slower if its median changed by more than `threshold`, the 95 % intervals of
/// the two medians do not touch, and the change remains significant at 5 % after Holm's correction for
/// the number of rows compared. The test takes the logarithm of a median as normal, with the
/// standard deviation that its interval implies. An error counts as changed if it grew or shrank by
/// more than a factor of two: below, it depends on how roundings happen to fall.
public struct ResultsDiff: Sendable {
  /// What became of a row.
  public enum Verdict: String, Sendable, CaseIterable {
    /// Did what it did before: passed and now fails or is refused.
    case broken
    case slower
    case lessAccurate = "less accurate"
    case mended
    case faster
    case moreAccurate = "more accurate"
    case unchanged
    /// Times of which at least one has no interval, or none at all.
    case undecided

    /// Whether the newer file is worse for it.
    public var isRegression: Bool { [.broken, .slower, .lessAccurate].contains(self) }
  }

  /// One row that both files have.
  public struct Row: Sendable {
    /// As the files have it.
    public var old: ResultsRecord, new: ResultsRecord
    /// New median / old median, with the 95 % interval that follows from those of the medians.
    public var ratio: Double?, interval: ClosedRange<Double>?
    /// Probability of a change as large by chance, before and after Holm's correction.
    public var p: Double?, adjusted: Double?
    /// What became of it, in order of weight; never empty.
    public var verdicts: [Verdict]
  }

  /// Rows of both files, in the order of the newer.
  public let rows: [Row]
  /// Rows that only one file has.
  public let onlyOld: [ResultsRecord], onlyNew: [ResultsRecord]

  /// Whether any row became worse.
  public var hasRegression: Bool {
    rows.contains { $0.verdicts.contains(where: \.isRegression) }
  }

  /// Compares two files' rows; of rows that a file has twice, the first counts.
  public init(_ old: [ResultsRecord], _ new: [ResultsRecord], threshold: Double = 0.05) {
    let before = Dictionary(old.map { (Array($0.identity), $0) }) { first, _ in first }
    let after = Set(new.map { Array($0.identity) })
    onlyOld = old.filter { !after.contains(Array($0.identity)) }
    onlyNew = new.filter { before[Array($0.identity)] == nil }
    var seen: Set<[String]> = []
    var rows = new.compactMap { record -> Row? in
      let key = Array(record.identity)
      guard let other = before[key], seen.insert(key).inserted else { return nil }
      return Row(comparing: other, record)
    }
    let tested = rows.indices.filter { rows[$0].p != nil }
    let adjusted = Statistics.holm(tested.map { rows[$0].p ?? 1 })
    for (i, p) in zip(tested, adjusted) { rows[i].adjusted = p }
    for i in rows.indices { rows[i].judge(threshold) }
    self.rows = rows
  }
}

extension ResultsDiff.Row {
  /// The figures, without verdicts.
  fileprivate init(comparing old: ResultsRecord, _ new: ResultsRecord) {
    self.old = old
    self.new = new
    verdicts = []
    guard let a = LogMedian(old), let b = LogMedian(new) else { return }
    ratio = exp(b.value - a.value)
    guard let s = a.deviation, let t = b.deviation else { return }
    let deviation = (s * s + t * t).squareRoot()
    let half = Statistics.normalQuantile * deviation
    interval = exp(b.value - a.value - half)...exp(b.value - a.value + half)
    p =
      b.value == a.value
      ? 1 : Statistics.twoSided((b.value - a.value) / deviation)
  }

  fileprivate mutating func judge(_ threshold: Double) {
    guard let before = old.status, let after = new.status, before != .interrupted,
      after != .interrupted
    else {
      verdicts = [.undecided]
      return
    }
    switch (before.isDone, after.isDone) {
    case (true, false): verdicts = [.broken]
    case (false, true): verdicts = [.mended]
    case (false, false): verdicts = [after == .failed && before != .failed ? .broken : .unchanged]
    case (true, true): judgeFigures(threshold)
    }
  }

  private mutating func judgeFigures(_ threshold: Double) {
    if let a = old.number("error_l2"), let b = new.number("error_l2"), a.isFinite, b.isFinite {
      if b > 2 * a { verdicts.append(.lessAccurate) }
      if a > 2 * b { verdicts.append(.moreAccurate) }
    }
    if let ratio {
      if adjusted == nil {
        if verdicts.isEmpty { verdicts = [.undecided] }
      } else if abs(ratio - 1) > threshold, intervalsAreApart, (adjusted ?? 1) <= 0.05 {
        verdicts.append(ratio > 1 ? .slower : .faster)
      }
    } else if verdicts.isEmpty, old.number("median_ms") != nil || new.number("median_ms") != nil {
      verdicts = [.undecided]
    }
    if verdicts.isEmpty { verdicts = [.unchanged] }
    let order = ResultsDiff.Verdict.allCases
    verdicts.sort { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) }
  }

  private var intervalsAreApart: Bool {
    guard let a = old.number("ci_high_ms"), let b = new.number("ci_low_ms"),
      let c = new.number("ci_high_ms"), let d = old.number("ci_low_ms")
    else { return false }
    return a < b || c < d
  }
}

extension Outcome.Status {
  /// Whether there is a result.
  fileprivate var isDone: Bool { self == .ok || self == .unverified }
}

/// The logarithm of a median and the standard deviation that its 95 % interval implies, nil where
/// there is none.
private struct LogMedian {
  let value: Double
  let deviation: Double?

  init?(_ record: ResultsRecord) {
    guard let median = record.number("median_ms"), median > 0, median.isFinite else { return nil }
    value = log(median)
    if let low = record.number("ci_low_ms"), let high = record.number("ci_high_ms"), low > 0,
      high >= low, high.isFinite
    {
      deviation = (log(high) - log(low)) / (2 * Statistics.normalQuantile)
    } else {
      deviation = nil
    }
  }
}
