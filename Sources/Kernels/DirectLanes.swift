import ConvCore
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

extension Float {
  /// Lanes in single precision.
  public static func lanes(
    _ isa: ISA, count: Int, taps: (count: Int, offsets: UnsafePointer<Int32>),
    x: UnsafePointer<Float>, step: Int, weights: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.directLanes(
          count: count, taps: taps.count, taps.offsets, x, step, weights, y)
      }
      if isa == .avx2 {
        return KernelsAVX2.directLanes(
          count: count, taps: taps.count, taps.offsets, x, step, weights, y)
      }
    #endif
    KernelsBase.directLanes(count: count, taps: taps.count, taps.offsets, x, step, weights, y)
  }
}

extension Double {
  /// Lanes in double precision.
  public static func lanes(
    _ isa: ISA, count: Int, taps: (count: Int, offsets: UnsafePointer<Int32>),
    x: UnsafePointer<Double>, step: Int, weights: UnsafePointer<Double>,
    into y: UnsafeMutablePointer<Double>
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.directLanes(
          count: count, taps: taps.count, taps.offsets, x, step, weights, y)
      }
      if isa == .avx2 {
        return KernelsAVX2.directLanes(
          count: count, taps: taps.count, taps.offsets, x, step, weights, y)
      }
    #endif
    KernelsBase.directLanes(count: count, taps: taps.count, taps.offsets, x, step, weights, y)
  }
}
