import ConvCore
import Kernels

/// Neighbouring outputs of one row that stand in neighbouring lanes of a vector.
private struct PixelRun {
  /// First lane, and number of lanes.
  var lane: Int, count: Int
  /// First output: batch, depth, height, width.
  var n: Int, d: Int, h: Int, w: Int
  /// Where the row of the input stands that the current strip of taps reads; nil where it is zero.
  var row: Int?
}

/// Writes for `GemmScalar.packPixels` where the pixels of a block of outputs stand in the input.
///
/// Within the contiguous interior of the width's map a whole strip of taps is one list of pieces:
/// for each run of outputs one masked read, the next tap's a step further. Near a border each tap
/// has its own list: the lanes that are inside, and, where the border is not zero, every other lane
/// by itself. A program is good for all channels and groups.
struct PixelProgram {
  private let core: CoreProblem
  private let x: Layout
  private let lanes: Int
  private let panels: GemmPanels?
  private let rowLength: Int

  /// For inputs laid out as `x`, in the panels of B that `panels` describes, or, without, in plain
  /// rows of `rowLength` elements.
  init(_ core: CoreProblem, _ x: Layout, lanes: Int, panels: GemmPanels?, rowLength: Int = 0) {
    self.core = core
    self.x = x
    self.lanes = lanes
    self.panels = panels
    self.rowLength = rowLength
  }

  /// The most words that a program takes.
  static func words(_ core: CoreProblem, lanes: Int, vectors: Int, taps: Int, strips: Int) -> Int {
    let runs = min(lanes, (lanes - 2 + core.output.w) / core.output.w + 1)
    let width = core.maps[2]
    let hasOutside = width.source.indices.contains {
      width.source[$0] >= 0 && !width.interior.contains($0)
    }
    let pieces = hasOutside ? lanes : runs
    return vectors * (2 + strips + taps * (1 + 2 * pieces))
  }

  /// Distance between neighbouring pixels in the input.
  var pixelStep: Int { core.stride.w * x.width }
  /// Distance between what neighbouring taps read.
  var tapStep: Int { core.dilation.w * x.width }

  /// Writes the program of outputs `first ..< first + count`, counted over the whole batch, and
  /// returns the number of vectors.
  func write(
    first: Int, count: Int, _ strips: UnsafeBufferPointer<TapStrip>,
    into words: UnsafeMutablePointer<Int>
  ) -> Int {
    let vectors = (count + lanes - 1) / lanes
    withUnsafeTemporaryAllocation(of: PixelRun.self, capacity: lanes) { runs in
      core.maps[0].source.withUnsafeBufferPointer { depths in
        core.maps[1].source.withUnsafeBufferPointer { heights in
          core.maps[2].source.withUnsafeBufferPointer { widths in
            let maps = (depths.baseAddress!, heights.baseAddress!, widths.baseAddress!)
            var p = words
            for v in 0..<vectors {
              let place =
                panels?.panel(of: v * lanes, columns: count) ?? (first: 0, width: rowLength)
              p[0] = place.first
              p[1] = place.width
              p += 2
              let n = find(runs, first: first + v * lanes, min(lanes, count - v * lanes))
              for strip in strips { p = write(strip, runs, n, maps, into: p) }
            }
          }
        }
      }
    }
    return vectors
  }

  /// Splits `count` outputs into runs, and returns how many they are.
  private func find(_ runs: UnsafeMutableBufferPointer<PixelRun>, first: Int, _ count: Int) -> Int {
    let e = core.output
    var (lane, n) = (0, 0)
    var row = first / e.w
    var w = first - row * e.w
    while lane < count {
      let length = min(e.w - w, count - lane)
      runs[n] = PixelRun(
        lane: lane, count: length, n: row / (e.h * e.d), d: row / e.h % e.d, h: row % e.h, w: w)
      lane += length
      n += 1
      row += 1
      w = 0
    }
    return n
  }

  private typealias Maps = (
    d: UnsafePointer<Int32>, h: UnsafePointer<Int32>, w: UnsafePointer<Int32>
  )

  /// The lists of one strip.
  private func write(
    _ strip: TapStrip, _ runs: UnsafeMutableBufferPointer<PixelRun>, _ count: Int, _ maps: Maps,
    into words: UnsafeMutablePointer<Int>
  ) -> UnsafeMutablePointer<Int> {
    let inside = core.maps[2].interior
    var isUniform = true
    for i in 0..<count {
      let run = runs[i]
      let d = Int(maps.d[run.d &* core.stride.d &+ strip.d &* core.dilation.d])
      let h = Int(maps.h[run.h &* core.stride.h &+ strip.h &* core.dilation.h])
      if d < 0 || h < 0 {
        runs[i].row = nil
        continue
      }
      runs[i].row = x.index(run.n, 0, d, h, 0)
      let low = run.w &* core.stride.w &+ strip.w &* core.dilation.w
      let high =
        low &+ (run.count &- 1) &* core.stride.w &+ (strip.count &- 1) &* core.dilation.w
      isUniform = isUniform && low >= inside.lowerBound && high < inside.upperBound
    }
    var p = words
    p[0] = isUniform ? 1 : 0
    p += 1
    for t in 0..<(isUniform ? 1 : strip.count) {
      p = write(tap: strip.w &+ t, runs, count, maps.w, inside, into: p)
    }
    return p
  }

  /// The list of one tap.
  private func write(
    tap: Int, _ runs: UnsafeMutableBufferPointer<PixelRun>, _ count: Int,
    _ map: UnsafePointer<Int32>, _ inside: Range<Int>, into words: UnsafeMutablePointer<Int>
  ) -> UnsafeMutablePointer<Int> {
    let stride = core.stride.w
    let step = pixelStep
    var p = words + 1
    for i in 0..<count {
      let run = runs[i]
      guard let row = run.row else { continue }
      let low = run.w &* stride &+ tap &* core.dilation.w
      let from = steps(from: low, to: inside.lowerBound, stride, most: run.count)
      let to = max(from, steps(from: low, to: inside.upperBound, stride, most: run.count))
      if from < to {
        let shift = Int(map[inside.lowerBound]) &- inside.lowerBound &+ low
        let offset = row &+ shift &* x.width &- run.lane &* step
        let bits = (1 &<< (to &- from) &- 1) &<< (run.lane &+ from)
        if p > words + 1 && p[-2] == offset {
          p[-1] |= bits
        } else {
          p[0] = offset
          p[1] = bits
          p += 2
        }
      }
      for l in 0..<run.count where l < from || l >= to {
        let source = Int(map[low &+ l &* stride])
        if source < 0 { continue }
        p[0] = row &+ source &* x.width &- (run.lane &+ l) &* step
        p[1] = 1 &<< (run.lane &+ l)
        p += 2
      }
    }
    words[0] = (p - words) / 2
    return p
  }

  /// The number of strides from `low` to reach `end`, at most `most`.
  @inline(__always)
  private func steps(from low: Int, to end: Int, _ stride: Int, most: Int) -> Int {
    let distance = end &- low
    if distance <= 0 { return 0 }
    return min(most, stride == 1 ? distance : (distance &+ stride &- 1) / stride)
  }
}
