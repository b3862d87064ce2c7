/// The fits of the cost model.
enum LeastSquares {
  /// Coefficients c >= 0 that minimise the sum over rows of (sum over j of c[j] row[j] / value - 1)^2,
  /// relative errors, by cyclic coordinate descent.
  ///
  /// `prior` decides where rows leave coefficients open: each is drawn to it with a weight of
  /// `strength` rows.
  static func relative(
    _ rows: [[Double]], _ values: [Double], prior: [Double], strength: Double
  ) -> [Double] {
    let n = prior.count
    let scaled = zip(rows, values).map { row, value in row.map { $0 / value } }
    var gram = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    var right = [Double](repeating: 0, count: n)
    for row in scaled {
      for i in 0..<n {
        right[i] += row[i]
        for j in 0..<n { gram[i][j] += row[i] * row[j] }
      }
    }
    for i in 0..<n {
      let mean = gram[i][i] / Double(max(1, rows.count))
      gram[i][i] += strength * mean
      right[i] += strength * mean * prior[i]
    }
    var c = prior
    for _ in 0..<4000 {
      var change = 0.0
      for i in 0..<n where gram[i][i] > 0 {
        var rest = right[i]
        for j in 0..<n where j != i { rest -= gram[i][j] * c[j] }
        let next = max(0, rest / gram[i][i])
        change = max(change, abs(next - c[i]) * gram[i][i].squareRoot())
        c[i] = next
      }
      if change < 1e-9 { break }
    }
    return c
  }

  /// Bumps of `width` through values that are known up to `noise` (relative to a bump's height), and
  /// the error at each point if the point itself is left out; nil where that cannot be solved.
  ///
  /// Solves (K + noise^2 I) h = v; the error at point i is h[i] / inverse[i][i].
  static func interpolation(
    _ points: [[Double]], _ values: [Double], width: Double, noise: Double
  ) -> (fit: Interpolation, errors: [Double])? {
    let n = points.count
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        let bump = Interpolation.bump(points[i], points[j], width) + (i == j ? noise * noise : 0)
        (matrix[i * n + j], matrix[j * n + i]) = (bump, bump)
      }
    }
    guard let inverse = inverse(matrix, n) else { return nil }
    let heights = (0..<n).map { i in
      zip(inverse[i * n..<(i + 1) * n], values).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let errors = (0..<n).map { heights[$0] / inverse[$0 * n + $0] }
    return (Interpolation(points: points, heights: heights, width: width), errors)
  }

  /// Gauss-Jordan in place without exchanges, which a symmetric positive definite matrix of n x n does
  /// not need; nil of any other.
  private static func inverse(_ matrix: [Double], _ n: Int) -> [Double]? {
    var inverse = matrix
    let isDone = inverse.withUnsafeMutableBufferPointer { a in
      for p in 0..<n {
        let pivot = a[p * n + p]
        guard pivot > 1e-12, pivot.isFinite else { return false }
        a[p * n + p] = 1
        for j in 0..<n { a[p * n + j] /= pivot }
        for i in 0..<n where i != p {
          let factor = a[i * n + p]
          a[i * n + p] = 0
          for j in 0..<n { a[i * n + j] -= factor * a[p * n + j] }
        }
      }
      return true
    }
    return isDone ? inverse : nil
  }
}
