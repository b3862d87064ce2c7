import CSystem

/// Sums of up to six rows of outputs of one vector, each a property of its own: see `ColumnSums`. Row m
/// is that of the output which tap m of the current row of the input belongs to.
private struct WalkColumn<let high: Int, V: Vector> {
  private var s0 = V(), s1 = V(), s2 = V(), s3 = V(), s4 = V(), s5 = V()

  @_transparent
  init() {}

  @_transparent
  mutating func add(_ x: V, times w: V, row: Int) {
    switch row {
    case 0: s0 = s0.adding(w, times: x)
    case 1: s1 = s1.adding(w, times: x)
    case 2: s2 = s2.adding(w, times: x)
    case 3: s3 = s3.adding(w, times: x)
    case 4: s4 = s4.adding(w, times: x)
    default: s5 = s5.adding(w, times: x)
    }
  }

  @_transparent
  mutating func add(_ x: V, times w: (V, V, V)) {
    s0 = s0.adding(w.0, times: x)
    s1 = s1.adding(w.1, times: x)
    s2 = s2.adding(w.2, times: x)
  }

  /// The sum that no later row of the input reaches.
  @_transparent
  var last: V { high == 3 ? s2 : high == 4 ? s3 : high == 5 ? s4 : s5 }

  /// As the next row of the input sees them.
  @_transparent
  mutating func advance() { (s5, s4, s3, s2, s1, s0) = (s4, s3, s2, s1, s0, V()) }
}

/// One channel and class of a padded strip, where all may be read.
struct WalkPlanes<S> {
  var x: UnsafePointer<S>
  let pitch: Int
  /// Taps of a row, and how far apart they read.
  let taps: Int, tapStep: Int
  /// Of tap (0, 0); those of a column of taps are neighbours, those of a row `height` apart.
  var weights: UnsafePointer<S>
  let height: Int

  /// The next rows of taps.
  @inline(__always)
  mutating func advance(_ rows: Int) {
    x += rows &* pitch
    weights += rows
  }
}

/// Where a walk's sums stand.
struct WalkSums<S> {
  let rows: Int, columns: Int
  /// What they are added to, if anything, and where they go.
  var from: (base: UnsafeMutablePointer<S>, pitch: Int)?
  var to: (base: UnsafeMutablePointer<S>, pitch: Int)
  /// Whether whole cache lines are to go past the caches.
  var streams = false
  var ahead = WalkAhead<S>()
}

/// What the thread is likely to copy next, asked for by cache lines while sums are made: a copy alone
/// waits for memory, and sums alone leave it idle.
struct WalkAhead<S> {
  private var next: UnsafePointer<S>?
  private var left = 0
  private let lines: Int, gap: Int

  /// Nothing.
  @inline(__always)
  init() { (lines, gap) = (0, 0) }

  /// Rows of so many elements, `pitch` apart.
  @inline(__always)
  init(_ start: UnsafePointer<S>, columns: Int, pitch: Int) {
    next = start
    lines = (columns &+ Self.line &- 1) / Self.line
    left = lines
    gap = pitch &- lines &* Self.line
  }

  /// Elements of a cache line.
  @_transparent
  private static var line: Int { 64 / MemoryLayout<S>.stride }

  /// Asks for about as much as a step of so many elements reads.
  @_transparent
  mutating func ask(elements: Int) {
    guard var p = next else { return }
    var i = 0
    repeat {
      cv_prefetch_t1(p)
      p += Self.line
      left &-= 1
      if left == 0 {
        left = lines
        p += gap
      }
      i &+= Self.line
    } while i < elements
    next = p
  }
}

/// Adds `high` rows of taps, walking down all rows of outputs, `wide` vectors at a time.
///
/// A row of the input serves all `high` rows of outputs that it reaches, whose sums stay in registers
/// until their last row of taps. Of the first and the last high - 1 rows some sums belong to no output:
/// nothing distinguishes them, they are not stored.
@inline(never)
private func walk<let high: Int, let wide: Int, V: Vector>(
  _: InlineArray<high, V>.Type, _: InlineArray<wide, V>.Type, _ o: WalkPlanes<V.Scalar>,
  _ sums: WalkSums<V.Scalar>, from start: Int, columns: Int
) {
  let step = wide &* V.lanes
  let (from, to) = (sums.from ?? sums.to, sums.to)
  let adding = sums.from != nil
  var ahead = sums.ahead
  let line = 64 / MemoryLayout<V.Scalar>.stride
  let streams = sums.streams && step &* MemoryLayout<V.Scalar>.stride % 64 == 0
  var column = start
  while column < columns {
    var c0 = WalkColumn<high, V>(), c1 = c0, c2 = c0, c3 = c0
    let left = columns &- column
    var row = o.x + column
    var (base, y) = (from.base + column, to.base + column)
    var i = 1 &- high
    while i < sums.rows {
      var (x, w, taps) = (row, o.weights, o.taps)
      repeat {
        if high > 3 {
          let x0 = V.load(x)
          let x1 = wide > 1 ? V.load(x + V.lanes) : V()
          unrolled(high) { m in
            let weight = V(repeating: w[m])
            c0.add(x0, times: weight, row: m)
            if wide > 1 { c1.add(x1, times: weight, row: m) }
          }
        } else {
          let w = (V(repeating: w[0]), V(repeating: w[1]), V(repeating: w[2]))
          c0.add(V.load(x), times: w)
          if wide > 1 { c1.add(V.load(x + V.lanes), times: w) }
          if wide > 2 { c2.add(V.load(x + 2 &* V.lanes), times: w) }
          if wide > 3 { c3.add(V.load(x + 3 &* V.lanes), times: w) }
        }
        x += o.tapStep
        w += o.height
        // Unrolled by the compiler, short loops spend more on their ends than they save.
        taps = cv_hide(taps &- 1)
      } while taps > 0
      ahead.ask(elements: step)
      // The strip stands in the second-level cache, and its pitch is too large for the hardware to
      // follow.
      for j in 0..<max(1, step / line) { cv_prefetch_t0(row + (3 &* o.pitch &+ step &+ j &* line)) }
      if i >= 0 {
        unrolled(wide) { j in
          let sum = j == 0 ? c0.last : j == 1 ? c1.last : j == 2 ? c2.last : c3.last
          let (base, y) = (base + j &* V.lanes, y + j &* V.lanes)
          if left >= step {
            let sum = adding ? V.load(base) + sum : sum
            if streams { sum.stream(y) } else { sum.store(y) }
          } else {
            storePart(sum, base, y, left &- j &* V.lanes, adding)
          }
        }
        base += from.pitch
        y += to.pitch
      }
      c0.advance()
      if wide > 1 { c1.advance() }
      if wide > 2 { c2.advance() }
      if wide > 3 { c3.advance() }
      row += o.pitch
      i &+= 1
    }
    column &+= step
  }
}

