import ConvCore
import Kernels

/// The weight gradient: w'[r, k] = sum over pixels p of x'[r, p] dy[k, p], rows r = (channel, tap).
///
/// x' is packed in plain rows, as it comes from the input, and is the panels of A; only dy has to
/// be transposed, once for each item, and the result in the end.
struct Im2colReduction<S: GemmScalar> {
  private let core: CoreProblem
  private let blocking: Im2colReductionBlocking
  private let resources: Resources
  private let hasOutside: Bool

  init(_ core: CoreProblem, _ limits: Im2colLimits, _ resources: Resources) {
    self.core = core
    self.resources = resources
    blocking = Im2colReductionBlocking(
      core, limits, resources.isa, S.kind, threads: resources.threads)
    hasOutside = PixelProgram.hasOutside(core)
  }

  var scratchBytes: Int { blocking.scratchBytes(S.kind) * resources.threads }

  /// What one item computes and where.
  private struct Item {
    let worker: Int
    let groups: Range<Int>
    let outputs: Range<Int>
    let channels: Range<Int>
    /// Which chunk of taps.
    let chunk: Int
    let program: UnsafeMutablePointer<Int>
    let pixels: UnsafeMutablePointer<S>
    let gradients: UnsafeMutablePointer<S>
    let results: UnsafeMutablePointer<S>
  }

  private func item(_ index: Int, _ scratch: UnsafeMutableRawPointer, _ worker: Int) -> Item {
    let b = blocking
    let at = b.offsets(S.kind, worker: worker)
    let chunk = index % b.taps.chunks.count
    let channels = index / b.taps.chunks.count % b.channelBlocks
    let outputs = index / (b.taps.chunks.count * b.channelBlocks) % b.outputBlocks
    let groups = index / (b.taps.chunks.count * b.channelBlocks * b.outputBlocks)
    func range(_ i: Int, _ size: Int, _ all: Int) -> Range<Int> {
      min(i * size, all)..<min((i + 1) * size, all)
    }
    return Item(
      worker: worker, groups: range(groups, b.groups, core.groups),
      outputs: range(outputs, b.outputs, core.outChannels),
      channels: range(channels, b.channels, core.inChannels), chunk: chunk,
      program: (scratch + at.program).assumingMemoryBound(to: Int.self),
      pixels: (scratch + at.pixels).assumingMemoryBound(to: S.self),
      gradients: (scratch + at.outputs).assumingMemoryBound(to: S.self),
      results: (scratch + at.results).assumingMemoryBound(to: S.self))
  }

