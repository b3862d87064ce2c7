import ConvCore

/// Which results of a large problem are computed exactly: all corners as far as the budget goes,
/// positions near the borders (where padding, tile tails and crops are), and positions at random.
enum Sampling {
  /// Sorted indices, each once; about `count` of them.
  static func indices(_ shape: ResultShape, total: Int, count: Int, seed: UInt64) -> [Int] {
    guard count < total else { return Array(0..<total) }
    let outerCount = total / (shape.innerCount * shape.extents.count)
    let e = shape.extents
    let random = SeededRandom(seed: seed, stream: 0x5A)
    var drawn = 0
    func draw(_ n: Int) -> Int {
      drawn += 1
      return random.integer(at: drawn, in: 0...(n - 1))
    }
    var chosen: Set<Int> = []
    // A quarter: corners. Channels and batch advance together, so that each is met early.
    let corners = Set(
      (0..<8).map { corner in
        Extents { corner >> $0 & 1 == 0 ? 0 : e[$0] - 1 }
      })
    let pairs = min(outerCount * shape.innerCount, max(1, count / 4 / corners.count))
    for pair in 0..<pairs {
      let inner = pair % shape.innerCount
      let outer = (pair / shape.innerCount + pair) % outerCount
      for c in corners { chosen.insert(shape.index(outer, inner, c.d, c.h, c.w)) }
    }
    // A quarter: one coordinate within 8 of a border.
    for _ in 0..<(count / 4) {
      var p = Extents { draw(e[$0]) }
      let axis = draw(3)
      let depth = draw(min(8, e[axis]))
      p[axis] = draw(2) == 0 ? depth : e[axis] - 1 - depth
      chosen.insert(shape.index(draw(outerCount), draw(shape.innerCount), p.d, p.h, p.w))
    }
    while chosen.count < count { chosen.insert(draw(total)) }
    return chosen.sorted()
  }
}
