import ConvCore
import Kernels

/// How the product of one core problem is cut into items for threads, and what each thread needs.
///
/// The order in which products are summed up depends on the taps and channels alone, never on these
/// sizes, so that results are the same on any number of threads.
struct Im2colBlocking: Hashable, Sendable {
  let taps: Im2colTaps
  /// Panels that the output channels fall into, nearly equal, and the most rows of one.
  let rowPanels: Int, rows: Int
  /// Panels of packed pixels.
  let panels: GemmPanels
  /// Whether blocks of pixels reach over the end of an image, for images too small to fill vectors.
  let crossesImages: Bool
  /// Pixels that are cut into blocks: of one image, or of all.
  let pixels: Int
  /// Pixels of a block.
  let columns: Int
  /// Numbers of items: images, blocks of pixels, of groups, and of panels of output channels.
  let images: Int, blocks: Int, groupBlocks: Int, rowBlocks: Int
  private let core: CoreProblem

  init(_ core: CoreProblem, _ limits: Im2colLimits, _ isa: ISA, _ kind: ScalarKind, threads: Int) {
    self.core = core
    taps = Im2colTaps(core, depth: limits.depth)
    rowPanels = (core.outChannels + isa.gemmRows - 1) / isa.gemmRows
    rows = (core.outChannels + rowPanels - 1) / rowPanels
    let lanes = isa.lanes(kind)
    panels = GemmPanels(lanes: lanes, vectors: isa.gemmPanelVectors(rows: rows))
    let image = core.output.count
    let crosses = core.batch > 1 && Self.padding(image, lanes) * 16 > image
    let (pixels, images) = crosses ? (core.batch * image, 1) : (image, core.batch)
    var columns = Self.columns(core, taps, panels, limits, kind)
    var groupBlocks = 1
    let wanted = threads == 1 ? 1 : 4 * threads
    func items() -> Int { images * ((pixels + columns - 1) / columns) * groupBlocks }
    while items() < wanted && groupBlocks < core.groups { groupBlocks *= 2 }
    while items() < wanted && columns >= 2 * panels.width { columns /= 2 }
    // Blocks of equal size, in whole vectors.
    let count = (pixels + columns - 1) / columns
    let width = 2 * lanes
    columns = ((pixels + count - 1) / count + width - 1) / width * width
    (self.pixels, self.images, self.columns, crossesImages) = (pixels, images, columns, crosses)
    blocks = (pixels + columns - 1) / columns
    self.groupBlocks = min(groupBlocks, core.groups)
    rowBlocks = min(rowPanels, max(1, wanted / (2 * images * blocks * self.groupBlocks)))
  }

  /// Unused lanes of an image's last vector.
  private static func padding(_ pixels: Int, _ lanes: Int) -> Int {
    (pixels + lanes - 1) / lanes * lanes - pixels
  }

  /// As many pixels as fit: packed rows and results in `limits.bytes`, the program in its own limit.
  private static func columns(
    _ core: CoreProblem, _ taps: Im2colTaps, _ panels: GemmPanels, _ limits: Im2colLimits,
    _ kind: ScalarKind
  ) -> Int {
    let column = (taps.depth + core.outChannels) * kind.byteCount
    var columns = min(limits.columns, limits.bytes / column)
    columns = max(panels.width, columns / panels.width * panels.width)
    while columns > panels.width
      && words(core, taps, panels, columns) > limits.programBytes / 8
    { columns = max(panels.width, columns / 2 / panels.width * panels.width) }
    return columns
  }

  private static func words(
    _ core: CoreProblem, _ taps: Im2colTaps, _ panels: GemmPanels, _ columns: Int
  ) -> Int {
    var most = 0
    for (chunk, strips) in zip(taps.chunks, taps.strips) {
      most = max(
        most,
        PixelProgram.words(
          core, lanes: panels.lanes, vectors: (columns + panels.lanes - 1) / panels.lanes,
          taps: chunk.count, strips: strips.count))
    }
    return most
  }

  /// Number of items.
  var items: Int { images * blocks * groupBlocks * rowBlocks }

  /// First output channel of a panel.
  @inline(__always)
  func firstRow(_ panel: Int) -> Int { panel * core.outChannels / rowPanels }

  /// Distance between the rows of results that wait in scratch; odd multiples of a vector do not
  /// fall upon each other in the cache.
  var resultRow: Int { columns + panels.lanes }

  /// Bytes of the three parts of a thread's scratch.
  private func parts(_ kind: ScalarKind) -> (program: Int, packed: Int, results: Int) {
    var most = 0
    for b in 0..<rowBlocks {
      most = max(
        most, firstRow((b + 1) * rowPanels / rowBlocks) - firstRow(b * rowPanels / rowBlocks))
    }
    func lines(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
    return (
      lines(8 * Self.words(core, taps, panels, columns)),
      lines(kind.byteCount * taps.depth * panels.packed(columns)),
      lines(kind.byteCount * most * resultRow)
    )
  }

  /// Bytes of scratch of one thread.
  func scratchBytes(_ kind: ScalarKind) -> Int {
    let p = parts(kind)
    return p.program + p.packed + p.results
  }

  /// Where a thread's parts begin: the program, packed pixels, results.
  func offsets(_ kind: ScalarKind, worker: Int) -> (program: Int, packed: Int, results: Int) {
    let p = parts(kind)
    let start = worker * (p.program + p.packed + p.results)
    return (start, start + p.program, start + p.program + p.packed)
  }
}
