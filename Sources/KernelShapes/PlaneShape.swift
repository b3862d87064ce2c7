/// Two real tiles as the real and imaginary part of one complex tile of rows and columns, transformed
/// by itself; sizes in elements.
///
/// L neighbouring columns are transformed at a time, then turned round by squares of L x L values, so
/// that L frequencies of the columns are the lanes of a line along the rows. A tile of an image has its
/// own rows; a block of a signal of one axis is cut into rows, and turned between columns and rows
/// (Gentleman and Sande 1966).
public struct PlaneShape {
  /// Points of a column and of a row: multiples of `unit`.
  public let rows: Int, columns: Int
  /// Whether rows follow each other in one signal.
  public let isSignal: Bool
  /// Elements of a vector.
  public let lanes: Int
  /// Distance between the tile's rows, and between the lines of vectors of frequencies. Odd numbers of
  /// vectors, or of pairs of them: powers of two fall into one set of the cache.
  public let tilePitch: Int, linePitch: Int

  /// Rows and columns come in multiples of this, a multiple of every vector's elements.
  public static let unit = 16

  /// Tiles in vectors of `lanes`.
  public init(rows: Int, columns: Int, isSignal: Bool, lanes: Int) {
    self.rows = rows
    self.columns = columns
    self.isSignal = isSignal
    self.lanes = lanes
    tilePitch = ((columns / lanes) | 1) * lanes
    linePitch = 2 * (columns | 1) * lanes
  }

  /// Points of all.
  @inlinable public var points: Int { rows &* columns }
  /// Vectors of frequencies.
  @inlinable public var groups: Int { rows / lanes }

  /// Elements of the factors: a complex vector for each value.
  @inlinable public var factors: Int { 2 &* points }
  /// Elements of the factors exp(-2 pi i k c / n) of a signal, of which each is a product: of column
  /// c = x + l those of x, in turn for each strip of L columns, and a vector of those of l.
  @inlinable public var strips: Int { isSignal ? 2 &* rows &* (columns / lanes) : 0 }
  /// Elements of all factors of a signal.
  @inlinable public var turns: Int { strips &+ (isSignal ? 2 &* rows &* lanes : 0) }

  // What a worker needs, in this order: one line between its passes, the spectra of L columns, two
  // tiles, their spectrum.

  /// Elements of a line.
  @inlinable public var line: Int { 2 &* max(rows, columns) &* lanes }
  /// Elements of the spectra of L columns.
  @inlinable public var column: Int { 2 &* rows &* lanes }
  /// Elements of a tile; the second does not begin where the sets of the cache begin again.
  @inlinable public var tile: Int { rows &* tilePitch &+ 4 &* lanes }
  /// Elements of all.
  @inlinable public var workerElements: Int {
    line &+ column &+ 2 &* tile &+ groups &* linePitch
  }
}

/// Where the taps of one kernel of two axes stand.
public struct PlaneKernel<S> {
  /// Tap (0, 0).
  public var base: UnsafePointer<S>
  /// Distances.
  public var height: Int, width: Int
  /// Taps, and their distances in the input.
  public var taps: (h: Int, w: Int), dilation: (h: Int, w: Int)

  /// All values.
  public init(
    base: UnsafePointer<S>, height: Int, width: Int, taps: (h: Int, w: Int),
    dilation: (h: Int, w: Int)
  ) {
    self.base = base
    self.height = height
    self.width = width
    self.taps = taps
    self.dilation = dilation
  }
}
