import ConvCore
import Kernels

/// Writes for `GemmScalar.packPixels` where the pixels of a block of outputs stand in the input.
///
/// A vector of pixels spans one or more runs of neighbours in a row of the output. For each tap the
/// program has a piece for each run: the lanes that are inside the input, and where the first lane
/// would stand. Where the border is not zero, lanes beside the map's contiguous interior are pieces of
/// their own. A program is good for all channels and groups.
struct PixelProgram {
  let core: CoreProblem
  let x: Layout
  let lanes: Int
  /// Whether some lanes outside the interior are not zero.
  private let hasOutside: Bool
  /// Whether outputs follow each other in memory as the inputs do: no row ends within an image.
  private let isFlat: Bool

  /// For inputs laid out as `x`.
  init(_ core: CoreProblem, _ x: Layout, lanes: Int, hasOutside: Bool) {
    self.core = core
    self.x = x
    self.lanes = lanes
    self.hasOutside = hasOutside
    let e = core.output
    isFlat =
      core.kernel == .one && core.stride == .one && core.maps.allSatisfy(\.isPlain)
      && (0..<3).allSatisfy { core.maps[$0].extent == e[$0] }
      && (e.h == 1 || x.height == e.w * x.width) && (e.d == 1 || x.depth == e.h * e.w * x.width)
  }

  /// Whether a border of `core` shows elements along the width, not only zeros.
  static func hasOutside(_ core: CoreProblem) -> Bool {
    let width = core.maps[2]
    return width.source.indices.contains {
      width.source[$0] >= 0 && !width.interior.contains($0)
    }
  }

  /// The most words of the program of `vectors` vectors.
  static func words(_ core: CoreProblem, lanes: Int, vectors: Int, taps: Int) -> Int {
    let runs = min(lanes, (lanes - 2 + core.output.w) / core.output.w + 1)
    return vectors * (1 + 2 * taps * (hasOutside(core) ? lanes : runs))
  }

  /// Distance between neighbouring pixels in the input.
  var pixelStep: Int { core.stride.w * x.width }

  /// Writes the program of outputs `first ..< first + count`, counted over the whole batch.
  func write(
    first: Int, count: Int, _ strips: UnsafeBufferPointer<TapStrip>,
    into words: UnsafeMutablePointer<Int>
  ) {
    withUnsafeTemporaryAllocation(of: PixelRun.self, capacity: lanes) { runs in
      core.maps[0].source.withUnsafeBufferPointer { depths in
        core.maps[1].source.withUnsafeBufferPointer { heights in
          core.maps[2].source.withUnsafeBufferPointer { widths in
            var writer = ProgramWriter(
              core, x, lanes: lanes, depths.baseAddress!, heights.baseAddress!,
              widths.baseAddress!, runs.baseAddress!, words)
            var position = OutputPosition(
              first, isFlat ? Extents(1, 1, core.output.count) : core.output)
            var left = count
            while left > 0 {
              let n = position.runs(min(lanes, left), into: runs.baseAddress!)
              if isFlat {
                writer.writeFlat(n)
              } else if hasOutside && !writer.isInside(n, strips) {
                writer.writeOutside(n, strips)
              } else {
                writer.write(n, strips)
              }
              left &-= lanes
            }
          }
        }
      }
    }
  }
}

/// Neighbouring outputs of one row that stand in neighbouring lanes of a vector.
struct PixelRun {
  /// First lane, and number of lanes.
  var lane: Int, count: Int
  /// First output: batch, depth, height, width.
  var n: Int, d: Int, h: Int, w: Int
}

/// A place in the outputs of the batch, from which runs are taken.
struct OutputPosition {
  private let e: Extents
  private var n: Int, d: Int, h: Int, w: Int

  /// At an index over the whole batch.
  init(_ index: Int, _ e: Extents) {
    self.e = e
    let row = index / e.w
    w = index &- row &* e.w
    h = row % e.h
    d = row / e.h % e.d
    n = row / (e.h &* e.d)
  }

  /// Takes the next `count` outputs; returns how many runs they are.
  @inline(__always)
  mutating func runs(_ count: Int, into runs: UnsafeMutablePointer<PixelRun>) -> Int {
    var (lane, i) = (0, 0)
    while lane < count {
      let length = min(e.w &- w, count &- lane)
      runs[i] = PixelRun(lane: lane, count: length, n: n, d: d, h: h, w: w)
      i &+= 1
      lane &+= length
      w &+= length
      if w == e.w { nextRow() }
    }
    return i
  }

  private mutating func nextRow() {
    w = 0
    h &+= 1
    if h < e.h { return }
    h = 0
    d &+= 1
    if d < e.d { return }
    d = 0
    n &+= 1
  }
}
