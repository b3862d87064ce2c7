import ConvCore
import Kernels

/// How the product of one core problem is cut into items for threads, and what each thread needs.
///
/// The order in which products are summed up depends on the taps and channels alone, never on these
/// sizes, so that results are the same on any number of threads.
struct Im2colBlocking: Hashable, Sendable {
  let taps: Im2colTaps
  /// Panels of output channels.
  let rows: GemmRows
  /// Panels of packed pixels.
  let panels: GemmColumns
  /// Whether blocks of pixels reach over the end of an image, for images too small to fill vectors.
  let crossesImages: Bool
  /// Pixels that are cut into blocks: of one image, or of all.
  let pixels: Int
  /// Pixels of a block.
  let columns: Int
  /// Numbers of items: images, blocks of pixels, of groups, and of panels of output channels.
  let images: Int, blocks: Int, groupBlocks: Int, rowBlocks: Int
  /// The most words of a block's program, and rows of output channels of an item.
  private let words: Int, itemRows: Int

  init(_ core: CoreProblem, _ limits: Im2colLimits, _ isa: ISA, _ kind: ScalarKind, threads: Int) {
    taps = Im2colTaps(core, depth: limits.depth)
    rows = GemmRows(core.outChannels, isa)
    panels = GemmColumns(isa, kind, rows: rows.highest)
    let (lanes, width) = (panels.lanes, panels.width)
    let image = core.output.count
    let padding = (image + lanes - 1) / lanes * lanes - image
    let crosses = core.batch > 1 && padding * 16 > image
    let (pixels, images) = crosses ? (core.batch * image, 1) : (image, core.batch)
    // What a chunk of weights is multiplied with stays in the second-level cache with it.
    let mostRows = max(isa.gemmRows, limits.bytes / (taps.depth * kind.byteCount))
    var rowBlocks = (core.outChannels + mostRows - 1) / mostRows
    var columns = min(
      limits.columns, limits.bytes / (2 * min(mostRows, core.outChannels) * kind.byteCount))
    columns = min(max(width, columns / width * width), (pixels + width - 1) / width * width)
    let chunk = taps.chunks.map(\.count).max() ?? 1
    func words(_ columns: Int) -> Int {
      PixelProgram.words(
        core, lanes: lanes, vectors: (columns + lanes - 1) / lanes, taps: chunk)
    }
    while columns > width && words(columns) * 8 > limits.programBytes {
      columns = max(width, columns / 2 / width * width)
    }
    var groupBlocks = 1
    let wanted = threads == 1 ? 1 : 4 * threads
    func items() -> Int { images * ((pixels + columns - 1) / columns) * groupBlocks * rowBlocks }
    while items() < wanted && groupBlocks < core.groups { groupBlocks *= 2 }
    while items() < wanted && columns >= 2 * width { columns = columns / 2 / width * width }
    // Blocks of equal size, in whole vectors.
    let count = (pixels + columns - 1) / columns
    columns = ((pixels + count - 1) / count + 2 * lanes - 1) / (2 * lanes) * 2 * lanes
    (self.pixels, self.images, self.columns, crossesImages) = (pixels, images, columns, crosses)
    self.words = words(columns)
    blocks = (pixels + columns - 1) / columns
    self.groupBlocks = min(groupBlocks, core.groups)
    if items() * 2 < wanted { rowBlocks = max(rowBlocks, wanted / (2 * items())) }
    self.rowBlocks = min(rows.panels, rowBlocks)
    itemRows = (rows.panels + self.rowBlocks - 1) / self.rowBlocks * rows.highest
  }

  /// Number of items.
  var items: Int { images * blocks * groupBlocks * rowBlocks }

  /// Distance between the rows of results that wait in scratch; odd multiples of a vector do not
  /// fall upon each other in the cache.
  var resultRow: Int { columns + panels.lanes }

  /// Bytes of the three parts of a thread's scratch.
  private func parts(_ kind: ScalarKind) -> (program: Int, packed: Int, results: Int) {
    func lines(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
    return (
      lines(8 * words),
      lines(kind.byteCount * taps.depth * min(panels.width, panels.packed(columns))),
      lines(kind.byteCount * itemRows * resultRow)
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
