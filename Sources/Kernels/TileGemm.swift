import CSystem
import ConvCore
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// Extents and strides of products in the transform domain: see `TileGemmScalar`.
public struct TileProduct: Sendable {
  /// Tiles, input channels, and vectors of output channels.
  public var tiles: Int, channels: Int, outputs: Int
  /// Elements from one block of channels to the next, of v and of m.
  public var vStride: Int, mStride: Int
  /// Elements from real to imaginary parts, of v and of m, in a complex product.
  public var vImaginary = 0, mImaginary = 0
  /// Number of transform points, and elements from one to the next of v, u and m.
  public var points = 1, vPoint = 0, uPoint = 0, mPoint = 0

  /// At one point.
  public init(tiles: Int, channels: Int, outputs: Int, vStride: Int, mStride: Int) {
    (self.tiles, self.channels, self.outputs) = (tiles, channels, outputs)
    (self.vStride, self.mStride) = (vStride, mStride)
  }

  /// As the kernel modules take it. By address: with so many arguments on the stack a call waits for all
  /// stores before it.
  var plain: CTileProduct {
    CTileProduct(
      tiles: tiles, channels: channels, outputs: outputs, v_stride: vStride, m_stride: mStride,
      v_imaginary: vImaginary, m_imaginary: mImaginary, points: points, v_point: vPoint,
      u_point: uPoint, m_point: mPoint)
  }
}

/// The product in the transform domain that Winograd and tiled FFT share.
///
/// L is `ISA.lanes`. For each transform point:
/// * v, the transformed input, is [C / L][tile][L]: a vector holds L channels of one tile. Blocks of L
///   channels stand `vStride` elements apart; lanes beyond C in the last block are never read.
/// * u, the transformed weights, is [K / 2L][C][2L]: panels of two vectors of output channels, and
///   where the number of vectors is odd a last panel of one, [C][L]. Thus vector k of the panel
///   that begins with vector p stands at p C L + c w L + (k - p) L, w the panel's width, and a point
///   takes C x `outputs` x L elements. Lanes beyond K must hold numbers.
/// * m, the result, is [K / L][tile][L], blocks of L output channels `mStride` elements apart.
///
/// Each result is one running sum over the channels in their order, so it does not depend on how
/// tiles fall into blocks, nor on the threads.
public protocol TileGemmScalar: ConvScalar {
  /// m[k][t] = from[k][t] + sum over c of v[c][t] u[k][c] at each point.
  ///
  /// - Parameters:
  ///   - from: sums to start from, laid out as m, possibly m itself; nil for zeros.
  static func tileGemm(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Self>, u: UnsafePointer<Self>,
    from: UnsafePointer<Self>?, into m: UnsafeMutablePointer<Self>)

  /// The same of complex numbers by four real multiplications.
  ///
  /// Imaginary parts of v and m stand `vImaginary` and `mImaginary` elements after the real parts.
  /// u is [K / L][C][L real, L imaginary]: a point takes 2 C x `outputs` x L elements. The form with
  /// three multiplications (Gauss) is three calls of the real product with `from`.
  ///
  /// - Parameters:
  ///   - accumulates: whether sums start from what m holds, or from zero.
  static func complexTileGemm(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Self>, u: UnsafePointer<Self>,
    accumulates: Bool, into m: UnsafeMutablePointer<Self>)

  /// The product over tiles: u[k][c] = sum over t of v[c][t] d[k][t], or += that, in the order of
  /// the tiles.
  ///
  /// d is laid out as m, u as the weights: so are the sums that weight gradients need.
  static func tileGemmGradient(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Self>, d: UnsafePointer<Self>,
    accumulates: Bool, into u: UnsafeMutablePointer<Self>)

  /// The same of complex v and conjugated d by four real multiplications; u is laid out as the complex
  /// weights.
  static func complexTileGemmGradient(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Self>, d: UnsafePointer<Self>,
    accumulates: Bool, into u: UnsafeMutablePointer<Self>)
}

extension TileGemmScalar {
  /// The real product at one point.
  public static func tileGemm(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Self>, vStride: Int,
    u: UnsafePointer<Self>, from: UnsafePointer<Self>?, into m: UnsafeMutablePointer<Self>,
    mStride: Int
  ) {
    tileGemm(
      isa,
      TileProduct(
        tiles: tiles, channels: channels, outputs: outputs, vStride: vStride, mStride: mStride),
      v: v, u: u, from: from, into: m)
  }

