import ConvCore

extension Sample {
  /// A small problem of any kind, tails everywhere; nil where what was drawn cannot be.
  public static func problem(seed: Int) -> ConvProblem? {
    let random = SeededRandom(seed: UInt64(seed), stream: 11)
    var drawn = 0
    func draw(_ range: ClosedRange<Int>) -> Int {
      drawn += 1
      return random.integer(at: drawn, in: range)
    }
    func pick<T>(_ values: [T]) -> T { values[draw(0...(values.count - 1))] }
    let rank = draw(1...3)
    let operation = pick([.convolution, .convolution] + Operation.allCases)
    let axes = (0..<rank).map { _ in
      let (stride, dilation) = (pick([1, 1, 2, 3]), pick([1, 1, 2, 3]))
      return Axis(
        draw(1...[90, 23, 8][rank - 1]), kernel: draw(1...[20, 6, 3][rank - 1]), stride: stride,
        dilation: dilation, low: draw(-1...5), high: draw(-1...5),
        outputPadding: operation == .convolution ? 0 : draw(0...(max(stride, dilation) - 1)))
    }
    let groups = pick([1, 1, 1, 2, 3, 9])
    let channels = groups > 1 ? [1, 1, 2, 3, 7] : [1, 2, 3, 5, 14, 16, 17, 40]
    return try? ConvProblem(
      batch: draw(1...3), inChannels: groups * pick(channels), outChannels: groups * pick(channels),
      groups: groups, axes: axes, operation: operation,
      pass: pick([.forward, .forward, .inputGradient, .weightGradient]),
      border: pick([.zeros, .zeros] + Border.allCases), convention: pick(Convention.allCases),
      bias: pick([true, false]), layout: pick([.nchw, .nchw, .nhwc]),
      scalar: pick(ScalarKind.allCases))
  }
}
