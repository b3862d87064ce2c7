import ConvCore

/// Writes the program of one vector after the other.
///
/// All sums wrap around: indices of elements that exist do not overflow, and these loops are a
/// noticeable part of the time where there is but one channel.
struct ProgramWriter {
  private let x: Layout
  private let stride: Extents, dilation: Extents
  private let lanes: Int
  private let depths: UnsafePointer<Int32>
  private let heights: UnsafePointer<Int32>
  private let widths: UnsafePointer<Int32>
  private let inside: Range<Int>
  /// What is added to an interior index of the virtual width to make it real.
  private let shift: Int
  private let runs: UnsafePointer<PixelRun>
  private var p: UnsafeMutablePointer<Int>

  init(
    _ core: CoreProblem, _ x: Layout, lanes: Int, _ depths: UnsafePointer<Int32>,
    _ heights: UnsafePointer<Int32>, _ widths: UnsafePointer<Int32>,
    _ runs: UnsafePointer<PixelRun>, _ words: UnsafeMutablePointer<Int>
  ) {
    self.x = x
    self.lanes = lanes
    self.depths = depths
    self.heights = heights
    self.widths = widths
    self.runs = runs
    stride = core.stride
    dilation = core.dilation
    inside = core.maps[2].interior
    shift = inside.isEmpty ? 0 : Int(widths[inside.lowerBound]) - inside.lowerBound
    p = words
  }

  /// One tap and whole images of outputs that are inputs too.
  @inline(__always)
  mutating func writeFlat(_ count: Int) {
    p[0] = count
    p += 1
    for i in 0..<count {
      let run = runs[i]
      p[0] = x.index(run.n, 0, 0, 0, run.w &- run.lane)
      p[1] = bits(run.lane, run.count)
      p += 2
    }
  }

  /// A piece for each tap and run: what is outside the interior is zero.
  @inline(__always)
  mutating func write(_ count: Int, _ strips: UnsafeBufferPointer<TapStrip>) {
    p[0] = count
    p += 1
    for strip in strips {
      for i in 0..<count { write(strip, runs[i], p + 2 &* i, 2 &* count) }
      p += 2 &* count &* strip.count
    }
  }

  /// The pieces of one run for the taps of one row of the kernel, `step` words apart.
  @inline(__always)
  private func write(
    _ strip: TapStrip, _ run: PixelRun, _ words: UnsafeMutablePointer<Int>, _ step: Int
  ) {
    var q = words
    guard let row = row(run, strip) else {
      for _ in 0..<strip.count {
        q[0] = 0
        q[1] = 0
        q += step
      }
      return
    }
    var low = run.w &* stride.w &+ strip.w &* dilation.w
    var offset = row &+ (low &+ shift &- run.lane &* stride.w) &* x.width
    if isInside(run, strip) {
      let lanes = bits(run.lane, run.count)
      for _ in 0..<strip.count {
        q[0] = offset
        q[1] = lanes
        offset &+= dilation.w &* x.width
        q += step
      }
    } else {
      for _ in 0..<strip.count {
        let (from, to) = inner(run, low)
        q[0] = offset
        q[1] = bits(run.lane &+ from, to &- from)
        low &+= dilation.w
        offset &+= dilation.w &* x.width
        q += step
      }
    }
  }

  /// Any border: the interior's piece of each run, and one for each lane outside that is not zero.
  mutating func writeOutside(_ count: Int, _ strips: UnsafeBufferPointer<TapStrip>) {
    var most = 1
    forEachTap(strips) { strip, tap in
      var pieces = 0
      for i in 0..<count { forEachPiece(runs[i], strip, tap) { _, _ in pieces &+= 1 } }
      most = max(most, pieces)
    }
    p[0] = most
    p += 1
    var q = p
    forEachTap(strips) { strip, tap in
      var n = 0
      for i in 0..<count {
        forEachPiece(runs[i], strip, tap) { offset, lanes in
          q[2 &* n] = offset
          q[2 &* n &+ 1] = lanes
          n &+= 1
        }
      }
      for i in n..<most {
        q[2 &* i] = 0
        q[2 &* i &+ 1] = 0
      }
      q += 2 &* most
    }
    p = q
  }

  @inline(__always)
  private func forEachTap(
    _ strips: UnsafeBufferPointer<TapStrip>, _ body: (TapStrip, _ tap: Int) -> Void
  ) {
    for strip in strips {
      for t in 0..<strip.count { body(strip, strip.w &+ t) }
    }
  }

  @inline(__always)
  private func forEachPiece(
    _ run: PixelRun, _ strip: TapStrip, _ tap: Int, _ body: (_ offset: Int, _ lanes: Int) -> Void
  ) {
    guard let row = row(run, strip) else { return }
    let low = run.w &* stride.w &+ tap &* dilation.w
    let (from, to) = inner(run, low)
    if from < to {
      body(
        row &+ (low &+ shift &- run.lane &* stride.w) &* x.width,
        bits(run.lane &+ from, to &- from))
    }
    for l in 0..<run.count where l < from || l >= to {
      let source = Int(widths[low &+ l &* stride.w])
      if source < 0 { continue }
      let lane = run.lane &+ l
      body(row &+ (source &- lane &* stride.w) &* x.width, bits(lane, 1))
    }
  }

  /// Where the row of the input stands that a strip of taps reads; nil where it is all zeros.
  @inline(__always)
  private func row(_ run: PixelRun, _ strip: TapStrip) -> Int? {
    let d = Int(depths[run.d &* stride.d &+ strip.d &* dilation.d])
    let h = Int(heights[run.h &* stride.h &+ strip.h &* dilation.h])
    return d < 0 || h < 0 ? nil : x.index(run.n, 0, d, h, 0)
  }

  /// Whether all taps of a strip read all lanes of a run from the interior.
  @inline(__always)
  private func isInside(_ run: PixelRun, _ strip: TapStrip) -> Bool {
    let low = run.w &* stride.w &+ strip.w &* dilation.w
    let last = low &+ (run.count &- 1) &* stride.w &+ (strip.count &- 1) &* dilation.w
    return low >= inside.lowerBound && last < inside.upperBound
  }

  /// The same of some runs and all strips.
  func isInside(_ count: Int, _ strips: UnsafeBufferPointer<TapStrip>) -> Bool {
    for i in 0..<count {
      for strip in strips where !isInside(runs[i], strip) { return false }
    }
    return true
  }

  /// The lanes of a run that are in the interior, where the first one's virtual index is `low`.
  @inline(__always)
  private func inner(_ run: PixelRun, _ low: Int) -> (from: Int, to: Int) {
    let from = strides(inside.lowerBound &- low, most: run.count)
    return (from, max(from, strides(inside.upperBound &- low, most: run.count)))
  }

  /// The number of strides that cover a distance, at most `most`.
  @inline(__always)
  private func strides(_ distance: Int, most: Int) -> Int {
    if distance <= 0 { return 0 }
    return min(most, stride.w == 1 ? distance : (distance &+ stride.w &- 1) / stride.w)
  }

  /// `count` bits from `first` on.
  @inline(__always)
  private func bits(_ first: Int, _ count: Int) -> Int { (1 &<< count &- 1) &<< first }
}
