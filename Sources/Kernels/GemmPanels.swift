/// How the columns of B fall into packed panels: see `GemmScalar.gemmPanel`.
public struct GemmPanels: Sendable, Hashable {
  /// Elements of a vector.
  public let lanes: Int
  /// Vectors in the widest panel: 2, 4 or 8.
  public let vectors: Int

  /// For vectors of `lanes` elements and panels of at most `vectors` of them.
  public init(lanes: Int, vectors: Int) {
    self.lanes = lanes
    self.vectors = vectors
  }

  /// Columns of the widest panel.
  public var width: Int { lanes * vectors }

  /// Columns that `columns` take when packed, the last panel's unused ones included.
  public func packed(_ columns: Int) -> Int {
    let rest = columns % (2 * lanes)
    return columns - rest + (rest > lanes ? 2 * lanes : rest > 0 ? lanes : 0)
  }

  /// First column and width of the panel that column `j` of `columns` belongs to.
  @inlinable
  public func panel(of j: Int, columns: Int) -> (first: Int, width: Int) {
    var first = 0
    var width = lanes * vectors
    while width > 2 * lanes {
      let end = first + (columns - first) / width * width
      if j < end { return (first + (j - first) / width * width, width) }
      first = end
      width /= 2
    }
    let end = first + (columns - first + lanes - 1) / width * width
    return j < end ? (first + (j - first) / width * width, width) : (end, lanes)
  }
}
