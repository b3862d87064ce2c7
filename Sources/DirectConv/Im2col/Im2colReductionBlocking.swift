import ConvCore
import Kernels

/// How a weight gradient is cut into items for threads, and what each thread needs.
///
/// Items share out the results; each sums up all pixels itself, `depth` at a time in order, so that
/// results are the same on any number of threads.
struct Im2colReductionBlocking: Hashable, Sendable {
  /// Chunks of rows (channel, tap) that are packed together.
  let taps: Im2colTaps
  /// Panels of packed output gradients.
  let panels: GemmColumns
  /// Pixels of a chunk, at most.
  let depth: Int
  /// Chunks of pixels.
  let chunks: Int
  /// Output channels of an item, at most, and number of such blocks.
  let outputs: Int, outputBlocks: Int
  /// Channels of an item, at most, and number of such blocks.
  let channels: Int, channelBlocks: Int
  /// Groups of an item, at most, and number of such blocks.
  let groups: Int, groupBlocks: Int
  private let core: CoreProblem

  init(_ core: CoreProblem, _ limits: Im2colLimits, _ isa: ISA, _ kind: ScalarKind, threads: Int) {
    self.core = core
    taps = Im2colTaps(core, depth: limits.depth)
    let rows = taps.depth
    let lanes = isa.lanes(kind)
    panels = GemmColumns(isa, kind, rows: GemmRows(rows, isa).highest)
    let pixels = core.batch * core.output.count
    let limit = max(lanes, limits.depth / lanes * lanes)
    chunks = (pixels + limit - 1) / limit
    depth = ((pixels + chunks - 1) / chunks + lanes - 1) / lanes * lanes
    // A block of output gradients takes half of what the results may.
    let most = max(lanes, limits.bytes / (2 * kind.byteCount * depth))
    outputBlocks = (core.outChannels + most - 1) / most
    outputs = (core.outChannels + outputBlocks - 1) / outputBlocks
    let column = (panels.packed(outputs) + lanes) * kind.byteCount
    let budget = max(1, limits.bytes / column)
    // Channels in whole chunks; more than one group only where all of its channels fit.
    let tapCount = taps.mostTaps
    let all = (core.inChannels + taps.channels - 1) / taps.channels
    var perItem = min(all, max(1, budget / (taps.channels * tapCount)))
    var groups = perItem < all ? 1 : min(core.groups, max(1, budget / (core.inChannels * tapCount)))
    let wanted = threads == 1 ? 1 : 4 * threads
    let others = outputBlocks * taps.chunks.count
    func blocks(_ n: Int, _ size: Int) -> Int { (n + size - 1) / size }
    while groups > 1 && blocks(core.groups, groups) * blocks(all, perItem) * others < wanted {
      groups = (groups + 1) / 2
    }
    while perItem > 1 && blocks(core.groups, groups) * blocks(all, perItem) * others < wanted {
      perItem = (perItem + 1) / 2
    }
    channelBlocks = blocks(all, perItem)
    channels = (all + channelBlocks - 1) / channelBlocks * taps.channels
    groupBlocks = blocks(core.groups, groups)
    self.groups = (core.groups + groupBlocks - 1) / groupBlocks
  }

  /// Number of items.
  var items: Int { groupBlocks * outputBlocks * channelBlocks * taps.chunks.count }

  /// Distance between the rows of packed pixels.
  var pixelRow: Int { depth + panels.lanes * (depth / panels.lanes % 2 == 0 ? 1 : 2) }

  /// Distance between the rows of results.
  var resultRow: Int { panels.packed(outputs) + panels.lanes }

  /// Rows of results of one group.
  var resultRows: Int { min(channels, core.inChannels) * taps.mostTaps }

  /// Bytes of the four parts of a thread's scratch.
  private func parts(_ kind: ScalarKind) -> (program: Int, pixels: Int, outputs: Int, results: Int)
  {
    let words = PixelProgram.words(
      core, lanes: panels.lanes, vectors: depth / panels.lanes,
      taps: max(1, taps.mostTaps))
    func lines(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
    return (
      lines(8 * words), lines(kind.byteCount * taps.depth * pixelRow),
      lines(kind.byteCount * depth * panels.packed(outputs)),
      lines(kind.byteCount * groups * resultRows * resultRow)
    )
  }

  /// Bytes of scratch of one thread.
  func scratchBytes(_ kind: ScalarKind) -> Int {
    let p = parts(kind)
    return p.program + p.pixels + p.outputs + p.results
  }

  /// Where a thread's parts begin: the program, packed pixels, packed output gradients, results.
  func offsets(_ kind: ScalarKind, worker: Int)
    -> (program: Int, pixels: Int, outputs: Int, results: Int)
  {
    let p = parts(kind)
    let start = worker * (p.program + p.pixels + p.outputs + p.results)
    let pixels = start + p.program
    return (start, pixels, pixels + p.pixels, pixels + p.pixels + p.outputs)
  }
}
