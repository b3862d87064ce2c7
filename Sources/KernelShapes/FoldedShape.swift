/// The spectrum of one tile where its last transform found it: `rows` rows of vectors, `pitch` apart.
///
/// In every row stand `complexes` complex values, real and imaginary part in turn, and `reals` real
/// lines' values: along such a column rows 0 and 1 are real, and rows 2 + 2i and 3 + 2i are the real
/// and imaginary parts of a complex value. Nothing is moved, so a tile of one channel is transformed,
/// multiplied and transformed back in one place.
public struct FoldedShape {
  /// Points of the last axis.
  public let rows: Int
  /// Complex values and real columns of a row.
  public let complexes: Int, reals: Int
  /// Elements between rows, and from a row's start to its complex and its real values.
  public let pitch: Int, firstComplex: Int, firstReal: Int
  /// Elements of all.
  public let count: Int

  /// Of tiles of `size` in vectors of `lanes`.
  public init(_ size: TileSize, lanes: Int) {
    if size.d > 1 {
      rows = size.d
      (complexes, reals) = (size.planeComplexes, size.planeReals)
      pitch = size.volumePitch(lanes)
      (firstComplex, firstReal) = (0, 2 * size.planeComplexes * lanes)
    } else if size.h > 1 {
      rows = size.h
      (complexes, reals) = (size.rowComplexes, size.rowReals)
      pitch = size.rowPitch(lanes)
      (firstComplex, firstReal) = (size.rowReals * lanes, 0)
    } else {
      rows = size.w
      (complexes, reals) = (0, 1)
      pitch = lanes
      (firstComplex, firstReal) = (0, 0)
    }
    count = rows * pitch
  }

  /// Values of a row: what its factors take.
  @inlinable public var slots: Int { 2 &* complexes &+ reals }
}
