/// Work space of one worker's tile transforms, in elements of a scalar; vectors have `lanes` elements.
///
/// `line` holds what stands between the two passes of a line, `row` a row of neighbouring tiles,
/// `plane` their rows after the first transform, `volume` the spectra of the planes of one tile, and
/// `lanes` a row of zeros and one of every lane.
public struct TileScratch<S> {
  /// One line between its passes.
  public let line: UnsafeMutablePointer<S>
  /// One row.
  public let row: UnsafeMutablePointer<S>
  /// One row of every lane.
  public let lanes: UnsafeMutablePointer<S>
  /// Planes and volumes.
  public let plane: UnsafeMutablePointer<S>, volume: UnsafeMutablePointer<S>

  /// Divides up work space at `base`, for runs of `tiles` tiles that stand `advance` apart.
  /// Folded spectra need no planes of their own but for those of a volume.
  public init(
    _ base: UnsafeMutablePointer<S>, _ size: TileSize, tiles: Int, advance: Int, lanes: Int,
    folds: Bool
  ) {
    let counts = Self.counts(size, tiles: tiles, advance: advance, lanes: lanes, folds: folds)
    line = base
    row = line + counts.line
    self.lanes = row + counts.row
    plane = self.lanes + counts.lanes
    volume = plane + counts.plane
  }

  /// Elements of all of it.
  public static func count(
    _ size: TileSize, tiles: Int, advance: Int, lanes: Int, folds: Bool
  ) -> Int {
    let counts = counts(size, tiles: tiles, advance: advance, lanes: lanes, folds: folds)
    return counts.line + counts.row + counts.lanes + counts.plane + counts.volume
  }

  private static func counts(
    _ size: TileSize, tiles: Int, advance: Int, lanes: Int, folds: Bool
  ) -> (line: Int, row: Int, lanes: Int, plane: Int, volume: Int) {
    // One vector more: element 0 of a reversed row is first put at the end.
    let row = (tiles - 1) * advance + size.w + 1
    let isVolume = size.d > 1
    return (
      line: 2 * max(size.d, size.h, size.w) * lanes, row: row * lanes,
      lanes: (size.w + (size.w + lanes - 1) / lanes) * lanes,
      plane: isVolume || !folds ? tiles * size.planeSize(lanes) : 0,
      volume: isVolume && !folds ? size.d * size.volumePitch(lanes) : 0
    )
  }
}

/// Points of a tile along each axis.
public struct TileSize: Hashable, Sendable {
  public let d: Int, h: Int, w: Int

  /// Depth, height and width.
  public init(d: Int, h: Int, w: Int) {
    self.d = d
    self.h = h
    self.w = w
  }

  // Distances are odd numbers of vectors: those that are powers of two fall into one set of the cache.

  /// Distance between the rows of a plane.
  @inlinable public func rowPitch(_ lanes: Int) -> Int { (w | 1) &* lanes }

  /// Elements of a tile's plane.
  @inlinable public func planeSize(_ lanes: Int) -> Int { h &* rowPitch(lanes) }

  /// Distance between the spectra of planes.
  @inlinable public func volumePitch(_ lanes: Int) -> Int { ((h &* w) | 1) &* lanes }

  /// Real frequencies of a row.
  @inlinable public var rowReals: Int { w > 1 ? 2 : 1 }
  /// Complex frequencies of a row.
  @inlinable public var rowComplexes: Int { (w &- rowReals) / 2 }

  /// Real frequencies of a plane.
  @inlinable public var planeReals: Int { (h > 1 ? 2 : 1) &* (w > 1 ? 2 : 1) }
  /// Complex frequencies of a plane.
  @inlinable public var planeComplexes: Int { (h &* w &- planeReals) / 2 }

  /// Points of all.
  @inlinable public var points: Int { d &* h &* w }

  /// Frequencies at which the spectrum of a real tile is real.
  @inlinable public var reals: Int { (d > 1 ? 2 : 1) &* (h > 1 ? 2 : 1) &* (w > 1 ? 2 : 1) }

  /// The other frequencies, without mirror images.
  @inlinable public var complexes: Int { (points &- reals) / 2 }
}
