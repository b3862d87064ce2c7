import ConvCore
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The kernels of a blocked matrix product C += A B, as Goto and van de Geijn (2008) build it: a
/// panel of A of few rows stays in the first-level cache while packed panels of B stream past it from
/// the second.
///
/// L is `ISA.lanes`.
public protocol GemmScalar: TransposeScalar {
  /// Up to `ISA.gemmRows` rows of C, plus or equal to the product of a panel of A with packed B.
  ///
  /// c[i cRow + j] (+)= sum over p of a[i aRow + p aStep] b[p, j] for i < `rows`, j < `columns`,
  /// p < `depth`; one running sum over p in order, whatever the shape. B is cut into panels of
  /// columns, each [depth][width], one after the other: as many as there are of `panelVectors` L
  /// columns, then of half of that, and so on down to 2 L; what is left, of 2 L if there are more
  /// than L columns, else of L (see `GemmPanels`). Columns beyond the last are read but not written.
  static func gemmPanel(
    _ isa: ISA, rows: Int, columns: Int, depth: Int, a: UnsafePointer<Self>, aRow: Int, aStep: Int,
    b: UnsafePointer<Self>, panelVectors: Int, c: UnsafeMutablePointer<Self>, cRow: Int,
    accumulates: Bool)

  /// Writes the pixels of some channels at some taps as rows of vectors: a piece of the matrix that
  /// im2col speaks of.
  ///
  /// The program (`PixelProgram` in DirectConv) says where the pixels of each vector stand for the
  /// taps of each strip; y is [channels][taps] rows in the panels of `gemmPanel`.
  ///
  /// - Parameters:
  ///   - strips: number of taps in each strip; `taps` is their sum.
  ///   - tapStep: distance between what neighbouring taps of a strip read.
  ///   - pixelStep: distance between neighbouring pixels.
  static func packPixels(
    _ isa: ISA, program: UnsafePointer<Int>, vectors: Int, strips: UnsafePointer<Int>,
    stripCount: Int, taps: Int, tapStep: Int, pixelStep: Int, x: UnsafePointer<Self>, channels: Int,
    channelStep: Int, into y: UnsafeMutablePointer<Self>)
}

extension ISA {
  /// The most rows of a panel of A: with two vectors each, their sums fill the registers.
  public var gemmRows: Int {
    #if arch(arm64)
      14
    #else
      self == .avx512 ? 14 : 6
    #endif
  }

  /// Vectors in the widest panels of B, for a product of so many rows: few rows need wide panels, or
  /// their sums, too few, wait for each other.
  public func gemmPanelVectors(rows: Int) -> Int {
    switch rows {
    case 1: 8
    case 2: 4
    case 3: gemmRows == 14 ? 4 : 2
    default: 2
    }
  }
}

extension Float: GemmScalar {
  /// A panel of a product in single precision.
  public static func gemmPanel(
    _ isa: ISA, rows: Int, columns: Int, depth: Int, a: UnsafePointer<Float>, aRow: Int, aStep: Int,
    b: UnsafePointer<Float>, panelVectors: Int, c: UnsafeMutablePointer<Float>, cRow: Int,
    accumulates: Bool
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.gemmPanel(
          rows: rows, columns: columns, depth: depth, a, aRow, aStep, b, panelVectors: panelVectors,
          c,
          cRow, accumulates: accumulates)
      }
      if isa == .avx2 {
        return KernelsAVX2.gemmPanel(
          rows: rows, columns: columns, depth: depth, a, aRow, aStep, b, panelVectors: panelVectors,
          c,
          cRow, accumulates: accumulates)
      }
    #endif
    KernelsBase.gemmPanel(
      rows: rows, columns: columns, depth: depth, a, aRow, aStep, b, panelVectors: panelVectors, c,
      cRow, accumulates: accumulates)
  }

  /// Packed pixels in single precision.
  public static func packPixels(
    _ isa: ISA, program: UnsafePointer<Int>, vectors: Int, strips: UnsafePointer<Int>,
    stripCount: Int, taps: Int, tapStep: Int, pixelStep: Int, x: UnsafePointer<Float>,
    channels: Int,
    channelStep: Int, into y: UnsafeMutablePointer<Float>
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.packPixels(
          program, vectors: vectors, strips: strips, stripCount, taps: taps, tapStep: tapStep,
          pixelStep: pixelStep, x, channels: channels, channelStep, y)
      }
      if isa == .avx2 {
        return KernelsAVX2.packPixels(
          program, vectors: vectors, strips: strips, stripCount, taps: taps, tapStep: tapStep,
          pixelStep: pixelStep, x, channels: channels, channelStep, y)
      }
    #endif
    KernelsBase.packPixels(
      program, vectors: vectors, strips: strips, stripCount, taps: taps, tapStep: tapStep,
      pixelStep: pixelStep, x, channels: channels, channelStep, y)
  }
}

extension Double: GemmScalar {
  /// A panel of a product in double precision.
  public static func gemmPanel(
    _ isa: ISA, rows: Int, columns: Int, depth: Int, a: UnsafePointer<Double>, aRow: Int,
    aStep: Int,
    b: UnsafePointer<Double>, panelVectors: Int, c: UnsafeMutablePointer<Double>, cRow: Int,
    accumulates: Bool
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.gemmPanel(
          rows: rows, columns: columns, depth: depth, a, aRow, aStep, b, panelVectors: panelVectors,
          c,
          cRow, accumulates: accumulates)
      }
      if isa == .avx2 {
        return KernelsAVX2.gemmPanel(
          rows: rows, columns: columns, depth: depth, a, aRow, aStep, b, panelVectors: panelVectors,
          c,
          cRow, accumulates: accumulates)
      }
    #endif
    KernelsBase.gemmPanel(
      rows: rows, columns: columns, depth: depth, a, aRow, aStep, b, panelVectors: panelVectors, c,
      cRow, accumulates: accumulates)
  }

  /// Packed pixels in double precision.
  public static func packPixels(
    _ isa: ISA, program: UnsafePointer<Int>, vectors: Int, strips: UnsafePointer<Int>,
    stripCount: Int, taps: Int, tapStep: Int, pixelStep: Int, x: UnsafePointer<Double>,
    channels: Int,
    channelStep: Int, into y: UnsafeMutablePointer<Double>
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.packPixels(
          program, vectors: vectors, strips: strips, stripCount, taps: taps, tapStep: tapStep,
          pixelStep: pixelStep, x, channels: channels, channelStep, y)
      }
      if isa == .avx2 {
        return KernelsAVX2.packPixels(
          program, vectors: vectors, strips: strips, stripCount, taps: taps, tapStep: tapStep,
          pixelStep: pixelStep, x, channels: channels, channelStep, y)
      }
    #endif
    KernelsBase.packPixels(
      program, vectors: vectors, strips: strips, stripCount, taps: taps, tapStep: tapStep,
      pixelStep: pixelStep, x, channels: channels, channelStep, y)
  }
}
