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
  private let u: Buffer<S>
  /// Maps of the output gradient in a weight gradient: what lies beyond its end is zero.
  private let plain: [AxisMap]

  // Stride and dilation are claimed so that they can be refused: computing every output to drop most
  // is no contender.
  static func native(_ options: WinogradOptions) -> Native {
    [.maps, .stride, .dilation, .layouts, .weightGradient]
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
    AxisView.with(core.maps) { maps in
      let pipeline = WinogradPipeline(
        core, g, maps, resources.isa, u: UnsafePointer(u.base) + slot * g.weights,
        scratch: scratch.assumingMemoryBound(to: S.self), threads: resources.threads)
      if g.sharesBlocks {
        pipeline.runShared(x, into: y, resources)
      } else {
        pipeline.runOwn(x, into: y, resources)
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func weightGradient(
    _ x: Source<S>, _ dy: Source<S>, scratch: UnsafeMutableRawPointer, into w: Target<S>
  ) {
    AxisView.with(core.maps) { maps in
      AxisView.with(plain) { outputs in
        let input = WinogradAnalysis<S>(
          g: g, isa: resources.isa, maps: maps, channels: core.inChannels, extents: g.points,
          point: g.inPoint)
        let output = WinogradAnalysis<S>(
          g: g, isa: resources.isa, maps: outputs, channels: core.outChannels,
          extents: g.outputs, point: g.outPoint)
        WinogradGradient(
          g: g, isa: resources.isa, weights: weights, input: input, output: output,
          scratch: scratch.assumingMemoryBound(to: S.self), threads: resources.threads
        ).run(x, dy, into: w, resources)
      }
    }
  }
}

/// The three stages on blocks of tiles.
private struct WinogradPipeline<S: WinogradScalar> {
  let g: WinogradGeometry
  let isa: ISA
  let u: UnsafePointer<S>
  let scratch: UnsafeMutablePointer<S>
  let threads: Int
  let analysis: WinogradAnalysis<S>
  let synthesis: WinogradSynthesis<S>

  init(
    _ core: CoreProblem, _ g: WinogradGeometry, _ maps: (AxisView, AxisView, AxisView),
    _ isa: ISA, u: UnsafePointer<S>, scratch: UnsafeMutablePointer<S>, threads: Int
  ) {
    (self.g, self.isa, self.u, self.scratch, self.threads) = (g, isa, u, scratch, threads)
    analysis = WinogradAnalysis(
      g: g, isa: isa, maps: maps, channels: core.inChannels, extents: g.points,
      point: g.inPoint)
    synthesis = WinogradSynthesis(g: g, isa: isa, extents: core.output)
  }

  private func strip(_ worker: Int) -> UnsafeMutablePointer<S> { scratch + worker * g.strip }

  private func inBlock(_ i: Int) -> UnsafeMutablePointer<S> {
    scratch + threads * g.strip + i * (g.inBlock + g.outBlock)
  }

  private func outBlock(_ i: Int) -> UnsafeMutablePointer<S> { inBlock(i) + g.inBlock }

  /// Each thread takes a block through all three stages, so that it stays in that thread's cache.
  func runOwn(_ x: Source<S>, into y: Target<S>, _ resources: Resources) {
    resources.pool.run(g.blocks) { block, worker in
      let range = g.tiles(ofBlock: block)
      let (v, m, strip) = (inBlock(worker), outBlock(worker), strip(worker))
      for c in 0..<g.inVectors {
        analysis.run(
          x, vector: c, tiles: range, strip: strip, into: v + c * g.vectorStride)
      }
      for f in 0..<g.points.count { multiply(f, 0..<g.outVectors, range.count, v, m) }
      for k in 0..<g.outVectors {
        synthesis.run(
          UnsafePointer(m + k * g.vectorStride), vector: k, tiles: range, strip: strip, into: y)
      }
    }
  }

  /// All threads do one stage of a block together: for few tiles and many channels, so that the weights
  /// are read once for all.
  func runShared(_ x: Source<S>, into y: Target<S>, _ resources: Resources) {
    let (v, m) = (inBlock(0), outBlock(0))
    let inParts = g.parts(g.inVectors, threads: threads)
    let outParts = g.parts(g.outVectors, threads: threads)
    for block in 0..<g.blocks {
      let range = g.tiles(ofBlock: block)
      resources.timed(.forward) {
        resources.pool.run(g.inVectors * inParts) { item, worker in
          let c = item / inParts
          let some = range.part(item % inParts, of: inParts)
          let at = c * g.vectorStride + (some.lowerBound - range.lowerBound) * g.lanes
          analysis.run(x, vector: c, tiles: some, strip: strip(worker), into: v + at)
        }
      }
      resources.timed(.multiply) {
        let panels = (g.outVectors + 1) / 2
        let pieces = min(panels, (4 * threads - 1) / g.points.count + 1)
        resources.pool.run(g.points.count * pieces) { item, _ in
          let (f, i) = (item / pieces, item % pieces)
          let first = 2 * (panels * i / pieces)
          let last = min(g.outVectors, 2 * (panels * (i + 1) / pieces))
          multiply(f, first..<last, range.count, v, m)
        }
      }
      resources.timed(.inverse) {
        resources.pool.run(g.outVectors * outParts) { item, worker in
          let k = item / outParts
          let some = range.part(item % outParts, of: outParts)
          let at = k * g.vectorStride + (some.lowerBound - range.lowerBound) * g.lanes
          synthesis.run(
            UnsafePointer(m + at), vector: k, tiles: some, strip: strip(worker), into: y)
        }
      }
    }
  }

  /// The product at point f for some vectors of output channels, the first of them even.
  private func multiply(
    _ f: Int, _ outputs: Range<Int>, _ count: Int, _ v: UnsafeMutablePointer<S>,
    _ m: UnsafeMutablePointer<S>
  ) {
    S.tileGemm(
      isa, tiles: count, channels: g.inChannels, outputs: outputs.count,
      v: UnsafePointer(v + f * g.inPoint), vStride: g.vectorStride,
      u: u + (f * g.weightPoint + outputs.lowerBound * g.inChannels * g.lanes), from: nil,
      into: m + (f * g.outPoint + outputs.lowerBound * g.vectorStride), mStride: g.vectorStride)
  }
}
