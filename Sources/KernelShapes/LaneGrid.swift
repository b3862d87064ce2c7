/// Tiles of a grid in lanes: lane l holds tile `first` + l.
///
/// Tiles are counted along the width, then the height, the depth and the batch; along each axis they
/// stand `outputs` apart.
public struct LaneGrid {
  /// First tile, and lanes in use.
  public var first: Int, lanes: Int
  /// Tiles along each axis.
  public var count: (d: Int, h: Int, w: Int)
  /// Outputs of a tile along each axis.
  public var outputs: (d: Int, h: Int, w: Int)

  /// All values.
  public init(
    first: Int, lanes: Int, count: (d: Int, h: Int, w: Int), outputs: (d: Int, h: Int, w: Int)
  ) {
    self.first = first
    self.lanes = lanes
    self.count = count
    self.outputs = outputs
  }

  /// Image and first output of lane l's tile.
  @inlinable
  public func position(_ l: Int) -> (n: Int, d: Int, h: Int, w: Int) {
    let tile = first &+ l
    let row = tile / count.w
    let plane = row / count.h
    return (
      plane / count.d, plane % count.d &* outputs.d, row % count.h &* outputs.h,
      tile % count.w &* outputs.w
    )
  }
}

/// Where the tiles of a grid are read: element (d, h, w) of the virtual input of image n stands at
/// base + n batch + map[0][d] depth + map[1][h] height + map[2][w] width, or is zero.
public struct LaneSource<S> {
  /// Element (0, 0, 0) of the first image.
  public var base: UnsafePointer<S>
  /// Distances.
  public var batch: Int, depth: Int, height: Int, width: Int
  /// Real index of each virtual one, or -1.
  public var maps: (UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Int32>)
  /// Virtual indices along the width whose elements stand next to each other.
  public var interior: Range<Int>
  /// Extents of the virtual input; beyond it there are zeros.
  public var input: (d: Int, h: Int, w: Int)

  /// All values.
  public init(
    base: UnsafePointer<S>, batch: Int, depth: Int, height: Int, width: Int,
    maps: (UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Int32>),
    interior: Range<Int>, input: (d: Int, h: Int, w: Int)
  ) {
    self.base = base
    self.batch = batch
    self.depth = depth
    self.height = height
    self.width = width
    self.maps = maps
    self.interior = interior
    self.input = input
  }
}

/// Where the outputs of a grid's tiles are written: output o at stride 1 is kept where it is a
/// multiple of `stride`, at base + n batch + (o / stride) times the distances.
public struct LaneTarget<S> {
  /// Output (0, 0, 0) of the first image.
  public var base: UnsafeMutablePointer<S>
  /// Distances.
  public var batch: Int, depth: Int, height: Int, width: Int
  /// Outputs at stride 1.
  public var total: (d: Int, h: Int, w: Int)
  /// Every how many outputs one is kept.
  public var stride: (d: Int, h: Int, w: Int)

  /// All values.
  public init(
    base: UnsafeMutablePointer<S>, batch: Int, depth: Int, height: Int, width: Int,
    total: (d: Int, h: Int, w: Int), stride: (d: Int, h: Int, w: Int)
  ) {
    self.base = base
    self.batch = batch
    self.depth = depth
    self.height = height
    self.width = width
    self.total = total
    self.stride = stride
  }
}
