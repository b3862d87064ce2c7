import ConvCore
import Kernels

/// Direct convolution of the normal form.
struct DirectKernel<S: DirectScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S

  private let panels: DirectPanels
  private let weights: Buffer<S>
  private let table: Buffer<Int32>
  private let resources: Resources

  static func native(_ options: Void) -> Native {
    [.maps, .stride, .dilation, .groups, .layouts]
  }

  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Void, _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    let p = DirectPanels(core, S.kind, resources.isa, threads: resources.threads)
    return KernelEstimate(
      ownedBytes: p.groupWeights * core.groups * S.kind.byteCount + p.tableCount * 4,
      scratchBytes: p.threadScratch * resources.threads * S.kind.byteCount,
      executedOperations: core.operations,
      error: .summation(
        terms: core.inChannels * core.kernel.count, chunk: p.channelChunk * p.tapChunk))
  }

  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Void, _ resources: Resources
  ) throws(ConvError) {
    let panels = DirectPanels(core, S.kind, resources.isa, threads: resources.threads)
    let weights = try Buffer<S>(panels.groupWeights * core.groups, poison: resources.poison)
    let table = try Buffer<Int32>(panels.tableCount)
    panels.writeTables(table.base)
    self.panels = panels
    self.weights = weights
    self.table = table
    self.resources = resources
  }

  var ownedBytes: Int { weights.byteCount + table.byteCount }

  var scratchBytes: Int { panels.threadScratch * resources.threads * S.kind.byteCount }

  mutating func prepare(_ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer) {
    panels.prepare(w, into: weights.base, resources.pool)
  }

  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    panels.apply(
      x, UnsafePointer(weights.base), UnsafePointer(table.base),
      scratch: scratch.assumingMemoryBound(to: S.self), into: y, resources.pool)
  }
}