  /// Overwrites w.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func run(
    _ x: Source<S>, _ dy: Source<S>, _ scratch: UnsafeMutableRawPointer, into w: Target<S>
  ) {
    let pixels = core.batch * core.output.count
    let program = PixelProgram(
      core, x.layout, lanes: blocking.panels.lanes, hasOutside: hasOutside)
    resources.pool.run(blocking.items) { index, worker in
      let item = item(index, scratch, worker)
      for i in 0..<blocking.chunks {
        let first = i * blocking.depth
        let count = min(blocking.depth, pixels - first)
        if count <= 0 { break }
        resources.timed(.forward, worker: worker) {
          blocking.taps.strips[item.chunk].withUnsafeBufferPointer {
            program.write(first: first, count: count, $0, into: item.program)
          }
        }
        for g in item.groups {
          resources.timed(.forward, worker: worker) {
            pack(item, group: g, dy, first: first, count)
          }
          multiply(item, group: g, x, program.pixelStep, count, isFirst: i == 0)
        }
      }
      resources.timed(.crop, worker: worker) {
        for g in item.groups { scatter(item, group: g, into: w) }
      }
    }
  }

  /// Rows of packed pixels times a chunk of output gradients, added to the results of one group.
  private func multiply(
    _ item: Item, group: Int, _ x: Source<S>, _ pixelStep: Int, _ depth: Int, isFirst: Bool
  ) {
    let b = blocking
    let taps = b.taps.chunks[item.chunk].count
    let l = x.layout
    var results = item.results + (group - item.groups.lowerBound) * b.resultRows * b.resultRow
    var channel = item.channels.lowerBound
    while channel < item.channels.upperBound {
      let channels = min(b.taps.channels, item.channels.upperBound - channel)
      resources.timed(.forward, worker: item.worker) {
        _ = S.packPixels(
          resources.isa, program: item.program,
          vectors: (depth + b.panels.lanes - 1) / b.panels.lanes, taps: taps,
          x: x.base + (group * l.group + channel * l.channel), pixelStep: pixelStep,
          ahead: depth * pixelStep, channels: channels, channelStep: l.channel, into: item.pixels,
          row: b.pixelRow)
      }
      resources.timed(.multiply, worker: item.worker) {
        multiply(item, rows: channels * taps, depth, into: results, isFirst: isFirst)
      }
      results += channels * taps * b.resultRow
      channel += channels
    }
  }

  /// Packed pixels times the packed output gradients.
  private func multiply(
    _ item: Item, rows count: Int, _ depth: Int, into results: UnsafeMutablePointer<S>,
    isFirst: Bool
  ) {
    let b = blocking
    let rows = GemmRows(count, resources.isa)
    var done = 0
    while done < item.outputs.count {
      let vectors = b.panels.next(item.outputs.count - done)
      S.gemmPanel(
        resources.isa, panels: rows.panels, taller: rows.taller, rows: rows.height,
        depth: depth, a: UnsafePointer(item.pixels), aRow: b.pixelRow,
        b: UnsafePointer(item.gradients + done * depth), vectors: vectors,
        columns: min(vectors * b.panels.lanes, item.outputs.count - done), c: results + done,
        cRow: b.resultRow, accumulates: !isFirst)
      done += vectors * b.panels.lanes
    }
  }

  /// Packs the output gradients of a chunk of pixels: [pixel][output channel] in panels.
  private func pack(_ item: Item, group: Int, _ dy: Source<S>, first: Int, _ depth: Int) {
    let l = dy.layout
    let e = core.output
    let lanes = blocking.panels.lanes
    let columns = item.outputs.count
    // Rows of the output follow each other in memory: whole images are one run.
    let isContiguous = l.height == e.w * l.width && l.depth == e.h * l.height
    let run = isContiguous ? e.count : e.w
    var (panel, width) = (0, 0)
    for j in stride(from: 0, to: columns, by: lanes) {
      if j == panel + width {
        panel = j
        width = blocking.panels.next(columns - j) * lanes
      }
      let to = item.gradients + (panel * depth + j - panel)
      let k = item.outputs.lowerBound + j
      var done = 0
      while done < depth {
        let p = first + done
        let count = min(run - p % run, depth - done)
        let row = p / e.w
        let from =
          l.index(row / (e.h * e.d), k, row / e.h % e.d, row % e.h, p % e.w) + group * l.group
        S.gatherLanes(
          resources.isa, channels: min(lanes, columns - j), count: count, from: dy.base + from,
          stride: l.channel, step: l.width, into: to + done * width, stride: width)
        done += count
      }
    }
  }

  /// Copies the results of one group to the weights, transposed.
  private func scatter(_ item: Item, group: Int, into w: Target<S>) {
    let b = blocking
    let l = w.layout
    let e = core.kernel
    let lanes = b.panels.lanes
    let results = item.results + (group - item.groups.lowerBound) * b.resultRows * b.resultRow
    let taps = b.taps.chunks[item.chunk].count
    // All rows are one run where they follow each other in memory.
    let isPlain =
      l.width == 1 && (e.h == 1 || l.height == e.w) && (e.d == 1 || l.depth == e.h * e.w)
      && l.channel == e.count && taps == e.count
    for j in stride(from: 0, to: item.outputs.count, by: lanes) {
      let k = item.outputs.lowerBound + j
      let count = min(lanes, item.outputs.count - j)
      if isPlain {
        let to = l.index(k, item.channels.lowerBound, 0, 0, 0) + group * l.group
        S.scatterLanes(
          resources.isa, channels: count, count: item.channels.count * taps,
          from: UnsafePointer(results + j), stride: b.resultRow, into: w.base + to,
          stride: l.batch, step: 1)
        continue
      }
      var from = results + j
      for c in item.channels {
        for strip in blocking.taps.strips[item.chunk] {
          let to = l.index(k, c, strip.d, strip.h, strip.w) + group * l.group
          S.scatterLanes(
            resources.isa, channels: count, count: strip.count, from: UnsafePointer(from),
            stride: b.resultRow, into: w.base + to, stride: l.batch, step: l.width)
          from += strip.count * b.resultRow
        }
      }
    }
  }
}
