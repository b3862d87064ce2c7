// The one-dimensional input transforms of Winograd's algorithms as straight lines of vector operations,
// factored by hand; WinogradOutputs.swift and WinogradAdjoints.swift have the others. Their matrices are those that `ToomCook` builds from the same points (a test
// compares them): B has the polynomials prod (x - a) over the other points, A the powers of the points.
// All load every input before they store the first output, so that lines may be transformed in place.
//
// Points: 4 of 0, 1, -1; 6 of 0, 1, -1, 1/2, -2; 8 of 0, 1, -1, 2, -2, 1/2, -1/2; and infinity, last.

/// B^T of 4 points.
enum Input4<V: Vector> {
  @inline(__always) static func apply(_ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1, x2, x3) = (x(0), x(1), x(2), x(3))
    store(0, x2 - x0)
    store(1, x2 + x1)
    store(2, x2 - x1)
    store(3, x3 - x1)
  }
}

/// B^T of 6 points. The polynomials share w = x^2 + 3/2 x - 1 = (x - 1/2)(x + 2), here at four shifts.
enum Input6<V: Vector> {
  @inline(__always) static func apply(_ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1, x2, x3, x4, x5) = (x(0), x(1), x(2), x(3), x(4), x(5))
    let c = V(repeating: 1.5)
    let even = x4 - x2
    let odd = x3 - x1
    let w0 = (x2 - x0).adding(c, times: x1)
    let w1 = odd.adding(c, times: x2)
    let w2 = even.adding(c, times: x3)
    let w3 = (x5 - x3).adding(c, times: x4)
    store(0, w2 - w0)
    store(1, w2 + w1)
    store(2, w2 - w1)
    store(3, even.adding(V(repeating: 2), times: odd))
    store(4, even.subtracting(V(repeating: 0.5), times: odd))
    store(5, w3 - w1)
  }
}

/// B^T of 8 points: an even and an odd part for each pair of points.
enum Input8<V: Vector> {
  @inline(__always) static func apply(_ x: (Int) -> V, _ store: (Int, V) -> Void) {
    let (x0, x1, x2, x3) = (x(0), x(1), x(2), x(3))
    let (x4, x5, x6, x7) = (x(4), x(5), x(6), x(7))
    let a = V(repeating: 5.25)
    store(0, (x6 - x0).adding(a, times: x2 - x4))
    store(7, (x7 - x1).adding(a, times: x3 - x5))
    let b = V(repeating: 4.25)
    let (even1, odd1) = ((x2 + x6).subtracting(b, times: x4), (x1 + x5).subtracting(b, times: x3))
    store(1, even1 + odd1)
    store(2, even1 - odd1)
    let (half, four, five) = (V(repeating: 0.5), V(repeating: 4), V(repeating: 5))
    let even2 = x6.adding(V(repeating: 0.25), times: x2).subtracting(V(repeating: 1.25), times: x4)
    let odd2 = x1.subtracting(five, times: x3).adding(four, times: x5)
    store(3, even2.adding(half, times: odd2))
    store(4, even2.subtracting(half, times: odd2))
    let even3 = x6.adding(four, times: x2).subtracting(five, times: x4)
    let odd3 = x5.subtracting(five, times: x3).adding(four, times: x1)
    store(5, even3.adding(half, times: odd3))
    store(6, even3.subtracting(half, times: odd3))
  }
}
