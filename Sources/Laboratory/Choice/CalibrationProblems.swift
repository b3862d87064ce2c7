import ConvCore
import Glibc

/// The problems that the cost model is fitted on: small ones, spread over what convolutions are.
enum CalibrationProblems {
  /// In an order in which every beginning is spread as well.
  static func all(seed: UInt64) -> [ConvProblem] {
    var draw = Draw(seed: seed)
    var list: [ConvProblem] = []
    // Of every ten: layers as networks have them, single taps, odd ones, pictures, depthwise, gradients.
    let kinds: [Kind] = [
      .layer, .pointwise, .plane, .odd, .gradient, .layer, .depthwise, .pointwise, .odd, .strided,
    ]
    while list.count < 400 {
      let kind = kinds[list.count % kinds.count]
      if let problem = try? draw.problem(kind), isSmall(problem) { list.append(problem) }
    }
    return list
  }

  private enum Kind {
    case layer, pointwise, odd, plane, depthwise, strided, gradient
  }

  /// At most some milliseconds by the algorithm that suits it, and data that fit anywhere.
  private static func isSmall(_ p: ConvProblem) -> Bool {
    let operations = p.nominalOperations
    let saved = Double(max(1, p.kernel.count / 4))
    return operations > 5e2 && operations / min(saved, 30) < 3e9 && p.operandBytes < 64 << 20
  }

  private struct Draw {
    private let random: SeededRandom
    private var drawn = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed, stream: 0xCA11) }

    /// Between two numbers, evenly in their logarithms.
    mutating func spread(_ range: ClosedRange<Int>) -> Int {
      drawn += 1
      let (low, high) = (log(Double(range.lowerBound)), log(Double(range.upperBound) + 1))
      let part = Double(random.integer(at: drawn, in: 0...(1 << 20))) / Double(1 << 20)
      return min(range.upperBound, max(range.lowerBound, Int(exp(low + part * (high - low)))))
    }

    mutating func pick(_ values: [Int]) -> Int {
      drawn += 1
      return values[random.integer(at: drawn, in: 0...(values.count - 1))]
    }

    mutating func problem(_ kind: Kind) throws(ConvError) -> ConvProblem {
      switch kind {
      case .layer: try layer(stride: 1)
      case .pointwise:
        try square(
          pick([1, 1, 1, 4]), spread(8...2048), spread(8...2048),
          pick([1, 1, 7, 7, 14, 14, 28, 56]),
          1)
      case .strided: try layer(stride: 2)
      case .odd:
        try square(
          pick([1, 1, 1, 2]), spread(1...200), spread(1...200), spread(7...150),
          pick([1, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 11, 13, 15, 17, 21]))
      case .plane:
        try square(1, 1, 1, spread(48...1024), pick([3, 5, 7, 9, 11, 15, 21, 31, 63]))
      case .depthwise:
        try depthwise(
          spread(16...1024), pick([7, 14, 28, 56, 112]), pick([3, 3, 5, 5, 7, 9, 13, 31]),
          stride: pick([1, 1, 2]))
      case .gradient:
        try layer(stride: pick([1, 1, 1, 2])).with(
          pass: pick([0, 1]) == 0 ? .inputGradient : .weightGradient)
      }
    }

    private mutating func layer(stride: Int) throws(ConvError) -> ConvProblem {
      let channels = [3, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 832]
      return try square(
        pick([1, 1, 2, 4, 8]), pick(channels), pick(Array(channels.dropFirst())),
        pick([7, 13, 14, 27, 28, 56, 112]), pick([1, 1, 3, 3, 3, 3, 5, 7, 11]), stride: stride)
    }

    private func depthwise(_ channels: Int, _ size: Int, _ kernel: Int, stride: Int)
      throws(ConvError) -> ConvProblem
    { try square(1, channels, channels, size, kernel, stride: stride, groups: channels) }

    private func square(
      _ batch: Int, _ c: Int, _ k: Int, _ size: Int, _ kernel: Int, stride: Int = 1,
      groups: Int = 1
    ) throws(ConvError) -> ConvProblem {
      let low = (kernel - 1) / 2
      let axis = Axis(
        size, kernel: kernel, stride: stride, low: low, high: kernel - 1 - low)
      return try ConvProblem(
        batch: batch, inChannels: c, outChannels: k, groups: groups, axes: [axis, axis])
    }
  }
}
