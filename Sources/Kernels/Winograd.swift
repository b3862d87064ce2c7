import ConvCore
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// Where lines of vectors stand, in elements: element j of line i of row r at r row + i step + j stride.
public struct LineSteps: Sendable {
  /// From one row of lines to the next.
  public var row: Int
  /// From one line to the next.
  public var step: Int
  /// From one vector of a line to the next.
  public var stride: Int

  /// All three.
  public init(row: Int = 0, step: Int, stride: Int) {
    (self.row, self.step, self.stride) = (row, step, stride)
  }
}

/// The transforms of Winograd's algorithms, on vectors of channels.
///
/// Those of more dimensions apply the one-dimensional ones along each axis in turn. The matrices are those
/// of Toom and Cook on the points 0, 1, -1 (4 points with infinity), 0, 1, -1, 1/2, -2 (6) and
/// 0, 1, -1, 2, -2, 1/2, -1/2 (8): docs/Winograd.md.
public protocol WinogradScalar: TileGemmScalar, TransposeScalar {
  /// Reads tiles through the maps and brings them into the transform domain, B^T along each axis (or A
  /// where a tile reads as many elements as it has outputs):
  /// v[f point + (q - first) vector + t L + lane], q a vector of channels, t counted from the first tile.
  ///
  /// - Parameters:
  ///   - buffer: a strip.
  static func winogradInput(
    _ isa: ISA, _ strips: TileStrips, vectors: Range<Int>, tiles: Range<Int>,
    from x: UnsafePointer<Self>, buffer: UnsafeMutablePointer<Self>,
    into v: UnsafeMutablePointer<Self>)

  /// Brings products back, A^T along each axis, and writes tiles; m is laid out as v.
  ///
  /// - Parameters:
  ///   - buffer: a strip.
  static func winogradOutput(
    _ isa: ISA, _ strips: TileStrips, vectors: Range<Int>, tiles: Range<Int>,
    from m: UnsafePointer<Self>, buffer: UnsafeMutablePointer<Self>,
    into y: UnsafeMutablePointer<Self>)

  /// Transforms `rows` x `count` lines of `inputs` vectors into lines of `outputs` vectors.
  ///
  /// As many outputs as inputs (4, 6, 8): the input transform B^T. Fewer (4 to 2 or 3, 6 to 2 to 5, 8
  /// to 4 to 7): the output transform A^T. More: its transpose A. 1 to 1 copies. A line may be
  /// transformed in place, and a line's result may stand where an earlier line was read.
  static func winogradLines(
    _ isa: ISA, _ inputs: Int, to outputs: Int, rows: Int, count: Int, from: UnsafePointer<Self>,
    _ f: LineSteps, into to: UnsafeMutablePointer<Self>, _ t: LineSteps)

  /// A transform whose matrix is given at run time: element o of each line's result is the sum over i of
  /// matrix[o inputs + i] times element i. Not in place. For weights and their gradients.
  static func winogradMatrix(
    _ isa: ISA, _ matrix: UnsafePointer<Self>, _ inputs: Int, to outputs: Int, rows: Int,
    count: Int, from: UnsafePointer<Self>, _ f: LineSteps,
    into to: UnsafeMutablePointer<Self>, _ t: LineSteps)
}

