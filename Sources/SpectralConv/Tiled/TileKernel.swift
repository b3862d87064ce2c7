import ConvCore
import KernelShapes
import Kernels

/// What distinguishes the variants of `fft-tiled` on the project's own transforms.
struct TileOptions: Sendable, Hashable {
  /// Points of a tile along each axis that is transformed (fewer where fewer do); nil for the model's
  /// choice.
  var size: Int?
}

/// Tiled FFT convolution of the normal form on generated codelets.
struct TileKernel<S: TileTransformScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S

  private let core: CoreProblem
  private let engine: TileEngine
  private let lines: FixedArray<LinePlan<S>>
  private let maps: Buffer<Int32>
  private let weights: Buffer<S>
  private let resources: Resources

  static func native(_ options: TileOptions) -> Native { [.maps, .stride, .groups, .layouts] }

  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: TileOptions,
    _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    let engine = try TileChoice(core, S.kind, options, resources).best()
    let bytes = MemoryLayout<S>.stride
    return KernelEstimate(
      ownedBytes: engine.weights * bytes + mapCount(core) * 4 + lineBytes(engine),
      scratchBytes: engine.scratch(threads: resources.threads) * bytes,
      executedOperations: engine.operations(core), error: .transform(engine.errorModel(core)))
  }

  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: TileOptions,
    _ resources: Resources
  ) throws(ConvError) {
    let engine = try TileChoice(core, S.kind, options, resources).best()
    let lines = try FixedArray(3) { (axis) throws(ConvError) in
      try LinePlan<S>(engine.axes[axis].size)
    }
    let maps = try Buffer<Int32>(Self.mapCount(core))
    let weights = try Buffer<S>(engine.weights, poison: resources.poison)
    var next = 0
    for map in core.maps {
      for source in map.source {
        maps.base[next] = source
        next += 1
      }
    }
    for i in 0..<Self.longestKernel(core) { maps.base[next + i] = Int32(i) }
    self.core = core
    self.engine = engine
    self.lines = lines
    self.maps = maps
    self.weights = weights
    self.resources = resources
  }

  /// The three maps, and one that stands for a kernel's own indices.
  private static func mapCount(_ core: CoreProblem) -> Int {
    core.maps.reduce(0) { $0 + $1.count } + longestKernel(core)
  }

  private static func longestKernel(_ core: CoreProblem) -> Int {
    max(core.kernel.d, core.kernel.h, core.kernel.w)
  }

  private static func lineBytes(_ engine: TileEngine) -> Int {
    engine.axes.reduce(0) { $0 + LinePlan<S>.bytes($1.size) }
  }

  var ownedBytes: Int { weights.byteCount + maps.byteCount + Self.lineBytes(engine) }

  var scratchBytes: Int {
    engine.scratch(threads: resources.threads) * MemoryLayout<S>.stride
  }

  private var shape: TileShape<S> {
    TileShape(d: lines[0].shape, h: lines[1].shape, w: lines[2].shape)
  }

  /// The maps of the input.
  private var inputMaps: TileMaps {
    let (d, h, w) = (core.maps[0], core.maps[1], core.maps[2])
    let base = UnsafePointer(maps.base)
    return TileMaps(
      pointers: (base, base + d.count, base + (d.count + h.count)), interior: w.interior)
  }

  /// Indices that stand for themselves.
  private var plainMaps: TileMaps {
    let base = UnsafePointer(maps.base) + core.maps.reduce(0) { $0 + $1.count }
    return TileMaps(pointers: (base, base, base), interior: 0..<core.kernel.w)
  }

  mutating func prepare(_ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer) {
    let base = scratch.assumingMemoryBound(to: S.self)
    switch engine {
    case .byFrequency(let g):
      TilePipeline(g, shape, plainMaps, weights.base, resources).prepare(w, scratch: base)
    case .folded(let g):
      FoldedPipeline(g, shape, plainMaps, weights.base, resources).prepare(w, scratch: base)
    }
  }

  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    let base = scratch.assumingMemoryBound(to: S.self)
    switch engine {
    case .byFrequency(let g):
      TilePipeline(g, shape, inputMaps, weights.base, resources).apply(
        x, scratch: base, into: y)
    case .folded(let g):
      resources.timed(.multiply) {
        FoldedPipeline(g, shape, inputMaps, weights.base, resources).apply(
          x, scratch: base, into: y)
      }
    }
  }
}
