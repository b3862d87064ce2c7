import CSystem

/// A vector of the width of this module's instruction set.
///
/// Kernels are written once, generic over it, and instantiated by entry points for Float and
/// Double. Everything is inlined always: vectors passed to a function that is not inlined travel in
/// pieces.
protocol Vector {
  associatedtype Scalar: BinaryFloatingPoint & SIMDScalar
  static var lanes: Int { get }
  init()
  init(repeating value: Scalar)
  static func load(_ p: UnsafePointer<Scalar>) -> Self
  func store(_ p: UnsafeMutablePointer<Scalar>)
  /// The first `count` elements, the others zero; nothing is read beyond them.
  static func load(_ p: UnsafePointer<Scalar>, first count: Int) -> Self
  /// Stores the first `count` elements alone.
  func store(_ p: UnsafeMutablePointer<Scalar>, first count: Int)
  /// With the lanes whose bit is set from memory; that of the others is not touched.
  func loading(_ p: UnsafePointer<Scalar>, lanes: UInt32) -> Self
  /// The same of elements that stand two apart.
  func loading(even p: UnsafePointer<Scalar>, lanes: UInt32) -> Self
  /// The same of elements that stand four apart.
  func loading(fourth p: UnsafePointer<Scalar>, lanes: UInt32) -> Self
  /// The same of elements that stand `step` apart, less than 2^26.
  func loading(_ p: UnsafePointer<Scalar>, every step: Int, lanes: UInt32) -> Self
  /// Stores past the caches; p aligned to the vector.
  func stream(_ p: UnsafeMutablePointer<Scalar>)
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static prefix func - (a: Self) -> Self
  /// self + a b.
  func adding(_ a: Self, times b: Self) -> Self
  /// self - a b.
  func subtracting(_ a: Self, times b: Self) -> Self
}

#if KERNEL_AVX512
  typealias Lanes32 = SIMD16<Float>
  typealias Lanes64 = SIMD8<Double>
#elseif KERNEL_AVX2
  typealias Lanes32 = SIMD8<Float>
  typealias Lanes64 = SIMD4<Double>
#else
  typealias Lanes32 = SIMD4<Float>
  typealias Lanes64 = SIMD2<Double>
#endif

/// Floats.
struct V32: Vector {
  var v: Lanes32
  @_transparent init(_ v: Lanes32) { self.v = v }
  @_transparent init() { v = Lanes32() }
  @_transparent init(repeating value: Float) { v = Lanes32(repeating: value) }
  @_transparent static var lanes: Int { Lanes32.scalarCount }
  @_transparent static func load(_ p: UnsafePointer<Float>) -> V32 {
    V32(UnsafeRawPointer(p).loadUnaligned(as: Lanes32.self))
  }
  @_transparent func store(_ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: Lanes32.self)
  }
  @_transparent static func load(_ p: UnsafePointer<Float>, first count: Int) -> V32 {
    V32(cv_f32_load_first(p, count))
  }
  @_transparent func store(_ p: UnsafeMutablePointer<Float>, first count: Int) {
    cv_f32_store_first(v, p, count)
  }
  @_transparent func loading(_ p: UnsafePointer<Float>, lanes: UInt32) -> V32 {
    V32(cv_f32_load_lanes(v, p, lanes))
  }
  @_transparent func loading(even p: UnsafePointer<Float>, lanes: UInt32) -> V32 {
    V32(cv_f32_load_even(v, p, lanes))
  }
  @_transparent func loading(fourth p: UnsafePointer<Float>, lanes: UInt32) -> V32 {
    V32(cv_f32_load_fourth(v, p, lanes))
  }
  @_transparent func loading(_ p: UnsafePointer<Float>, every step: Int, lanes: UInt32) -> V32 {
    V32(cv_f32_load_every(v, p, step, lanes))
  }
  @_transparent func stream(_ p: UnsafeMutablePointer<Float>) { cv_f32_stream(v, p) }
  @_transparent static func + (a: V32, b: V32) -> V32 { V32(cv_f32_add(a.v, b.v)) }
  @_transparent static func - (a: V32, b: V32) -> V32 { V32(cv_f32_sub(a.v, b.v)) }
  @_transparent static func * (a: V32, b: V32) -> V32 { V32(cv_f32_mul(a.v, b.v)) }
  @_transparent static prefix func - (a: V32) -> V32 { V32(cv_f32_neg(a.v)) }
  @_transparent func adding(_ a: V32, times b: V32) -> V32 { V32(cv_f32_fma(a.v, b.v, v)) }
  @_transparent func subtracting(_ a: V32, times b: V32) -> V32 { V32(cv_f32_fnma(a.v, b.v, v)) }
}

/// Doubles.
struct V64: Vector {
  var v: Lanes64
  @_transparent init(_ v: Lanes64) { self.v = v }
  @_transparent init() { v = Lanes64() }
  @_transparent init(repeating value: Double) { v = Lanes64(repeating: value) }
  @_transparent static var lanes: Int { Lanes64.scalarCount }
  @_transparent static func load(_ p: UnsafePointer<Double>) -> V64 {
    V64(UnsafeRawPointer(p).loadUnaligned(as: Lanes64.self))
  }
  @_transparent func store(_ p: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: Lanes64.self)
  }
  @_transparent static func load(_ p: UnsafePointer<Double>, first count: Int) -> V64 {
    V64(cv_f64_load_first(p, count))
  }
  @_transparent func store(_ p: UnsafeMutablePointer<Double>, first count: Int) {
    cv_f64_store_first(v, p, count)
  }
  @_transparent func loading(_ p: UnsafePointer<Double>, lanes: UInt32) -> V64 {
    V64(cv_f64_load_lanes(v, p, lanes))
  }
  @_transparent func loading(even p: UnsafePointer<Double>, lanes: UInt32) -> V64 {
    V64(cv_f64_load_even(v, p, lanes))
  }
  @_transparent func loading(fourth p: UnsafePointer<Double>, lanes: UInt32) -> V64 {
    V64(cv_f64_load_fourth(v, p, lanes))
  }
  @_transparent func loading(_ p: UnsafePointer<Double>, every step: Int, lanes: UInt32) -> V64 {
    V64(cv_f64_load_every(v, p, step, lanes))
  }
  @_transparent func stream(_ p: UnsafeMutablePointer<Double>) { cv_f64_stream(v, p) }
  @_transparent static func + (a: V64, b: V64) -> V64 { V64(cv_f64_add(a.v, b.v)) }
  @_transparent static func - (a: V64, b: V64) -> V64 { V64(cv_f64_sub(a.v, b.v)) }
  @_transparent static func * (a: V64, b: V64) -> V64 { V64(cv_f64_mul(a.v, b.v)) }
  @_transparent static prefix func - (a: V64) -> V64 { V64(cv_f64_neg(a.v)) }
  @_transparent func adding(_ a: V64, times b: V64) -> V64 { V64(cv_f64_fma(a.v, b.v, v)) }
  @_transparent func subtracting(_ a: V64, times b: V64) -> V64 { V64(cv_f64_fnma(a.v, b.v, v)) }
}
