import ConvCore
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// How an operand of `DirectScalar.blocks` is walked through while a sum is made: each outer step
/// moves on by `outer`, and within it the inner steps stand at `inner`, all in elements.
public typealias DirectWalk = (outer: Int, inner: UnsafePointer<Int32>)

/// The kernels of direct convolution.
public protocol DirectScalar: TransposeScalar {
  /// Blocks of sums in registers: for each line n and row r < `rows`, vector i < `wide`,
  ///
  /// c[n][r][i] = sum over steps s of b[n][s][r] a[n][s][i]
  ///
  /// where a is read by vectors and b by scalars that are neighbours in memory. What a vector holds
  /// is the caller's choice: output channels (a the weights, b the pixels of a row) or pixels (a the
  /// pixels, b the weights of neighbouring output channels). Each sum is one running sum in the
  /// order of the steps, whatever block it falls into.
  ///
  /// - Parameters:
  ///   - wide: vectors, 1, 2 or 4.
  ///   - rows: any number; a block takes at most `ISA.directRows`.
  ///   - lines: how often, and how far a, b and c move on each time.
  ///   - steps: numbers of outer and inner steps.
  ///   - pitch: distance of the rows of c.
  ///   - adding: whether the sums are added to what c holds.
  static func blocks(
    _ isa: ISA, wide: Int, rows: Int, lines: (count: Int, a: Int, b: Int, c: Int),
    steps: (outer: Int, inner: Int), a: UnsafePointer<Self>, _ aWalk: DirectWalk,
    b: UnsafePointer<Self>, _ bWalk: DirectWalk, into c: UnsafeMutablePointer<Self>, pitch: Int,
    adding: Bool)

  /// Rows of pixels, in tiles of registers: for r < `rows` and i < `columns`,
  ///
  /// y[r pitch + i] = sum over channels c, classes s, taps (m, t) of
  ///   x[c step + base(s) + (r + m) xPitch + offset(s, t) + i] weights[c][s][t][m]
  ///
  /// A class holds the taps of one depth and one phase of the stride: four numbers of the table say
  /// where it begins in a channel, its rows of taps, the taps of a row, and where in `offsets` their
  /// ascending offsets begin. Each sum is a running sum, or a sum of several: of the taps of a few rows of
  /// a class.
  ///
  /// - Parameters:
  ///   - reach: largest offset.
  ///   - valid: rows and columns, counted from x, that may be read. What lies outside counts as zero
  ///     and is left out, so x itself may point outside.
  ///   - weightStep: weights of a channel.
  ///   - masks: space for a number for each offset and each vector of a row.
  ///   - staging: where results are too many for the caches, space for rows x columns sums that are
  ///     not finished; those that are may then go past the caches.
  ///   - ahead: where rows of as many columns begin that are likely to be read next; asked for while
  ///     sums are made.
  ///   - adding: whether the sums are added to what y holds.
  static func rows(
    _ isa: ISA, rows: Int, columns: Int, reach: Int, x: UnsafePointer<Self>, xPitch: Int,
    valid: (rows: Range<Int>, columns: Range<Int>), channels: (count: Int, step: Int),
    classes: (count: Int, table: UnsafePointer<Int32>),
    offsets: (count: Int, table: UnsafePointer<Int32>),
    weights: UnsafePointer<Self>, weightStep: Int, masks: UnsafeMutablePointer<UInt32>,
    into y: UnsafeMutablePointer<Self>, pitch: Int, staging: UnsafeMutablePointer<Self>?,
    ahead: (from: UnsafePointer<Self>, pitch: Int)?, adding: Bool)

  /// A row of outputs where lanes are channels of their own: for i < `count`, vectors throughout,
  ///
  /// y[i] = sum over taps t of weights[t] x[i step + offsets[t]]
  ///
  /// Each sum is one running sum in the order of the taps. Distances are in elements.
  static func lanes(
    _ isa: ISA, count: Int, taps: (count: Int, offsets: UnsafePointer<Int32>),
    x: UnsafePointer<Self>, step: Int, weights: UnsafePointer<Self>,
    into y: UnsafeMutablePointer<Self>)

