import ConvCore
import Kernels

/// How a depthwise problem is blocked whose rows are too short for lanes of pixels, or strided: lanes are
/// groups.
///
/// A vector of groups of one image is brought into vectors of pixels, padding with it, so that a tap is a
/// distance whatever the stride and dilation; results go back the same way.
struct DirectLanes {
  let core: CoreProblem
  let isa: ISA
  let lanes: Int
  /// Vectors of groups.
  let vectors: Int
  /// Rows of outputs of a band, bands, and rows of the strip that a band reads for each tap in depth.
  let rows: Int, bands: Int, height: Int

  private static let stripBytes = DirectRows.stripBytes
  /// Rows of fewer outputs are faster so: 28 are by a fifth, 56 are slower by a tenth.
  private static let shortRow = 32

  init(_ core: CoreProblem, _ kind: ScalarKind, _ isa: ISA) {
    self.core = core
    self.isa = isa
    lanes = isa.lanes(kind)
    vectors = (core.groups - 1) / lanes + 1
    let reach = core.reach.h
    let fit = Self.stripBytes / Self.rowBytes(core, kind, lanes) - reach
    let most = max(1, min(core.output.h, fit / core.stride.h + 1))
    bands = (core.output.h - 1) / most + 1
    rows = (core.output.h - 1) / bands + 1
    height = (rows - 1) * core.stride.h + reach
  }

  private static func rowBytes(_ core: CoreProblem, _ kind: ScalarKind, _ lanes: Int) -> Int {
    core.kernel.d * core.input.w * lanes * kind.byteCount
  }

  /// Whether such lanes do it, and are expected to be faster than pixels: docs/Direct.md.
  static func fits(_ core: CoreProblem, _ kind: ScalarKind, _ isa: ISA) -> Bool {
    let lanes = isa.lanes(kind)
    guard core.inChannels == 1, core.outChannels == 1, core.groups >= lanes,
      core.input.w <= stripBytes, core.reach.h <= stripBytes,
      core.reach.h * rowBytes(core, kind, lanes) <= stripBytes
    else { return false }
    // Where kernels are as large as planes, rows leave out what lanes multiply by zeros.
    return core.stride != .one || core.output.w < shortRow && core.kernel.h < core.output.h
  }

  /// Elements of prepared weights: a vector for each tap and vector of groups.
  var weightCount: Int { vectors * core.kernel.count * lanes }

  /// Elements of the table: where each tap stands.
  var tableCount: Int { core.kernel.count }

  /// Elements of scratch of one thread: a strip and the sums of a band.
  var threadScratch: Int { strip + rows * core.output.w * lanes }

  private var pitch: Int { core.input.w * lanes }
  private var strip: Int { core.kernel.d * height * pitch }

  /// Writes the table.
  func writeTables(_ table: UnsafeMutablePointer<Int32>) {
    var next = table
    for d in 0..<core.kernel.d {
      for h in 0..<core.kernel.h {
        for w in 0..<core.kernel.w {
          next.pointee = Int32(
            (d * height + h * core.dilation.h) * pitch + w * core.dilation.w * lanes)
          next += 1
        }
      }
    }
  }

