import CSystem
import ConvCore

/// An `AxisMap` as pointers, valid within `AxisView.with`.
public struct AxisView: @unchecked Sendable {
  /// Of each virtual index the real one, or -1.
  public let source: UnsafePointer<Int32>
  /// Number of virtual indices.
  public let count: Int
  /// The run that can be read with plain loads.
  public let interior: Range<Int>

  /// Views of the maps of three axes, for as long as `body` runs.
  public static func with<R>(
    _ maps: [AxisMap], _ body: (_ depth: AxisView, _ height: AxisView, _ width: AxisView) -> R
  ) -> R {
    func view(_ i: Int, _ source: UnsafeBufferPointer<Int32>) -> AxisView {
      AxisView(source: source.baseAddress!, count: source.count, interior: maps[i].interior)
    }
    return maps[0].source.withUnsafeBufferPointer { d in
      maps[1].source.withUnsafeBufferPointer { h in
        maps[2].source.withUnsafeBufferPointer { w in body(view(0, d), view(1, h), view(2, w)) }
      }
    }
  }

  var plain: CAxisMap {
    CAxisMap(
      source: source, count: count, low: interior.lowerBound, high: interior.upperBound)
  }
}

/// The tiles of an operand, and the strips in which they are transformed.
///
/// A strip is a run of tiles along the width in a buffer of its own: rows of `row` elements, one for each depth and height of a tile's points, a vector of channels for each pixel.
public struct TileStrips: @unchecked Sendable {
  var plain: CTileStrips

  /// Tiles of an operand with `channels` channels at `layout`.
  ///
  /// - Parameters:
  ///   - tiles: number along each axis.
  ///   - outputs: outputs of a tile, by which neighbouring tiles are apart.
  ///   - reads: elements that a tile reads along each axis; its points, or as many as outputs where the
  ///     operand is an output gradient.
  ///   - extents: of the operand, where tiles are written; nothing is written beyond.
  ///   - stripTiles: tiles that a strip takes.
  ///   - row: elements of a row of a strip.
  ///   - point: elements from one transform point to the next.
  ///   - vector: elements from one vector of channels to the next, at one point.
  ///   - prefetches: whether the next strip is fetched while one is worked on.
  ///   - streams: whether whole lines of the cache are written past it.
  ///   - maps: depth, height and width, where tiles are read.
  public init(
    tiles: Extents, outputs: Extents, reads: Extents, points: Extents, extents: Extents,
    channels: Int, layout: Layout, stripTiles: Int, row: Int, point: Int, vector: Int,
    prefetches: Bool, streams: Bool, maps: (AxisView, AxisView, AxisView)?
  ) {
    let none = CAxisMap(source: nil, count: 0, low: 0, high: 0)
    plain = CTileStrips(
      tiles: tiles.plain, outputs: outputs.plain, reads: reads.plain, points: points.plain,
      strip_tiles: stripTiles, strip_row: row, point: point, vector: vector, channels: channels,
      extents: extents.plain, offset: layout.offset, batch: layout.batch, channel: layout.channel,
      depth: layout.depth, height: layout.height, width: layout.width,
      depth_map: maps?.0.plain ?? none, height_map: maps?.1.plain ?? none,
      width_map: maps?.2.plain ?? none,
      prefetches: prefetches ? 1 : 0, streams: streams ? 1 : 0)
  }
}

extension Extents {
  fileprivate var plain: CExtents { CExtents(d: d, h: h, w: w) }
}
