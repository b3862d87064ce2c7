import ConvCore

/// The norm of every tile of an operand, for each batch element, group and channel.
struct TileNorms {
  /// Squared norms; index ((n groups + g) tiles + tile) channels + c.
  let squares: [Double]
  let groups: Int, tiles: Int, channels: Int
  /// Channels that stand for one of the operand (`Phases`).
  private let phases: Int

  /// Their sums over the channels of a tile, by phase.
  private let sums: [Double]

  /// Number of a tile among all.
  func tile(_ n: Int, _ g: Int, _ tile: Int) -> Int { (n * groups + g) * tiles + tile }

  /// Where the channels of a tile begin in `squares`.
  func offset(_ n: Int, _ g: Int, _ tile: Int) -> Int { self.tile(n, g, tile) * channels }

  /// The sum over the channels of a phase.
  func sum(_ tile: Int, phase: Int) -> Double { sums[tile * phases + phase] }

  /// Tiles of `window` that begin at multiples of `step`, each channel read from the channel and
  /// through the maps that `source` says.
  @specialized(where S == Float)
  @specialized(where S == Double)
  init<S: ConvScalar>(
    _ x: UnsafePointer<S>, _ layout: Layout, batch: Int, groups: Int, channels: Int,
    phases: Int = 1, tiles: Extents, step: Extents, window: Extents, _ norm: TransformModel.Norm,
    _ pool: ThreadPool, source: (Int) -> (channel: Int, d: AxisMap, h: AxisMap, w: AxisMap)
  ) {
    (self.groups, self.tiles, self.channels) = (groups, tiles.count, channels)
    self.phases = phases
    let sources = (0..<channels).map(source)
    var squares = [Double](repeating: 0, count: batch * groups * tiles.count * channels)
    let scale = norm == .meanSquare ? 1 / Double(window.count) : 1
    let count = tiles.count
    squares.withUnsafeMutableBufferPointer { target in
      let target = target.baseAddress!
      pool.run(batch * groups * channels) { item, _ in
        let (c, g, n) = (item % channels, item / channels % groups, item / (channels * groups))
        let (channel, d, h, w) = sources[c]
        let maps = [d, h, w]
        let base = x + (layout.index(n, channel, 0, 0, 0) + g * layout.group)
        var plane = readSquares(base, layout, maps)
        var extents = Extents { maps[$0].count }
        for axis in 0..<3 {
          plane = reduce(
            plane, &extents, axis, count: tiles[axis], step: step[axis], window: window[axis], norm)
        }
        for tile in 0..<count {
          target[((n * groups + g) * count + tile) * channels + c] = plane[tile] * scale
        }
      }
    }
    var sums = [Double](repeating: 0, count: batch * groups * count * phases)
    for i in squares.indices {
      sums[i / channels * phases + i % channels % phases] += squares[i]
    }
    (self.squares, self.sums) = (squares, sums)
  }
}

/// The squares of a plane's elements, read through maps. Not finite ones count as zero: what they
/// reach is not bounded but compared.
@specialized(where S == Float)
@specialized(where S == Double)
private func readSquares<S: ConvScalar>(
  _ base: UnsafePointer<S>, _ layout: Layout, _ maps: [AxisMap]
) -> [Double] {
  let e = Extents { maps[$0].count }
  return [Double](unsafeUninitializedCapacity: e.count) { target, made in
    var i = 0
    for d in maps[0].source {
      for h in maps[1].source {
        let row = base + (Int(d) * layout.depth + Int(h) * layout.height)
        for w in maps[2].source {
          var value = 0.0
          if d >= 0 && h >= 0 && w >= 0 {
            let element = Double(row[Int(w) * layout.width])
            value = element.isFinite ? element * element : 0
          }
          target.initializeElement(at: i, to: value)
          i += 1
        }
      }
    }
    made = i
  }
}

/// Sums, or largest values, of windows along one axis.
private func reduce(
  _ plane: [Double], _ e: inout Extents, _ axis: Int, count: Int, step: Int, window: Int,
  _ norm: TransformModel.Norm
) -> [Double] {
  let inner = axis == 0 ? e.h * e.w : axis == 1 ? e.w : 1
  let outer = e.count / (inner * e[axis])
  let extent = e[axis]
  e[axis] = count
  var result = [Double](repeating: 0, count: outer * count * inner)
  for o in 0..<outer {
    for tile in 0..<count {
      let start = tile * step
      for j in start..<max(start, min(extent, start + window)) {
        let (from, to) = ((o * extent + j) * inner, (o * count + tile) * inner)
        for i in 0..<inner {
          let value = plane[from + i]
          result[to + i] =
            norm == .meanSquare ? result[to + i] + value : max(result[to + i], value)
        }
      }
    }
  }
  return result
}