  /// Packs the weights: [vector][tap][lane], zeros where there is no group.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func prepare<S: DirectScalar>(
    _ w: Source<S>, into packed: UnsafeMutablePointer<S>, _ pool: ThreadPool
  ) {
    let l = w.layout
    pool.run(vectors) { v, _ in
      var to = packed + v * core.kernel.count * lanes
      for d in 0..<core.kernel.d {
        for h in 0..<core.kernel.h {
          for x in 0..<core.kernel.w {
            for lane in 0..<lanes {
              let g = v * lanes + lane
              to[lane] = g < core.groups ? w.base[l.index(0, 0, d, h, x) + g * l.group] : 0
            }
            to += lanes
          }
        }
      }
    }
  }

  /// y = the normal form of x and the packed weights.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func apply<S: DirectScalar>(_ run: DirectRun<S>, _ pool: ThreadPool) {
    pool.run(core.batch * vectors * core.output.d * bands) { item, worker in
      let area = run.scratch + worker * threadScratch
      let band = item % bands
      let depth = item / bands % core.output.d
      let vector = item / (bands * core.output.d) % vectors
      let image = item / (bands * core.output.d * vectors)
      let first = band * core.output.h / bands
      let count = (band + 1) * core.output.h / bands - first
      let channels = min(lanes, core.groups - vector * lanes)
      let group = vector * lanes
      fill(area, run, image, group, channels, depth, row: first, rows: count)
      let weights = run.weights + vector * core.kernel.count * lanes
      let sums = area + strip
      for r in 0..<count {
        S.lanes(
          isa, count: core.output.w, taps: (core.kernel.count, UnsafePointer(run.table)),
          x: area + r * core.stride.h * pitch, step: core.stride.w * lanes, weights: weights,
          into: sums + r * core.output.w * lanes)
      }
      let to = run.y.layout
      let y = run.y.base + (to.index(image, 0, depth, first, 0) + group * to.group)
      let isDense = to.height == core.output.w * to.width
      for r in 0..<(isDense ? 1 : count) {
        S.scatterLanes(
          isa, channels: channels, count: core.output.w * (isDense ? count : 1),
          from: sums + r * core.output.w * lanes, stride: lanes, into: y + r * to.height,
          stride: to.group, step: to.width)
      }
    }
  }

  /// Copies what a band reads of some groups: [depth tap][row][column][lane].
  @inline(__always)
  private func fill<S: DirectScalar>(
    _ area: UnsafeMutablePointer<S>, _ run: DirectRun<S>, _ image: Int, _ group: Int,
    _ channels: Int, _ depth: Int, row: Int, rows: Int
  ) {
    let (from, maps) = (run.x.layout, run.maps)
    let needed = (rows &- 1) &* core.stride.h &+ core.reach.h
    for d in 0..<core.kernel.d {
      let sourceDepth = maps.depth[depth &* core.stride.d &+ d &* core.dilation.d]
      for r in 0..<needed {
        let to = area + (d &* height &+ r) &* pitch
        let sourceRow = maps.height[row &* core.stride.h &+ r]
        if sourceDepth < 0 || sourceRow < 0 {
          to.update(repeating: 0, count: pitch)
        } else {
          fillRow(
            run.x.base + (from.index(image, 0, sourceDepth, sourceRow, 0) &+ group &* from.group),
            from, maps.width, channels, to)
        }
      }
    }
  }

  /// One row: the interior by squares of vectors, the rest one by one.
  @inline(__always)
  private func fillRow<S: DirectScalar>(
    _ x: UnsafePointer<S>, _ from: Layout, _ columns: DirectMaps.Axis, _ channels: Int,
    _ to: UnsafeMutablePointer<S>
  ) {
    let run = columns.interior
    if !run.isEmpty {
      S.gatherLanes(
        isa, channels: channels, count: run.count,
        from: x + columns[run.lowerBound] &* from.width, stride: from.group, step: from.width,
        into: to + run.lowerBound &* lanes, stride: lanes)
    }
    for i in 0..<run.lowerBound { fillPixel(x, from, columns[i], channels, to + i &* lanes) }
    for i in run.upperBound..<core.input.w {
      fillPixel(x, from, columns[i], channels, to + i &* lanes)
    }
  }

  @inline(__always)
  private func fillPixel<S: DirectScalar>(
    _ x: UnsafePointer<S>, _ from: Layout, _ column: Int, _ channels: Int,
    _ to: UnsafeMutablePointer<S>
  ) {
    if column < 0 {
      to.update(repeating: 0, count: lanes)
    } else {
      S.gatherLanes(
        isa, channels: channels, count: 1, from: x + column &* from.width, stride: from.group,
        step: from.width, into: to, stride: lanes)
    }
  }
}
