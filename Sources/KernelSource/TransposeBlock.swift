import CSystem

/// A vector whose squares can be transposed in registers: L rows of L elements in, L columns out.
///
/// First within pieces of 128 bits, then the pieces change places.
protocol TransposeVector: Vector {
  /// The transpose of each square of 128-bit pieces in as many rows as a piece has elements, rows
  /// `first` onwards: piece p of vector j is column p e + j, e elements a piece. Handed to `use`
  /// with j; for Double only the first two count.
  static func transposePieces(_ first: Int, _ load: (Int) -> Self) -> (Self, Self, Self, Self)
  /// Elements of a piece.
  static var pieceLanes: Int { get }
  /// The even pieces of a, then those of b.
  static func evenPieces(_ a: Self, _ b: Self) -> Self
  /// The odd pieces of a, then those of b.
  static func oddPieces(_ a: Self, _ b: Self) -> Self
}

extension V32: TransposeVector {
  @_transparent static var pieceLanes: Int { 4 }
  @inline(__always)
  static func transposePieces(_ first: Int, _ load: (Int) -> V32) -> (V32, V32, V32, V32) {
    let (a, b) = (load(first).v, load(first &+ 1).v)
    let (c, d) = (load(first &+ 2).v, load(first &+ 3).v)
    let (ab, cd) = (cv_f32_zip_low(a, b), cv_f32_zip_low(c, d))
    let (ba, dc) = (cv_f32_zip_high(a, b), cv_f32_zip_high(c, d))
    return (
      V32(cv_f32_pair_low(ab, cd)), V32(cv_f32_pair_high(ab, cd)), V32(cv_f32_pair_low(ba, dc)),
      V32(cv_f32_pair_high(ba, dc))
    )
  }
  #if KERNEL_AVX512 || KERNEL_AVX2
    @_transparent static func evenPieces(_ a: V32, _ b: V32) -> V32 {
      V32(cv_f32_pieces_even(a.v, b.v))
    }
    @_transparent static func oddPieces(_ a: V32, _ b: V32) -> V32 {
      V32(cv_f32_pieces_odd(a.v, b.v))
    }
  #else
    @_transparent static func evenPieces(_ a: V32, _ b: V32) -> V32 { a }
    @_transparent static func oddPieces(_ a: V32, _ b: V32) -> V32 { b }
  #endif
}

extension V64: TransposeVector {
  @_transparent static var pieceLanes: Int { 2 }
  @inline(__always)
  static func transposePieces(_ first: Int, _ load: (Int) -> V64) -> (V64, V64, V64, V64) {
    let (a, b) = (load(first).v, load(first &+ 1).v)
    let (low, high) = (V64(cv_f64_zip_low(a, b)), V64(cv_f64_zip_high(a, b)))
    return (low, high, low, high)
  }
  #if KERNEL_AVX512 || KERNEL_AVX2
    @_transparent static func evenPieces(_ a: V64, _ b: V64) -> V64 {
      V64(cv_f64_pieces_even(a.v, b.v))
    }
    @_transparent static func oddPieces(_ a: V64, _ b: V64) -> V64 {
      V64(cv_f64_pieces_odd(a.v, b.v))
    }
  #else
    @_transparent static func evenPieces(_ a: V64, _ b: V64) -> V64 { a }
    @_transparent static func oddPieces(_ a: V64, _ b: V64) -> V64 { b }
  #endif
}

/// Transposes a square: row r is `load(r)`, column c goes to `store(c, _)`.
@inline(__always)
func transpose<V: TransposeVector>(_ load: (Int) -> V, _ store: (Int, V) -> Void) {
  let e = V.pieceLanes
  let a = V.transposePieces(0, load)
  if V.lanes == e {
    store(0, a.0)
    store(1, a.1)
    if e == 4 {
      store(2, a.2)
      store(3, a.3)
    }
    return
  }
  let b = V.transposePieces(e, load)
  if V.lanes == 2 &* e {
    exchange(a.0, b.0, 0, store)
    exchange(a.1, b.1, 1, store)
    if e == 4 {
      exchange(a.2, b.2, 2, store)
      exchange(a.3, b.3, 3, store)
    }
    return
  }
  let c = V.transposePieces(2 &* e, load)
  let d = V.transposePieces(3 &* e, load)
  exchange(a.0, b.0, c.0, d.0, 0, store)
  exchange(a.1, b.1, c.1, d.1, 1, store)
  if e == 4 {
    exchange(a.2, b.2, c.2, d.2, 2, store)
    exchange(a.3, b.3, c.3, d.3, 3, store)
  }
}

/// Columns j and j + e of two pieces each.
@inline(__always)
private func exchange<V: TransposeVector>(_ a: V, _ b: V, _ j: Int, _ store: (Int, V) -> Void) {
  store(j, V.evenPieces(a, b))
  store(j &+ V.pieceLanes, V.oddPieces(a, b))
}

/// Columns j, j + e, j + 2e and j + 3e of four pieces each.
@inline(__always)
private func exchange<V: TransposeVector>(
  _ a: V, _ b: V, _ c: V, _ d: V, _ j: Int, _ store: (Int, V) -> Void
) {
  let (ab0, cd0) = (V.evenPieces(a, b), V.evenPieces(c, d))
  let (ab1, cd1) = (V.oddPieces(a, b), V.oddPieces(c, d))
  let e = V.pieceLanes
  store(j, V.evenPieces(ab0, cd0))
  store(j &+ e, V.evenPieces(ab1, cd1))
  store(j &+ 2 &* e, V.oddPieces(ab0, cd0))
  store(j &+ 3 &* e, V.oddPieces(ab1, cd1))
}
