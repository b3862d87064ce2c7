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

  /// The same of another pair of image and group.
  @inline(__always)
  func moved(to plane: Int, groups: Int) -> Self {
    var o = self
    (o.image, o.group) = (plane / groups, plane % groups)
    return o
  }
}

extension DirectStrip {
  /// Copies what the outputs at `origin` read of one channel. What lies beyond the input becomes
  /// zeros.
  @inline(__always)
  func fill<S: DirectScalar>(
    _ isa: ISA, _ strip: UnsafeMutablePointer<S>, _ x: Source<S>, channel: Int,
    _ origin: StripOrigin, _ maps: DirectMaps, _ core: CoreProblem
  ) {
    let from = x.layout
    var to = strip
    for d in 0..<depthTaps {
      let depth = maps.depth[origin.depth &* core.stride.d &+ d &* core.dilation.d]
      for h in 0..<rowTaps.residues.count {
        let rows = maps.height.axis(
          first: origin.row &* rowTaps.stride &+ rowTaps.residues[h], every: rowTaps.stride,
          count: height)
        for w in 0..<columnTaps.residues.count {
          let columns = maps.width.axis(
            first: origin.column &* columnTaps.stride &+ columnTaps.residues[w],
            every: columnTaps.stride, count: self.columns &+ columnTaps.reach)
          for n in 0..<images {
            let isRead = depth >= 0 && n < origin.images
            let base =
              x.base
              + (from.index(origin.image &+ n, channel, max(depth, 0), 0, 0)
                &+ origin.group &* from.group)
            // A plane of padding is one without rows.
            let plane = isRead ? rows : (rows.map, 0, rows.first, rows.every, height, 0..<0)
            S.fill(
              isa, base, rows: plane, rowStep: from.height, columns: columns,
              columnStep: from.width, into: to + n, pitch: pitch, step: images)
          }
          to += phaseSize
        }
      }
    }
  }
}
