import ConvCore
import KernelShapes
import Kernels

/// What distinguishes the variants of `fft-tiled` on the project's own transforms.
struct TileOptions: Sendable, Hashable {
  /// Points of a tile along each axis that is transformed (fewer where fewer do); nil for the model's
  /// choice.
  var size: Int?
  /// Whether a stride is taken as phases; otherwise every output is computed and every n-th kept.
  var splitsStrides = false
}

/// Tiled FFT convolution of the normal form on generated codelets.
struct TileKernel<S: TileTransformScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S

  private let core: CoreProblem
  private let engine: TileEngine
  private let lines: FixedArray<LinePlan<S>>
  private let maps: TileMapSet
  /// Spectra of the weights, or of the gradient of the weights.
  private let weights: Buffer<S>
  private let resources: Resources

  static func native(_ options: TileOptions) -> Native {
    let all: Native = [.maps, .stride, .dilation, .groups, .layouts, .weightGradient]
    return options.splitsStrides ? all.subtracting(.stride) : all
  }

  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: TileOptions,
    _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    let engine = try TileChoice(core, role, S.kind, options, resources).best()
    let bytes = MemoryLayout<S>.stride
    return KernelEstimate(
      ownedBytes: engine.weights * bytes + TileMapSet.bytes(core) + lineBytes(engine),
      scratchBytes: engine.scratch(threads: resources.threads) * bytes,
      executedOperations: engine.operations(core, role),
      error: .transform(engine.errorModel(core, role)))
  }

  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: TileOptions,
    _ resources: Resources
  ) throws(ConvError) {
    let engine = try TileChoice(core, role, S.kind, options, resources).best()
    let lines = try FixedArray(3) { (axis) throws(ConvError) in
      try LinePlan<S>(engine.lines[axis])
    }
    let maps = try TileMapSet(core)
    let weights = try Buffer<S>(engine.weights, poison: resources.poison)
    self.core = core
    self.engine = engine
    self.lines = lines
    self.maps = maps
    self.weights = weights
    self.resources = resources
  }

  private static func lineBytes(_ engine: TileEngine) -> Int {
    engine.lines.reduce(0) { $0 + LinePlan<S>.bytes($1) }
  }

  var ownedBytes: Int { weights.byteCount + maps.byteCount + Self.lineBytes(engine) }

  var scratchBytes: Int {
    engine.scratch(threads: resources.threads) * MemoryLayout<S>.stride
  }

  private var shape: TileShape<S> {
    TileShape(d: lines[0].shape, h: lines[1].shape, w: lines[2].shape)
  }

  mutating func prepare(_ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer) {
    let base = scratch.assumingMemoryBound(to: S.self)
    switch engine {
    case .byFrequency(let g):
      TilePipeline(g, shape, maps.taps, weights.base, resources).prepare(w, scratch: base)
    case .folded(let g):
      FoldedPipeline(g, shape, maps.taps, weights.base, resources).prepare(w, scratch: base)
    case .plane(let g):
      PlanePipeline(g, shape, maps.taps, weights.base, resources).prepare(w, scratch: base)
    }
  }

  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    let base = scratch.assumingMemoryBound(to: S.self)
    switch engine {
    case .byFrequency(let g):
      TilePipeline(g, shape, maps.input, weights.base, resources).apply(
        x, scratch: base, into: y)
    case .folded(let g):
      resources.timed(.multiply) {
        FoldedPipeline(g, shape, maps.input, weights.base, resources).apply(
          x, scratch: base, into: y)
      }
    case .plane(let g):
      resources.timed(.multiply) {
        PlanePipeline(g, shape, maps.input, weights.base, resources).apply(
          x, scratch: base, into: y)
      }
    }
  }

  mutating func weightGradient(
    _ x: Source<S>, _ dy: Source<S>, scratch: UnsafeMutableRawPointer, into w: Target<S>
  ) {
    guard case .byFrequency(let g) = engine else { return }
    TilePipeline(g, shape, maps.input, weights.base, resources).weightGradient(
      x, dy, outputMaps: maps.outputs, scratch: scratch.assumingMemoryBound(to: S.self), into: w)
  }
}
