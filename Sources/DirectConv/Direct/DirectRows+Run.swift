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
  func apply<S: DirectScalar>(_ run: DirectRun<S>, _ pool: ThreadPool) {
    let inPlace =
      readsInPlace && run.x.layout.width == 1
      && !crowds(pitch: run.x.layout.height * MemoryLayout<S>.stride)
      && writeInPlaceTables(run.table, depth: run.x.layout.depth)
    pool.run(items) { item, worker in
      let area = run.scratch + worker * threadScratch
      let (planes, start) = origins(of: item)
      for plane in planes {
        let o = start.moved(to: plane, groups: core.groups)
        if inPlace {
          readInPlace(o, run, area)
        } else {
          readStrips(o, next: next(o, plane, of: planes, item, pool.width), run, area)
        }
      }
    }
  }

  /// The pairs of image and group of an item of work, and what it reads of each.
  @inline(__always)
  private func origins(of item: Int) -> (planes: Range<Int>, StripOrigin) {
    var rest = item
    func next(_ n: Int) -> Int {
      defer { rest /= n }
      return rest % n
    }
    let column = next(tiles) * strip.columns
    let row = next(bands) * strip.rows
    let depth = next(core.output.d)
    let first = rest * planesPerItem
    return (
      first..<min(first + planesPerItem, core.batch * core.groups),
      StripOrigin(image: 0, images: 1, group: 0, depth: depth, row: row, column: column)
    )
  }

  /// What a thread probably reads after the strip at `o`, which is one plane of those of an item.
  @inline(__always)
  private func next(
    _ o: StripOrigin, _ plane: Int, of planes: Range<Int>, _ item: Int, _ threads: Int
  ) -> StripOrigin? {
    guard asksAhead else { return nil }
    if plane + 1 < planes.upperBound { return o.moved(to: plane + 1, groups: core.groups) }
    guard item + threads < items else { return nil }
    let (later, start) = origins(of: item + threads)
    return start.moved(to: later.lowerBound, groups: core.groups)
  }

  /// Whether rows so many bytes apart would drive each other out of a first-level cache of 8 ways of
  /// 4 KiB: those that a tile of two rows reads and writes.
  private func crowds(pitch: Int) -> Bool {
    let groups = 4096 / greatestCommonDivisor(pitch, 4096)
    return core.kernel.h + 3 > 8 * groups
  }

  /// One band of one group of an image, from strips.
  @inline(__always)
  private func readStrips<S: DirectScalar>(
    _ o: StripOrigin, next: StripOrigin?, _ run: DirectRun<S>, _ area: UnsafeMutablePointer<S>
  ) {
    let all = 0..<(Int.max / 4)
    var c = 0
    while c < core.inChannels {
      let count = min(stripChannels, core.inChannels - c)
      for i in 0..<count {
        strip.fill(isa, area + i * strip.channelSize, run.x, channel: c + i, o, run.maps, core)
      }
      let planes = RowSource(
        x: UnsafePointer(area), pitch: strip.pitch, reach: strip.columnTaps.reach, channels: count,
        step: strip.channelSize,
        classes: 0..<classes.count, table: run.table, offsets: run.table + 4 * classes.count,
        offsetCount: 0, rows: all, columns: all, ahead: next.flatMap { start($0, run) })
      for k in 0..<core.outChannels {
        sum(o, channel: k, from: c, planes, run, area)
      }
      c += count
    }
  }

  /// Where the rows that a strip copies stand, if neighbours along them are neighbours in memory.
  @inline(__always)
  private func start<S: DirectScalar>(
    _ o: StripOrigin, _ run: DirectRun<S>
  ) -> (from: UnsafePointer<S>, pitch: Int)? {
    let (from, maps) = (run.x.layout, run.maps)
    if from.width != 1 { return nil }
    let plane = from.index(o.image, 0, max(0, maps.depth[o.depth]), 0, 0) + o.group * from.group
    let (row, column) = (maps.height.near(o.row), maps.width.near(o.column))
    return (run.x.base + (plane + row * from.height + column), from.height)
  }

  /// The same from the input itself. Padding is left out of the sums, not read.
  @inline(__always)
  private func readInPlace<S: DirectScalar>(
    _ o: StripOrigin, _ run: DirectRun<S>, _ area: UnsafeMutablePointer<S>
  ) {
    let (from, maps) = (run.x.layout, run.maps)
    let (d, h, w) = (maps.depth.interior, maps.height.interior, maps.width.interior)
    // Depth taps inside; virtual index i of an axis stands at i - lowerBound + source(lowerBound).
    var taps = 0..<core.kernel.d
    while !taps.isEmpty && !d.contains(o.depth &+ taps.lowerBound &* core.dilation.d) {
      taps = (taps.lowerBound &+ 1)..<taps.upperBound
    }
    while !taps.isEmpty && !d.contains(o.depth &+ (taps.upperBound &- 1) &* core.dilation.d) {
      taps = taps.lowerBound..<(taps.upperBound &- 1)
    }
    if h.isEmpty || w.isEmpty { taps = 0..<0 }
    var x = run.x.base + (from.index(o.image, 0, 0, 0, 0) &+ o.group &* from.group)
    if !taps.isEmpty {
      x +=
        (maps.depth[d.lowerBound] &- d.lowerBound &+ o.depth) &* from.depth
        &+ (maps.height[h.lowerBound] &- h.lowerBound &+ o.row) &* from.height
        &+ maps.width[w.lowerBound] &- w.lowerBound &+ o.column
    }
    let table = run.table + inPlaceTable
    let planes = RowSource(
      x: x, pitch: from.height, reach: (core.kernel.w &- 1) &* core.dilation.w,
      channels: core.inChannels, step: from.channel, classes: taps,
      table: table, offsets: table + 4 &* core.kernel.d,
      offsetCount: core.kernel.w, rows: (h.lowerBound &- o.row)..<(h.upperBound &- o.row),
      columns: (w.lowerBound &- o.column)..<(w.upperBound &- o.column))
    for k in 0..<core.outChannels { sum(o, channel: k, from: 0, planes, run, area) }
  }

  /// Adds channels from `first` on to one output channel of a band.
  @inline(__always)
  private func sum<S: DirectScalar>(
    _ o: StripOrigin, channel k: Int, from first: Int, _ source: RowSource<S>, _ run: DirectRun<S>,
    _ area: UnsafeMutablePointer<S>
  ) {
    let rows = min(strip.rows, core.output.h - o.row)
    let columns = min(strip.columns, core.output.w - o.column)
    if rows <= 0 || columns <= 0 { return }
    let reach = source.reach
    let skipped = source.classes.lowerBound &* core.kernel.h &* core.kernel.w
    let weights =
      run.weights
      + (((o.group &* core.outChannels &+ k) &* core.inChannels &+ first) &* core.kernel.count
        &+ skipped)
    let to = run.y.layout
    let q = run.y.base + (to.index(o.image, k, o.depth, o.row, o.column) &+ o.group &* to.group)
    let isDense = to.width == 1
    let tile = area + stripSize
    let target = isDense ? q : tile
    let pitch = isDense ? to.height : strip.columns
    let masks = UnsafeMutableRawPointer(area + maskStart).assumingMemoryBound(to: UInt32.self)
    let adding = first > 0
    // Dilated rows: those of one residue see each other as neighbours.
    for residue in 0..<min(rowStep, rows) {
      S.rows(
        isa, rows: (rows &- residue &+ rowStep &- 1) / rowStep, columns: columns, reach: reach,
        x: source.x + residue &* source.pitch, xPitch: source.pitch &* rowStep,
        valid: (source.rows(residue: residue, step: rowStep), source.columns),
        channels: (source.channels, source.step),
        classes: (source.classes.count, source.table + 4 &* source.classes.lowerBound),
        offsets: (source.offsetCount, source.offsets), weights: weights,
        weightStep: core.kernel.count, masks: masks,
        into: target + residue &* pitch, pitch: pitch &* rowStep,
        staging: isDense && streams ? tile : nil, ahead: source.ahead,
        adding: adding && isDense)
    }
    if isDense { return }
    for r in 0..<rows {
      let (from, row) = (tile + r &* strip.columns, q + r &* to.height)
      if adding {
        for i in 0..<columns { row[i &* to.width] += from[i] }
      } else {
        for i in 0..<columns { row[i &* to.width] = from[i] }
      }
    }
  }
}

/// What the rows of a band are read from.
private struct RowSource<S> {
  let x: UnsafePointer<S>
  let pitch: Int
  /// Largest offset along a row.
  let reach: Int
  let channels: Int, step: Int
  let classes: Range<Int>
  let table: UnsafePointer<Int32>, offsets: UnsafePointer<Int32>
  /// Offsets that masks are wanted for.
  let offsetCount: Int
  /// Rows and columns that may be read, counted from x.
  let rows: Range<Int>, columns: Range<Int>
  /// Where rows stand that are probably read next.
  var ahead: (from: UnsafePointer<S>, pitch: Int)?

  /// Those of the rows that belong to every `step`-th from `residue` on.
  @inline(__always)
  func rows(residue: Int, step: Int) -> Range<Int> {
    if step == 1 { return rows }
    let low = ceiling(rows.lowerBound &- residue, step)
    return low..<max(low, ceiling(rows.upperBound &- residue, step))
  }

  @inline(__always)
  private func ceiling(_ a: Int, _ b: Int) -> Int { a > 0 ? (a &+ b &- 1) / b : -(-a / b) }
}
