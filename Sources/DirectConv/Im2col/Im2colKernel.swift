import ConvCore
import Kernels

/// The normal form as a matrix product; everything is native.
struct Im2colKernel<S: GemmScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S

  private let product: Im2colProduct<S>?
  private let reduction: Im2colReduction<S>?
  private let weights: Buffer<S>

  static func native(_ options: Im2colLimits) -> Native {
    [.maps, .stride, .dilation, .groups, .layouts, .weightGradient]
  }

  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Im2colLimits, _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    switch role {
    case .correlation:
      let blocking = Im2colBlocking(
        core, options, resources.isa, S.kind, threads: resources.threads)
      return KernelEstimate(
        ownedBytes: weightCount(core) * S.kind.byteCount,
        scratchBytes: blocking.scratchBytes(S.kind) * resources.threads,
        executedOperations: core.operations,
        error: .summation(
          terms: core.inChannels * core.kernel.count, chunk: blocking.taps.depth))
    case .weightGradient:
      let blocking = Im2colReductionBlocking(
        core, options, resources.isa, S.kind, threads: resources.threads)
      return KernelEstimate(
        ownedBytes: 0, scratchBytes: blocking.scratchBytes(S.kind) * resources.threads,
        executedOperations: core.operations,
        error: .summation(terms: core.batch * core.output.count, chunk: blocking.depth))
    }
  }

  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Im2colLimits, _ resources: Resources
  ) throws(ConvError) {
    let isProduct = role == .correlation
    weights = try Buffer(isProduct ? Self.weightCount(core) : 0, poison: resources.poison)
    product = isProduct ? Im2colProduct(core, options, resources) : nil
    reduction = isProduct ? nil : Im2colReduction(core, options, resources)
  }

  private static func weightCount(_ core: CoreProblem) -> Int {
    core.groups * core.outChannels * core.inChannels * core.kernel.count
  }

  var ownedBytes: Int { weights.byteCount }

  var scratchBytes: Int { product?.scratchBytes ?? reduction?.scratchBytes ?? 0 }

  mutating func prepare(_ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer) {
    product?.pack(w, into: weights.base)
  }

  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    product?.run(x, UnsafePointer(weights.base), scratch, into: y)
  }

  mutating func weightGradient(
    _ x: Source<S>, _ dy: Source<S>, scratch: UnsafeMutableRawPointer, into w: Target<S>
  ) {
    reduction?.run(x, dy, scratch, into: w)
  }
}