extension Float: WinogradScalar {
  /// The input transform in single precision.
  public static func winogradInput(
    _ isa: ISA, _ strips: TileStrips, vectors: Range<Int>, tiles: Range<Int>,
    from x: UnsafePointer<Float>, buffer: UnsafeMutablePointer<Float>,
    into v: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: strips.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.winogradInput(
            $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
            to: tiles.upperBound, x, buffer, v)
        }
        if isa == .avx2 {
          return KernelsAVX2.winogradInput(
            $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
            to: tiles.upperBound, x, buffer, v)
        }
      #endif
      KernelsBase.winogradInput(
        $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
        to: tiles.upperBound, x, buffer, v)
    }
  }

  /// The output transform in single precision.
  public static func winogradOutput(
    _ isa: ISA, _ strips: TileStrips, vectors: Range<Int>, tiles: Range<Int>,
    from m: UnsafePointer<Float>, buffer: UnsafeMutablePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: strips.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.winogradOutput(
            $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
            to: tiles.upperBound, m, buffer, y)
        }
        if isa == .avx2 {
          return KernelsAVX2.winogradOutput(
            $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
            to: tiles.upperBound, m, buffer, y)
        }
      #endif
      KernelsBase.winogradOutput(
        $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
        to: tiles.upperBound, m, buffer, y)
    }
  }

  /// Lines in single precision.
  public static func winogradLines(
    _ isa: ISA, _ inputs: Int, to outputs: Int, rows: Int, count: Int, from: UnsafePointer<Float>,
    _ f: LineSteps, into to: UnsafeMutablePointer<Float>, _ t: LineSteps
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.winogradLines(
          inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to, t.row,
          t.step, t.stride)
      }
      if isa == .avx2 {
        return KernelsAVX2.winogradLines(
          inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to, t.row,
          t.step, t.stride)
      }
    #endif
    KernelsBase.winogradLines(
      inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to, t.row, t.step,
      t.stride)
  }

  /// A matrix in single precision.
  public static func winogradMatrix(
    _ isa: ISA, _ matrix: UnsafePointer<Float>, _ inputs: Int, to outputs: Int, rows: Int,
    count: Int, from: UnsafePointer<Float>, _ f: LineSteps,
    into to: UnsafeMutablePointer<Float>, _ t: LineSteps
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.winogradMatrix(
          matrix, inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to,
          t.row, t.step, t.stride)
      }
      if isa == .avx2 {
        return KernelsAVX2.winogradMatrix(
          matrix, inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to,
          t.row, t.step, t.stride)
      }
    #endif
    KernelsBase.winogradMatrix(
      matrix, inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to,
      t.row, t.step, t.stride)
  }
}

extension Double: WinogradScalar {
  /// The input transform in double precision.
  public static func winogradInput(
    _ isa: ISA, _ strips: TileStrips, vectors: Range<Int>, tiles: Range<Int>,
    from x: UnsafePointer<Double>, buffer: UnsafeMutablePointer<Double>,
    into v: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: strips.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.winogradInput(
            $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
            to: tiles.upperBound, x, buffer, v)
        }
        if isa == .avx2 {
          return KernelsAVX2.winogradInput(
            $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
            to: tiles.upperBound, x, buffer, v)
        }
      #endif
      KernelsBase.winogradInput(
        $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
        to: tiles.upperBound, x, buffer, v)
    }
  }

  /// The output transform in double precision.
  public static func winogradOutput(
    _ isa: ISA, _ strips: TileStrips, vectors: Range<Int>, tiles: Range<Int>,
    from m: UnsafePointer<Double>, buffer: UnsafeMutablePointer<Double>,
    into y: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: strips.plain) {
      #if arch(x86_64)
        if isa == .avx512 {
          return KernelsAVX512.winogradOutput(
            $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
            to: tiles.upperBound, m, buffer, y)
        }
        if isa == .avx2 {
          return KernelsAVX2.winogradOutput(
            $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
            to: tiles.upperBound, m, buffer, y)
        }
      #endif
      KernelsBase.winogradOutput(
        $0, first: vectors.lowerBound, vectors: vectors.count, from: tiles.lowerBound,
        to: tiles.upperBound, m, buffer, y)
    }
  }

  /// Lines in double precision.
  public static func winogradLines(
    _ isa: ISA, _ inputs: Int, to outputs: Int, rows: Int, count: Int, from: UnsafePointer<Double>,
    _ f: LineSteps, into to: UnsafeMutablePointer<Double>, _ t: LineSteps
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.winogradLines(
          inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to, t.row,
          t.step, t.stride)
      }
      if isa == .avx2 {
        return KernelsAVX2.winogradLines(
          inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to, t.row,
          t.step, t.stride)
      }
    #endif
    KernelsBase.winogradLines(
      inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to, t.row, t.step,
      t.stride)
  }

  /// A matrix in double precision.
  public static func winogradMatrix(
    _ isa: ISA, _ matrix: UnsafePointer<Double>, _ inputs: Int, to outputs: Int, rows: Int,
    count: Int, from: UnsafePointer<Double>, _ f: LineSteps,
    into to: UnsafeMutablePointer<Double>, _ t: LineSteps
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.winogradMatrix(
          matrix, inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to,
          t.row, t.step, t.stride)
      }
      if isa == .avx2 {
        return KernelsAVX2.winogradMatrix(
          matrix, inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to,
          t.row, t.step, t.stride)
      }
    #endif
    KernelsBase.winogradMatrix(
      matrix, inputs, outputs, rows: rows, count: count, from, f.row, f.step, f.stride, to,
      t.row, t.step, t.stride)
  }
}
