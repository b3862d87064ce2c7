// The transposes A of the output transforms, which weight gradients need: they bring tiles of the
// output gradient into the transform domain.

/// A of 4 points from 2 outputs.
enum Adjoint2To4<V: Vector>: LineTransform {
  @inline(__always) static func apply(_ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1) = (x(0), x(1))
    store(0, x0)
    store(1, x0 + x1)
    store(2, x0 - x1)
    store(3, x1)
  }
}

/// A of 6 points from 4 outputs.
enum Adjoint4To6<V: Vector>: LineTransform {
  @inline(__always) static func apply(_ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1, x2, x3) = (x(0), x(1), x(2), x(3))
    let (even, odd) = (x0 + x2, x1 + x3)
    let (quarter, four) = (V(repeating: 0.25), V(repeating: 4))
    store(0, x0)
    store(1, even + odd)
    store(2, even - odd)
    store(
      3,
      x0.adding(quarter, times: x2).adding(V(repeating: 0.5), times: x1.adding(quarter, times: x3)))
    store(
      4, x0.adding(four, times: x2).subtracting(V(repeating: 2), times: x1.adding(four, times: x3)))
    store(5, x3)
  }
}

/// A of 6 points from 2 outputs.
enum Adjoint2To6<V: Vector>: LineTransform {
  @inline(__always) static func apply(_ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1) = (x(0), x(1))
    store(0, x0)
    store(1, x0 + x1)
    store(2, x0 - x1)
    store(3, x0.adding(V(repeating: 0.5), times: x1))
    store(4, x0.subtracting(V(repeating: 2), times: x1))
    store(5, x1)
  }
}

/// A of 8 points from 6 outputs.
enum Adjoint6To8<V: Vector>: LineTransform {
  @inline(__always) static func apply(_ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1, x2, x3, x4, x5) = (x(0), x(1), x(2), x(3), x(4), x(5))
    store(0, x0)
    let (even, odd) = (x0 + x2 + x4, x1 + x3 + x5)
    store(1, even + odd)
    store(2, even - odd)
    pair(3, 2, 4, x0, x1, x2, x3, x4, x5, store)
    pair(5, 0.5, 0.25, x0, x1, x2, x3, x4, x5, store)
    store(7, x5)
  }

  /// At the points a and -a, in Horner's form.
  @inline(__always) private static func pair(
    _ i: Int, _ a: V.Scalar, _ square: V.Scalar, _ x0: V, _ x1: V, _ x2: V, _ x3: V, _ x4: V,
    _ x5: V, _ store: (Int, V) -> Void
  ) {
    let (a, square) = (V(repeating: a), V(repeating: square))
    let even = x0.adding(square, times: x2.adding(square, times: x4))
    let odd = x1.adding(square, times: x3.adding(square, times: x5))
    store(i, even.adding(a, times: odd))
    store(i &+ 1, even.subtracting(a, times: odd))
  }
}

/// A of 8 points from 4 outputs.
enum Adjoint4To8<V: Vector>: LineTransform {
  @inline(__always) static func apply(_ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1, x2, x3) = (x(0), x(1), x(2), x(3))
    store(0, x0)
    let (even, odd) = (x0 + x2, x1 + x3)
    store(1, even + odd)
    store(2, even - odd)
    pair(3, 2, 4, x0, x1, x2, x3, store)
    pair(5, 0.5, 0.25, x0, x1, x2, x3, store)
    store(7, x3)
  }

  @inline(__always) private static func pair(
    _ i: Int, _ a: V.Scalar, _ square: V.Scalar, _ x0: V, _ x1: V, _ x2: V, _ x3: V,
    _ store: (Int, V) -> Void
  ) {
    let (a, square) = (V(repeating: a), V(repeating: square))
    let even = x0.adding(square, times: x2)
    let odd = x1.adding(square, times: x3)
    store(i, even.adding(a, times: odd))
    store(i &+ 1, even.subtracting(a, times: odd))
  }
}
