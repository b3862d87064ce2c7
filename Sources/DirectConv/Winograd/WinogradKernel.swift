import ConvCore
import Kernels

/// What distinguishes variants of Winograd's algorithm.
public struct WinogradOptions: Sendable, Hashable {
  /// Outputs of a tile along each axis with more than one tap; nil to choose.
  public var tile: Int?

  /// `tile` outputs along each axis.
  public init(tile: Int? = nil) { self.tile = tile }
}

/// Winograd's algorithm for the normal form: docs/Winograd.md.
///
/// Per block of tiles: transform the input, multiply by the weights at each point as matrices (tiles x
/// channels), transform back. V[point][C / L][tile][L], U[point][K / 2L][C][2L], M as V.
struct WinogradKernel<S: WinogradScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S
  typealias Options = WinogradOptions

  private let core: CoreProblem
  private let role: Role
  private let g: WinogradGeometry
  private let resources: Resources
  private let weights: WinogradWeights<S>
  private let back: WinogradWeightSums<S>
  private let u: Buffer<S>
  /// Maps of the output gradient in a weight gradient: what lies beyond its end is zero.
  private let plain: [AxisMap]

  // Dilation is claimed so that it can be refused: multiplying by inserted zeros is no contender.
  static func native(_ options: WinogradOptions) -> Native {
    [.maps, .dilation, .layouts, .weightGradient]
  }

  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: WinogradOptions,
    _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    let choice = try WinogradChoice(core, role, options, resources, S.kind)
    let g = choice.geometry
    return KernelEstimate(
      ownedBytes: role == .correlation ? slots * g.weights * S.kind.byteCount : 0,
      scratchBytes: scratchBytes(g, role, threads: resources.threads),
      executedOperations: choice.operations, error: choice.error)
  }

  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: WinogradOptions,
    _ resources: Resources
  ) throws(ConvError) {
    let choice = try WinogradChoice(core, role, options, resources, S.kind)
    let u = try Buffer<S>(
      role == .correlation ? slots * choice.geometry.weights : 0, poison: resources.poison)
    self.core = core
    self.role = role
    g = choice.geometry
    self.resources = resources
    weights = WinogradWeights(choice.geometry, resources.isa, choice.axes)
    back = WinogradWeightSums(choice.geometry, resources.isa, choice.axes)
    self.u = u
    plain =
      role == .correlation
      ? []
      : (0..<3).map { axis in
        AxisMap(count: core.output[axis], extent: core.output[axis]) { $0 }
      }
  }

  var ownedBytes: Int { u.byteCount }

  var scratchBytes: Int { Self.scratchBytes(g, role, threads: resources.threads) }

  /// For each thread a strip; V and M for each thread or once; while weights are prepared, Doubles.
  private static func scratchBytes(_ g: WinogradGeometry, _ role: Role, threads: Int) -> Int {
    if role == .weightGradient {
      return WinogradGradient<S>.scratch(g, threads: threads) * S.kind.byteCount
    }
    let blocks = g.sharesBlocks ? 1 : threads
    return max(
      (threads * g.strip + blocks * (g.inBlock + g.outBlock)) * S.kind.byteCount,
      threads * g.weightWork * MemoryLayout<Double>.stride)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func prepare(_ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer) {
    let stage = weights
    let work = scratch.assumingMemoryBound(to: Double.self)
    let to = u.base + slot * g.weights
    resources.pool.run(g.outVectors) { vector, worker in
      stage.run(w, vector: vector, work: work + worker * stage.g.weightWork, into: to)
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    AxisView.with(core.maps) { depth, height, width in
      let pipeline = WinogradPipeline(
        g: g, isa: resources.isa, threads: resources.threads,
        input: g.inputStrips(x.layout, (depth, height, width)),
        output: g.outputStrips(y.layout), x: x.base, y: y.base,
        u: UnsafePointer(u.base) + slot * g.weights,
        scratch: scratch.assumingMemoryBound(to: S.self))
      if g.sharesBlocks {
        pipeline.runShared(resources)
      } else {
        pipeline.runOwn(resources)
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func weightGradient(
    _ x: Source<S>, _ dy: Source<S>, scratch: UnsafeMutableRawPointer, into w: Target<S>
  ) {
    AxisView.with(core.maps) { depth, height, width in
      AxisView.with(plain) { d, h, w1 in
        WinogradGradient(
          g: g, isa: resources.isa, threads: resources.threads, back: back,
          input: g.inputStrips(x.layout, (depth, height, width)),
          output: g.gradientStrips(dy.layout, (d, h, w1)), x: x.base, dy: dy.base,
          scratch: scratch.assumingMemoryBound(to: S.self)
        ).run(into: w, resources)
      }
    }
  }
}
