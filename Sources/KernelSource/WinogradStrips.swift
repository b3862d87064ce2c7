import CSystem

/// A run of tiles side by side, of one vector of channels.
struct Strip {
  /// Vector of channels; place of its first tile in the range; number of tiles.
  var vector: Int, offset: Int, count: Int
  /// Where the first tile stands.
  var batch: Int, d: Int, h: Int, w: Int
}

/// Cuts tiles `from ..< to` of vectors `first ..< first + vectors` into strips, vector by vector.
struct StripWalk {
  private let o: UnsafePointer<CTileStrips>
  private let from: Int, to: Int, last: Int
  private var vector: Int, tile: Int

  init(_ o: UnsafePointer<CTileStrips>, first: Int, vectors: Int, from: Int, to: Int) {
    (self.o, self.from, self.to) = (o, from, to)
    (vector, last, tile) = (first, first &+ vectors, from)
  }

  /// The next strip, or nil at the end.
  mutating func next() -> Strip? {
    guard vector < last && from < to else { return nil }
    let tiles = o.pointee.tiles
    let row = tile / tiles.w
    let w = tile &- row &* tiles.w
    let count = min(tiles.w &- w, to &- tile, o.pointee.strip_tiles)
    let strip = Strip(
      vector: vector, offset: tile &- from, count: count, batch: row / (tiles.h &* tiles.d),
      d: row / tiles.h % tiles.d, h: row % tiles.h, w: w)
    tile &+= count
    if tile == to { (vector, tile) = (vector &+ 1, from) }
    return strip
  }
}

extension CAxisMap {
  /// The real index; -1 for a zero, and beyond the end, where tiles reach over.
  @inline(__always)
  func real(_ i: Int) -> Int { i < count ? Int(source[i]) : -1 }
}

/// What reading and writing strips share.
struct StripOperand<V: TransposeVector> {
  let o: UnsafePointer<CTileStrips>

  /// Channels of a strip's vector.
  @inline(__always)
  func channels(_ strip: Strip) -> Int {
    min(V.lanes, o.pointee.channels &- strip.vector &* V.lanes)
  }

  /// Index of the first channel of a strip at real depth and height.
  @inline(__always)
  func index(_ strip: Strip, _ depth: Int, _ height: Int) -> Int {
    let outer = o.pointee.offset &+ strip.batch &* o.pointee.batch
    let channel = strip.vector &* V.lanes &* o.pointee.channel
    return outer &+ channel &+ depth &* o.pointee.depth &+ height &* o.pointee.height
  }

  /// Fetches pixels `0 ..< count` of all channels towards the first-level cache.
  @inline(__always)
  func prefetch(_ row: UnsafePointer<V.Scalar>, _ channels: Int, _ count: Int) {
    guard o.pointee.width == 1 else { return }
    let line = 64 / MemoryLayout<V.Scalar>.stride
    for channel in 0..<channels {
      let p = row + channel &* o.pointee.channel
      var i = 0
      while i < count {
        cv_prefetch_t0(p + i)
        i &+= line
      }
    }
  }
}
