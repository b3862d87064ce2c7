import ConvCore

/// The normal form as plain loops, with any set of native abilities: whatever it does not take
/// must have been done by the shared steps, or results are wrong.
struct PlainKernel: ConvKernel, ~Copyable {
  typealias Scalar = Float
  typealias Options = Native

  private let core: CoreProblem
  private let native: Native
  private let weights: Buffer<Float>

  static func native(_ options: Native) -> Native { options }

  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Native, _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    let weights = core.groups * core.outChannels * core.inChannels * core.kernel.count
    return KernelEstimate(
      ownedBytes: 4 * slots * weights, scratchBytes: 256, executedOperations: core.operations,
      error: .summation(
        terms: core.inChannels * core.kernel.count, chunk: core.inChannels * core.kernel.count))
  }

  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Native, _ resources: Resources
  ) throws(ConvError) {
    self.core = core
    native = options
    weights = try Buffer(
      slots * core.groups * core.outChannels * core.inChannels * core.kernel.count, poison: true)
  }

  var ownedBytes: Int { weights.byteCount }
  var scratchBytes: Int { 256 }

  private func weightIndex(_ slot: Int, _ g: Int, _ k: Int, _ c: Int, _ t: Int) -> Int {
    (((slot * core.groups + g) * core.outChannels + k) * core.inChannels + c) * core.kernel.count
      + t
  }

  mutating func prepare(_ w: Source<Float>, slot: Int, scratch: UnsafeMutableRawPointer) {
    forEachTap { g, k, c, t, d, h, x in
      weights.base[weightIndex(slot, g, k, c, t)] =
        w.base[w.layout.index(k, c, d, h, x) + g * w.layout.group]
    }
  }

  mutating func apply(
    _ x: Source<Float>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<Float>
  ) {
    precondition(native.contains(.layouts) || (x.layout.width == 1 && y.layout.width == 1))
    forEachOutput(y.layout, channels: core.outChannels) { n, g, k, d, h, w, index in
      var sum: Float = 0
      forEachTap(group: g, k: k) { c, t, kd, kh, kw in
        sum +=
          read(x, n, g, c, [d, h, w], [kd, kh, kw]) * weights.base[weightIndex(slot, g, k, c, t)]
      }
      y.base[index] = sum
    }
  }

  mutating func weightGradient(
    _ x: Source<Float>, _ dy: Source<Float>, scratch: UnsafeMutableRawPointer,
    into w: Target<Float>
  ) {
    precondition(native.contains(.weightGradient))
    forEachTap { g, k, c, t, kd, kh, kw in
      var sum: Float = 0
      forEachOutput(dy.layout, channels: core.outChannels) { n, og, ok, d, h, column, index in
        if og == g && ok == k {
          sum += read(x, n, g, c, [d, h, column], [kd, kh, kw]) * dy.base[index]
        }
      }
      w.base[w.layout.index(k, c, kd, kh, kw) + g * w.layout.group] = sum
    }
  }

  private func read(
    _ x: Source<Float>, _ n: Int, _ g: Int, _ c: Int, _ output: [Int], _ tap: [Int]
  ) -> Float {
    let at = (0..<3).map { axis in
      let i = output[axis] * core.stride[axis] + tap[axis] * core.dilation[axis]
      precondition(i < core.input[axis])
      return native.contains(.maps) ? Int(core.maps[axis].source[i]) : i
    }
    if at.contains(where: { $0 < 0 }) { return 0 }
    return x.base[x.layout.index(n, c, at[0], at[1], at[2]) + g * x.layout.group]
  }

  private func forEachTap(
    group: Int, k: Int, _ body: (_ c: Int, _ t: Int, _ d: Int, _ h: Int, _ w: Int) -> Void
  ) {
    for c in 0..<core.inChannels {
      for t in 0..<core.kernel.count {
        let (d, h, w) = position(t, core.kernel)
        body(c, t, d, h, w)
      }
    }
  }

  private func forEachTap(
    _ body: (_ g: Int, _ k: Int, _ c: Int, _ t: Int, _ d: Int, _ h: Int, _ w: Int) -> Void
  ) {
    for g in 0..<core.groups {
      for k in 0..<core.outChannels {
        forEachTap(group: g, k: k) { c, t, d, h, w in body(g, k, c, t, d, h, w) }
      }
    }
  }

  private func forEachOutput(
    _ layout: Layout, channels: Int,
    _ body: (_ n: Int, _ g: Int, _ k: Int, _ d: Int, _ h: Int, _ w: Int, _ index: Int) -> Void
  ) {
    for n in 0..<core.batch {
      for g in 0..<core.groups {
        for k in 0..<channels {
          for o in 0..<core.output.count {
            let (d, h, w) = position(o, core.output)
            body(n, g, k, d, h, w, layout.index(n, k, d, h, w) + g * layout.group)
          }
        }
      }
    }
  }

  private func position(_ i: Int, _ e: Extents) -> (Int, Int, Int) {
    (i / (e.h * e.w), i / e.w % e.h, i % e.w)
  }
}
