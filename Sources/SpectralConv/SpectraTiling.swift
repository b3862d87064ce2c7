import ConvCore
import Glibc

/// The choice of transform sizes, by a model of time.
struct SpectralTiling {
  private let core: CoreProblem
  private let role: Role
  private let bytes: Int
  /// Outputs at stride 1.
  private let dense: Extents
  /// The smallest size that one transform over a whole axis may have.
  private let whole: Extents

  init(_ core: CoreProblem, _ role: Role, bytes: Int) {
    self.core = core
    self.role = role
    self.bytes = bytes
    let dense = Extents { (core.output[$0] - 1) * core.stride[$0] + 1 }
    self.dense = dense
    whole = Extents { Self.whole(core, $0, dense[$0]) }
  }

  /// The geometry that the model finds fastest.
  ///
  /// - Throws: `ConvError.unsupported` where a fixed tile is smaller than the kernel.
  func best(_ options: SpectralOptions) throws(ConvError) -> SpectralGeometry {
    var candidates: [[Int]] = []
    for axis in 0..<3 { candidates.append(try sizes(axis, options)) }
    var best: (geometry: SpectralGeometry, time: Double)?
    for d in candidates[0] {
      for h in candidates[1] {
        for w in candidates[2] {
          let geometry = tiled(Extents(d, h, w))
          let time = time(geometry)
          if best.map({ time < $0.time }) ?? true { best = (geometry, time) }
        }
      }
    }
    guard let best else { throw .unsupported("no transform size fits \(core.input)") }
    return best.geometry
  }

  private func tiled(_ n: Extents) -> SpectralGeometry {
    let reach = core.reach
    var (step, tiles) = (Extents.one, Extents.one)
    for axis in 0..<3 {
      if n[axis] >= whole[axis] {
        step[axis] = dense[axis]
      } else {
        let s = core.stride[axis]
        step[axis] = (n[axis] - reach[axis] + 1) / s * s
        tiles[axis] = (dense[axis] + step[axis] - 1) / step[axis]
      }
    }
    return SpectralGeometry(core, role, n: n, step: step, tiles: tiles, bytes: bytes)
  }

  /// The smallest size that one transform over the whole axis may have.
  ///
  /// Its results are right where they do not wrap around, or where what wraps around is what stands
  /// there anyway: the virtual input has the period of the transform. So a circular axis needs no
  /// padding at all, and the zeros before and after an axis are needed only once.
  private static func whole(_ core: CoreProblem, _ axis: Int, _ dense: Int) -> Int {
    let extent = core.input[axis]
    return FastSize.sizes(from: max(dense, core.reach[axis]), to: extent - 1)
      .first { core.maps[axis].repeats(after: $0) } ?? extent
  }

  private func sizes(_ axis: Int, _ options: SpectralOptions) throws(ConvError) -> [Int] {
    let extent = core.input[axis]
    if extent == 1 { return [1] }
    let smallest = whole[axis]
    let complete = FastSize.candidates(from: smallest).filter {
      $0 >= extent || core.maps[axis].repeats(after: $0)
    }
    let least = core.reach[axis] + core.stride[axis] - 1
    switch options {
    case .whole: return complete
    case .tiled(nil):
      let list = FastSize.sizes(from: max(least, 8), to: min(smallest - 1, 1 << 20))
      return thinned(list.filter { $0 % 2 == 0 }) + complete
    case .tiled(let n?):
      if n >= complete[0] { return [complete[0]] }
      guard n >= least else {
        throw .unsupported(
          "a tile of \(n) is too small for a kernel that covers \(core.reach[axis]); "
            + "at least \(least) are needed")
      }
      return [n]
    }
  }

  /// Few enough that three axes can be tried against each other: those that cost least for their size.
  private func thinned(_ sizes: [Int]) -> [Int] {
    let axes = (0..<3).filter { core.input[$0] > 1 }.count
    let most = axes == 3 ? 8 : axes == 2 ? 24 : 60
    let cheap = sizes.filter { n in
      // Dominated: a size at most an eighth larger costs less as a whole.
      !sizes.contains {
        $0 > n && $0 * 8 <= n * 9 && Double($0) * FastSize.cost($0) < Double(n) * FastSize.cost(n)
      }
    }
    if cheap.count <= most { return cheap }
    // Spread over the logarithms, since neighbours differ little.
    return (0..<most).map { cheap[$0 * (cheap.count - 1) / (most - 1)] }
  }

  // MARK: Time

  /// Modelled nanoseconds of one execution on one core, in single precision. Only ratios matter.
  ///
  /// The transforms by `FastSize.cost`; moving a number into and out of its row, 0.15; a complex
  /// multiply-add in a product of many channels, 0.06; and what spectra beyond the second-level
  /// cache cost. Measured on a Zen 5 processor with AVX-512.
  func time(_ g: SpectralGeometry) -> Double {
    let (c, k) = (Double(core.inChannels), Double(core.outChannels))
    let numbers = Double(g.bins * g.column)
    let row = g.column == 1 ? single(g) : Double(g.n.w) * (FastSize.cost(g.n.w) / 2 + 0.15) + 5
    let rows = Double(g.column) * row
    let kept =
      min(1, Double(g.step.d) / Double(g.n.d)) * min(1, Double(g.step.h) / Double(g.n.h))
    let columns =
      numbers * (FastSize.cost(g.n.h) + FastSize.cost(g.n.d)) + 60 * Double(g.blocks)
    let complexBytes = 2.0 * Double(bytes)
    let work = (g.inPlace ? 2 : c + k) * numbers * complexBytes
    let away = work > 12e6 ? 0.5 : work > 7e5 ? 0.2 : 0
    let forward = rows + columns + numbers * away + 200
    let back = rows * kept + columns + numbers * away + 200
    let product = c * k * numbers * (g.inPlace ? 0.2 : 0.06)
    let stored = c * k * numbers * complexBytes
    let streams = (Double(g.items) / Double(g.itemsAtOnce)).rounded(.up)
    let stream = stored * (stored > 16e6 ? 0.06 : stored > 4e5 ? 0.03 : 0)
    // Threads cannot share a row.
    let items = Double(g.items) * (g.inPlace && g.column == 1 && g.items < 4 ? 1.3 : 1)
    switch role {
    case .correlation: return items * (c * forward + k * back + product) + streams * stream
    case .weightGradient:
      return items * ((c + k) * forward + product) + 2 * streams * stream + c * k * back
    }
  }
}

extension SpectralTiling {
  /// Modelled nanoseconds of the real transform of a tile's only row, and of filling it.
  ///
  /// Fitted to overlap-save on 2^20 points with tiles from 2^10 to 2^20: 1.15 a point up to 2^13,
  /// 0.15 more for each doubling from there, 0.8 more where rows and spectra leave the second-level
  /// cache, and 300 a tile. Other sizes than powers of two in proportion to `FastSize.cost`.
  private func single(_ g: SpectralGeometry) -> Double {
    let n = Double(g.n.w)
    if g.n.w % 2 == 1 { return 2.5 * n }
    let octaves = log2(n)
    let each = 1.15 + 0.15 * max(0, octaves - 13) + (n * Double(bytes) > 6e5 ? 0.8 : 0)
    return n * each * FastSize.cost(g.n.w) / max(0.25, 0.068 * octaves - 0.1) + 300
  }
}

extension AxisMap {
  /// Whether virtual indices that are `period` apart stand at the same place.
  func repeats(after period: Int) -> Bool {
    source.withUnsafeBufferPointer { source in
      var i = 0
      while i + period < source.count {
        if source[i] != source[i + period] { return false }
        i += 1
      }
      return true
    }
  }
}
