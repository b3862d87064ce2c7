/// Sizes that FFTW transforms fast.
///
/// Products of 2, 3, 5 and 7 with at most one factor of 11 or 13. Each has a cost, so that the
/// cheapest sufficient size is taken, which need not be the smallest: a row of 2160 is cheaper than
/// one of 2079.
enum FastSize {
  /// Nanoseconds a complex number of one transform of `n`, many in a row, in cache.
  ///
  /// Linear in the exponents of the prime factors, with penalties for sizes that leave FFTW's
  /// vectors (SSE2 and AVX in Debian's build) no factor of 4: a least-squares fit to 950
  /// measurements of 500 sizes from 8 to 6000, single precision, out of place, MEASURE, on one core
  /// of a Zen 5 processor; median deviation 8 %, a tenth of them beyond 22 %. What matters is the
  /// ratio between sizes, which carries over.
  static func cost(_ n: Int) -> Double {
    if n <= 1 { return 0 }
    var (rest, cost) = (n, -0.06)
    for (factor, each) in factors {
      while rest % factor == 0 {
        rest /= factor
        cost += each
      }
    }
    cost += n % 2 == 1 ? 0.785 : n % 4 == 2 ? 0.5 : n % 16 != 0 ? 0.06 : 0
    return max(0.3, cost)
  }

  private static let factors = [
    (2, 0.058), (3, 0.217), (5, 0.235), (7, 0.433), (11, 0.87), (13, 0.914),
  ]

  /// All fast sizes from `low` that are at most `high`, in order.
  static func sizes(from low: Int, to high: Int) -> [Int] {
    var found: [Int] = []
    for first in [1, 11, 13] {
      for sevens in powers(of: 7, from: first, to: high) {
        for fives in powers(of: 5, from: sevens, to: high) {
          for threes in powers(of: 3, from: fives, to: high) {
            found += powers(of: 2, from: threes, to: high).filter { $0 >= low }
          }
        }
      }
    }
    return found.sorted()
  }

  private static func powers(of factor: Int, from first: Int, to high: Int) -> [Int] {
    var list: [Int] = []
    var n = first
    while n <= high {
      list.append(n)
      n *= factor
    }
    return list
  }

  /// Fast sizes from `low` on that could be cheapest: up to the next power of two, each cheaper as a
  /// whole than every smaller one.
  static func candidates(from low: Int) -> [Int] {
    var power = 1
    while power < low { power *= 2 }
    var best = Double.infinity
    return sizes(from: low, to: power).filter {
      let whole = Double($0) * (cost($0) + 0.3)  // 0.3: moving and multiplying it
      defer { best = min(best, whole) }
      return whole < best || $0 == low
    }
  }
}
