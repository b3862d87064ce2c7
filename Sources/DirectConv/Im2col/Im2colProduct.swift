import ConvCore
import Kernels

/// y = w x': weights are the panels of A, packed beforehand; pixels the columns of B.
struct Im2colProduct<S: GemmScalar> {
  private let core: CoreProblem
  private let blocking: Im2colBlocking
  private let resources: Resources
  private let hasOutside: Bool

  init(_ core: CoreProblem, _ limits: Im2colLimits, _ resources: Resources) {
    self.core = core
    self.resources = resources
    blocking = Im2colBlocking(core, limits, resources.isa, S.kind, threads: resources.threads)
    hasOutside = PixelProgram.hasOutside(core)
  }

  var scratchBytes: Int { blocking.scratchBytes(S.kind) * resources.threads }

  /// Packs weights in the order in which they are used: group, chunk of taps, of channels, panel,
  /// then [channel, tap][row].
  @specialized(where S == Float)
  @specialized(where S == Double)
  func pack(_ w: Source<S>, into packed: UnsafeMutablePointer<S>) {
    let l = w.layout
    let perGroup = core.outChannels * core.inChannels * core.kernel.count
    let rowPanels = blocking.rows
    resources.pool.run(core.groups * rowPanels.panels) { item, _ in
      let (g, panel) = (item / rowPanels.panels, item % rowPanels.panels)
      let (first, end) = (rowPanels.first(panel), rowPanels.first(panel + 1))
      var start = packed + g * perGroup
      for chunk in 0..<blocking.taps.chunks.count {
        var c = 0
        while c < core.inChannels {
          let channels = min(blocking.taps.channels, core.inChannels - c)
          let rows = channels * blocking.taps.chunks[chunk].count
          var to = start + first * rows
          for i in c..<(c + channels) {
            for strip in blocking.taps.strips[chunk] {
              for t in 0..<strip.count {
                let from = w.base + (l.index(0, i, strip.d, strip.h, strip.w + t) + g * l.group)
                for k in first..<end {
                  to.pointee = from[k &* l.batch]
                  to += 1
                }
              }
            }
          }
          start += rows * core.outChannels
          c += channels
        }
      }
    }
  }

  /// What one item computes and where.
  private struct Item {
    let worker: Int
    let first: Int, count: Int
    let groups: Range<Int>
    let panels: Range<Int>
    let program: UnsafeMutablePointer<Int>
    let packed: UnsafeMutablePointer<S>
    let results: UnsafeMutablePointer<S>
  }

  private func item(_ index: Int, _ scratch: UnsafeMutableRawPointer, _ worker: Int) -> Item {
    let b = blocking
    let rows = index % b.rowBlocks
    let groups = index / b.rowBlocks % b.groupBlocks
    let block = index / (b.rowBlocks * b.groupBlocks) % b.blocks
    let image = index / (b.rowBlocks * b.groupBlocks * b.blocks)
    let at = b.offsets(S.kind, worker: worker)
    let (panels, all) = (b.rows.panels, core.groups)
    return Item(
      worker: worker, first: image * b.pixels + block * b.columns,
      count: min(b.columns, b.pixels - block * b.columns),
      groups: (groups * all / b.groupBlocks)..<((groups + 1) * all / b.groupBlocks),
      panels: (rows * panels / b.rowBlocks)..<((rows + 1) * panels / b.rowBlocks),
      program: (scratch + at.program).assumingMemoryBound(to: Int.self),
      packed: (scratch + at.packed).assumingMemoryBound(to: S.self),
      results: (scratch + at.results).assumingMemoryBound(to: S.self))
  }

