import CSystem

/// A vector that holds complex numbers, real and imaginary parts side by side.
protocol ComplexVector: Vector {
  /// The parts of each number exchanged.
  var swapped: Self { get }
  /// The numbers in reverse order.
  var reversed: Self { get }
  /// (a0, b0, a2, b2, ...).
  static func evens(_ a: Self, _ b: Self) -> Self
}

extension V32: ComplexVector {
  @_transparent var swapped: V32 { V32(cv_f32_swap(v)) }
  @_transparent var reversed: V32 { V32(cv_f32_reverse(v)) }
  @_transparent static func evens(_ a: V32, _ b: V32) -> V32 { V32(cv_f32_evens(a.v, b.v)) }
}

extension V64: ComplexVector {
  @_transparent var swapped: V64 { V64(cv_f64_swap(v)) }
  @_transparent var reversed: V64 { V64(cv_f64_reverse(v)) }
  @_transparent static func evens(_ a: V64, _ b: V64) -> V64 { V64(cv_f64_evens(a.v, b.v)) }
}

extension ComplexVector {
  /// (1, -1, 1, -1, ...): times this is the complex conjugate.
  @_transparent static var conjugating: Self {
    evens(Self(repeating: 1), Self(repeating: -1))
  }

  /// sum of x conj(w) from the sums of x w and of swap(x) w, both part by part.
  @_transparent static func conjugateProduct(_ direct: Self, _ crossed: Self) -> Self {
    evens(direct + direct.swapped, crossed - crossed.swapped)
  }
}
