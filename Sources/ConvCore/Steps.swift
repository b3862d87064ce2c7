/// The loops of the shared steps.
///
/// Generic over the scalar alone, so that they can be compiled for each: the attribute cannot name
/// an associated type.
enum Steps {
  /// to[n, g, c, i] = from[n, g, channel(c), map_c(i)], zero where the map says so.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func gather<S: ConvScalar>(
    _ x: Source<S>, _ part: Part, into y: Target<S>, _ pool: ThreadPool
  ) {
    let (from, to, core) = (x.layout, y.layout, part.core)
    pool.run(core.batch * core.groups * core.inChannels) { item, _ in
      let c = item % core.inChannels
      let g = item / core.inChannels % core.groups
      let n = item / (core.inChannels * core.groups)
      let source = part.source(ofChannel: c)
      let p = x.base + (from.index(n, source.channel, 0, 0, 0) + g * from.group)
      let q = y.base + (to.index(n, c, 0, 0, 0) + g * to.group)
      for (d, depth) in source.d.source.enumerated() {
        for (h, height) in source.h.source.enumerated() {
          let row = q + (d * to.depth + h * to.height)
          if depth < 0 || height < 0 {
            row.update(repeating: 0, count: source.w.count)
          } else {
            gatherRow(
              p + (Int(depth) * from.depth + Int(height) * from.height), from.width, source.w, row)
          }
        }
      }
    }
  }

  @inline(__always)
  private static func gatherRow<S: ConvScalar>(
    _ p: UnsafePointer<S>, _ step: Int, _ map: borrowing AxisMap, _ q: UnsafeMutablePointer<S>
  ) {
    let run = map.interior
    map.source.withUnsafeBufferPointer { source in
      for w in 0..<run.lowerBound { q[w] = source[w] < 0 ? 0 : p[Int(source[w]) &* step] }
      if !run.isEmpty {
        let start = p + Int(source[run.lowerBound]) &* step
        let step = step &* map.step
        if step == 1 {
          (q + run.lowerBound).update(from: start, count: run.count)
        } else {
          for i in 0..<run.count { q[run.lowerBound &+ i] = start[i &* step] }
        }
      }
      for w in run.upperBound..<source.count {
        q[w] = source[w] < 0 ? 0 : p[Int(source[w]) &* step]
      }
    }
  }

  /// to[n, g, c, i] = from[n, g, c, i].
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func copy<S: ConvScalar>(
    batch: Int, groups: Int, channels: Int, _ e: Extents, _ x: Source<S>, into y: Target<S>,
    _ pool: ThreadPool
  ) {
    let (from, to) = (x.layout, y.layout)
    pool.run(batch * groups * channels) { item, _ in
      let c = item % channels
      let g = item / channels % groups
      let n = item / (channels * groups)
      for d in 0..<e.d {
        for h in 0..<e.h {
          let p = x.base + (from.index(n, c, d, h, 0) + g * from.group)
          let q = y.base + (to.index(n, c, d, h, 0) + g * to.group)
          for w in 0..<e.w { q[w &* to.width] = p[w &* from.width] }
        }
      }
    }
  }

  /// to[n, c, map(i)] += from[n, c, i]: the adjoint of `gather`. `to` is cleared first.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func fold<S: ConvScalar>(
    batch: Int, channels: Int, _ e: Extents, _ maps: [AxisMap], _ x: Source<S>,
    into y: Target<S>, _ pool: ThreadPool
  ) {
    let (from, to) = (x.layout, y.layout)
    let real = Extents { maps[$0].extent }
    pool.run(batch * channels) { item, _ in
      let (n, c) = (item / channels, item % channels)
      for d in 0..<real.d {
        for h in 0..<real.h {
          let q = y.base + to.index(n, c, d, h, 0)
          for w in 0..<real.w { q[w &* to.width] = 0 }
        }
      }
      for d in 0..<e.d {
        for h in 0..<e.h {
          let (td, th) = (Int(maps[0].source[d]), Int(maps[1].source[h]))
          if td < 0 || th < 0 { continue }
          let p = x.base + from.index(n, c, d, h, 0)
          let q = y.base + to.index(n, c, td, th, 0)
          maps[2].source.withUnsafeBufferPointer { columns in
            for w in 0..<e.w where columns[w] >= 0 {
              q[Int(columns[w]) &* to.width] += p[w &* from.width]
            }
          }
        }
      }
    }
  }

  /// y[n, k, ...] += bias[k].
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func addBias<S: ConvScalar>(
    _ bias: UnsafePointer<S>, batch: Int, channels: Int, _ e: Extents, into y: Target<S>,
    _ pool: ThreadPool
  ) {
    let to = y.layout
    pool.run(batch * channels) { item, _ in
      let (n, c) = (item / channels, item % channels)
      let value = bias[c]
      if to.isDense(e) {
        let q = y.base + to.index(n, c, 0, 0, 0)
        for i in 0..<e.count { q[i] += value }
        return
      }
      for d in 0..<e.d {
        for h in 0..<e.h {
          let q = y.base + to.index(n, c, d, h, 0)
          for w in 0..<e.w { q[w &* to.width] += value }
        }
      }
    }
  }

  /// Sum over batch and positions of each channel, in Double.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func sumChannels<S: ConvScalar>(
    _ x: Source<S>, batch: Int, channels: Int, _ e: Extents, into y: UnsafeMutablePointer<S>,
    _ pool: ThreadPool
  ) {
    let from = x.layout
    pool.run(channels) { c, _ in
      var sum = 0.0
      for n in 0..<batch {
        if from.isDense(e) {
          sum += total(x.base + from.index(n, c, 0, 0, 0), e.count)
          continue
        }
        for d in 0..<e.d {
          for h in 0..<e.h {
            let p = x.base + from.index(n, c, d, h, 0)
            for w in 0..<e.w { sum += Double(p[w &* from.width]) }
          }
        }
      }
      y[c] = S(sum)
    }
  }

  /// Sum of a run of values, in eight lanes of Double.
  @inline(__always)
  private static func total<S: ConvScalar>(_ p: UnsafePointer<S>, _ count: Int) -> Double {
    var sums = SIMD8<Double>()
    var i = 0
    while i &+ 8 <= count {
      let v = UnsafeRawPointer(p + i).loadUnaligned(as: SIMD8<S>.self)
      sums += SIMD8(
        Double(v[0]), Double(v[1]), Double(v[2]), Double(v[3]), Double(v[4]), Double(v[5]),
        Double(v[6]), Double(v[7]))
      i &+= 8
    }
    var sum = sums.sum()
    while i < count {
      sum += Double(p[i])
      i &+= 1
    }
    return sum
  }
}

extension Layout {
  /// Whether the positions of one channel stand one after the other.
  fileprivate func isDense(_ e: Extents) -> Bool {
    width == 1 && height == e.w && depth == e.h * e.w
  }
}
