/// One tile of one channel whose own columns and frequencies are the lanes; sizes in elements.
///
/// L neighbouring columns are transformed at a time, real to half a spectrum, and what comes out is
/// turned round by squares of L x L values, so that L frequencies of the columns are the lanes of lines
/// along the rows. Frequencies 0 and n / 2 of a real column are real: they share one lane, as real and
/// imaginary part.
public struct PlaneShape {
  /// Points of a column and of a row.
  public let rows: Int, columns: Int
  /// Elements of a vector.
  public let lanes: Int
  /// Vectors of frequencies.
  public let groups: Int
  /// Distance between the tile's rows, and between the lines of vectors of frequencies. Odd numbers of
  /// vectors, or of pairs of them: powers of two fall into one set of the cache.
  public let tilePitch: Int, linePitch: Int

  /// Tiles of `size`, without depth, in vectors of `lanes`.
  public init(_ size: TileSize, lanes: Int) {
    (rows, columns) = (size.h, size.w)
    self.lanes = lanes
    groups = (size.h / 2 + lanes - 1) / lanes
    tilePitch = (((size.w + lanes - 1) / lanes) | 1) * lanes
    linePitch = 2 * (size.w | 1) * lanes
  }

  /// Elements of the factors: a complex vector for each value of a line, and a second one for those of
  /// the first line, where two real lines share a lane.
  @inlinable public var factors: Int { (groups &+ 1) &* 2 &* columns &* lanes }

  // What a worker needs, in this order: one line between its passes, the spectra of L columns, the
  // tile, its spectrum.

  /// Elements of a line.
  @inlinable public var line: Int { 2 &* max(rows, columns) &* lanes }
  /// Elements of the spectra of L columns.
  @inlinable public var column: Int { 2 &* groups &* lanes &* lanes }
  /// Elements of a tile.
  @inlinable public var tile: Int { rows &* tilePitch }
  /// Elements of all.
  @inlinable public var workerElements: Int { line &+ column &+ tile &+ groups &* linePitch }
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
