import ConvCore
import Glibc

/// Which of two contenders is faster, told from as many paired samples as that needs.
///
/// Samples are taken until the interval of the median ratio leaves 1 or lies within a tie, or until
/// there are no more. The interval is looked at several times, at growing numbers of samples; each
/// look gets an equal share of the error that is allowed, so that all of them together hold with the
/// confidence asked for (Bonferroni). Assumes nothing of the distribution but independent samples.
public struct PairedComparison: Sendable, Equatable {
  /// Who is ahead.
  public enum Verdict: Sendable, Equatable {
    /// The first is faster; the second is.
    case first, second
    /// They differ by less than a tie's width, or by less than could be told apart.
    case tie, undecided
  }

  /// When to stop.
  public struct Rule: Sendable {
    /// Probability that the interval holds the true median of the ratio.
    public var confidence = 0.95
    /// Ratios from 1 / (1 + tie) to 1 + tie count as equal.
    public var tie = 0.02
    /// Samples at the first look.
    public var fewest = 16
    /// No more samples than these.
    public var most = 400

    /// 95 %, ties of 2 %, 16 to 400 samples.
    public init() {}

    /// Numbers of samples at which to look: each a third more than the one before.
    public var looks: [Int] {
      var list = [max(1, fewest)]
      while let last = list.last, last < most {
        list.append(min(most, max(last + 1, last * 4 / 3)))
      }
      return list
    }
  }

  /// Time of the first / time of the second in each pair, in order.
  public let ratios: [Double]
  /// The median of the ratios; NaN of none.
  public let ratio: Double
  /// What holds the true median with the rule's confidence, all looks together; nil of too few.
  public let interval: ClosedRange<Double>?
  /// Who is ahead.
  public let verdict: Verdict

  /// Takes pairs of times from `next`, which returns nil when no more can be had.
  public init(
    _ rule: Rule = Rule(), next: () throws(ConvError) -> (first: Double, second: Double)?
  ) throws(ConvError) {
    let looks = rule.looks
    let confidence = 1 - (1 - rule.confidence) / Double(looks.count)
    var ratios: [Double] = []
    var verdict = Verdict.undecided
    search: for look in looks {
      while ratios.count < look {
        guard let pair = try next() else { break search }
        guard pair.first > 0, pair.second > 0 else { continue }
        ratios.append(pair.first / pair.second)
      }
      verdict = Self.verdict(ratios, confidence, rule)
      if verdict != .undecided { break }
    }
    // What was taken after the last look counts too where there are no more.
    if verdict == .undecided { verdict = Self.verdict(ratios, confidence, rule) }
    self.ratios = ratios
    self.verdict = verdict
    ratio = Statistics.median(ratios)
    interval = Statistics.medianInterval(ratios, confidence: confidence)
  }

  private static func verdict(_ ratios: [Double], _ confidence: Double, _ rule: Rule) -> Verdict {
    guard let interval = Statistics.medianInterval(ratios, confidence: confidence) else {
      return .undecided
    }
    if interval.upperBound < 1 { return .first }
    if interval.lowerBound > 1 { return .second }
    let isNarrow =
      interval.upperBound <= 1 + rule.tie && interval.lowerBound >= 1 / (1 + rule.tie)
    return isNarrow ? .tie : .undecided
  }
}

extension Statistics {
  /// As `medianInterval(_:)`, with any confidence below 1; nil of too few values.
  public static func medianInterval(
    _ values: [Double], confidence: Double
  ) -> ClosedRange<Double>? {
    let k = rank(values.count, tail: (1 - confidence) / 2)
    guard k >= 1 else { return nil }
    let sorted = values.sorted()
    return sorted[k - 1]...sorted[values.count - k]
  }

  /// Largest k with P(B(n, 1/2) < k) <= tail; 0 where there is none.
  private static func rank(_ n: Int, tail: Double) -> Int {
    // P(B = k) from P(B = k - 1), in logarithms, since 2^-n underflows.
    var logChance = -Double(n) * 0.6931471805599453
    var (sum, k) = (0.0, 0)
    while k <= n {
      sum += exp(logChance)
      if sum > tail { return k }
      k += 1
      logChance += log(Double(n - k + 1) / Double(k))
    }
    return 0
  }
}
