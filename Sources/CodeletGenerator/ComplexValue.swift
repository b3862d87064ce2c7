import Glibc

/// A complex number in a network; the imaginary part of a real one is zero.
struct ComplexValue {
  var re: Network.Value, im: Network.Value

  static let zero = ComplexValue(re: .zero, im: .zero)
  var isReal: Bool { im == .zero }
  var conjugate: ComplexValue { ComplexValue(re: re, im: -im) }
  /// The product with -i.
  var timesMinusI: ComplexValue { ComplexValue(re: im, im: -re) }
}

extension Network {
  func add(_ a: ComplexValue, _ b: ComplexValue) -> ComplexValue {
    ComplexValue(re: add(a.re, b.re), im: add(a.im, b.im))
  }

  func subtract(_ a: ComplexValue, _ b: ComplexValue) -> ComplexValue {
    ComplexValue(re: subtract(a.re, b.re), im: subtract(a.im, b.im))
  }

  func scale(_ c: Double, _ a: ComplexValue) -> ComplexValue {
    ComplexValue(re: scale(c, a.re), im: scale(c, a.im))
  }

  /// exp(-2 pi i k / n) a.
  ///
  /// The larger of cosine and sine is taken out, (c x - s y) = c (x - t y): the inner product is a
  /// fused multiply-add, and the outer constant usually fuses into the next addition
  /// (Linzer and Feig 1993).
  func rotate(_ a: ComplexValue, _ k: Int, of n: Int) -> ComplexValue {
    let (c, s) = (Trigonometry.cosine(k, n), -Trigonometry.sine(k, n))
    if a.isReal || c == 0 || s == 0 {
      return ComplexValue(
        re: subtract(scale(c, a.re), scale(s, a.im)), im: add(scale(c, a.im), scale(s, a.re)))
    }
    if abs(c) >= abs(s) {
      let t = Trigonometry.ratio(s, c)
      return ComplexValue(
        re: scale(c, subtract(a.re, scale(t, a.im))), im: scale(c, add(a.im, scale(t, a.re))))
    }
    let t = c / s
    return ComplexValue(
      re: scale(s, subtract(scale(t, a.re), a.im)), im: scale(s, add(scale(t, a.im), a.re)))
  }
}

/// Sines and cosines of fractions of a turn.
///
/// Brought into the first eighth of a turn first, so that equal magnitudes are equal numbers and
/// constants are shared.
enum Trigonometry {
  /// cos(2 pi k / n).
  static func cosine(_ k: Int, _ n: Int) -> Double {
    let r = (k % n + n) % n
    if 2 * r > n { return cosine(n - r, n) }
    if 4 * r > n { return -cosine(n - 2 * r, 2 * n) }
    if 4 * r == n { return 0 }
    return 8 * r > n ? firstSine(n - 4 * r, 4 * n) : firstCosine(r, n)
  }

  /// sin(2 pi k / n) = cos(2 pi (n - 4k) / 4n).
  static func sine(_ k: Int, _ n: Int) -> Double { cosine(n - 4 * k, 4 * n) }

  /// a / b, exactly 1 or -1 where they differ in sign alone.
  static func ratio(_ a: Double, _ b: Double) -> Double {
    abs(a) == abs(b) ? (a == b ? 1 : -1) : a / b
  }

  private static func firstCosine(_ k: Int, _ n: Int) -> Double {
    8 * k == n ? 0.5.squareRoot() : cos(2 * Double.pi * fraction(k, n))
  }

  private static func firstSine(_ k: Int, _ n: Int) -> Double {
    8 * k == n ? 0.5.squareRoot() : sin(2 * Double.pi * fraction(k, n))
  }

  /// k / n from lowest terms, so that equal fractions round alike.
  private static func fraction(_ k: Int, _ n: Int) -> Double {
    var (a, b) = (k, n)
    while b != 0 { (a, b) = (b, a % b) }
    return Double(k / a) / Double(n / a)
  }
}
