import ConvCore
import Kernels

/// How the few-channel form of a problem is blocked: images, depthwise and other problems with hardly
/// any output channels in a group. Lanes are pixels, and a row of the input that is loaded serves all
/// rows of outputs that it reaches.
struct DirectRows {
  let core: CoreProblem
  let isa: ISA
  let lanes: Int
  let strip: DirectStrip
  /// Channels of a strip at a time.
  let stripChannels: Int
  let bands: Int, tiles: Int
  /// Pairs of image and group that make one item of work.
  let planesPerItem: Int
  /// Taps by depth and phase, in the order of the strip.
  let classes: [TapClass]
  /// Taps of a class that are neighbours in height read rows so far apart.
  let rowStep: Int
  /// Whether results are too many to stay in the caches until somebody reads them.
  let streams: Bool
  /// Whether the next strip is asked for while the sums of one are made.
  let asksAhead: Bool
  /// Whether rows can be read where they stand, if neighbours along them are neighbours in memory.
  let readsInPlace: Bool

  /// The taps of one depth tap, row phase and column phase.
  struct TapClass {
    let depth: Int
    let rows: [Int], columns: [Int]
    /// Where its first row of taps begins in a channel of the strip, and where its columns are.
    let base: Int
    let offsets: [Int]

    var count: Int { rows.count * columns.count }
  }

  /// What a strip may take: half of a second-level cache of 512 KiB.
  static let stripBytes = min(256 << 10, CacheSize.second / 2)
  /// Operands and results together from which results go past the caches: they would push out what
  /// the next call reads first.
  private static let leastStreamed = 32 << 20

  init(_ core: CoreProblem, _ kind: ScalarKind, _ isa: ISA, threads: Int) {
    self.core = core
    self.isa = isa
    lanes = isa.lanes(kind)
    let bytes = kind.byteCount
    let line = 64 / bytes
    let vectors = (core.output.w + lanes - 1) / lanes
    let planes = core.batch * core.groups
    streams =
      planes * bytes * (core.input.count * core.inChannels + core.output.count * core.outChannels)
      >= Self.leastStreamed
    let walks = Self.walks(core, vectors: vectors, streams: streams)
    let high = planes < 8 ? 64 : 128
    let width =
      walks
      ? max(256, Self.stripBytes / bytes / (high + core.kernel.h))
      : max(256, Self.stripBytes / 4 / bytes / core.kernel.count)
    tiles = (core.output.w + width - 1) / width
    let columns =
      tiles == 1 ? core.output.w : ((core.output.w + tiles - 1) / tiles + line - 1) / line * line
    let one = DirectStrip(core, rows: 1, columns: columns, images: 1, line: line)
    let rowBytes = max(1, one.channelSize / one.height) * bytes
    let reach = one.height - 1
    let fit = Self.stripBytes / (rowBytes * core.inChannels) - reach
    let rows = min(core.output.h, max(walks ? min(fit, high) : fit, 2 * reach, 8))
    bands = (core.output.h + rows - 1) / rows
    strip = DirectStrip(
      core, rows: (core.output.h + bands - 1) / bands, columns: columns, images: 1, line: line)
    stripChannels = max(
      1, min(core.inChannels, 2 * Self.stripBytes / (strip.channelSize * bytes)))
    classes = Self.classes(core, strip)
    offsets = classes.reduce(0) { $0 + $1.offsets.count }
    rowStep =
      core.dilation.h / greatestCommonDivisor(core.dilation.h, core.stride.h)
    asksAhead =
      walks && core.stride == .one && core.inChannels == 1 && core.outChannels == 1
      && core.kernel.d == 1 && rowStep == 1
    // Vectors at the ends of rows are masked, which is slower; where most of a row are such vectors, a
    // padded copy is worth its time.
    let hasFewEnds = vectors < 3 || vectors >= 16 || core.kernel.w <= 3
    readsInPlace =
      !walks && core.stride == .one && hasFewEnds && core.maps.allSatisfy(\.isWindow)
    let work = core.output.count * core.kernel.count * core.inChannels * core.outChannels
    planesPerItem = max(1, min(200_000 / work, planes / (4 * threads)))
  }

