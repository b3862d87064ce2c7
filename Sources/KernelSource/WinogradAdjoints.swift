// The transposes A of the output transforms, which weight gradients need: they bring tiles of the
// output gradient into the transform domain, polynomials of their elements at every point. The number
// of elements is a constant wherever they are used.

/// A of 4 points from 2 or 3 outputs.
enum Adjoint4<V: Vector> {
  @inline(__always)
  static func apply(rows: Int, _ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let line = AdjointLine<V>(x, rows: rows)
    line.store(0, store)
    line.store(1, 1, 1, store)
    line.storeLast(3, store)
  }
}

/// A of 6 points from 2 to 5 outputs.
enum Adjoint6<V: Vector> {
  @inline(__always)
  static func apply(rows: Int, _ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let line = AdjointLine<V>(x, rows: rows)
    line.store(0, store)
    line.store(1, 1, 1, store)
    store(3, line.even(0.25).adding(V(repeating: 0.5), times: line.odd(0.25)))
    store(4, line.even(4).subtracting(V(repeating: 2), times: line.odd(4)))
    line.storeLast(5, store)
  }
}

/// A of 8 points from 4 to 7 outputs.
enum Adjoint8<V: Vector> {
  @inline(__always)
  static func apply(rows: Int, _ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let line = AdjointLine<V>(x, rows: rows)
    line.store(0, store)
    line.store(1, 1, 1, store)
    line.store(3, 2, 4, store)
    line.store(5, 0.5, 0.25, store)
    line.storeLast(7, store)
  }
}

/// The elements of a line as coefficients of a polynomial, in Horner's form.
private struct AdjointLine<V: Vector> {
  let rows: Int
  let x0: V, x1: V, x2: V, x3: V, x4: V, x5: V, x6: V

  @inline(__always) init(_ x: (Int) -> V, rows: Int) {
    self.rows = rows
    (x0, x1) = (x(0), x(1))
    (x2, x3) = (rows > 2 ? x(2) : V(), rows > 3 ? x(3) : V())
    (x4, x5, x6) = (rows > 4 ? x(4) : V(), rows > 5 ? x(5) : V(), rows > 6 ? x(6) : V())
  }

  /// The even coefficients at the square of a point.
  @inline(__always) func even(_ square: V.Scalar) -> V {
    let a = V(repeating: square)
    if rows < 3 { return x0 }
    if rows < 5 { return x0.adding(a, times: x2) }
    if rows < 7 { return x0.adding(a, times: x2.adding(a, times: x4)) }
    return x0.adding(a, times: x2.adding(a, times: x4.adding(a, times: x6)))
  }

  /// The odd ones.
  @inline(__always) func odd(_ square: V.Scalar) -> V {
    let a = V(repeating: square)
    if rows < 4 { return x1 }
    if rows < 6 { return x1.adding(a, times: x3) }
    return x1.adding(a, times: x3.adding(a, times: x5))
  }

  /// The point 0.
  @inline(__always) func store(_ i: Int, _ store: (Int, V) -> Void) { store(i, x0) }

  /// The points a and -a.
  @inline(__always)
  func store(_ i: Int, _ a: V.Scalar, _ square: V.Scalar, _ store: (Int, V) -> Void) {
    let (even, odd, a) = (even(square), odd(square), V(repeating: a))
    store(i, even.adding(a, times: odd))
    store(i &+ 1, even.subtracting(a, times: odd))
  }

  /// The point at infinity.
  @inline(__always) func storeLast(_ i: Int, _ store: (Int, V) -> Void) {
    switch rows {
    case 2: store(i, x1)
    case 3: store(i, x2)
    case 4: store(i, x3)
    case 5: store(i, x4)
    case 6: store(i, x5)
    default: store(i, x6)
    }
  }
}
