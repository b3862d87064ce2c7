import KernelShapes

/// Rows of tiles, brought into lanes.
protocol RowReader {
  associatedtype V: TransposeVector
  /// Tiles of a row, and their distance in vectors.
  var tiles: Int { get }
  var advance: Int { get }
  /// Reads row y of plane z into `row`; false where it is all zeros, and nothing is read.
  func read(_ z: Int, _ y: Int, into row: UnsafeMutablePointer<V.Scalar>) -> Bool
}

/// Rows of outputs, taken out of lanes.
protocol RowWriter {
  associatedtype V: TransposeVector
  /// Tiles of a row, and their distance in vectors.
  var tiles: Int { get }
  var advance: Int { get }
  /// Planes and rows that hold outputs.
  var planes: Int { get }
  var rows: Int { get }
  /// Whether a plane or row is kept.
  func keepsPlane(_ z: Int) -> Bool
  func keepsRow(_ y: Int) -> Bool
  /// Writes row y of plane z.
  func write(_ z: Int, _ y: Int, from row: UnsafeMutablePointer<V.Scalar>)
}

/// Lanes are channels: every lane has the same tiles.
struct ChannelReader<V: TransposeVector>: RowReader {
  typealias S = V.Scalar
  let source: TileSource<S>
  let size: TileSize
  var tiles: Int { source.tiles }
  var advance: Int { source.advance }

  @inline(__always)
  func read(_ z: Int, _ y: Int, into row: UnsafeMutablePointer<S>) -> Bool {
    let s = source
    let dz = s.isReversed && z > 0 ? size.d &- z : z
    let dy = s.isReversed && y > 0 ? size.h &- y : y
    guard dz < s.extent.d, dy < s.extent.h else { return false }
    let (depth, height) = (s.maps.0[s.origin.d &+ dz], s.maps.1[s.origin.h &+ dy])
    guard depth >= 0, height >= 0 else { return false }
    let p = s.base + (Int(depth) &* s.depth &+ Int(height) &* s.height)
    if s.isReversed { readReversed(p, row) } else { readForward(p, row) }
    return true
  }

  @inline(__always)
  private func readForward(_ p: UnsafePointer<S>, _ row: UnsafeMutablePointer<S>) {
    let s = source
    let (start, end) = (s.origin.w, s.origin.w &+ s.extent.w)
    let low = min(max(start, s.interior.lowerBound), end)
    let high = max(low, min(end, s.interior.upperBound))
    readElements(p, start..<low, row)
    if low < high {
      gather(
        V.self, channels: s.lanes, count: high &- low, p + Int(s.maps.2[low]) &* s.width,
        stride: s.lane, step: s.width, into: row + (low &- start) &* V.lanes, stride: V.lanes)
    }
    readElements(p, high..<end, row)
    let total = (s.tiles &- 1) &* s.advance &+ size.w
    for x in s.extent.w..<max(total, s.extent.w) { V().store(row + x &* V.lanes) }
  }

  /// Elements one by one, outside the interior.
  @inline(__always)
  private func readElements(
    _ p: UnsafePointer<S>, _ range: Range<Int>, _ row: UnsafeMutablePointer<S>
  ) {
    for x in range { readElement(p, x, row + (x &- source.origin.w) &* V.lanes) }
  }

  /// Element x of the virtual input.
  @inline(__always)
  private func readElement(_ p: UnsafePointer<S>, _ x: Int, _ to: UnsafeMutablePointer<S>) {
    let at = Int(source.maps.2[x])
    V().store(to)
    if at >= 0 {
      for lane in 0..<source.lanes { to[lane] = p[lane &* source.lane &+ at &* source.width] }
    }
  }

  /// Element x goes to n - x; element 0 is then moved from n to 0.
  @inline(__always)
  private func readReversed(_ p: UnsafePointer<S>, _ row: UnsafeMutablePointer<S>) {
    let s = source
    let n = size.w
    for x in 1..<max(1, n &- s.extent.w &+ 1) { V().store(row + x &* V.lanes) }
    if s.interior.isEmpty {
      for x in 0..<s.extent.w { readElement(p, x, row + (n &- x) &* V.lanes) }
    } else {
      gather(
        V.self, channels: s.lanes, count: s.extent.w, p + Int(s.maps.2[s.origin.w]) &* s.width,
        stride: s.lane, step: s.width, into: row + n &* V.lanes, stride: -V.lanes)
    }
    V.load(row + n &* V.lanes).store(row)
  }
}

/// Lanes are channels: every lane has the same tiles.
struct ChannelWriter<V: TransposeVector>: RowWriter {
  typealias S = V.Scalar
  let target: TileTarget<S>
  var tiles: Int { target.tiles }
  var advance: Int { target.advance }
  var planes: Int { target.extent.d }
  var rows: Int { target.extent.h }

  @inline(__always)
  func keepsPlane(_ z: Int) -> Bool { (target.origin.d &+ z) % target.stride.d == 0 }

  @inline(__always)
  func keepsRow(_ y: Int) -> Bool { (target.origin.h &+ y) % target.stride.h == 0 }

  @inline(__always)
  func write(_ z: Int, _ y: Int, from row: UnsafeMutablePointer<S>) {
    let t = target
    let (d, h) = ((t.origin.d &+ z) / t.stride.d, (t.origin.h &+ y) / t.stride.h)
    // The first output that is kept, and how many.
    let first = (t.origin.w &+ t.stride.w &- 1) / t.stride.w
    let end = (t.origin.w &+ t.extent.w &+ t.stride.w &- 1) / t.stride.w
    scatter(
      V.self, channels: t.lanes, count: end &- first,
      UnsafePointer(row) + (first &* t.stride.w &- t.origin.w) &* V.lanes,
      stride: t.stride.w &* V.lanes,
      into: t.base + (d &* t.depth &+ h &* t.height &+ first &* t.width), stride: t.lane,
      step: t.width)
  }
}
