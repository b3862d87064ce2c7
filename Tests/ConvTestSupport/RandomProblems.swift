import ConvCore

/// SplitMix64 as a generator for the standard library's random functions.
public struct SeededGenerator: RandomNumberGenerator {
  private let values: SeededRandom
  private var index = 0

  /// The sequence of a seed.
  public init(_ seed: UInt64) { values = SeededRandom(seed: seed) }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    index += 1
    return values.bits(at: index)
  }
}

/// Small odd problems of every kind, drawn from a seeded generator.
public enum RandomProblem {
  /// What stays fixed; nil is drawn.
  public struct Limits: Sendable {
    /// Largest extent of an input, of a kernel, stride and dilation.
    public var input = 7, kernel = 4, step = 3
    /// Largest padding; crops of one element are drawn too.
    public var padding = 4
    /// Largest number of groups, and of channels of one.
    public var groups = 3, channels = 3
    /// Fixed, or drawn from all.
    public var rank: Int?, pass: Pass?, border: Border?, scalar: ScalarKind?, bias: Bool?
    /// Fixed, or drawn from all.
    public var operation: Operation?, convention: Convention?, layout: DataLayout?
    /// Everything is drawn.
    public init() {}
  }

  /// `count` problems; the same for the same seed and limits.
  public static func list(_ count: Int, seed: UInt64, _ limits: Limits = Limits()) -> [ConvProblem]
  {
    var random = SeededGenerator(seed)
    var list: [ConvProblem] = []
    while list.count < count {
      if let problem = draw(limits, &random) { list.append(problem) }
    }
    return list
  }

  /// Nil where what was drawn cannot be.
  private static func draw(_ l: Limits, _ random: inout SeededGenerator) -> ConvProblem? {
    let operation = l.operation ?? pick(Operation.allCases, &random)
    let axes = (0..<(l.rank ?? Int.random(in: 1...3, using: &random))).map { _ in
      let stride = Int.random(in: 1...l.step, using: &random)
      let dilation = Int.random(in: 1...l.step, using: &random)
      let extra =
        operation == .transposedConvolution
        ? Int.random(in: 0..<max(stride, dilation), using: &random) : 0
      return Axis(
        Int.random(in: 1...l.input, using: &random),
        kernel: Int.random(in: 1...l.kernel, using: &random),
        stride: stride, dilation: dilation, low: Int.random(in: -1...l.padding, using: &random),
        high: Int.random(in: -1...l.padding, using: &random), outputPadding: extra)
    }
    let groups = Int.random(in: 1...l.groups, using: &random)
    return try? ConvProblem(
      batch: Int.random(in: 1...2, using: &random),
      inChannels: groups * Int.random(in: 1...l.channels, using: &random),
      outChannels: groups * Int.random(in: 1...l.channels, using: &random), groups: groups,
      axes: axes, operation: operation, pass: l.pass ?? pick(Pass.allCases, &random),
      border: l.border ?? pick(Border.allCases, &random),
      convention: l.convention ?? pick(Convention.allCases, &random),
      bias: l.bias ?? Bool.random(using: &random),
      layout: l.layout ?? pick(DataLayout.allCases, &random),
      scalar: l.scalar ?? pick(ScalarKind.allCases, &random))
  }

  private static func pick<T>(_ all: [T], _ random: inout SeededGenerator) -> T {
    all[Int.random(in: 0..<all.count, using: &random)]
  }
}

extension ConvProblem {
  /// All that tells small problems apart, for a test's message.
  public var summary: String {
    "\(operation) \(pass) \(border) \(convention) \(layout) \(scalar) bias \(bias) mb\(batch) "
      + "g\(groups) ic\(inChannels) oc\(outChannels) axes "
      + spatialAxes.map {
        "i\($0.input) k\($0.kernel) s\($0.stride) d\($0.dilation) p\($0.low),\($0.high) op\($0.outputPadding)"
      }.joined(separator: " | ")
  }
}
