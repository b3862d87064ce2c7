import CSystem
import KernelShapes

/// Lanes are tiles of one channel, each with its own position and border.
struct LaneReader<V: TransposeVector>: RowReader {
  typealias S = V.Scalar
  private let source: LaneSource<S>
  private let size: TileSize
  private let lanes: Int
  /// A row of zeros, then a row of every lane: for lanes whose row does not stand in memory as it is.
  private let rows: UnsafeMutablePointer<S>
  // Of each lane: its image; its first virtual indices; whether its rows stand in memory.
  private var images: InlineArray<16, UnsafePointer<S>>
  private var depths = InlineArray<16, Int>(repeating: 0)
  private var heights = InlineArray<16, Int>(repeating: 0)
  private var widths = InlineArray<16, Int>(repeating: 0)
  private var isPlain = InlineArray<16, Bool>(repeating: false)
  var tiles: Int { 1 }
  var advance: Int { 0 }

  @inline(__always)
  init(
    _ source: LaneSource<S>, _ grid: LaneGrid, _ size: TileSize,
    _ rows: UnsafeMutablePointer<S>
  ) {
    self.source = source
    self.size = size
    self.rows = rows
    lanes = grid.lanes
    rows.update(repeating: 0, count: size.w)
    images = InlineArray(repeating: source.base)
    for l in 0..<lanes {
      let tile = grid.position(l)
      images[l] = source.base + tile.n &* source.batch
      (depths[l], heights[l], widths[l]) = (tile.d, tile.h, tile.w)
      isPlain[l] =
        source.width == 1 && tile.w >= source.interior.lowerBound
        && tile.w &+ size.w <= source.interior.upperBound
    }
  }

  @inline(__always)
  func read(_ z: Int, _ y: Int, into row: UnsafeMutablePointer<S>) -> Bool {
    var starts = InlineArray<16, UnsafePointer<S>>(repeating: UnsafePointer(rows))
    var isZero = true
    for l in 0..<lanes {
      let (d, h) = (depths[l] &+ z, heights[l] &+ y)
      guard d < source.input.d, h < source.input.h else { continue }
      let (depth, height) = (Int(source.maps.0[d]), Int(source.maps.1[h]))
      if depth < 0 || height < 0 { continue }
      isZero = false
      let p = images[l] + (depth &* source.depth &+ height &* source.height)
      starts[l] = isPlain[l] ? p + Int(source.maps.2[widths[l]]) : copy(l, p)
    }
    if isZero { return false }
    // Rows lie far apart: the processor does not see the next one coming.
    let ahead = 12 &* source.height
    var x = 0
    while x &+ V.lanes <= size.w {
      let to = row + x &* V.lanes
      transpose(
        { l in
          cv_prefetch_t0(starts[l] + (x &+ ahead))
          return V.load(starts[l] + x)
        }, { $1.store(to + $0 &* V.lanes) })
      x &+= V.lanes
    }
    if x < size.w {
      let (to, n) = (row + x &* V.lanes, size.w &- x)
      transpose(
        { V.load(starts[$0] + x, first: n) },
        { if $0 < n { $1.store(to + $0 &* V.lanes) } })
    }
    return true
  }

  /// Lane l's row of the tile, element by element through the map.
  @inline(never)
  private func copy(_ l: Int, _ p: UnsafePointer<S>) -> UnsafePointer<S> {
    let copy = rows + (l &+ 1) &* size.w
    let first = widths[l]
    let end = min(first &+ size.w, source.input.w)
    for x in first..<end {
      let at = Int(source.maps.2[x])
      copy[x &- first] = at >= 0 ? p[at &* source.width] : 0
    }
    for x in end..<first &+ size.w { copy[x &- first] = 0 }
    return UnsafePointer(copy)
  }
}

/// Lanes are tiles of one channel, each with its own position.
struct LaneWriter<V: TransposeVector>: RowWriter {
  typealias S = V.Scalar
  private let target: LaneTarget<S>
  private let lanes: Int
  private let outputs: (d: Int, h: Int, w: Int)
  // Of each lane: its image, its first outputs.
  private var images: InlineArray<16, UnsafeMutablePointer<S>>
  private var depths = InlineArray<16, Int>(repeating: 0)
  private var heights = InlineArray<16, Int>(repeating: 0)
  private var widths = InlineArray<16, Int>(repeating: 0)
  var tiles: Int { 1 }
  var advance: Int { 0 }
  var planes: Int { min(outputs.d, target.total.d) }
  var rows: Int { min(outputs.h, target.total.h) }

  @inline(__always)
  init(_ target: LaneTarget<S>, _ grid: LaneGrid) {
    self.target = target
    lanes = grid.lanes
    outputs = grid.outputs
    images = InlineArray(repeating: target.base)
    for l in 0..<lanes {
      let tile = grid.position(l)
      images[l] = target.base + tile.n &* target.batch
      (depths[l], heights[l], widths[l]) = (tile.d, tile.h, tile.w)
    }
  }

  @inline(__always) func keepsPlane(_ z: Int) -> Bool { true }
  @inline(__always) func keepsRow(_ y: Int) -> Bool { true }

  @inline(__always)
  func write(_ z: Int, _ y: Int, from row: UnsafeMutablePointer<S>) {
    let t = target
    let isPlain = t.width == 1 && t.stride == (1, 1, 1)
    var starts = InlineArray<16, UnsafeMutablePointer<S>>(repeating: t.base)
    var counts = InlineArray<16, Int>(repeating: 0)
    var fewest = outputs.w
    for l in 0..<V.lanes {
      let (d, h) = (depths[l] &+ z, heights[l] &+ y)
      if l < lanes, d < t.total.d, h < t.total.h {
        counts[l] = min(outputs.w, t.total.w &- widths[l])
        if isPlain {
          starts[l] = images[l] + (d &* t.depth &+ h &* t.height &+ widths[l])
        } else {
          writeElements(l, d, h, counts[l], row)
        }
      }
      fewest = min(fewest, counts[l])
    }
    if !isPlain { return }
    let ahead = 12 &* t.height
    var x = 0
    while x &+ V.lanes <= fewest {
      let from = row + x &* V.lanes
      transpose(
        { V.load(from + $0 &* V.lanes) },
        { l, v in
          cv_prefetch_write(starts[l] + (x &+ ahead))
          v.store(starts[l] + x)
        })
      x &+= V.lanes
    }
    while x < outputs.w {
      let from = row + x &* V.lanes
      transpose(
        { V.load(from + $0 &* V.lanes) },
        { l, v in
          let n = counts[l] &- x
          if n >= V.lanes {
            v.store(starts[l] + x)
          } else if n > 0 {
            v.store(starts[l] + x, first: n)
          }
        })
      x &+= V.lanes
    }
  }

  /// Row h of plane d of lane l where outputs are left out or do not stand next to each other.
  @inline(never)
  private func writeElements(
    _ l: Int, _ d: Int, _ h: Int, _ count: Int, _ row: UnsafeMutablePointer<S>
  ) {
    let t = target
    guard d % t.stride.d == 0, h % t.stride.h == 0 else { return }
    let start = images[l] + (d / t.stride.d &* t.depth &+ h / t.stride.h &* t.height)
    let first = widths[l]
    var x = (t.stride.w &- first % t.stride.w) % t.stride.w
    while x < count {
      start[(first &+ x) / t.stride.w &* t.width] = row[x &* V.lanes &+ l]
      x &+= t.stride.w
    }
  }
}
