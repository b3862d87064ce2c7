import ConvCore
import Kernels

/// The form in which a problem is computed, blocked.
private enum DirectForm {
  /// Many output channels: blocks of channels x pixels.
  case panels(DirectPanels)
  /// Few: rows of pixels, one output channel at a time.
  case rows(DirectRows)
  /// Depthwise of short or strided rows: vectors of groups.
  case lanes(DirectLanes)

  init(_ core: CoreProblem, _ kind: ScalarKind, _ resources: Resources) {
    if DirectLanes.fits(core, kind, resources.isa) {
      self = .lanes(DirectLanes(core, kind, resources.isa))
    } else if core.outChannels == 1 {
      self = .rows(DirectRows(core, kind, resources.isa, threads: resources.threads))
    } else {
      self = .panels(DirectPanels(core, kind, resources.isa, threads: resources.threads))
    }
  }

  /// Elements of prepared weights, of tables, of scratch for one thread, and products that are summed
  /// before they meet the sum of others.
  var sizes: (weights: Int, table: Int, scratch: Int, chunk: Int) {
    switch self {
    case .panels(let p):
      (
        p.groupWeights * p.core.groups, p.tableCount, p.threadScratch, p.channelChunk * p.tapChunk
      )
    case .rows(let r):
      (r.weightCount, r.tableCount, r.threadScratch, r.stripChannels * r.core.kernel.count)
    case .lanes(let l): (l.weightCount, l.tableCount, l.threadScratch, l.core.kernel.count)
    }
  }
}

/// Direct convolution of the normal form.
struct DirectKernel<S: DirectScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S

  private let form: DirectForm
  private let weights: Buffer<S>
  private let table: Buffer<Int32>
  private let maps: DirectMaps
  private let resources: Resources

  static func native(_ options: Void) -> Native {
    [.maps, .stride, .dilation, .groups, .layouts]
  }

  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Void, _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    let sizes = DirectForm(core, S.kind, resources).sizes
    return KernelEstimate(
      ownedBytes: sizes.weights * S.kind.byteCount + (sizes.table + DirectMaps.count(core)) * 4,
      scratchBytes: sizes.scratch * resources.threads * S.kind.byteCount,
      executedOperations: core.operations,
      error: .summation(terms: core.inChannels * core.kernel.count, chunk: sizes.chunk))
  }

  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: Void, _ resources: Resources
  ) throws(ConvError) {
    let form = DirectForm(core, S.kind, resources)
    let sizes = form.sizes
    let weights = try Buffer<S>(sizes.weights, poison: resources.poison)
    let table = try Buffer<Int32>(sizes.table + DirectMaps.count(core))
    switch form {
    case .panels(let p): p.writeTables(table.base)
    case .rows(let r): r.writeTables(table.base)
    case .lanes(let l): l.writeTables(table.base)
    }
    maps = DirectMaps(core, in: table.base + sizes.table)
    self.form = form
    self.weights = weights
    self.table = table
    self.resources = resources
  }

  var ownedBytes: Int { weights.byteCount + table.byteCount }

  var scratchBytes: Int { form.sizes.scratch * resources.threads * S.kind.byteCount }

  mutating func prepare(_ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer) {
    switch form {
    case .panels(let p): p.prepare(w, into: weights.base, resources.pool)
    case .rows(let r): r.prepare(w, into: weights.base, resources.pool)
    case .lanes(let l): l.prepare(w, into: weights.base, resources.pool)
    }
  }

  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    let run = DirectRun(
      x: x, y: y, weights: UnsafePointer(weights.base), table: table.base, maps: maps,
      scratch: scratch.assumingMemoryBound(to: S.self))
    switch form {
    case .panels(let p): p.apply(run, resources)
    case .rows(let r): r.apply(run, resources.pool)
    case .lanes(let l): l.apply(run, resources.pool)
    }
  }
}
