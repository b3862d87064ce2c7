import ConvCore
import Kernels

/// The taps of one axis sorted by phase: tap t of output o reads index o s + t d of the input, which
/// is index o + (t d) / s of the elements congruent to (t d) mod s. Within a phase a strided
/// convolution thus has stride 1.
struct TapPhases {
  let stride: Int
  /// Residues modulo the stride that taps read.
  let residues: [Int]
  /// Of each tap: which residue, and at which offset.
  let phase: [Int], offset: [Int]
  /// Largest offset.
  let reach: Int

  init(taps: Int, stride: Int, dilation: Int) {
    self.stride = stride
    let residues = Set((0..<taps).map { $0 * dilation % stride }).sorted()
    self.residues = residues
    phase = (0..<taps).map { residues.firstIndex(of: $0 * dilation % stride) ?? 0 }
    offset = (0..<taps).map { $0 * dilation / stride }
    reach = (taps - 1) * dilation / stride
  }
}

/// The part of the input that a band of output rows reads, copied for one thread:
/// [channel][depth tap][row phase][column phase][row][column][image].
///
/// Padding is part of it, so that no kernel knows of borders, and so is the sorting by phases, so
/// that none knows of strides. Images of a batch can stand interleaved as if they were neighbouring
/// columns, which fills registers where rows are short.
struct DirectStrip {
  let rowTaps: TapPhases, columnTaps: TapPhases
  let depthTaps: Int
  /// Rows and columns of outputs, and interleaved images.
  let rows: Int, columns: Int, images: Int
  /// Rows of a phase; elements from row to row; elements of a phase and of a channel.
  let height: Int, pitch: Int, phaseSize: Int, channelSize: Int

  /// A strip for so many outputs. Where vectors read it, `line` elements of a cache line round the
  /// pitch up to an odd number of lines, so that rows do not crowd into few sets of the cache.
  init(_ core: CoreProblem, rows: Int, columns: Int, images: Int, line: Int? = nil) {
    rowTaps = TapPhases(
      taps: core.kernel.h, stride: core.stride.h, dilation: core.dilation.h)
    columnTaps = TapPhases(
      taps: core.kernel.w, stride: core.stride.w, dilation: core.dilation.w)
    depthTaps = core.kernel.d
    self.rows = rows
    self.columns = columns
    self.images = images
    height = rows + rowTaps.reach
    let width = (columns + columnTaps.reach) * images
    pitch = line.map { ((width + $0 - 1) / $0 | 1) * $0 } ?? width
    phaseSize = height * pitch
    channelSize = depthTaps * rowTaps.residues.count * columnTaps.residues.count * phaseSize
  }

  /// Where each tap stands, relative to its output, in the order depth, height, width.
  var tapOffsets: [Int] {
    var list: [Int] = []
    for d in 0..<depthTaps {
      for (h, row) in zip(rowTaps.phase, rowTaps.offset) {
        for (w, column) in zip(columnTaps.phase, columnTaps.offset) {
          let phase =
            (d * rowTaps.residues.count + h) * columnTaps.residues.count + w
          list.append(phase * phaseSize + row * pitch + column * images)
        }
      }
    }
    return list
  }
}

/// Which outputs a strip is for.
struct StripOrigin {
  var image: Int, images: Int
  var group: Int
  var depth: Int, row: Int, column: Int
}

extension DirectStrip {
  /// Copies what the outputs at `origin` read of one channel. What lies beyond the input becomes
  /// zeros.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func fill<S: DirectScalar>(
    _ strip: UnsafeMutablePointer<S>, _ x: Source<S>, channel: Int, _ origin: StripOrigin,
    _ core: CoreProblem
  ) {
    let from = x.layout
    let base = x.base + origin.group * from.group
    var to = strip
    for d in 0..<depthTaps {
      let depth = core.maps[0].element(origin.depth * core.stride.d + d * core.dilation.d)
      for h in rowTaps.residues {
        for w in columnTaps.residues {
          let columns = ColumnRun(
            core.maps[2], first: origin.column * columnTaps.stride + w, every: columnTaps.stride,
            count: pitch / images)
          for r in 0..<height {
            let row = core.maps[1].element((origin.row + r) * rowTaps.stride + h)
            for n in 0..<images {
              let isRead = depth >= 0 && row >= 0 && n < origin.images
              let p = base + from.index(origin.image + n, channel, depth, row, 0)
              columns.copy(isRead ? p : nil, step: from.width, into: to + n, step: images)
            }
            to += pitch
          }
        }
      }
    }
  }
}

extension AxisMap {
  /// The real index of virtual index i, or -1; also -1 beyond the end.
  @inline(__always)
  func element(_ i: Int) -> Int { i < source.count ? Int(source[i]) : -1 }
}

/// Every n-th column of a row as a map has them: a run that is consecutive, and what is left and right
/// of it.
private struct ColumnRun {
  let map: AxisMap
  let first: Int, every: Int, count: Int
  /// The consecutive ones, and where the first of them stands.
  let run: Range<Int>
  let start: Int

  @inline(__always)
  init(_ map: AxisMap, first: Int, every: Int, count: Int) {
    self.map = map
    self.first = first
    self.every = every
    self.count = count
    let interior = map.interior
    let low = max(0, (interior.lowerBound - first + every - 1) / every)
    let high = min(count, (interior.upperBound - 1 - first + every) / every)
    let isEmpty = interior.isEmpty || interior.upperBound <= first || low >= high
    run = isEmpty ? 0..<0 : low..<high
    start = isEmpty ? 0 : Int(map.source[first + low * every])
  }

  /// Copies a row that begins at `p`, or zeros where that is nil.
  @inline(__always)
  func copy<S: DirectScalar>(
    _ p: UnsafePointer<S>?, step: Int, into to: UnsafeMutablePointer<S>, step toStep: Int
  ) {
    guard let p else {
      for i in 0..<count { to[i &* toStep] = 0 }
      return
    }
    for i in 0..<run.lowerBound { to[i &* toStep] = element(i, p, step) }
    let from = p + start &* step
    if every &* step == 1 && toStep == 1 {
      (to + run.lowerBound).update(from: from, count: run.count)
    } else {
      let target = to + run.lowerBound &* toStep
      for i in 0..<run.count { target[i &* toStep] = from[i &* every &* step] }
    }
    for i in run.upperBound..<count { to[i &* toStep] = element(i, p, step) }
  }

  @inline(__always)
  private func element<S: DirectScalar>(_ i: Int, _ p: UnsafePointer<S>, _ step: Int) -> S {
    let source = map.element(first &+ i &* every)
    return source < 0 ? 0 : p[source &* step]
  }
}