  /// Overwrites y.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func run(
    _ x: Source<S>, _ weights: UnsafePointer<S>, _ scratch: UnsafeMutableRawPointer,
    into y: Target<S>
  ) {
    let l = y.layout
    let e = core.output
    // Whether the pixels of an image follow each other in memory.
    let isContiguous =
      l.width == 1 && (e.h == 1 || l.height == e.w) && (e.d == 1 || l.depth == e.h * e.w)
    let isDirect = isContiguous && !blocking.crossesImages
    let perGroup = core.outChannels * core.inChannels * core.kernel.count
    resources.pool.run(blocking.items) { index, worker in
      let item = item(index, scratch, worker)
      for g in item.groups {
        let group = Source(x.base + g * x.layout.group, x.layout)
        let w = weights + g * perGroup
        if isDirect {
          let n = item.first / e.count
          let first = l.index(n, 0, 0, 0, 0) + g * l.group + item.first - n * e.count
          let rows = y.base + (first + blocking.rows.first(item.panels.lowerBound) * l.channel)
          multiply(item, group, w, isFirst: g == item.groups.lowerBound, rows, l.channel)
        } else {
          multiply(
            item, group, w, isFirst: g == item.groups.lowerBound, item.results, blocking.resultRow)
          resources.timed(.crop, worker: worker) { scatter(item, group: g, into: y) }
        }
      }
    }
  }

  /// One group of an item: C stands at `c`, its rows `row` elements apart.
  private func multiply(
    _ item: Item, _ x: Source<S>, _ weights: UnsafePointer<S>, isFirst: Bool,
    _ c: UnsafeMutablePointer<S>, _ row: Int
  ) {
    let b = blocking
    let program = PixelProgram(core, x.layout, lanes: b.panels.lanes, hasOutside: hasOutside)
    let firstRow = b.rows.first(item.panels.lowerBound)
    var w = weights
    for chunk in 0..<b.taps.chunks.count {
      // The program depends on neither group nor channel: it is good for all where taps are not cut.
      if isFirst || b.taps.chunks.count > 1 {
        resources.timed(.forward, worker: item.worker) {
          b.taps.strips[chunk].withUnsafeBufferPointer {
            program.write(first: item.first, count: item.count, $0, into: item.program)
          }
        }
      }
      let taps = b.taps.chunks[chunk].count
      var channel = 0
      while channel < core.inChannels {
        let channels = min(b.taps.channels, core.inChannels - channel)
        let depth = channels * taps
        multiply(
          item, x.base + channel * x.layout.channel, x.layout.channel,
          pixelStep: program.pixelStep, channels: channels, taps: taps, w + firstRow * depth, c,
          row,
          accumulates: chunk > 0 || channel > 0)
        w += depth * core.outChannels
        channel += channels
      }
    }
  }

  /// One chunk of an item, a panel of pixels at a time: each is packed, and used while it is in the
  /// first-level cache.
  private func multiply(
    _ item: Item, _ x: UnsafePointer<S>, _ channelStep: Int, pixelStep: Int, channels: Int,
    taps: Int, _ weights: UnsafePointer<S>, _ c: UnsafeMutablePointer<S>, _ row: Int,
    accumulates: Bool
  ) {
    let b = blocking
    var program = UnsafePointer(item.program)
    var done = 0
    while done < item.count {
      let vectors = b.panels.next(item.count - done)
      let width = vectors * b.panels.lanes
      // Next come the following pixels, or the first ones of the following channels.
      let ahead =
        done + width < item.count ? width * pixelStep : channels * channelStep - done * pixelStep
      resources.timed(.forward, worker: item.worker) {
        program = S.packPixels(
          resources.isa, program: program, vectors: vectors, taps: taps, x: x,
          pixelStep: pixelStep, ahead: ahead, channels: channels, channelStep: channelStep,
          into: item.packed, row: width)
      }
      resources.timed(.multiply, worker: item.worker) {
        S.gemmPanel(
          resources.isa, panels: item.panels.count,
          taller: max(0, b.rows.taller - item.panels.lowerBound), rows: b.rows.height,
          depth: channels * taps, a: weights, aRow: 1, b: UnsafePointer(item.packed),
          vectors: vectors, columns: min(width, item.count - done), c: c + done, cRow: row,
          accumulates: accumulates)
      }
      done += width
    }
  }

  /// Copies results to where they belong, a few neighbouring pixels of all channels at a time.
  private func scatter(_ item: Item, group: Int, into y: Target<S>) {
    let e = core.output
    let l = y.layout
    let k = blocking.rows.first(item.panels.lowerBound)
    let channels = blocking.rows.first(item.panels.upperBound) - k
    var done = 0
    while done < item.count {
      let p = item.first + done
      let (row, w) = (p / e.w, p % e.w)
      let count = min(blocking.panels.lanes, e.w - w, item.count - done)
      let to = l.index(row / (e.h * e.d), k, row / e.h % e.d, row % e.h, w) + group * l.group
      S.scatterLanes(
        resources.isa, channels: count, count: channels, from: UnsafePointer(item.results + done),
        stride: blocking.resultRow, into: y.base + to, stride: l.width, step: l.channel)
      done += count
    }
  }
}
