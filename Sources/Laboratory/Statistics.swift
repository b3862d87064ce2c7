import Glibc

/// Statistics that assume nothing of the distribution: order statistics and the binomial law.
public enum Statistics {
  /// Middle value, or the mean of the two in the middle; NaN of nothing.
  public static func median(_ values: [Double]) -> Double { quantile(values, 0.5) }

  /// The value below which the fraction `p` lies, interpolated between neighbours (the default of
  /// NumPy and of R, type 7); NaN of nothing.
  public static func quantile(_ values: [Double], _ p: Double) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.last else { return .nan }
    let position = p * Double(sorted.count - 1)
    let i = Int(position)
    guard i + 1 < sorted.count else { return last }
    return sorted[i] + (position - Double(i)) * (sorted[i + 1] - sorted[i])
  }

  /// An interval that holds the median of the distribution with a probability of at least 95 %,
  /// whatever the distribution; nil of fewer than six values, for which there is none.
  ///
  /// With k the largest rank such that P(B(n, 1/2) < k) <= 2.5 %, from the k-th smallest to the
  /// k-th largest value.
  public static func medianInterval(_ values: [Double]) -> ClosedRange<Double>? {
    let k = intervalRank(values.count)
    guard k >= 1 else { return nil }
    let sorted = values.sorted()
    return sorted[k - 1]...sorted[values.count - k]
  }

  /// An interval for the median of values that were taken in several rounds, which may differ for
  /// reasons that no value within a round shows (where memory lies, how fast the machine runs): that
  /// of all values together, widened to hold every round's own median. Nil of fewer than six values.
  ///
  /// Of two such sets of four rounds, the spans of the medians miss each other by chance in
  /// 2 / C(8, 4) = 2.9 % of cases. Rounds of fewer than three values do not count.
  public static func medianInterval(rounds: [[Double]]) -> ClosedRange<Double>? {
    guard let all = medianInterval(rounds.flatMap(\.self)) else { return nil }
    let medians = rounds.filter { $0.count >= 3 }.map(median)
    guard medians.count > 1, let low = medians.min(), let high = medians.max() else { return all }
    return min(all.lowerBound, low)...max(all.upperBound, high)
  }

  /// Largest k with P(B(n, 1/2) < k) <= 0.025; 0 where there is none.
  static func intervalRank(_ n: Int) -> Int {
    var sum = 0.0
    var k = 0
    while k <= n {
      let chance = exp(logChoose(n, k) - Double(n) * log(2))
      if sum + chance > 0.025 { return k }
      sum += chance
      k += 1
    }
    return 0
  }

  private static func logChoose(_ n: Int, _ k: Int) -> Double {
    lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
  }
}
