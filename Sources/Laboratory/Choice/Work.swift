import ConvCore
import Glibc
import Kernels

/// What an algorithm does to compute a problem, counted: the terms of its time.
///
/// Derived from the problem and from what the algorithm says of itself (`Estimate`: whether it sums or
/// transforms, on which tiles, what it takes natively), so that an algorithm from outside has a cost
/// as well. docs/Choosing.md says what each term stands for.
public struct Work: Sendable, Equatable {
  /// Kinds of problems whose coefficients are fitted apart.
  public enum Regime: String, Codable, Sendable, CaseIterable {
    /// Many output channels: lanes are channels.
    case channels
    /// One output channel in each group, images and depthwise: lanes are pixels.
    case planes
    /// Weight gradients of the two.
    case channelGradient, planeGradient
  }

  /// What is counted; in elements or multiply-adds.
  public enum Term: Int, CaseIterable, Sendable {
    /// Multiply-adds of products of channels: taps, or points of tiles.
    case products
    /// The same with vectors filled up: what a tail of channels or pixels costs.
    case lanes
    /// Elements read into the product: columns of windows, or points of input tiles.
    case forward
    /// Points of input tiles times log2 of a tile's points.
    case forwardLog
    /// Elements written by the product: outputs, or points of output tiles.
    case inverse
    /// Points of output tiles times log2 of a tile's points.
    case inverseLog
    /// Elements of weights as the product reads them.
    case weights
    /// Elements of input and output.
    case operands
    /// Elements copied before or after the kernel: gathered, picked, spread.
    case moved
    /// Calls of the kernel.
    case calls
  }

  /// Which coefficients apply.
  public private(set) var regime: Regime
  /// A count for each term.
  public private(set) var counts = [Double](repeating: 0, count: Term.allCases.count)
  /// Where the problem lies among others, in logarithms: what corrections are interpolated along.
  public private(set) var place: [Double]

  /// Counts of `problem` by an algorithm that says `estimate` of it, with vectors of `isa`.
  public init(_ problem: ConvProblem, _ estimate: Estimate, isa: ISA) {
    let lanes = isa.lanes(problem.scalar)
    if case .lowered(let native, let models) = estimate.error {
      let lowering = Lowering(problem, native: native)
      if let first = lowering.parts.first, let model = models.first {
        regime = Self.regime(first)
        place = Self.place(first, model, lowering)
        for (part, model) in zip(lowering.parts, models) {
          add(part, model, slots: lowering.slots, lanes)
          if lowering.weightsAreSecond { self[.moved] += Double(problem.outputCount) }
        }
        return
      }
    }
    // Nothing is known but the number of operations.
    regime = problem.pass == .weightGradient ? .channelGradient : .channels
    place = []
    self[.products] = estimate.executedOperations / 2
    self[.operands] = Double(problem.inputCount + problem.outputCount)
    self[.calls] = 1
  }

  /// The count of a term.
  public subscript(term: Term) -> Double {
    get { counts[term.rawValue] }
    set { counts[term.rawValue] = newValue }
  }

  private static func regime(_ part: Part) -> Regime {
    let isPlane = part.core.outChannels == 1
    return part.role == .correlation
      ? (isPlane ? .planes : .channels) : (isPlane ? .planeGradient : .channelGradient)
  }

  private mutating func add(_ part: Part, _ model: ErrorModel, slots: Int, _ lanes: Int) {
    let core = part.core
    let (c, k) = (Double(core.inChannels), Double(core.outChannels))
    let items = Double(core.batch * core.groups * slots)
    let groups = Double(core.groups * slots)
    let (inputs, outputs) = (Double(core.input.count), Double(core.output.count))
    let isGradient = part.role == .weightGradient
    if case .transform(let tile) = model {
      let points = Double(tile.tileInput.count)
      let depth = max(1, log2(points))
      let all = items * Double(Self.tiles(core, tile)) * points
      let (read, written) = isGradient ? (c + k, c * k * groups / items) : (c, k)
      self[.products] += all * c * k
      self[.lanes] += all * (Self.filled(c, lanes) + Self.filled(k, lanes))
      self[.forward] += all * read
      self[.forwardLog] += all * read * depth
      self[.inverse] += isGradient ? groups * c * k * points : all * written
      self[.inverseLog] += (isGradient ? groups * c * k * points : all * written) * depth
      self[.weights] += groups * c * k * points
    } else {
      let taps = Double(core.kernel.count)
      let products = items * c * k * outputs * taps
      let width = core.outChannels == 1 ? Double(core.output.w) : k
      self[.products] += products
      self[.lanes] += products * Self.filled(width, lanes) / width
      self[.forward] += items * c * outputs * taps
      self[.inverse] += items * k * outputs
      self[.weights] += groups * c * k * taps
    }
    self[.operands] += items * (c * inputs + k * outputs)
    if part.gathers { self[.moved] += items * c * inputs }
    if part.gathersSecond || part.places { self[.moved] += items * k * outputs }
    self[.calls] += Double(slots)
  }

  /// `n` rounded up to whole vectors.
  private static func filled(_ n: Double, _ lanes: Int) -> Double {
    (n / Double(lanes)).rounded(.up) * Double(lanes)
  }

  private static func tiles(_ core: CoreProblem, _ tile: TransformModel) -> Int {
    (0..<3).reduce(1) { count, axis in
      let dense = (core.output[axis] - 1) * core.stride[axis] + 1
      let step = max(1, tile.tileOutput[axis])
      return count * ((dense + step - 1) / step)
    }
  }

  /// Logarithms of channels, groups, batch, outputs, width, taps, stride, tile and number of tiles,
  /// each divided by the distance over which times change their ways.
  private static func place(_ part: Part, _ model: ErrorModel, _ lowering: Lowering) -> [Double] {
    let core = part.core
    var (points, tiles) = (1, 1)
    if case .transform(let tile) = model {
      points = tile.tileInput.count
      tiles = Self.tiles(core, tile)
    }
    let values: [(Int, Double)] = [
      (core.inChannels, 1.5), (core.outChannels, 1.5), (core.groups * lowering.slots, 3),
      (core.batch, 3), (core.output.count, 2), (core.output.w, 2), (core.kernel.count, 2),
      (core.stride.count, 1), (points, 2), (tiles, 3), (lowering.parts.count, 1),
    ]
    return values.map { log2(Double(max(1, $0.0))) / $0.1 }
  }
}
