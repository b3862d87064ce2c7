import ConvCore
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The kernels of a blocked matrix product C += A B after Goto and van de Geijn, "Anatomy of
/// high-performance matrix multiplication" (2008): a packed panel of B, a few vectors wide, stays in
/// the first-level cache while panels of A, as many rows as registers hold sums for, stream past it
/// from the second.
///
/// L is `ISA.lanes`.
public protocol GemmScalar: TransposeScalar {
  /// c[i cRow + j] (+)= sum over p of a[i, p] b[p, j] for j < `columns`, p < `depth` and all rows i of
  /// some panels of A.
  ///
  /// Each sum is one running sum over p in order, whatever the shape. B is [depth][`vectors` L];
  /// columns beyond the last are read but not written.
  ///
  /// - Parameters:
  ///   - panels: number of panels of A, the first `taller` of which have one row more than the
  ///     others' `rows`; at most `ISA.gemmRows`, and at most `GemmColumns` allows so wide a panel.
  ///   - aRow: 1 where each panel of A is packed, [depth][its rows]; else the distance between rows
  ///     of neighbouring elements.
  ///   - vectors: 1, 2, 4 or 8.
  static func gemmPanel(
    _ isa: ISA, panels: Int, taller: Int, rows: Int, depth: Int, a: UnsafePointer<Self>, aRow: Int,
    b: UnsafePointer<Self>, vectors: Int, columns: Int, c: UnsafeMutablePointer<Self>, cRow: Int,
    accumulates: Bool)

  /// Writes the pixels of some channels at some taps as rows of vectors: a piece of the matrix that
  /// im2col speaks of, y[(c taps + t) row + pixel].
  ///
  /// The program (`PixelProgram` in DirectConv) says where the pixels of each vector stand for each
  /// tap. Returns where it ends.
  ///
  /// - Parameters:
  ///   - pixelStep: distance between neighbouring pixels.
  ///   - ahead: distance from what is read now to what will be read next, which is asked for.
  ///   - row: distance between the rows that are written; whole vectors are.
  static func packPixels(
    _ isa: ISA, program: UnsafePointer<Int>, vectors: Int, taps: Int, x: UnsafePointer<Self>,
    pixelStep: Int, ahead: Int, channels: Int, channelStep: Int, into y: UnsafeMutablePointer<Self>,
    row: Int
  ) -> UnsafePointer<Int>
}

extension Float: GemmScalar {
  /// A panel of a product in single precision.
  public static func gemmPanel(
    _ isa: ISA, panels: Int, taller: Int, rows: Int, depth: Int, a: UnsafePointer<Float>, aRow: Int,
    b: UnsafePointer<Float>, vectors: Int, columns: Int, c: UnsafeMutablePointer<Float>, cRow: Int,
    accumulates: Bool
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.gemmPanel(
          panels: panels, taller: taller, rows: rows, depth: depth, a, aRow, b, vectors: vectors,
          columns: columns, c, cRow, accumulates: accumulates)
      }
      if isa == .avx2 {
        return KernelsAVX2.gemmPanel(
          panels: panels, taller: taller, rows: rows, depth: depth, a, aRow, b, vectors: vectors,
          columns: columns, c, cRow, accumulates: accumulates)
      }
    #endif
    return KernelsBase.gemmPanel(
      panels: panels, taller: taller, rows: rows, depth: depth, a, aRow, b, vectors: vectors,
      columns: columns, c, cRow, accumulates: accumulates)
  }

  /// Packed pixels in single precision.
  public static func packPixels(
    _ isa: ISA, program: UnsafePointer<Int>, vectors: Int, taps: Int, x: UnsafePointer<Float>,
    pixelStep: Int, ahead: Int, channels: Int, channelStep: Int,
    into y: UnsafeMutablePointer<Float>, row: Int
  ) -> UnsafePointer<Int> {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.packPixels(
          program, vectors: vectors, taps: taps, x, pixelStep: pixelStep, ahead: ahead,
          channels: channels,
          channelStep, y, row)
      }
      if isa == .avx2 {
        return KernelsAVX2.packPixels(
          program, vectors: vectors, taps: taps, x, pixelStep: pixelStep, ahead: ahead,
          channels: channels,
          channelStep, y, row)
      }
    #endif
    return KernelsBase.packPixels(
      program, vectors: vectors, taps: taps, x, pixelStep: pixelStep, ahead: ahead,
      channels: channels,
      channelStep, y, row)
  }
}

extension Double: GemmScalar {
  /// A panel of a product in double precision.
  public static func gemmPanel(
    _ isa: ISA, panels: Int, taller: Int, rows: Int, depth: Int, a: UnsafePointer<Double>,
    aRow: Int,
    b: UnsafePointer<Double>, vectors: Int, columns: Int, c: UnsafeMutablePointer<Double>,
    cRow: Int,
    accumulates: Bool
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.gemmPanel(
          panels: panels, taller: taller, rows: rows, depth: depth, a, aRow, b, vectors: vectors,
          columns: columns, c, cRow, accumulates: accumulates)
      }
      if isa == .avx2 {
        return KernelsAVX2.gemmPanel(
          panels: panels, taller: taller, rows: rows, depth: depth, a, aRow, b, vectors: vectors,
          columns: columns, c, cRow, accumulates: accumulates)
      }
    #endif
    return KernelsBase.gemmPanel(
      panels: panels, taller: taller, rows: rows, depth: depth, a, aRow, b, vectors: vectors,
      columns: columns, c, cRow, accumulates: accumulates)
  }

  /// Packed pixels in double precision.
  public static func packPixels(
    _ isa: ISA, program: UnsafePointer<Int>, vectors: Int, taps: Int, x: UnsafePointer<Double>,
    pixelStep: Int, ahead: Int, channels: Int, channelStep: Int,
    into y: UnsafeMutablePointer<Double>, row: Int
  ) -> UnsafePointer<Int> {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.packPixels(
          program, vectors: vectors, taps: taps, x, pixelStep: pixelStep, ahead: ahead,
          channels: channels,
          channelStep, y, row)
      }
      if isa == .avx2 {
        return KernelsAVX2.packPixels(
          program, vectors: vectors, taps: taps, x, pixelStep: pixelStep, ahead: ahead,
          channels: channels,
          channelStep, y, row)
      }
    #endif
    return KernelsBase.packPixels(
      program, vectors: vectors, taps: taps, x, pixelStep: pixelStep, ahead: ahead,
      channels: channels,
      channelStep, y, row)
  }
}
