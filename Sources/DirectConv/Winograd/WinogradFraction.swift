/// An exact rational number, small ones suffice: transformation matrices are built in it, so that
/// their identities hold exactly and every entry is rounded once.
struct Fraction: Equatable, Sendable {
  /// In lowest terms, the denominator positive.
  let numerator: Int, denominator: Int

  init(_ numerator: Int, _ denominator: Int = 1) {
    var (a, b) = (abs(numerator), abs(denominator))
    while b != 0 { (a, b) = (b, a % b) }
    let divisor = denominator < 0 ? -max(a, 1) : max(a, 1)
    self.numerator = numerator / divisor
    self.denominator = denominator / divisor
  }

  static func + (a: Fraction, b: Fraction) -> Fraction {
    Fraction(
      a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
  }
  static prefix func - (a: Fraction) -> Fraction { Fraction(-a.numerator, a.denominator) }
  static func - (a: Fraction, b: Fraction) -> Fraction { a + -b }
  static func * (a: Fraction, b: Fraction) -> Fraction {
    Fraction(a.numerator * b.numerator, a.denominator * b.denominator)
  }
  /// b not zero.
  static func / (a: Fraction, b: Fraction) -> Fraction {
    Fraction(a.numerator * b.denominator, a.denominator * b.numerator)
  }

  var value: Double { Double(numerator) / Double(denominator) }
}