@inline(__always)
private func storePart<V: Vector>(
  _ sum: V, _ base: UnsafeMutablePointer<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>,
  _ columns: Int, _ adding: Bool
) {
  if columns >= V.lanes {
    (adding ? V.load(base) + sum : sum).store(y)
  } else if columns > 0 {
    (adding ? V.load(base, first: columns) + sum : sum).store(y, first: columns)
  }
}

/// `high` rows of taps: as many tiles of `most` vectors as there are, then the rest by single vectors
/// or, if that is more than one, in another such tile.
@inline(__always)
private func walk<let high: Int, let most: Int, V: Vector>(
  _ h: InlineArray<high, V>.Type, _ m: InlineArray<most, V>.Type, _ o: WalkPlanes<V.Scalar>,
  _ sums: WalkSums<V.Scalar>
) {
  let columns = sums.columns
  let whole = columns / (most &* V.lanes) &* (most &* V.lanes)
  let ends = columns &- whole <= V.lanes ? whole : columns
  walk(h, m, o, sums, from: 0, columns: ends)
  walk(h, InlineArray<1, V>.self, o, sums, from: ends, columns: columns)
}

/// A band of strips, whose classes all have three rows of taps or more: these in parts of three to
/// six, whose sums meet in `staging` if there is any, and in y if not.
@inline(__always)
func walk<V: Vector>(
  _: V.Type, rows: Int, columns: Int, _ planes: RowPlanes<V.Scalar>,
  _ y: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, staging: UnsafeMutablePointer<V.Scalar>?,
  ahead: (from: UnsafePointer<V.Scalar>, pitch: Int)?, adding: Bool
) {
  let result = (base: y, pitch: pitch)
  let partial = staging.map { (base: $0, pitch: columns) } ?? result
  let bytes = MemoryLayout<V.Scalar>.stride
  let isAligned = (UInt(bitPattern: y) | UInt(bitPattern: pitch &* bytes)) & 63 == 0
  var sums = WalkSums(
    rows: rows, columns: columns, from: adding ? result : nil, to: partial)
  for c in 0..<planes.channels {
    let x = planes.x + c &* planes.channel
    var (entry, weights) = (planes.table, planes.weights + c &* planes.weightStep)
    for s in 0..<planes.classes {
      let (height, taps) = (Int(entry[1]), Int(entry[2]))
      let offsets = planes.offsets + Int(entry[3])
      let first = Int(offsets[0])
      var o = WalkPlanes(
        x: x + Int(entry[0]) + first, pitch: planes.pitch, taps: taps,
        tapStep: taps > 1 ? Int(offsets[1]) &- first : 0, weights: weights, height: height)
      let parts = (height &+ 5) / 6
      var top = 0
      for part in 0..<parts {
        let end = (part &+ 1) &* height / parts
        if part == parts &- 1 && s == planes.classes &- 1 && c == planes.channels &- 1 {
          sums.to = result
          sums.streams = staging != nil && isAligned
          if let ahead {
            sums.ahead = WalkAhead(ahead.from, columns: columns, pitch: ahead.pitch)
          }
        }
        switch end &- top {
        case 3: walk(InlineArray<3, V>.self, InlineArray<4, V>.self, o, sums)
        case 4: walk(InlineArray<4, V>.self, InlineArray<2, V>.self, o, sums)
        case 5: walk(InlineArray<5, V>.self, InlineArray<2, V>.self, o, sums)
        default: walk(InlineArray<6, V>.self, InlineArray<2, V>.self, o, sums)
        }
        o.advance(end &- top)
        top = end
        sums.from = partial
      }
      weights += height &* taps
      entry += 4
    }
  }
}
