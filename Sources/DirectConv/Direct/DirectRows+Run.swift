import ConvCore
import Kernels

extension DirectRows {
  /// Packs the weights: [group][output channel][channel][class][tap of a row][row of taps].
  @specialized(where S == Float)
  @specialized(where S == Double)
  func prepare<S: DirectScalar>(
    _ w: Source<S>, into packed: UnsafeMutablePointer<S>, _ pool: ThreadPool
  ) {
    let l = w.layout
    let size = core.inChannels * core.kernel.count
    pool.run(core.groups * core.outChannels) { item, _ in
      let (g, k) = (item / core.outChannels, item % core.outChannels)
      var to = packed + item * size
      for c in 0..<core.inChannels {
        for taps in classes {
          for x in taps.columns {
            for y in taps.rows {
              to.pointee = w.base[l.index(k, c, taps.depth, y, x) + g * l.group]
              to += 1
            }
          }
        }
      }
    }
  }

  /// y = the normal form of x and the packed weights.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func apply<S: DirectScalar>(
    _ x: Source<S>, _ packed: UnsafePointer<S>, _ table: UnsafePointer<Int32>,
    scratch: UnsafeMutablePointer<S>, into y: Target<S>, _ pool: ThreadPool
  ) {
    pool.run(items) { item, worker in
      let area = scratch + worker * threadScratch
      var rest = item
      func next(_ n: Int) -> Int {
        defer { rest /= n }
        return rest % n
      }
      let column = next(tiles) * strip.columns
      let row = next(bands) * strip.rows
      let depth = next(core.output.d)
      let first = rest * planesPerItem
      for plane in first..<min(first + planesPerItem, core.batch * core.groups) {
        run(
          StripOrigin(
            image: plane / core.groups, images: 1, group: plane % core.groups, depth: depth,
            row: row, column: column), x, packed, table, area, y)
      }
    }
  }

  /// One band of one group of an image.
  @inline(__always)
  private func run<S: DirectScalar>(
    _ o: StripOrigin, _ x: Source<S>, _ packed: UnsafePointer<S>, _ table: UnsafePointer<Int32>,
    _ area: UnsafeMutablePointer<S>, _ y: Target<S>
  ) {
    let rows = min(strip.rows, core.output.h - o.row)
    let columns = min(strip.columns, core.output.w - o.column)
    if rows <= 0 || columns <= 0 { return }
    var c = 0
    while c < core.inChannels {
      let count = min(stripChannels, core.inChannels - c)
      for i in 0..<count {
        strip.fill(area + i * strip.channelSize, x, channel: c + i, o, core)
      }
      for k in 0..<core.outChannels {
        let weights =
          packed + ((o.group * core.outChannels + k) * core.inChannels + c) * core.kernel.count
        sum(
          o, channel: k, channels: count, rows: rows, columns: columns, UnsafePointer(area),
          weights, table, tile: area + stripSize, y, adding: c > 0)
      }
      c += count
    }
  }

  /// Adds `channels` channels of the strip to one output channel.
  @inline(__always)
  private func sum<S: DirectScalar>(
    _ o: StripOrigin, channel k: Int, channels: Int, rows: Int, columns: Int,
    _ area: UnsafePointer<S>, _ weights: UnsafePointer<S>, _ table: UnsafePointer<Int32>,
    tile: UnsafeMutablePointer<S>, _ y: Target<S>, adding: Bool
  ) {
    let to = y.layout
    let q = y.base + (to.index(o.image, k, o.depth, o.row, o.column) + o.group * to.group)
    let isDense = to.width == 1
    let target = isDense ? q : tile
    let pitch = isDense ? to.height : strip.columns
    // Dilated rows: those of one residue see each other as neighbours.
    for first in 0..<min(rowStep, rows) {
      S.rows(
        core: self, rows: (rows - first + rowStep - 1) / rowStep, columns: columns,
        area + first * strip.pitch, channels, weights, table, target + first * pitch,
        pitch * rowStep, adding: adding && isDense)
    }
    if isDense { return }
    for r in 0..<rows {
      let (from, row) = (tile + r * strip.columns, q + r * to.height)
      if adding {
        for i in 0..<columns { row[i * to.width] += from[i] }
      } else {
        for i in 0..<columns { row[i * to.width] = from[i] }
      }
    }
  }
}

extension DirectScalar {
  @inline(__always)
  fileprivate static func rows(
    core: borrowing DirectRows, rows: Int, columns: Int, _ x: UnsafePointer<Self>, _ channels: Int,
    _ weights: UnsafePointer<Self>, _ table: UnsafePointer<Int32>,
    _ y: UnsafeMutablePointer<Self>, _ pitch: Int, adding: Bool
  ) {
    let classes = core.classes.count
    Self.rows(
      core.isa, rows: rows, columns: columns, x: x, xPitch: core.strip.pitch * core.rowStep,
      channels: (channels, core.strip.channelSize), classes: (classes, table),
      offsets: table + 4 * classes, weights: weights, into: y, pitch: pitch, adding: adding)
  }
}