  /// Copies a plane, by rows and columns that maps pick out:
  ///
  /// to[r pitch + i step] = x[rows(r) rowStep + columns(i) columnStep], zero where a map says so.
  static func fill(
    _ isa: ISA, _ x: UnsafePointer<Self>, rows: DirectAxis, rowStep: Int, columns: DirectAxis,
    columnStep: Int, into to: UnsafeMutablePointer<Self>, pitch: Int, step: Int)
}

/// `count` indices first, first + every, ... of a map of `length`: the source of each, or -1 for a zero,
/// which also stand beyond the map. Those in `run` (counted from 0) have sources `every` apart.
public typealias DirectAxis = (
  map: UnsafePointer<Int32>, length: Int, first: Int, every: Int, count: Int, run: Range<Int>
)

extension ISA {
  /// Rows that a block of `DirectScalar.blocks` has at most when it is `wide` vectors wide: 28 sums
  /// of 32 registers, or 12 of 16, at most.
  public func directRows(wide: Int) -> Int {
    #if arch(arm64)
      wide == 4 ? 7 : 14
    #else
      self == .avx512 ? (wide == 4 ? 7 : 14) : wide == 4 ? 3 : 6
    #endif
  }
}

extension Float: DirectScalar {
  /// Blocks in single precision.
  public static func blocks(
    _ isa: ISA, wide: Int, rows: Int, lines: (count: Int, a: Int, b: Int, c: Int),
    steps: (outer: Int, inner: Int), a: UnsafePointer<Float>, _ aWalk: DirectWalk,
    b: UnsafePointer<Float>, _ bWalk: DirectWalk, into c: UnsafeMutablePointer<Float>, pitch: Int,
    adding: Bool
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.directBlocks(
          wide: wide, rows: rows, lines: lines, steps: steps, a, aWalk, b, bWalk, c, pitch,
          adding: adding)
      }
      if isa == .avx2 {
        return KernelsAVX2.directBlocks(
          wide: wide, rows: rows, lines: lines, steps: steps, a, aWalk, b, bWalk, c, pitch,
          adding: adding)
      }
    #endif
    KernelsBase.directBlocks(
      wide: wide, rows: rows, lines: lines, steps: steps, a, aWalk, b, bWalk, c, pitch,
      adding: adding)
  }

  /// Rows in single precision.
  public static func rows(
    _ isa: ISA, rows: Int, columns: Int, reach: Int, x: UnsafePointer<Float>, xPitch: Int,
    valid: (rows: Range<Int>, columns: Range<Int>), channels: (count: Int, step: Int),
    classes: (count: Int, table: UnsafePointer<Int32>),
    offsets: (count: Int, table: UnsafePointer<Int32>),
    weights: UnsafePointer<Float>, weightStep: Int, masks: UnsafeMutablePointer<UInt32>,
    into y: UnsafeMutablePointer<Float>, pitch: Int, staging: UnsafeMutablePointer<Float>?,
    ahead: (from: UnsafePointer<Float>, pitch: Int)?, adding: Bool
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.directRows(
          rows: rows, columns: columns, reach: reach, x, xPitch,
          low: (valid.rows.lowerBound, valid.columns.lowerBound),
          high: (valid.rows.upperBound, valid.columns.upperBound), channels: channels,
          classes: classes, offsets: offsets, weights, weightStep, masks: masks, y, pitch,
          staging: staging, ahead: ahead, adding: adding)
      }
      if isa == .avx2 {
        return KernelsAVX2.directRows(
          rows: rows, columns: columns, reach: reach, x, xPitch,
          low: (valid.rows.lowerBound, valid.columns.lowerBound),
          high: (valid.rows.upperBound, valid.columns.upperBound), channels: channels,
          classes: classes, offsets: offsets, weights, weightStep, masks: masks, y, pitch,
          staging: staging, ahead: ahead, adding: adding)
      }
    #endif
    KernelsBase.directRows(
      rows: rows, columns: columns, reach: reach, x, xPitch,
      low: (valid.rows.lowerBound, valid.columns.lowerBound),
      high: (valid.rows.upperBound, valid.columns.upperBound), channels: channels,
      classes: classes, offsets: offsets, weights, weightStep, masks: masks, y, pitch,
      staging: staging, ahead: ahead, adding: adding)
  }

  /// Copies a plane in single precision.
  public static func fill(
    _ isa: ISA, _ x: UnsafePointer<Float>, rows: DirectAxis, rowStep: Int, columns: DirectAxis,
    columnStep: Int, into to: UnsafeMutablePointer<Float>, pitch: Int, step: Int
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.directFill(
          x, rows: rows, rowStep, columns: columns, columnStep, to, pitch, step)
      }
      if isa == .avx2 {
        return KernelsAVX2.directFill(
          x, rows: rows, rowStep, columns: columns, columnStep, to, pitch, step)
      }
    #endif
    KernelsBase.directFill(
      x, rows: rows, rowStep, columns: columns, columnStep, to, pitch, step)
  }
}