  /// The complex product at one point.
  public static func complexTileGemm(
    _ isa: ISA, tiles: Int, channels: Int, outputs: Int, v: UnsafePointer<Self>, vImaginary: Int,
    vStride: Int, u: UnsafePointer<Self>, accumulates: Bool,
    into m: UnsafeMutablePointer<Self>, mImaginary: Int, mStride: Int
  ) {
    var product = TileProduct(
      tiles: tiles, channels: channels, outputs: outputs, vStride: vStride, mStride: mStride)
    (product.vImaginary, product.mImaginary) = (vImaginary, mImaginary)
    complexTileGemm(isa, product, v: v, u: u, accumulates: accumulates, into: m)
  }
}

extension Float: TileGemmScalar {
  /// The real product in single precision.
  public static func tileGemm(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Float>, u: UnsafePointer<Float>,
    from: UnsafePointer<Float>?, into m: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: product.plain) {
      #if arch(x86_64)
        if isa == .avx512 { return KernelsAVX512.tileGemm($0, v, u, from, m) }
        if isa == .avx2 { return KernelsAVX2.tileGemm($0, v, u, from, m) }
      #endif
      KernelsBase.tileGemm($0, v, u, from, m)
    }
  }

  /// The complex product in single precision.
  public static func complexTileGemm(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Float>, u: UnsafePointer<Float>,
    accumulates: Bool, into m: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: product.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.complexTileGemm($0, v, u, accumulates: accumulates, m)
        }
        if isa == .avx2 {
          return KernelsAVX2.complexTileGemm($0, v, u, accumulates: accumulates, m)
        }
      #endif
      KernelsBase.complexTileGemm($0, v, u, accumulates: accumulates, m)
    }
  }

  /// The product over tiles in single precision.
  public static func tileGemmGradient(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Float>, d: UnsafePointer<Float>,
    accumulates: Bool, into u: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: product.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.tileGemmGradient($0, v, d, accumulates: accumulates, u)
        }
        if isa == .avx2 {
          return KernelsAVX2.tileGemmGradient($0, v, d, accumulates: accumulates, u)
        }
      #endif
      KernelsBase.tileGemmGradient($0, v, d, accumulates: accumulates, u)
    }
  }

  /// The complex product over tiles in single precision.
  public static func complexTileGemmGradient(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Float>, d: UnsafePointer<Float>,
    accumulates: Bool, into u: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: product.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.complexTileGemmGradient($0, v, d, accumulates: accumulates, u)
        }
        if isa == .avx2 {
          return KernelsAVX2.complexTileGemmGradient($0, v, d, accumulates: accumulates, u)
        }
      #endif
      KernelsBase.complexTileGemmGradient($0, v, d, accumulates: accumulates, u)
    }
  }
}

extension Double: TileGemmScalar {
  /// The real product in double precision.
  public static func tileGemm(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Double>, u: UnsafePointer<Double>,
    from: UnsafePointer<Double>?, into m: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: product.plain) {
      #if arch(x86_64)
        if isa == .avx512 { return KernelsAVX512.tileGemm($0, v, u, from, m) }
        if isa == .avx2 { return KernelsAVX2.tileGemm($0, v, u, from, m) }
      #endif
      KernelsBase.tileGemm($0, v, u, from, m)
    }
  }

  /// The complex product in double precision.
  public static func complexTileGemm(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Double>, u: UnsafePointer<Double>,
    accumulates: Bool, into m: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: product.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.complexTileGemm($0, v, u, accumulates: accumulates, m)
        }
        if isa == .avx2 {
          return KernelsAVX2.complexTileGemm($0, v, u, accumulates: accumulates, m)
        }
      #endif
      KernelsBase.complexTileGemm($0, v, u, accumulates: accumulates, m)
    }
  }

  /// The product over tiles in double precision.
  public static func tileGemmGradient(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Double>, d: UnsafePointer<Double>,
    accumulates: Bool, into u: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: product.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.tileGemmGradient($0, v, d, accumulates: accumulates, u)
        }
        if isa == .avx2 {
          return KernelsAVX2.tileGemmGradient($0, v, d, accumulates: accumulates, u)
        }
      #endif
      KernelsBase.tileGemmGradient($0, v, d, accumulates: accumulates, u)
    }
  }

  /// The complex product over tiles in double precision.
  public static func complexTileGemmGradient(
    _ isa: ISA, _ product: TileProduct, v: UnsafePointer<Double>, d: UnsafePointer<Double>,
    accumulates: Bool, into u: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: product.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.complexTileGemmGradient($0, v, d, accumulates: accumulates, u)
        }
        if isa == .avx2 {
          return KernelsAVX2.complexTileGemmGradient($0, v, d, accumulates: accumulates, u)
        }
      #endif
      KernelsBase.complexTileGemmGradient($0, v, d, accumulates: accumulates, u)
    }
  }
}