  /// Whether strips are walked down (`DirectWalk`), a few rows of results at a time.
  private static func walks(_ core: CoreProblem, vectors: Int, streams: Bool) -> Bool {
    // 3 x 3 taps have a tile of their own, which reads rows where they stand but does not stream.
    let isThree = core.kernel.h == 3 && core.kernel.w == 3
    // Under a kernel that all rows of the input reach, most of a padded strip would be zeros.
    let isReached = core.kernel.h >= 2 * core.output.h - 1
    return core.kernel.h > 2 && core.output.h > 9 && vectors > 1 && (streams || !isThree)
      && !isReached
  }

  private static func classes(_ core: CoreProblem, _ strip: DirectStrip) -> [TapClass] {
    let (rows, columns) = (strip.rowTaps, strip.columnTaps)
    var list: [TapClass] = []
    for d in 0..<strip.depthTaps {
      for h in rows.residues.indices {
        for w in columns.residues.indices {
          let rowTaps = rows.phase.indices.filter { rows.phase[$0] == h }
          let columnTaps = columns.phase.indices.filter { columns.phase[$0] == w }
          let phase = (d * rows.residues.count + h) * columns.residues.count + w
          list.append(
            TapClass(
              depth: d, rows: rowTaps, columns: columnTaps,
              base: phase * strip.phaseSize + rows.offset[rowTaps[0]] * strip.pitch,
              offsets: columnTaps.map { columns.offset[$0] }))
        }
      }
    }
    return list
  }

  /// Elements of prepared weights of all groups.
  var weightCount: Int {
    core.groups * core.outChannels * core.inChannels * core.kernel.count
  }

  /// Elements of the tables: four of each class, then the offsets, first for strips, then for rows read
  /// in place.
  var tableCount: Int {
    classes.reduce(0) { $0 + 4 + $1.offsets.count }
      + (readsInPlace ? 4 * core.kernel.d + core.kernel.w : 0)
  }

  /// Where the tables for rows read in place begin.
  var inPlaceTable: Int { 4 * classes.count + offsets }

  /// Writes the tables for rows read in place, where depths stand `step` elements apart. False where
  /// that is too far for them.
  func writeInPlaceTables(_ table: UnsafeMutablePointer<Int32>, depth step: Int) -> Bool {
    var next = table + inPlaceTable
    for d in 0..<core.kernel.d {
      let base = Int32(exactly: d &* core.dilation.d &* step)
      guard let base else { return false }
      (next[0], next[1], next[2]) = (base, Int32(core.kernel.h), Int32(core.kernel.w))
      next[3] = 0
      next += 4
    }
    for w in 0..<core.kernel.w { next[w] = Int32(w * core.dilation.w) }
    return true
  }

  /// Writes the tables for strips.
  func writeTables(_ table: UnsafeMutablePointer<Int32>) {
    var next = 4 * classes.count
    var first = 0
    for (i, c) in classes.enumerated() {
      let entry = [c.base, c.rows.count, c.offsets.count, first]
      for (j, value) in entry.enumerated() { table[4 * i + j] = Int32(value) }
      for offset in c.offsets {
        table[next] = Int32(offset)
        next += 1
      }
      first += c.offsets.count
    }
  }

  /// Elements of a thread's strip; vectors may read beyond its end.
  var stripSize: Int { stripChannels * strip.channelSize + 64 }

  /// Elements of scratch of one thread: the strip, a tile of results that do not stand side by side,
  /// and a mask for each vector and offset.
  var threadScratch: Int {
    let masks = readsInPlace ? core.kernel.w * ((strip.columns + lanes - 1) / lanes) : 0
    return (maskStart + masks + 63) / 64 * 64
  }

  /// Where the masks begin.
  var maskStart: Int { stripSize + strip.rows * strip.columns }

  /// Offsets of all classes.
  let offsets: Int

  var items: Int {
    let planes = core.batch * core.groups
    return (planes + planesPerItem - 1) / planesPerItem * core.output.d * bands * tiles
  }
}

extension AxisMap {
  /// Whether all that is not in the interior is zero.
  fileprivate var isWindow: Bool {
    source.indices.allSatisfy { interior.contains($0) || source[$0] < 0 }
  }
}

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  b == 0 ? a : greatestCommonDivisor(b, a % b)
}
