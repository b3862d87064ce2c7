/// A transform of real tiles of up to three axes, of even extents or 1.
///
/// Rows are transformed first, then columns, then lines along the depth. The first axis longer than 1
/// turns each real line into two real values (frequencies 0 and n / 2) and n / 2 - 1 complex ones;
/// each further axis does so with what is still real, and transforms what is complex as such. A tile
/// thus has 2, 4 or 8 real values and as many complex ones as are left of half its points.
public struct TileShape<S> {
  /// Depth, height and width.
  public let d: LineShape<S>, h: LineShape<S>, w: LineShape<S>

  /// All axes.
  public init(d: LineShape<S>, h: LineShape<S>, w: LineShape<S>) {
    self.d = d
    self.h = h
    self.w = w
  }

  /// Points along each axis.
  @inlinable public var size: TileSize { TileSize(d: d.size, h: h.size, w: w.size) }
}

/// Where the spectra of tiles stand: complex value i of tile t at re + i step + t next and the same of
/// im, real value r at real + r realStep + t next. All in elements; every value is a vector.
public struct SpectrumPlace<S> {
  /// The first complex value of the first tile.
  public var re: UnsafeMutablePointer<S>, im: UnsafeMutablePointer<S>
  /// Distance between complex values.
  public var step: Int
  /// The first real value of the first tile.
  public var real: UnsafeMutablePointer<S>
  /// Distance between real values.
  public var realStep: Int
  /// Distance between tiles.
  public var next: Int

  /// All values.
  public init(
    re: UnsafeMutablePointer<S>, im: UnsafeMutablePointer<S>, step: Int,
    real: UnsafeMutablePointer<S>, realStep: Int, next: Int
  ) {
    self.re = re
    self.im = im
    self.step = step
    self.real = real
    self.realStep = realStep
    self.next = next
  }
}

/// Tiles next to each other along the width, and where their elements are read.
///
/// Lane l of element (d, h, w) of the virtual input stands at
/// base + l lane + map[0][d] depth + map[1][h] height + map[2][w] width, or is zero where a map says
/// so. Tile t begins at `origin`, moved on by t `advance` along the width.
public struct TileSource<S> {
  /// Lane 0 of element (0, 0, 0).
  public var base: UnsafePointer<S>
  /// Lanes that are read; the others are zero.
  public var lanes: Int
  /// Distances.
  public var lane: Int, depth: Int, height: Int, width: Int
  /// Real index of each virtual one, or -1; nil where they are the same.
  public var maps: (UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Int32>)
  /// Virtual indices along the width whose elements stand next to each other.
  public var interior: Range<Int>
  /// First virtual index of the first tile.
  public var origin: (d: Int, h: Int, w: Int)
  /// Virtual indices that are read from there on: for all tiles together along the width. What lies
  /// beyond is zero.
  public var extent: (d: Int, h: Int, w: Int)
  /// Number of tiles and their distance.
  public var tiles: Int, advance: Int
  /// Element i of a tile is put at -i modulo the tile, which conjugates the spectrum. One tile only,
  /// at origin 0; `interior` covers all that is read, or is empty.
  public var isReversed: Bool

  /// All values.
  public init(
    base: UnsafePointer<S>, lanes: Int, lane: Int, depth: Int, height: Int, width: Int,
    maps: (UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Int32>),
    interior: Range<Int>, origin: (d: Int, h: Int, w: Int), extent: (d: Int, h: Int, w: Int),
    tiles: Int, advance: Int, isReversed: Bool
  ) {
    self.base = base
    self.lanes = lanes
    self.lane = lane
    self.depth = depth
    self.height = height
    self.width = width
    self.maps = maps
    self.interior = interior
    self.origin = origin
    self.extent = extent
    self.tiles = tiles
    self.advance = advance
    self.isReversed = isReversed
  }
}

/// Tiles next to each other along the width, and where their outputs are written.
///
/// Outputs are counted at stride 1; those at multiples of `stride` are kept. Lane l of output o is
/// written to base + l lane + (o / stride) times the distances.
public struct TileTarget<S> {
  /// Lane 0 of output (0, 0, 0).
  public var base: UnsafeMutablePointer<S>
  /// Lanes that are written.
  public var lanes: Int
  /// Distances.
  public var lane: Int, depth: Int, height: Int, width: Int
  /// First output of the first tile.
  public var origin: (d: Int, h: Int, w: Int)
  /// Outputs from there on: of all tiles together along the width.
  public var extent: (d: Int, h: Int, w: Int)
  /// Every how many outputs one is kept.
  public var stride: (d: Int, h: Int, w: Int)
  /// Number of tiles and their distance.
  public var tiles: Int, advance: Int

  /// All values.
  public init(
    base: UnsafeMutablePointer<S>, lanes: Int, lane: Int, depth: Int, height: Int, width: Int,
    origin: (d: Int, h: Int, w: Int), extent: (d: Int, h: Int, w: Int),
    stride: (d: Int, h: Int, w: Int), tiles: Int, advance: Int
  ) {
    self.base = base
    self.lanes = lanes
    self.lane = lane
    self.depth = depth
    self.height = height
    self.width = width
    self.origin = origin
    self.extent = extent
    self.stride = stride
    self.tiles = tiles
    self.advance = advance
  }
}
