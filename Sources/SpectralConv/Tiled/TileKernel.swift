import ConvCore
import KernelShapes
import Kernels

/// What distinguishes the variants of `fft-tiled` on the project's own transforms.
struct TileOptions: Sendable, Hashable {
  /// Points of a tile along each axis that is transformed (fewer where fewer do); nil for the model's
  /// choice.
  var size: Int?
}

/// Tiled FFT convolution of the normal form on generated codelets; lanes are channels.
struct TileKernel<S: SpectralScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S

  private let geometry: TileGeometry
  private let lines: FixedArray<LinePlan<S>>
  private let maps: Buffer<Int32>
  private let weights: Buffer<S>
  private let resources: Resources

  static func native(_ options: TileOptions) -> Native { [.maps, .stride, .groups, .layouts] }

  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: TileOptions,
    _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    let g = try TileChoice(core, S.kind, options, resources).best()
    let bytes = MemoryLayout<S>.stride
    return KernelEstimate(
      ownedBytes: core.groups * g.groupWeights * bytes + mapCount(core) * 4
        + g.axes.reduce(0) { $0 + LinePlan<S>.bytes($1.size) },
      scratchBytes: bytes
        * TilePipeline<S>.scratchCount(g, threads: resources.threads),
      executedOperations: g.operations, error: .transform(g.errorModel))
  }

  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: TileOptions,
    _ resources: Resources
  ) throws(ConvError) {
    let g = try TileChoice(core, S.kind, options, resources).best()
    let lines = try FixedArray(3) { (axis) throws(ConvError) in try LinePlan<S>(g.axes[axis].size) }
    let maps = try Buffer<Int32>(Self.mapCount(core))
    let weights = try Buffer<S>(core.groups * g.groupWeights, poison: resources.poison)
    var next = 0
    for map in core.maps {
      for source in map.source {
        maps.base[next] = source
        next += 1
      }
    }
    for i in 0..<Self.longestKernel(core) { maps.base[next + i] = Int32(i) }
    geometry = g
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

  var ownedBytes: Int {
    var bytes = weights.byteCount + maps.byteCount
    for axis in 0..<3 { bytes += LinePlan<S>.bytes(geometry.axes[axis].size) }
    return bytes
  }

  var scratchBytes: Int {
    MemoryLayout<S>.stride
      * TilePipeline<S>.scratchCount(geometry, threads: resources.threads)
  }

  private var shape: TileShape<S> {
    TileShape(d: lines[0].shape, h: lines[1].shape, w: lines[2].shape)
  }

  private func pipeline(_ maps: TileMaps) -> TilePipeline<S> {
    TilePipeline(
      geometry: geometry, shape: shape, maps: maps.pointers, interior: maps.interior,
      weights: weights.base, resources: resources)
  }

  /// The maps of the input.
  private var inputMaps: TileMaps {
    let (d, h, w) = (geometry.core.maps[0], geometry.core.maps[1], geometry.core.maps[2])
    let base = UnsafePointer(maps.base)
    return TileMaps(
      pointers: (base, base + d.count, base + (d.count + h.count)), interior: w.interior)
  }

  /// Indices that stand for themselves.
  private var plainMaps: TileMaps {
    let base = UnsafePointer(maps.base) + geometry.core.maps.reduce(0) { $0 + $1.count }
    return TileMaps(pointers: (base, base, base), interior: 0..<geometry.core.kernel.w)
  }

  mutating func prepare(_ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer) {
    pipeline(plainMaps).prepare(w, scratch: scratch.assumingMemoryBound(to: S.self))
  }

  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    pipeline(inputMaps).apply(x, scratch: scratch.assumingMemoryBound(to: S.self), into: y)
  }
}

/// Maps as the kernels take them.
private struct TileMaps {
  let pointers: (UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Int32>)
  let interior: Range<Int>
}
