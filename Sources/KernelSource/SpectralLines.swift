import CSystem

// Where the vectors of a batch of one-dimensional transforms ("lines") stand. Value k of line l is
// at base + k step + l next; distances are in elements.

/// Lines of complex values, real and imaginary parts apart.
struct ComplexLines<S> {
  var re: UnsafeMutablePointer<S>, im: UnsafeMutablePointer<S>
  /// Distance between values of a line.
  var step: Int
  /// Distance between lines.
  var next: Int

  /// On to the next line.
  @inline(__always) mutating func advance() {
    re += next
    im += next
  }

  /// Real and imaginary parts exchanged: i times the conjugate, by which a transform of the other
  /// sign becomes one of this.
  var swapped: ComplexLines { ComplexLines(re: im, im: re, step: step, next: next) }
}

/// Lines of real values.
struct RealLines<S> {
  var re: UnsafeMutablePointer<S>
  var step: Int, next: Int

  /// On to the next line.
  @inline(__always) mutating func advance() { re += next }
}

/// Half spectra of lines of n real values.
///
/// Values 0 and n / 2 are real and stand apart; the n / 2 - 1 between are complex, in an order that
/// the transforms agree on: a product in the frequency domain does not mind which is which.
struct HalfLines<S> {
  /// Values 0 and n / 2.
  var first: UnsafeMutablePointer<S>, last: UnsafeMutablePointer<S>
  /// Distance between the real values of one line and the next.
  var realNext: Int
  /// The other values.
  var re: UnsafeMutablePointer<S>, im: UnsafeMutablePointer<S>
  var step: Int, next: Int

  /// On to the next line.
  @inline(__always) mutating func advance() {
    first += realNext
    last += realNext
    re += next
    im += next
  }
}

// The step in bytes, hidden from the compiler: it would compute every address of an unrolled codelet
// before the loop and fetch them from the stack, at half the speed.
extension ComplexLines {
  @inline(__always) var hiddenStep: Int { cv_hide(step &* MemoryLayout<S>.stride) }
}

extension RealLines {
  @inline(__always) var hiddenStep: Int { cv_hide(step &* MemoryLayout<S>.stride) }
}

extension HalfLines {
  @inline(__always) var hiddenStep: Int { cv_hide(step &* MemoryLayout<S>.stride) }
}

extension Vector {
  /// The place `bytes` after p.
  @inline(__always)
  static func at(_ p: UnsafeMutablePointer<Scalar>, _ bytes: Int) -> UnsafeMutablePointer<Scalar> {
    (UnsafeMutableRawPointer(p) + bytes).assumingMemoryBound(to: Scalar.self)
  }

  /// A constant, rounded to the scalar.
  @_transparent init(constant: Double) { self.init(repeating: Scalar(constant)) }

  /// Stores (a + ib)(w0 + iw1).
  @inline(__always)
  static func storeTurned(
    _ a: Self, _ b: Self, _ w: UnsafePointer<Scalar>, _ re: UnsafeMutablePointer<Scalar>,
    _ im: UnsafeMutablePointer<Scalar>
  ) {
    let (c, s) = (Self(repeating: w[0]), Self(repeating: w[1]))
    (a * c).subtracting(b, times: s).store(re)
    (a * s).adding(b, times: c).store(im)
  }

  /// Loads (a + ib)(w0 - iw1).
  @inline(__always)
  static func loadTurnedBack(
    _ re: UnsafeMutablePointer<Scalar>, _ im: UnsafeMutablePointer<Scalar>,
    _ w: UnsafePointer<Scalar>
  ) -> (Self, Self) {
    let (a, b) = (load(re), load(im))
    let (c, s) = (Self(repeating: w[0]), Self(repeating: w[1]))
    return ((a * c).adding(b, times: s), (b * c).subtracting(a, times: s))
  }
}
