// The output transforms A^T of Winograd's algorithms: row i holds the i-th powers of the points, and the
// last row has the point at infinity besides. The number of rows is a constant wherever they are used.

/// A^T of 4 points to 2 or 3 outputs: F(2, 3), F(3, 2).
enum Output4<V: Vector> {
  @inline(__always)
  static func apply(rows: Int, _ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1, x2, x3) = (x(0), x(1), x(2), x(3))
    let (even, odd) = (x1 + x2, x1 - x2)
    store(0, x0 + even)
    store(1, rows == 2 ? x3 + odd : odd)
    if rows == 3 { store(2, x3 + even) }
  }
}

/// A^T of 6 points to 2 to 5 outputs: F(2, 5), F(3, 4), F(4, 3), F(5, 2).
enum Output6<V: Vector> {
  @inline(__always)
  static func apply(rows: Int, _ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1, x2, x3, x4, x5) = (x(0), x(1), x(2), x(3), x(4), x(5))
    let (even, odd) = (x1 + x2, x1 - x2)
    store(0, x0 + even + (x3 + x4))
    /// With the powers of 1/2 and -2.
    @inline(__always)
    func row(_ i: Int, _ half: V.Scalar, _ two: V.Scalar) {
      let sum = i % 2 == 0 ? even : odd
      let all = i == rows &- 1 ? x5 + sum : sum
      let value = all.adding(V(repeating: half), times: x3)
      let two = V(repeating: two)
      store(i, i % 2 == 0 ? value.adding(two, times: x4) : value.subtracting(two, times: x4))
    }
    row(1, 0.5, 2)
    if rows > 2 { row(2, 0.25, 4) }
    if rows > 3 { row(3, 0.125, 8) }
    if rows > 4 { row(4, 0.0625, 16) }
  }
}

/// A^T of 8 points to 4 to 7 outputs: F(4, 5), F(5, 4), F(6, 3), F(7, 2).
enum Output8<V: Vector> {
  @inline(__always)
  static func apply(rows: Int, _ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (zero, infinity) = (x(0), x(7))
    let (x1, x2, x3, x4, x5, x6) = (x(1), x(2), x(3), x(4), x(5), x(6))
    let (even1, even2, even3) = (x1 + x2, x3 + x4, x5 + x6)
    let (odd1, odd2, odd3) = (x1 - x2, x3 - x4, x5 - x6)
    store(0, zero + even1 + (even2 + even3))
    /// With the powers of 2 and 1/2.
    @inline(__always)
    func row(_ i: Int, _ two: V.Scalar, _ half: V.Scalar) {
      let (two, half) = (V(repeating: two), V(repeating: half))
      let value =
        i % 2 == 0
        ? even1.adding(two, times: even2).adding(half, times: even3)
        : odd1.adding(two, times: odd2).adding(half, times: odd3)
      store(i, i == rows &- 1 ? infinity + value : value)
    }
    row(1, 2, 0.5)
    row(2, 4, 0.25)
    row(3, 8, 0.125)
    if rows > 4 { row(4, 16, 0.0625) }
    if rows > 5 { row(5, 32, 0.03125) }
    if rows > 6 { row(6, 64, 0.015625) }
  }
}
