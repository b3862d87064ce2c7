import CFFTW
import ConvCore
import Kernels

/// What FFTW offers in one precision: its functions carry the precision in their names.
protocol FFTWScalar: SpectralScalar {
  /// Plans `count` complex transforms of `extents`, `distance` numbers apart.
  static func planComplex(
    _ extents: [CInt], count: Int, distance: Int, sign: CInt,
    _ from: UnsafeMutablePointer<Self>, _ to: UnsafeMutablePointer<Self>, _ flags: UInt32
  ) -> OpaquePointer?
  /// Plans one transform of `n` real numbers to their half spectrum.
  static func planReal(
    _ n: Int, _ real: UnsafeMutablePointer<Self>, _ spectrum: UnsafeMutablePointer<Self>,
    _ flags: UInt32
  ) -> OpaquePointer?
  /// Plans the way back, which destroys the spectrum.
  static func planRealInverse(
    _ n: Int, _ spectrum: UnsafeMutablePointer<Self>, _ real: UnsafeMutablePointer<Self>,
    _ flags: UInt32
  ) -> OpaquePointer?
  static func execute(
    _ plan: OpaquePointer, complex from: UnsafeMutablePointer<Self>,
    to: UnsafeMutablePointer<Self>)
  static func execute(
    _ plan: OpaquePointer, real: UnsafeMutablePointer<Self>,
    to spectrum: UnsafeMutablePointer<Self>)
  static func execute(
    _ plan: OpaquePointer, spectrum: UnsafeMutablePointer<Self>,
    to real: UnsafeMutablePointer<Self>)
  static func destroy(_ plan: OpaquePointer)
  static func setTimeLimit(_ seconds: Double)
  /// Adds to what the planner knows; false where the text is no wisdom, and nothing is changed.
  static func importWisdom(_ text: UnsafePointer<CChar>) -> Bool
  /// All that the planner knows, to be freed by the caller.
  static func exportWisdom() -> UnsafeMutablePointer<CChar>?
  static func forgetWisdom()
  /// Name of the file in the cache folder.
  static var wisdomName: String { get }
}

