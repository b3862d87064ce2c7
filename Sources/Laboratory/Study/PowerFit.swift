import Glibc

/// y = factor x^exponent, fitted by least squares to the logarithms.
public struct PowerFit: Sendable, Equatable {
  /// The slope in the logarithms.
  public let exponent: Double
  /// y at x = 1.
  public let factor: Double
  /// 95 % interval of the exponent, by Student's distribution; the exponent alone of two points.
  public let interval: ClosedRange<Double>

  /// Fits points with positive coordinates; others are left out. Nil of fewer than two different x.
  public init?(_ points: [(x: Double, y: Double)]) {
    let logs = points.filter { $0.x > 0 && $0.y > 0 && $0.x.isFinite && $0.y.isFinite }
      .map { (x: log($0.x), y: log($0.y)) }
    let n = Double(logs.count)
    guard logs.count >= 2 else { return nil }
    let (meanX, meanY) = (logs.reduce(0) { $0 + $1.x } / n, logs.reduce(0) { $0 + $1.y } / n)
    let spread = logs.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    guard spread > 1e-12 else { return nil }
    let slope = logs.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / spread
    let start = meanY - slope * meanX
    exponent = slope
    factor = exp(start)
    let squares = logs.reduce(0) { sum, point in
      let rest = point.y - start - slope * point.x
      return sum + rest * rest
    }
    let freedom = logs.count - 2
    let half =
      freedom > 0
      ? Self.student(freedom) * (squares / Double(freedom) / spread).squareRoot() : 0
    interval = slope - half...slope + half
  }

  /// What 95 % of Student's distribution lies within, by degrees of freedom.
  static func student(_ freedom: Int) -> Double {
    let table = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
    guard freedom > table.count else { return table[max(1, freedom) - 1] }
    // The first term of the expansion in 1 / freedom.
    let z = Statistics.normalQuantile
    return z + (z * z * z + z) / (4 * Double(freedom))
  }
}
