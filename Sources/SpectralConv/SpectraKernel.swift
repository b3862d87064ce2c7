import ConvCore
import Kernels

/// Convolution by products of spectra, on FFTW: `fft` with one tile, `fft-tiled:fftw` with many.
///
/// The convolution theorem: a circular correlation becomes a product with the conjugate in the
/// frequency domain, and the parts of a tile's result that did not wrap around are those of the
/// valid correlation. Channels are transformed once each and summed up as spectra:
///
///     Y[k] = sum over c of X[c] conj(W[k, c])
///
/// C + K transforms a tile, and at each frequency a matrix product.
struct SpectralKernel<S: FFTWScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S
  typealias Options = SpectralOptions

  let core: CoreProblem
  let role: Role
  let geometry: SpectralGeometry
  let transform: SpectraTransform<S>
  let resources: Resources
  /// Spectra of the weights, packed for the products: slot, group, block, panel, 4 outputs, input.
  private let weights: Buffer<S>
  /// The maps of the three axes, one after the other.
  private let maps: Buffer<Int32>

  /// Whole images take strides as phases: as many points go forth and as many products remain, but
  /// `stride` times fewer points come back. Tiles would shrink with them.
  static func native(_ options: SpectralOptions) -> Native {
    let all: Native = [.maps, .dilation, .groups, .layouts, .weightGradient]
    return options == .whole ? all : all.union(.stride)
  }

  init(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: SpectralOptions,
    _ resources: Resources
  ) throws(ConvError) {
    let geometry = try SpectralTiling(core, role, bytes: MemoryLayout<S>.stride).best(options)
    let bytes = Self.bytes(core, role, geometry, slots: slots, resources)
    let weights = try Buffer<S>(bytes.weights / MemoryLayout<S>.stride, poison: resources.poison)
    let maps = try Buffer<Int32>(bytes.maps / 4)
    transform = try SpectraTransform(geometry, resources)
    var next = 0
    for map in core.maps {
      map.source.withUnsafeBufferPointer {
        (maps.base + next).update(from: $0.baseAddress!, count: map.count)
      }
      next += map.count
    }
    self.core = core
    self.role = role
    self.geometry = geometry
    self.resources = resources
    self.weights = weights
    self.maps = maps
  }

  var ownedBytes: Int {
    weights.byteCount + maps.byteCount + SpectraTransform<S>.ownedBytes(geometry)
  }

  var scratchBytes: Int { Self.bytes(core, role, geometry, slots: 0, resources).scratch }

  // MARK: Work space

  /// The spectra and rows in work of one team.
  struct Space {
    /// Of the inputs, of the outputs (or output gradients), and of the gradient of the weights.
    let x: UnsafeMutablePointer<S>, y: UnsafeMutablePointer<S>, w: UnsafeMutablePointer<S>
  }

  /// The space of team `index`; all teams' rows stand behind it.
  func space(_ scratch: UnsafeMutableRawPointer, _ index: Int) -> Space {
    let g = geometry
    let base =
      scratch.assumingMemoryBound(to: S.self) + index * Self.spaceCount(core, role, g)
    let y = g.inPlace ? base : base + g.spectra(core.inChannels, items: g.itemsAtOnce)
    return Space(x: base, y: y, w: y + g.spectra(core.outChannels, items: g.itemsAtOnce))
  }

  /// What one thread works on: rows, or a block of columns.
  func work(_ scratch: UnsafeMutableRawPointer, _ worker: Int) -> UnsafeMutablePointer<S> {
    let teams = geometry.ownItems ? resources.threads : 1
    return scratch.assumingMemoryBound(to: S.self)
      + (teams * Self.spaceCount(core, role, geometry) + worker * Self.threadCount(core, geometry))
  }

  /// Scalars that one thread works on.
  private static func threadCount(_ core: CoreProblem, _ g: SpectralGeometry) -> Int {
    g.threadScratch(g.inPlace ? 1 : core.inChannels + core.outChannels)
  }

  /// Scalars of the spectra of one team.
  static func spaceCount(_ core: CoreProblem, _ role: Role, _ g: SpectralGeometry) -> Int {
    var planes = g.itemsAtOnce * core.outChannels
    if !g.inPlace { planes += g.itemsAtOnce * core.inChannels }
    if role == .weightGradient { planes += core.inChannels * core.outChannels }
    return g.spectra(planes, items: 1)
  }

  /// Bytes of everything.
  static func bytes(
    _ core: CoreProblem, _ role: Role, _ g: SpectralGeometry, slots: Int, _ resources: Resources
  ) -> (weights: Int, maps: Int, scratch: Int) {
    let size = MemoryLayout<S>.stride
    let teams = g.ownItems ? resources.threads : 1
    return (
      role == .correlation ? slots * core.groups * g.weights(core, size) * size : 0,
      core.maps.reduce(0) { $0 + $1.count } * 4,
      (teams * spaceCount(core, role, g) + resources.threads * threadCount(core, g)) * size
    )
  }

  // MARK: Rows of operands

  /// The rows that tile `tile` of image `n` reads of the input.
  func inputRows(_ x: Source<S>, _ n: Int, _ g: Int, _ c: Int, _ tile: Extents) -> TileRows<S> {
    let l = x.layout
    let origin = Extents { tile[$0] * geometry.step[$0] }
    let count = Extents { max(0, min(geometry.n[$0], core.input[$0] - origin[$0])) }
    let run = core.maps[2].interior.clamped(to: origin.w..<origin.w + count.w)
    return TileRows(
      base: x.base + (l.index(n, c, 0, 0, 0) + g * l.group),
      stride: (l.depth, l.height, l.width), count: count,
      maps: (
        UnsafePointer(maps.base) + origin.d,
        UnsafePointer(maps.base) + (core.input.d + origin.h),
        UnsafePointer(maps.base) + (core.input.d + core.input.h + origin.w)
      ),
      interior: run.isEmpty ? 0..<0 : run.lowerBound - origin.w..<run.upperBound - origin.w)
  }

  /// The rows of the outputs of tile `tile`, of image n and channel k, of operand `layout`.
  func outputRows(_ l: Layout, _ n: Int, _ g: Int, _ k: Int, _ tile: Extents) -> (
    offset: Int, count: Extents
  ) {
    let first = Extents { tile[$0] * geometry.step[$0] / core.stride[$0] }
    let count = Extents {
      min(
        (geometry.step[$0] + core.stride[$0] - 1) / core.stride[$0], core.output[$0] - first[$0])
    }
    return (l.index(n, k, first.d, first.h, first.w) + g * l.group, count)
  }

  /// Image and tile of an item.
  func place(_ item: Int) -> (image: Int, tile: Extents) {
    let t = geometry.tiles
    let tile = item % t.count
    return (item / t.count, Extents(tile / (t.h * t.w), tile / t.w % t.h, tile % t.w))
  }

  /// The groups of blocks of items, each the work of one team in turn.
  var itemBlocks: Int { (geometry.items + geometry.itemsAtOnce - 1) / geometry.itemsAtOnce }

  /// Items of a block.
  func items(_ block: Int) -> Range<Int> {
    let first = block * geometry.itemsAtOnce
    return first..<min(first + geometry.itemsAtOnce, geometry.items)
  }

  // MARK: Correlation

  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func prepare(
    _ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer
  ) {
    let g = geometry
    let team = Team(all: resources)
    let (c, k) = (core.inChannels, core.outChannels)
    let x = space(scratch, 0).x
    let stride = c * g.itemsAtOnce * g.plane
    let size = g.weights(core, MemoryLayout<S>.stride)
    let panel = 64 / MemoryLayout<S>.stride
    let chunks = transform.chunks(g.n.d, g.n.h)
    for group in 0..<core.groups {
      let packed = weights.base + (slot * core.groups + group) * size
      for first in Swift.stride(from: 0, to: k, by: g.itemsAtOnce) {
        let outputs = min(g.itemsAtOnce, k - first)
        team.run(outputs * c * chunks) { item, worker in
          let (channel, chunk) = (item / chunks, item % chunks)
          transform.load(
            tapRows(w, group, first + channel / c, channel % c), chunk: chunk,
            work(scratch, worker), into: x + channel * g.plane, blockStride: stride)
        }
        team.run(g.blocks) { block, worker in
          for channel in 0..<outputs * c {
            let plane = columns(x + (block * stride + channel * g.plane), work(scratch, worker))
            let output = first + channel / c
            let inGroup = min(4, k - output / 4 * 4)
            var to =
              packed + (block * g.panels * c * k + output / 4 * 4 * c) * panel
              + (channel % c * inGroup + output % 4) * panel
            for p in 0..<g.panels {
              to.update(from: plane + p * panel, count: panel)
              to += c * k * panel
            }
          }
        }
      }
    }
  }

  private func tapRows(_ w: Source<S>, _ group: Int, _ k: Int, _ c: Int) -> TileRows<S> {
    let l = w.layout
    return TileRows(
      base: w.base + (l.index(k, c, 0, 0, 0) + group * l.group),
      stride: (l.depth, l.height, l.width), step: core.dilation, count: core.kernel)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    let blocks = itemBlocks
    if geometry.ownItems {
      resources.pool.run(core.groups * blocks) { item, worker in
        correlate(
          x, slot, item / blocks, item % blocks, Team(worker, resources),
          space(scratch, worker), scratch, into: y)
      }
    } else {
      for item in 0..<core.groups * blocks {
        correlate(
          x, slot, item / blocks, item % blocks, Team(all: resources), space(scratch, 0), scratch,
          into: y)
      }
    }
  }

  /// The outputs of one block of items of one group.
  private func correlate(
    _ x: Source<S>, _ slot: Int, _ group: Int, _ block: Int, _ team: Team, _ space: Space,
    _ scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    let items = items(block)
    team.timed(.forward) { loadInputs(x, group, items, team, space, scratch) }
    team.timed(.multiply) { multiply(slot, group, items.count, team, space, scratch) }
    team.timed(.inverse) {
      let g = geometry
      let k = core.outChannels
      let kept = outputRows(y.layout, 0, 0, 0, Extents(0, 0, 0)).count
      let chunks = transform.chunks(kept.d, kept.h)
      team.run(items.count * k * chunks) { index, worker in
        let (plane, chunk) = (index / chunks, index % chunks)
        let (image, tile) = place(items.lowerBound + plane / k)
        let to = outputRows(y.layout, image, group, plane % k, tile)
        let rows = KeptRows(
          base: y.base + to.offset,
          stride: (y.layout.depth, y.layout.height, y.layout.width), step: core.stride,
          count: to.count, scale: transform.scale)
        guard chunk < transform.chunks(to.count.d, to.count.h) else { return }
        transform.store(
          space.y + plane * g.plane, blockStride: k * g.itemsAtOnce * g.plane, chunk: chunk,
          work(scratch, worker), into: rows)
      }
    }
  }

  /// The rows of all channels of some items, transformed.
  func loadInputs(
    _ x: Source<S>, _ group: Int, _ items: Range<Int>, _ team: Team, _ space: Space,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let g = geometry
    let c = core.inChannels
    let chunks = transform.chunks(g.n.d, g.n.h)
    team.run(items.count * c * chunks) { index, worker in
      let (plane, chunk) = (index / chunks, index % chunks)
      let (image, tile) = place(items.lowerBound + plane / c)
      transform.load(
        inputRows(x, image, group, plane % c, tile), chunk: chunk, work(scratch, worker),
        into: space.x + plane * g.plane, blockStride: c * g.itemsAtOnce * g.plane)
    }
  }

  /// Block by block: the columns of all inputs, the products, the columns of all outputs.
  private func multiply(
    _ slot: Int, _ group: Int, _ items: Int, _ team: Team, _ space: Space,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let g = geometry
    let (c, k) = (core.inChannels, core.outChannels)
    let panel = 64 / MemoryLayout<S>.stride
    let packed =
      weights.base
      + (slot * core.groups + group) * g.weights(core, MemoryLayout<S>.stride)
    team.run(g.blocks) { block, worker in
      var x = space.x + block * c * g.itemsAtOnce * g.plane
      let result = space.y + block * k * g.itemsAtOnce * g.plane
      var y = result
      if transform.hasColumns {
        let work = work(scratch, worker)
        for plane in 0..<items * c {
          transform.forward(x + plane * g.plane, to: work + plane * g.plane)
        }
        x = work
        y = g.inPlace ? work : work + items * c * g.plane
      }
      transform.kernels.products(
        g.panels, items, k, c, x, c * g.plane, g.plane,
        packed + block * g.panels * c * k * panel, 0, 0, y, k * g.plane, g.plane, false)
      if transform.hasColumns {
        for plane in 0..<items * k {
          transform.back(y + plane * g.plane, to: result + plane * g.plane)
        }
      }
    }
  }

  /// A plane with its columns transformed: in `work`, or the plane itself where it has none.
  private func columns(
    _ plane: UnsafeMutablePointer<S>, _ work: UnsafeMutablePointer<S>
  ) -> UnsafeMutablePointer<S> {
    guard transform.hasColumns else { return plane }
    transform.forward(plane, to: work)
    return work
  }

  // MARK: Weight gradient

  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func weightGradient(
    _ x: Source<S>, _ dy: Source<S>, scratch: UnsafeMutableRawPointer, into w: Target<S>
  ) {
    if geometry.ownItems {
      resources.pool.run(core.groups) { group, worker in
        accumulate(
          x, dy, group, Team(worker, resources), space(scratch, worker), scratch, into: w)
      }
    } else {
      for group in 0..<core.groups {
        accumulate(
          x, dy, group, Team(all: resources), space(scratch, 0), scratch, into: w)
      }
    }
  }

  /// W[k, c] = sum over items of X[item, c] conj(dY[item, k]) as spectra, then back once.
  private func accumulate(
    _ x: Source<S>, _ dy: Source<S>, _ group: Int, _ team: Team, _ space: Space,
    _ scratch: UnsafeMutableRawPointer, into w: Target<S>
  ) {
    let g = geometry
    let (c, k) = (core.inChannels, core.outChannels)
    for block in 0..<itemBlocks {
      let items = items(block)
      team.timed(.forward) {
        loadInputs(x, group, items, team, space, scratch)
        loadGradients(dy, group, items, team, space, scratch)
      }
      team.timed(.multiply) {
        multiplyGradients(items.count, team, space, scratch, first: block == 0)
      }
    }
    team.timed(.inverse) {
      if transform.hasColumns {
        team.run(g.blocks) { block, worker in
          let work = work(scratch, worker)
          for plane in 0..<c * k {
            let sums = space.w + (block * c * k + plane) * g.plane
            transform.back(sums, to: work)
            sums.update(from: work, count: g.plane)
          }
        }
      }
      let chunks = transform.chunks(core.kernel.d, core.kernel.h)
      team.run(c * k * chunks) { index, worker in
        let (plane, chunk) = (index / chunks, index % chunks)
        let l = w.layout
        let rows = KeptRows(
          base: w.base + (l.index(plane / c, plane % c, 0, 0, 0) + group * l.group),
          stride: (l.depth, l.height, l.width), step: core.dilation, count: core.kernel,
          scale: transform.scale)
        transform.store(
          space.w + plane * g.plane, blockStride: c * k * g.plane, chunk: chunk,
          work(scratch, worker), into: rows)
      }
    }
  }

  private func loadGradients(
    _ dy: Source<S>, _ group: Int, _ items: Range<Int>, _ team: Team, _ space: Space,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let g = geometry
    let k = core.outChannels
    let l = dy.layout
    let chunks = transform.chunks(g.n.d, g.n.h)
    team.run(items.count * k * chunks) { index, worker in
      let (plane, chunk) = (index / chunks, index % chunks)
      let (image, tile) = place(items.lowerBound + plane / k)
      let from = outputRows(l, image, group, plane % k, tile)
      let rows = TileRows(
        base: dy.base + from.offset, stride: (l.depth, l.height, l.width), step: core.stride,
        count: from.count)
      transform.load(
        rows, chunk: chunk, work(scratch, worker), into: space.y + plane * g.plane,
        blockStride: k * g.itemsAtOnce * g.plane)
    }
  }

  private func multiplyGradients(
    _ items: Int, _ team: Team, _ space: Space, _ scratch: UnsafeMutableRawPointer, first: Bool
  ) {
    let g = geometry
    let (c, k) = (core.inChannels, core.outChannels)
    team.run(g.blocks) { block, worker in
      var x = space.x + block * c * g.itemsAtOnce * g.plane
      var dy = space.y + block * k * g.itemsAtOnce * g.plane
      if transform.hasColumns {
        let work = work(scratch, worker)
        for plane in 0..<items * c {
          transform.forward(x + plane * g.plane, to: work + plane * g.plane)
        }
        x = work
        let more = work + items * c * g.plane
        for plane in 0..<items * k {
          transform.forward(dy + plane * g.plane, to: more + plane * g.plane)
        }
        dy = more
      }
      // Rows are inputs, columns outputs, and the sum runs over items.
      transform.kernels.products(
        g.panels, c, k, items, x, g.plane, c * g.plane, dy, g.plane, k * g.plane,
        space.w + block * c * k * g.plane, g.plane, c * g.plane, !first)
    }
  }
}

/// The threads that share a step: all of the pool, or one that works alone.
struct Team {
  private let resources: Resources
  private let worker: Int?

  /// All threads.
  init(all resources: Resources) {
    self.resources = resources
    worker = nil
  }

  /// One thread of a pool that is running.
  init(_ worker: Int, _ resources: Resources) {
    self.resources = resources
    self.worker = worker
  }

  /// Calls `body(item, worker)` for each item.
  @inline(__always)
  func run(_ items: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
    if let worker {
      for item in 0..<items { body(item, worker) }
    } else {
      resources.pool.run(items, body)
    }
  }

  /// Times a phase; of threads that work alone, the calling thread's share.
  @inline(__always)
  func timed(_ phase: Phase, _ body: () -> Void) {
    resources.timed(phase, worker: worker ?? 0, body)
  }
}
