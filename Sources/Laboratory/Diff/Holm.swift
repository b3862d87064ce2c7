import Glibc

extension Statistics {
  /// Holm's step-down correction: the p-values of a family of tests such that rejecting those of at
  /// most alpha makes even one false rejection with a probability of at most alpha, whatever the
  /// tests' dependence.
  ///
  /// With p in ascending order, p'(i) = max over j <= i of min(1, (m - j + 1) p(j)). NaN counts as 1.
  /// Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979). O(m log m).
  public static func holm(_ p: [Double]) -> [Double] {
    let order = p.indices.sorted { value(p[$0]) < value(p[$1]) }
    var adjusted = p
    var largest = 0.0
    for (rank, i) in order.enumerated() {
      largest = max(largest, min(1, Double(p.count - rank) * value(p[i])))
      adjusted[i] = largest
    }
    return adjusted
  }

  private static func value(_ p: Double) -> Double { p.isNaN ? 1 : p }

  /// Probability that a standard normal number is at least as far from 0 as `z`.
  public static func twoSided(_ z: Double) -> Double { z.isNaN ? 1 : erfc(abs(z) / 2.squareRoot()) }

  /// What 95 % of a standard normal distribution lies within.
  static let normalQuantile = 1.959963984540054
}