extension Double: DirectScalar {
  /// Blocks in double precision.
  public static func blocks(
    _ isa: ISA, wide: Int, rows: Int, lines: (count: Int, a: Int, b: Int, c: Int),
    steps: (outer: Int, inner: Int), a: UnsafePointer<Double>, _ aWalk: DirectWalk,
    b: UnsafePointer<Double>, _ bWalk: DirectWalk, into c: UnsafeMutablePointer<Double>,
    pitch: Int, adding: Bool
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.directBlocks(
          wide: wide, rows: rows, lines: lines, steps: steps, a, aWalk, b, bWalk, c, pitch,
          adding: adding)
      }
      if isa == .avx2 {
        return KernelsAVX2.directBlocks(
          wide: wide, rows: rows, lines: lines, steps: steps, a, aWalk, b, bWalk, c, pitch,
          adding: adding)
      }
    #endif
    KernelsBase.directBlocks(
      wide: wide, rows: rows, lines: lines, steps: steps, a, aWalk, b, bWalk, c, pitch,
      adding: adding)
  }

  /// Rows in double precision.
  public static func rows(
    _ isa: ISA, rows: Int, columns: Int, reach: Int, x: UnsafePointer<Double>, xPitch: Int,
    valid: (rows: Range<Int>, columns: Range<Int>), channels: (count: Int, step: Int),
    classes: (count: Int, table: UnsafePointer<Int32>),
    offsets: (count: Int, table: UnsafePointer<Int32>),
    weights: UnsafePointer<Double>, weightStep: Int, masks: UnsafeMutablePointer<UInt32>,
    into y: UnsafeMutablePointer<Double>, pitch: Int, staging: UnsafeMutablePointer<Double>?,
    ahead: (from: UnsafePointer<Double>, pitch: Int)?, adding: Bool
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.directRows(
          rows: rows, columns: columns, reach: reach, x, xPitch,
          low: (valid.rows.lowerBound, valid.columns.lowerBound),
          high: (valid.rows.upperBound, valid.columns.upperBound), channels: channels,
          classes: classes, offsets: offsets, weights, weightStep, masks: masks, y, pitch,
          staging: staging, ahead: ahead, adding: adding)
      }
      if isa == .avx2 {
        return KernelsAVX2.directRows(
          rows: rows, columns: columns, reach: reach, x, xPitch,
          low: (valid.rows.lowerBound, valid.columns.lowerBound),
          high: (valid.rows.upperBound, valid.columns.upperBound), channels: channels,
          classes: classes, offsets: offsets, weights, weightStep, masks: masks, y, pitch,
          staging: staging, ahead: ahead, adding: adding)
      }
    #endif
    KernelsBase.directRows(
      rows: rows, columns: columns, reach: reach, x, xPitch,
      low: (valid.rows.lowerBound, valid.columns.lowerBound),
      high: (valid.rows.upperBound, valid.columns.upperBound), channels: channels,
      classes: classes, offsets: offsets, weights, weightStep, masks: masks, y, pitch,
      staging: staging, ahead: ahead, adding: adding)
  }

  /// Copies a plane in double precision.
  public static func fill(
    _ isa: ISA, _ x: UnsafePointer<Double>, rows: DirectAxis, rowStep: Int, columns: DirectAxis,
    columnStep: Int, into to: UnsafeMutablePointer<Double>, pitch: Int, step: Int
  ) {
    #if arch(x86_64)
      if isa == .avx512 {
        return KernelsAVX512.directFill(
          x, rows: rows, rowStep, columns: columns, columnStep, to, pitch, step)
      }
      if isa == .avx2 {
        return KernelsAVX2.directFill(
          x, rows: rows, rowStep, columns: columns, columnStep, to, pitch, step)
      }
    #endif
    KernelsBase.directFill(
      x, rows: rows, rowStep, columns: columns, columnStep, to, pitch, step)
  }
}
