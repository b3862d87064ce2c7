import ConvCore
import Kernels

extension DirectPanels {
  /// Offsets that the blocks walk along: of the taps in the strip, and in a panel of `unit`.
  var tableCount: Int { 2 * taps + taps }

  /// Writes the tables: taps in the strip, taps in a whole panel, taps in the last one.
  func writeTables(_ table: UnsafeMutablePointer<Int32>) {
    let last = panel(panels - 1).unit
    for (t, offset) in strip.tapOffsets.enumerated() {
      table[t] = Int32(offset)
      table[taps + t] = Int32(t * panelUnit)
      table[2 * taps + t] = Int32(t * last)
    }
  }

  /// Packs the weights of all groups: [group][panel][channel][tap][lane], lanes beyond K zero.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func prepare<S: DirectScalar>(
    _ w: Source<S>, into packed: UnsafeMutablePointer<S>, _ pool: ThreadPool
  ) {
    let (l, e) = (w.layout, core.kernel)
    pool.run(core.groups * panels) { item, _ in
      let (g, i) = (item / panels, item % panels)
      let panel = self.panel(i)
      let base = packed + (g * groupWeights + i * panelUnit * inChannels * taps)
      for k in 0..<panel.unit {
        var to = base + k
        for c in 0..<inChannels {
          let from = w.base + (l.index(panel.first + k, c, 0, 0, 0) + g * l.group)
          for d in 0..<e.d {
            for h in 0..<e.h {
              for t in 0..<e.w {
                to.pointee =
                  k < panel.count ? from[d * l.depth + h * l.height + t * l.width] : 0
                to += panel.unit
              }
            }
          }
        }
      }
    }
  }

  /// Elements of scratch of one thread, a multiple of a cache line.
  var threadScratch: Int { (stripSize + panelTile * tileCount + 63) / 64 * 64 }

  /// y = the normal form of x and the packed weights.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func apply<S: DirectScalar>(_ run: DirectRun<S>, _ resources: Resources) {
    resources.pool.run(items) { item, worker in
      self.run(item: item, run, worker, resources)
    }
  }

  /// One band of one block of images, for a part of the panels.
  @inline(__always)
  private func run<S: DirectScalar>(
    item: Int, _ run: DirectRun<S>, _ worker: Int, _ resources: Resources
  ) {
    let area = run.scratch + worker * threadScratch
    let tile = area + stripSize
    var rest = item
    func next(_ n: Int) -> Int {
      defer { rest /= n }
      return rest % n
    }
    let part = next(panelParts)
    let column = next(tiles) * strip.columns
    let row = next(bands) * strip.rows
    let depth = next(core.output.d)
    let group = next(core.groups)
    let image = next(imageBlocks) * strip.images
    let origin = StripOrigin(
      image: image, images: min(strip.images, core.batch - image), group: group, depth: depth,
      row: row, column: column)
    let rows = min(strip.rows, core.output.h - row)
    let columns = min(strip.columns, core.output.w - column)
    if rows <= 0 || columns <= 0 { return }
    let (first, end) = (part * panels / panelParts, (part + 1) * panels / panelParts)
    let weights = run.weights + group * groupWeights
    let isInPlace = readsInPlace && run.x.layout.width == 1
    var c = 0
    while c < inChannels {
      let count = min(stripChannels, inChannels - c)
      let pixels: Pixels<S>
      if isInPlace {
        let l = run.x.layout
        let from = l.index(image, c, depth, row, column) + group * l.group
        pixels = Pixels(base: run.x.base + from, channel: l.channel, pitch: l.height)
      } else {
        resources.timed(.pad, worker: worker) {
          for i in 0..<count {
            strip.fill(
              isa, area + i * strip.channelSize, run.x, channel: c + i, origin, run.maps, core)
          }
        }
        pixels = Pixels(
          base: UnsafePointer(area), channel: strip.channelSize, pitch: strip.pitch)
      }
      for i in first..<end {
        let sums = tile + (tileCount > 1 ? (i - first) * panelTile : 0)
        resources.timed(.multiply, worker: worker) {
          sum(
            panel: i, channels: c..<(c + count), rows: rows, columns: columns, pixels, weights,
            run.table, sums)
        }
        if c + count == inChannels {
          resources.timed(.crop, worker: worker) {
            scatter(panel: i, origin, rows: rows, columns: columns, sums, run.y)
          }
        }
      }
      c += count
    }
  }

  /// Adds the products of channels `range` to the tile of a panel, chunk by chunk.
  @inline(__always)
  private func sum<S: DirectScalar>(
    panel i: Int, channels range: Range<Int>, rows: Int, columns: Int, _ pixels: Pixels<S>,
    _ weights: UnsafePointer<S>, _ table: UnsafePointer<Int32>, _ tile: UnsafeMutablePointer<S>
  ) {
    let panel = self.panel(i)
    let base = weights + i * panelUnit * inChannels * taps
    let unitTable = table + (i == panels - 1 ? 2 : 1) * taps
    let width = columns * strip.images
    let vectors = panel.wide * lanes
    let flat = (rows - 1) * strip.pitch + width
    var c = range.lowerBound
    while c < range.upperBound {
      let channels = min(channelChunk, range.upperBound - c)
      let w = base + c * taps * panel.unit
      let s = pixels.base + (c - range.lowerBound) * pixels.channel
      var t = 0
      while t < taps {
        let inner = min(tapChunk, taps - t)
        let adding = c > 0 || t > 0
        let weightWalk: DirectWalk = (panel.unit * taps, unitTable + t)
        let stripWalk: DirectWalk = (pixels.channel, table + t)
        switch form {
        case .channelLanes:
          // Rows that stand end to end are one.
          let lines = pixels.pitch == width ? 1 : rows
          S.blocks(
            isa, wide: panel.wide, rows: width * rows / lines,
            lines: (lines, 0, pixels.pitch, width * vectors), steps: (channels, inner), a: w,
            weightWalk, b: s, stripWalk, into: tile, pitch: vectors, adding: adding)
        case .pixelLanes:
          S.blocks(
            isa, wide: panel.wide, rows: panel.count,
            lines: ((flat + vectors - 1) / vectors, vectors, 0, vectors),
            steps: (channels, inner), a: s, stripWalk, b: w, weightWalk, into: tile,
            pitch: tilePitch, adding: adding)
        }
        t += inner
      }
      c += channels
    }
  }

  /// Writes the tile of a panel to where it belongs.
  @inline(__always)
  private func scatter<S: DirectScalar>(
    panel i: Int, _ origin: StripOrigin, rows: Int, columns: Int, _ tile: UnsafePointer<S>,
    _ y: Target<S>
  ) {
    let panel = self.panel(i)
    let to = y.layout
    let width = columns * strip.images
    // Bands of whole rows that stand end to end are written as one row.
    let isDense = columns == core.output.w && to.height == columns * to.width && strip.images == 1
    for n in 0..<origin.images {
      for r in 0..<(isDense && form == .channelLanes ? 1 : rows) {
        let q =
          y.base
          + (to.index(origin.image + n, panel.first, origin.depth, origin.row + r, origin.column)
            + origin.group * to.group)
        switch form {
        case .channelLanes:
          let vectors = panel.wide * lanes
          for k in stride(from: 0, to: panel.count, by: lanes) {
            S.scatterLanes(
              isa, channels: min(lanes, panel.count - k), count: isDense ? rows * columns : columns,
              from: tile + ((r * width + n) * vectors + k), stride: vectors * strip.images,
              into: q + k * to.channel, stride: to.channel, step: to.width)
          }
        case .pixelLanes:
          for k in 0..<panel.count {
            let from = tile + (k * tilePitch + r * strip.pitch + n)
            let row = q + k * to.channel
            if to.width == 1 && strip.images == 1 {
              row.update(from: from, count: columns)
            } else {
              for j in 0..<columns { row[j * to.width] = from[j * strip.images] }
            }
          }
        }
      }
    }
  }
}

/// Where a band's pixels are read: in a strip, or in the input itself.
private struct Pixels<S> {
  /// The first channel's first row.
  let base: UnsafePointer<S>
  /// Distances of channels and rows.
  let channel: Int, pitch: Int
}
