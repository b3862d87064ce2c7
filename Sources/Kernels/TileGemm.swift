import ConvCore
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The product in the transform domain that Winograd and tiled FFT share.
///
/// L is `ISA.lanes`. For each transform point:
/// * v, the transformed input, is [C / L][tile][L]: a vector holds L channels of one tile. Blocks of L
///   channels stand `vStride` elements apart; lanes beyond C in the last block are never read.
/// * u, the transformed weights, is [K / 2L][C][2L]: panels of two vectors of output channels, and
///   where the number of vectors is odd a last panel of one, [C][L]. Thus vectors k of the panel
///   that begins with vector p stand at p C L + c w L + (k - p) L, w the panel's width, and a point
///   takes C x `outputs` x L elements. Lanes beyond K must hold numbers.
/// * m, the result, is [K / L][tile][L], blocks of L output channels `mStride` elements apart.
///
/// Each result is one running sum over the channels in their order, so it does not depend on how
/// tiles fall into blocks, nor on the threads.
public protocol TileGemmScalar: ConvScalar {
  /// m[k][t] = from[k][t] + sum over c of v[c][t] u[k][c] for t < `tiles`, c < `channels` and
  /// `outputs` vectors k.
  ///
  /// - Parameters:
  ///   - from: sums to start from, laid out as m, possibly m itself; nil for zeros.
  static func tileGemm(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Self>, vStride: Int,
    u: UnsafePointer<Self>, from: UnsafePointer<Self>?, into m: UnsafeMutablePointer<Self>,
    mStride: Int)

  /// The same of complex numbers by four real multiplications.
  ///
  /// Imaginary parts of v and m stand `vImaginary` and `mImaginary` elements after the real parts.
  /// u is [K / L][C][L real, L imaginary]: a point takes 2 C x `outputs` x L elements. The form with
  /// three multiplications (Gauss) is three calls of the real product with `from`.
  ///
  /// - Parameters:
  ///   - accumulates: whether sums start from what m holds, or from zero.
  static func complexTileGemm(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Self>, vImaginary: Int,
    vStride: Int, u: UnsafePointer<Self>, accumulates: Bool, into m: UnsafeMutablePointer<Self>,
    mImaginary: Int, mStride: Int)

  /// The product over tiles: u[k][c] = sum over t < `tiles` of v[c][t] d[k][t], or += that, in the order
  /// of the tiles.
  ///
  /// d is laid out as m, u as the weights: so are the sums that weight gradients need.
  static func tileGemmGradient(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Self>, vStride: Int,
    d: UnsafePointer<Self>, dStride: Int, accumulates: Bool, into u: UnsafeMutablePointer<Self>)
}

extension Float: TileGemmScalar {
  /// The real product in single precision.
  public static func tileGemm(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Float>, vStride: Int,
    u: UnsafePointer<Float>, from: UnsafePointer<Float>?, into m: UnsafeMutablePointer<Float>,
    mStride: Int
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.tileGemm(
          tiles: tiles, channels: channels, outputs: outputs, v, vStride, u, from, m, mStride)
      }
      if isa == .avx2 {
        return KernelsAVX2.tileGemm(
          tiles: tiles, channels: channels, outputs: outputs, v, vStride, u, from, m, mStride)
      }
    #endif
    KernelsBase.tileGemm(
      tiles: tiles, channels: channels, outputs: outputs, v, vStride, u, from, m, mStride)
  }

  /// The complex product in single precision.
  public static func complexTileGemm(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Float>, vImaginary: Int,
    vStride: Int, u: UnsafePointer<Float>, accumulates: Bool,
    into m: UnsafeMutablePointer<Float>, mImaginary: Int, mStride: Int
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.complexTileGemm(
          tiles: tiles, channels: channels, outputs: outputs, v, vImaginary, vStride, u,
          accumulates: accumulates, m, mImaginary, mStride)
      }
      if isa == .avx2 {
        return KernelsAVX2.complexTileGemm(
          tiles: tiles, channels: channels, outputs: outputs, v, vImaginary, vStride, u,
          accumulates: accumulates, m, mImaginary, mStride)
      }
    #endif
    KernelsBase.complexTileGemm(
      tiles: tiles, channels: channels, outputs: outputs, v, vImaginary, vStride, u,
      accumulates: accumulates, m, mImaginary, mStride)
  }

  /// The product over tiles in single precision.
  public static func tileGemmGradient(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Float>, vStride: Int,
    d: UnsafePointer<Float>, dStride: Int, accumulates: Bool, into u: UnsafeMutablePointer<Float>
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.tileGemmGradient(
          tiles: tiles, channels: channels, outputs: outputs, v, vStride, d, dStride,
          accumulates: accumulates, u)
      }
      if isa == .avx2 {
        return KernelsAVX2.tileGemmGradient(
          tiles: tiles, channels: channels, outputs: outputs, v, vStride, d, dStride,
          accumulates: accumulates, u)
      }
    #endif
    KernelsBase.tileGemmGradient(
      tiles: tiles, channels: channels, outputs: outputs, v, vStride, d, dStride,
      accumulates: accumulates, u)
  }
}

extension Double: TileGemmScalar {
  /// The real product in double precision.
  public static func tileGemm(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Double>, vStride: Int,
    u: UnsafePointer<Double>, from: UnsafePointer<Double>?, into m: UnsafeMutablePointer<Double>,
    mStride: Int
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.tileGemm(
          tiles: tiles, channels: channels, outputs: outputs, v, vStride, u, from, m, mStride)
      }
      if isa == .avx2 {
        return KernelsAVX2.tileGemm(
          tiles: tiles, channels: channels, outputs: outputs, v, vStride, u, from, m, mStride)
      }
    #endif
    KernelsBase.tileGemm(
      tiles: tiles, channels: channels, outputs: outputs, v, vStride, u, from, m, mStride)
  }

  /// The complex product in double precision.
  public static func complexTileGemm(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Double>, vImaginary: Int,
    vStride: Int, u: UnsafePointer<Double>, accumulates: Bool,
    into m: UnsafeMutablePointer<Double>, mImaginary: Int, mStride: Int
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.complexTileGemm(
          tiles: tiles, channels: channels, outputs: outputs, v, vImaginary, vStride, u,
          accumulates: accumulates, m, mImaginary, mStride)
      }
      if isa == .avx2 {
        return KernelsAVX2.complexTileGemm(
          tiles: tiles, channels: channels, outputs: outputs, v, vImaginary, vStride, u,
          accumulates: accumulates, m, mImaginary, mStride)
      }
    #endif
    KernelsBase.complexTileGemm(
      tiles: tiles, channels: channels, outputs: outputs, v, vImaginary, vStride, u,
      accumulates: accumulates, m, mImaginary, mStride)
  }

  /// The product over tiles in double precision.
  public static func tileGemmGradient(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Double>, vStride: Int,
    d: UnsafePointer<Double>, dStride: Int, accumulates: Bool, into u: UnsafeMutablePointer<Double>
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.tileGemmGradient(
          tiles: tiles, channels: channels, outputs: outputs, v, vStride, d, dStride,
          accumulates: accumulates, u)
      }
      if isa == .avx2 {
        return KernelsAVX2.tileGemmGradient(
          tiles: tiles, channels: channels, outputs: outputs, v, vStride, d, dStride,
          accumulates: accumulates, u)
      }
    #endif
    KernelsBase.tileGemmGradient(
      tiles: tiles, channels: channels, outputs: outputs, v, vStride, d, dStride,
      accumulates: accumulates, u)
  }
}
