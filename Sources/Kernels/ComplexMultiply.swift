import ConvCore
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The kernels of spectral algorithms for one scalar and instruction set: products of spectra, and
/// the moves between real rows, their half spectra and columns.
///
/// Complex numbers have real and imaginary parts side by side. A panel is 64 bytes of frequencies;
/// operands of products are 64-byte aligned and filled up to whole panels.
public struct SpectralKernels<S: ConvScalar>: Sendable {
  /// y[r, c] (+)= sum over p of x[r, p] conj(w[c, p]): panels, rows, columns, depth; x and the
  /// distances of its rows and depth; w and the distances of its columns and depth (0, 0: packed);
  /// y and the distances of its rows and columns; whether to add. Distances in scalars.
  public let products:
    @Sendable (
      Int, Int, Int, Int, UnsafePointer<S>, Int, Int, UnsafePointer<S>, Int, Int,
      UnsafeMutablePointer<S>, Int, Int, Bool
    ) -> Void
  /// z[2 i] = a[i aStep], z[2 i + 1] = b[i bStep]: count, a, aStep, b, bStep, z.
  public let interleave:
    @Sendable (Int, UnsafePointer<S>, Int, UnsafePointer<S>, Int, UnsafeMutablePointer<S>) -> Void
  /// y[i yStep] = scale x[i xStep]: count, x, xStep, scale, y, yStep.
  public let scaleCopy:
    @Sendable (Int, UnsafePointer<S>, Int, S, UnsafeMutablePointer<S>, Int) -> Void
  /// Twice the half spectra of pairs of real rows from the spectra of first + i second: pairs, n, z,
  /// rows, distance of rows in scalars.
  public let split: @Sendable (Int, Int, UnsafePointer<S>, UnsafeMutablePointer<S>, Int) -> Void
  /// The way back of `split` without the factor: pairs, n, rows, distance of rows, z.
  public let join: @Sendable (Int, Int, UnsafePointer<S>, Int, UnsafeMutablePointer<S>) -> Void
  /// Complex to[b toBlock + j toColumn + r] = from[r fromRow + b columns + j]: rows, from, fromRow,
  /// blocks, columns, to, toBlock, toColumn. Distances in complex numbers.
  public let scatter:
    @Sendable (
      Int, UnsafePointer<S>, Int, Int, Int, UnsafeMutablePointer<S>, Int, Int
    ) -> Void
  /// Complex to[r toRow + b columns + j] = from[b fromBlock + j fromColumn + r fromStep]: rows, from,
  /// fromBlock, fromColumn, fromStep, blocks, columns, to, toRow.
  public let gather:
    @Sendable (
      Int, UnsafePointer<S>, Int, Int, Int, Int, Int, UnsafeMutablePointer<S>, Int
    ) -> Void
}

/// A scalar that spectral kernels exist for.
public protocol SpectralScalar: ConvScalar {
  /// The kernels for an instruction set.
  static func spectralKernels(_ isa: ISA) -> SpectralKernels<Self>
}

extension Float: SpectralScalar {
  /// The kernels for an instruction set.
  public static func spectralKernels(_ isa: ISA) -> SpectralKernels<Float> {
    #if arch(x86_64)
      switch isa {
      case .avx512:
        return SpectralKernels(
          products: KernelsAVX512.complexProducts,
          interleave: KernelsAVX512.complexInterleave,
          scaleCopy: KernelsAVX512.complexScaleCopy,
          split: KernelsAVX512.complexSplit,
          join: KernelsAVX512.complexJoin,
          scatter: KernelsAVX512.complexScatter,
          gather: KernelsAVX512.complexGather)
      case .avx2:
        return SpectralKernels(
          products: KernelsAVX2.complexProducts,
          interleave: KernelsAVX2.complexInterleave,
          scaleCopy: KernelsAVX2.complexScaleCopy,
          split: KernelsAVX2.complexSplit,
          join: KernelsAVX2.complexJoin,
          scatter: KernelsAVX2.complexScatter,
          gather: KernelsAVX2.complexGather)
      case .base:
        return SpectralKernels(
          products: KernelsBase.complexProducts,
          interleave: KernelsBase.complexInterleave,
          scaleCopy: KernelsBase.complexScaleCopy,
          split: KernelsBase.complexSplit,
          join: KernelsBase.complexJoin,
          scatter: KernelsBase.complexScatter,
          gather: KernelsBase.complexGather)
      }
    #else
      return SpectralKernels(
        products: KernelsBase.complexProducts,
        interleave: KernelsBase.complexInterleave,
        scaleCopy: KernelsBase.complexScaleCopy,
        split: KernelsBase.complexSplit,
        join: KernelsBase.complexJoin,
        scatter: KernelsBase.complexScatter,
        gather: KernelsBase.complexGather)
    #endif
  }
}

extension Double: SpectralScalar {
  /// The kernels for an instruction set.
  public static func spectralKernels(_ isa: ISA) -> SpectralKernels<Double> {
    #if arch(x86_64)
      switch isa {
      case .avx512:
        return SpectralKernels(
          products: KernelsAVX512.complexProducts,
          interleave: KernelsAVX512.complexInterleave,
          scaleCopy: KernelsAVX512.complexScaleCopy,
          split: KernelsAVX512.complexSplit,
          join: KernelsAVX512.complexJoin,
          scatter: KernelsAVX512.complexScatter,
          gather: KernelsAVX512.complexGather)
      case .avx2:
        return SpectralKernels(
          products: KernelsAVX2.complexProducts,
          interleave: KernelsAVX2.complexInterleave,
          scaleCopy: KernelsAVX2.complexScaleCopy,
          split: KernelsAVX2.complexSplit,
          join: KernelsAVX2.complexJoin,
          scatter: KernelsAVX2.complexScatter,
          gather: KernelsAVX2.complexGather)
      case .base:
        return SpectralKernels(
          products: KernelsBase.complexProducts,
          interleave: KernelsBase.complexInterleave,
          scaleCopy: KernelsBase.complexScaleCopy,
          split: KernelsBase.complexSplit,
          join: KernelsBase.complexJoin,
          scatter: KernelsBase.complexScatter,
          gather: KernelsBase.complexGather)
      }
    #else
      return SpectralKernels(
        products: KernelsBase.complexProducts,
        interleave: KernelsBase.complexInterleave,
        scaleCopy: KernelsBase.complexScaleCopy,
        split: KernelsBase.complexSplit,
        join: KernelsBase.complexJoin,
        scatter: KernelsBase.complexScatter,
        gather: KernelsBase.complexGather)
    #endif
  }
}
