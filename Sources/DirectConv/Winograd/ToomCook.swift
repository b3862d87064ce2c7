/// The matrices of the one-dimensional algorithm F(m, r): m outputs of a correlation with r taps from
/// t = m + r - 1 multiplications.
///
/// y = A^T ((G w) * (B^T x)) with * element by element. From t - 1 finite points a_j and infinity
/// (Toom, Cook; Lavin and Gray 2016 for neural networks):
/// * A^T[i][j] = a_j^i, and for infinity 1 in the last row alone;
/// * G[j][k] = a_j^k / prod over l != j of (a_j - a_l), and for infinity 1 in the last column alone;
/// * B^T[j] holds the coefficients of prod over l != j of (x - a_l), l over the finite points, and for
///   infinity those of the product over all of them.
///
/// Points decide the error: small numbers and their reciprocals of either sign keep the powers small.
/// B and A are exact in binary for the points used here; G is rounded once from exact fractions.
struct ToomCook: Equatable, Sendable {
  /// Outputs m, taps r and points t.
  let outputs: Int, taps: Int, points: Int
  /// A^T, m rows of t.
  let output: [[Fraction]]
  /// G, t rows of r.
  let weight: [[Fraction]]
  /// B^T, t rows of t.
  let input: [[Fraction]]

  /// Finite points by number of points t.
  static let finitePoints: [Int: [Fraction]] = [
    1: [],
    4: [Fraction(0), Fraction(1), Fraction(-1)],
    6: [Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-2)],
    8: [
      Fraction(0), Fraction(1), Fraction(-1), Fraction(2), Fraction(-2), Fraction(1, 2),
      Fraction(-1, 2),
    ],
  ]

  /// F(m, r), where there are points for m + r - 1.
  init?(outputs m: Int, taps r: Int) {
    guard let a = Self.finitePoints[m + r - 1] else { return nil }
    let n = a.count
    func power(_ x: Fraction, _ k: Int) -> Fraction {
      (0..<k).reduce(Fraction(1)) { p, _ in p * x }
    }
    /// Coefficients of the product of x - a_l over `set`, lowest first, n + 1 of them.
    func polynomial(_ set: [Int]) -> [Fraction] {
      var p = [Fraction(1)] + Array(repeating: Fraction(0), count: n)
      for l in set {
        let shifted = [Fraction(0)] + p.dropLast()
        p = (0...n).map { shifted[$0] - a[l] * p[$0] }
      }
      return p
    }
    let others = (0..<n).map { j in (0..<n).filter { $0 != j } }
    (outputs, taps, points) = (m, r, n + 1)
    output = (0..<m).map { i in a.map { power($0, i) } + [Fraction(i == m - 1 ? 1 : 0)] }
    weight =
      (0..<n).map { j in
        let norm = others[j].reduce(Fraction(1)) { $0 * (a[j] - a[$1]) }
        return (0..<r).map { power(a[j], $0) / norm }
      } + [(0..<r).map { Fraction($0 == r - 1 ? 1 : 0) }]
    input = others.map(polynomial) + [polynomial(Array(0..<n))]
  }
}
