/// The singular value decomposition of a small matrix, in Double.
///
/// A = sum over r of u_r v_r^T with u_r orthogonal, scaled by the singular values; by one-sided
/// Jacobi rotations (Golub and Van Loan, Matrix Computations, 8.6.3), which finds small singular
/// values to high relative accuracy. Cost: about 10 m n^2 for each of some 6 sweeps.
struct SingularValues {
  /// Column vectors u_r (m each), scaled by the singular values, largest first.
  private(set) var columns: [[Double]]
  /// Row vectors v_r (n each), of length 1.
  private(set) var rows: [[Double]]
  /// Singular values, largest first.
  private(set) var values: [Double]

  /// Of the m x n matrix with the given elements, row by row.
  init(_ elements: [Double], rows m: Int, columns n: Int) {
    var a = (0..<n).map { j in (0..<m).map { elements[$0 * n + j] } }
    var v = (0..<n).map { j in (0..<n).map { $0 == j ? 1.0 : 0.0 } }
    var rotated = true
    var sweeps = 0
    while rotated && sweeps < 60 {
      rotated = false
      sweeps += 1
      for p in 0..<n {
        for q in (p + 1)..<max(n, p + 1) where Self.rotate(&a, &v, p, q) { rotated = true }
      }
    }
    let lengths = a.map { Self.dot($0, $0).squareRoot() }
    let order = lengths.indices.sorted { lengths[$0] > lengths[$1] }.prefix(min(m, n))
    columns = order.map { a[$0] }
    rows = order.map { v[$0] }
    values = order.map { lengths[$0] }
  }

  /// Number of singular values above `tolerance` times the largest.
  func rank(tolerance: Double) -> Int {
    values.count { $0 > tolerance * (values.first ?? 0) && $0 > 0 }
  }

  private static func dot(_ x: [Double], _ y: [Double]) -> Double {
    var sum = 0.0
    for i in x.indices { sum += x[i] * y[i] }
    return sum
  }

  /// Makes columns p and q orthogonal; false where they already are.
  private static func rotate(_ a: inout [[Double]], _ v: inout [[Double]], _ p: Int, _ q: Int)
    -> Bool
  {
    let (alpha, beta, gamma) = (dot(a[p], a[p]), dot(a[q], a[q]), dot(a[p], a[q]))
    guard abs(gamma) > 1e-15 * (alpha * beta).squareRoot(), gamma != 0 else { return false }
    let zeta = (beta - alpha) / (2 * gamma)
    let t = (zeta >= 0 ? 1.0 : -1.0) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
    let c = 1 / (1 + t * t).squareRoot()
    turn(&a, p, q, c, c * t)
    turn(&v, p, q, c, c * t)
    return true
  }

  private static func turn(_ x: inout [[Double]], _ p: Int, _ q: Int, _ c: Double, _ s: Double) {
    for i in x[p].indices {
      (x[p][i], x[q][i]) = (c * x[p][i] - s * x[q][i], s * x[p][i] + c * x[q][i])
    }
  }
}
