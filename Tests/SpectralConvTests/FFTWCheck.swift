import ConvCore
import ConvTestSupport
import DirectConv
import SpectralConv
import Testing

/// Problems drawn at random, with tails everywhere, and the comparison with the oracle on integers.
enum FFTWCheck {
  /// A seeded problem; nil where the draw cannot be.
  static func problem(_ seed: Int) -> ConvProblem? {
    let random = SeededRandom(seed: UInt64(seed), stream: 11)
    var drawn = 0
    func draw(_ range: ClosedRange<Int>) -> Int {
      drawn += 1
      return random.integer(at: drawn, in: range)
    }
    func pick<T>(_ values: [T]) -> T { values[draw(0...(values.count - 1))] }
    let rank = draw(1...3)
    let operation = pick(Operation.allCases + [.convolution, .convolution])
    let extents = rank == 1 ? 1...150 : rank == 2 ? 1...30 : 1...9
    let axes = (0..<rank).map { _ in
      let (stride, dilation) = (pick([1, 1, 1, 2, 3]), pick([1, 1, 1, 2, 3]))
      return Axis(
        draw(extents), kernel: draw(1...(rank == 3 ? 4 : 9)), stride: stride, dilation: dilation,
        low: draw(-1...5), high: draw(-1...5),
        outputPadding: operation == .convolution ? 0 : draw(0...(max(stride, dilation) - 1)))
    }
    let groups = pick([1, 1, 1, 2, 3, 9])
    let channels = [1, 1, 2, 3, 4, 5, 7]
    return try? ConvProblem(
      batch: pick([1, 1, 2, 3]), inChannels: groups * pick(channels),
      outChannels: groups * pick(channels), groups: groups, axes: axes, operation: operation,
      pass: pick([.forward, .inputGradient, .weightGradient]),
      border: pick([.zeros, .zeros] + Border.allCases), convention: pick(Convention.allCases),
      bias: pick([true, false]), layout: pick([.nchw, .nchw, .nhwc]),
      scalar: pick(ScalarKind.allCases))
  }

  /// Largest distance of a result on integers from the exact integers.
  static func deviation(
    _ algorithm: some ConvAlgorithm, _ p: ConvProblem, threads: Int = 1, isa: ISA = .best
  ) throws -> Double {
    p.scalar == .f32
      ? try deviation(algorithm, p, threads, isa, as: Float.self)
      : try deviation(algorithm, p, threads, isa, as: Double.self)
  }

  private static func deviation<S: ConvScalar>(
    _ algorithm: some ConvAlgorithm, _ p: ConvProblem, _ threads: Int, _ isa: ISA, as: S.Type
  ) throws -> Double {
    let inputs = Inputs<S>(p, integers: true)
    let expected = try Reference().run(p, inputs)
    let got = try algorithm.run(p, inputs, threads: threads, isa: isa)
    return zip(got, expected).reduce(0) { worst, pair in
      let d = abs(Double(pair.0) - Double(pair.1))
      return d.isNaN ? .infinity : max(worst, d)
    }
  }
}