extension Float: FFTWScalar {
  private static func complex(_ p: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<
    fftwf_complex
  > { UnsafeMutableRawPointer(p).assumingMemoryBound(to: fftwf_complex.self) }

  static func planComplex(
    _ extents: [CInt], count: Int, distance: Int, sign: CInt,
    _ from: UnsafeMutablePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ flags: UInt32
  ) -> OpaquePointer? {
    fftwf_plan_many_dft(
      CInt(extents.count), extents, CInt(count), complex(from), nil, 1, CInt(distance),
      complex(to), nil, 1, CInt(distance), sign, flags)
  }
  static func planReal(
    _ n: Int, _ real: UnsafeMutablePointer<Float>, _ spectrum: UnsafeMutablePointer<Float>,
    _ flags: UInt32
  ) -> OpaquePointer? { fftwf_plan_dft_r2c_1d(CInt(n), real, complex(spectrum), flags) }
  static func planRealInverse(
    _ n: Int, _ spectrum: UnsafeMutablePointer<Float>, _ real: UnsafeMutablePointer<Float>,
    _ flags: UInt32
  ) -> OpaquePointer? { fftwf_plan_dft_c2r_1d(CInt(n), complex(spectrum), real, flags) }
  static func execute(
    _ plan: OpaquePointer, complex from: UnsafeMutablePointer<Float>,
    to: UnsafeMutablePointer<Float>
  ) { fftwf_execute_dft(plan, complex(from), complex(to)) }
  static func execute(
    _ plan: OpaquePointer, real: UnsafeMutablePointer<Float>,
    to spectrum: UnsafeMutablePointer<Float>
  ) { fftwf_execute_dft_r2c(plan, real, complex(spectrum)) }
  static func execute(
    _ plan: OpaquePointer, spectrum: UnsafeMutablePointer<Float>,
    to real: UnsafeMutablePointer<Float>
  ) { fftwf_execute_dft_c2r(plan, complex(spectrum), real) }
  static func destroy(_ plan: OpaquePointer) { fftwf_destroy_plan(plan) }
  static func setTimeLimit(_ seconds: Double) { fftwf_set_timelimit(seconds) }
  static func importWisdom(_ text: UnsafePointer<CChar>) -> Bool {
    fftwf_import_wisdom_from_string(text) == 1
  }
  static func exportWisdom() -> UnsafeMutablePointer<CChar>? {
    fftwf_export_wisdom_to_string()
  }
  static func forgetWisdom() { fftwf_forget_wisdom() }
  static var wisdomName: String { "fftwf-wisdom" }
}

extension Double: FFTWScalar {
  private static func complex(_ p: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<
    fftw_complex
  > { UnsafeMutableRawPointer(p).assumingMemoryBound(to: fftw_complex.self) }

  static func planComplex(
    _ extents: [CInt], count: Int, distance: Int, sign: CInt,
    _ from: UnsafeMutablePointer<Double>, _ to: UnsafeMutablePointer<Double>, _ flags: UInt32
  ) -> OpaquePointer? {
    fftw_plan_many_dft(
      CInt(extents.count), extents, CInt(count), complex(from), nil, 1, CInt(distance),
      complex(to), nil, 1, CInt(distance), sign, flags)
  }
  static func planReal(
    _ n: Int, _ real: UnsafeMutablePointer<Double>, _ spectrum: UnsafeMutablePointer<Double>,
    _ flags: UInt32
  ) -> OpaquePointer? { fftw_plan_dft_r2c_1d(CInt(n), real, complex(spectrum), flags) }
  static func planRealInverse(
    _ n: Int, _ spectrum: UnsafeMutablePointer<Double>, _ real: UnsafeMutablePointer<Double>,
    _ flags: UInt32
  ) -> OpaquePointer? { fftw_plan_dft_c2r_1d(CInt(n), complex(spectrum), real, flags) }
  static func execute(
    _ plan: OpaquePointer, complex from: UnsafeMutablePointer<Double>,
    to: UnsafeMutablePointer<Double>
  ) { fftw_execute_dft(plan, complex(from), complex(to)) }
  static func execute(
    _ plan: OpaquePointer, real: UnsafeMutablePointer<Double>,
    to spectrum: UnsafeMutablePointer<Double>
  ) { fftw_execute_dft_r2c(plan, real, complex(spectrum)) }
  static func execute(
    _ plan: OpaquePointer, spectrum: UnsafeMutablePointer<Double>,
    to real: UnsafeMutablePointer<Double>
  ) { fftw_execute_dft_c2r(plan, complex(spectrum), real) }
  static func destroy(_ plan: OpaquePointer) { fftw_destroy_plan(plan) }
  static func setTimeLimit(_ seconds: Double) { fftw_set_timelimit(seconds) }
  static func importWisdom(_ text: UnsafePointer<CChar>) -> Bool {
    fftw_import_wisdom_from_string(text) == 1
  }
  static func exportWisdom() -> UnsafeMutablePointer<CChar>? {
    fftw_export_wisdom_to_string()
  }
  static func forgetWisdom() { fftw_forget_wisdom() }
  static var wisdomName: String { "fftw-wisdom" }
}

/// A plan of FFTW's, destroyed with its owner; executing it is safe from many threads at once, on
/// any data aligned to 64 bytes.
struct FFTWPlan<S: FFTWScalar>: ~Copyable {
  private let plan: OpaquePointer

  /// Takes over a plan.
  init(_ plan: OpaquePointer) { self.plan = plan }

  deinit { FFTWPlanner.destroy(plan, S.self) }

  /// Transforms complex numbers, which are destroyed.
  func run(_ from: UnsafeMutablePointer<S>, to: UnsafeMutablePointer<S>) {
    S.execute(plan, complex: from, to: to)
  }

  /// Real numbers, destroyed, to their half spectrum.
  func run(real: UnsafeMutablePointer<S>, to spectrum: UnsafeMutablePointer<S>) {
    S.execute(plan, real: real, to: spectrum)
  }

  /// A half spectrum, destroyed, to real numbers.
  func run(spectrum: UnsafeMutablePointer<S>, to real: UnsafeMutablePointer<S>) {
    S.execute(plan, spectrum: spectrum, to: real)
  }
}
