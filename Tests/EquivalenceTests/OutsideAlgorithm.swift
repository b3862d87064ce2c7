import ConvCore

// An algorithm as somebody outside would write it, on the public interface alone: the sum as it
// stands, vectorised by nobody. docs/AddingAnAlgorithm.md explains each piece.

/// y[n, k, o] = sum over c, t of x[n, c, o + t] w[k, c, t], on a padded input.
struct OutsideKernel<S: ConvScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S
  private let core: CoreProblem
  private let weights: Buffer<S>

  static func native(_: Void) -> Native { [] }

  static func estimate(_ c: CoreProblem, _: Role, slots: Int, _: Void, _: Resources)
    throws(ConvError) -> KernelEstimate
  {
    let terms = c.inChannels * c.kernel.count
    return KernelEstimate(
      ownedBytes: slots * c.outChannels * terms * MemoryLayout<S>.stride, scratchBytes: 0,
      executedOperations: c.operations, error: .summation(terms: terms, chunk: terms))
  }

  init(_ core: CoreProblem, _: Role, slots: Int, _: Void, _ resources: Resources) throws(ConvError)
  {
    let count = slots * core.outChannels * core.inChannels * core.kernel.count
    weights = try Buffer(count, poison: resources.poison)
    self.core = core
  }

  var ownedBytes: Int { weights.byteCount }
  var scratchBytes: Int { 0 }

  /// Where the weights of a slot, output and input channel begin.
  private func start(_ slot: Int, _ k: Int, _ c: Int) -> Int {
    ((slot * core.outChannels + k) * core.inChannels + c) * core.kernel.count
  }

  mutating func prepare(_ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer) {
    let e = core.kernel
    for k in 0..<core.outChannels {
      for c in 0..<core.inChannels {
        for t in 0..<e.count {
          let index = w.layout.index(k, c, t / (e.h * e.w), t / e.w % e.h, t % e.w)
          weights.base[start(slot, k, c) + t] = w.base[index]
        }
      }
    }
  }

  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    let (e, o) = (core.kernel, core.output)
    for n in 0..<core.batch {
      for k in 0..<core.outChannels {
        for p in 0..<o.count {
          let (d, h, w) = (p / (o.h * o.w), p / o.w % o.h, p % o.w)
          var sum: S = 0
          for c in 0..<core.inChannels {
            for t in 0..<e.count {
              let (td, th, tw) = (t / (e.h * e.w), t / e.w % e.h, t % e.w)
              let value = x.base[x.layout.index(n, c, d + td, h + th, w + tw)]
              sum += value * weights.base[start(slot, k, c) + t]
            }
          }
          y.base[y.layout.index(n, k, d, h, w)] = sum
        }
      }
    }
  }
}

/// The row of a registry around it.
struct OutsideAlgorithm: ConvAlgorithm {
  var name: AlgorithmName { AlgorithmName("outside") }

  func support(_ p: ConvProblem, _ r: Resources) -> Support {
    .lowered(OutsideKernel<Float>.self, OutsideKernel<Double>.self, (), p, r)
  }

  func plan(_ p: ConvProblem, _ r: Resources, as: Float.Type) throws(ConvError) -> Plan<Float> {
    try .lowered(OutsideKernel<Float>.self, (), name, p, r)
  }

  func plan(_ p: ConvProblem, _ r: Resources, as: Double.Type) throws(ConvError) -> Plan<Double> {
    try .lowered(OutsideKernel<Double>.self, (), name, p, r)
  }
}
