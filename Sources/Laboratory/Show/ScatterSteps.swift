import ConvCore

/// A transposed convolution in numbers: each input element lays the kernel, times itself, onto the
/// output, and what overlaps adds up (CLASSROOM D6).
struct ScatterSteps {
  private let problem: ConvProblem
  private let input: [Double], weights: [Double]

  /// For one image of one channel.
  ///
  /// - Throws: `ConvError.unsupported` where it is too large to read.
  init(_ problem: ConvProblem, input: [Double], weights: [Double]) throws(ConvError) {
    guard problem.operation == .transposedConvolution, problem.pass == .forward,
      problem.batch == 1, problem.inChannels == 1, problem.outChannels == 1,
      problem.depth.input == 1, problem.depth.kernel == 1, problem.inputCount <= 64,
      problem.outputCount <= 256, problem.border == .zeros
    else {
      throw .unsupported(
        "steps of transposed convolutions are shown for one channel, two axes, 64 inputs")
    }
    self.problem = problem
    self.input = input
    self.weights = weights
  }

  var lines: [String] {
    let (h, w) = (problem.height, problem.width)
    let out = problem.output
    let isFlipped = problem.convention == .convolution
    var lines = ["input"] + Grid(input, columns: w.input).lines()
    lines += ["kernel" + (isFlipped ? ", flipped: this is a convolution" : "")]
    let taps = isFlipped ? weights.reversed() : weights
    lines += Grid(taps, columns: w.kernel).lines()
    lines.append("each input lays input x kernel onto the output, \(h.stride) x \(w.stride) apart:")
    var sums = Array(repeating: 0.0, count: out.count)
    var overlaps = Array(repeating: 0.0, count: out.count)
    for i in input.indices {
      var cells = Array(repeating: ".", count: out.count)
      for t in taps.indices {
        let y = i / w.input * h.stride + t / w.kernel * h.dilation - h.low
        let x = i % w.input * w.stride + t % w.kernel * w.dilation - w.low
        guard y >= 0, y < out.h, x >= 0, x < out.w else { continue }
        let value = input[i] * taps[t]
        sums[y * out.w + x] += value
        overlaps[y * out.w + x] += 1
        cells[y * out.w + x] = Grid.text(value)
      }
      lines.append("  (\(i / w.input), \(i % w.input)): \(Grid.text(input[i])) x kernel")
      lines += Grid(cells.chunks(of: out.w)).lines(indent: 4)
    }
    lines.append("output, the sum")
    lines += Grid(sums, columns: out.w).lines()
    lines.append("how many inputs reach each output (uneven: a checkerboard)")
    lines += Grid(overlaps, columns: out.w).lines()
    return lines
  }
}

extension Array {
  /// Rows of `size` elements.
  fileprivate func chunks(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: Swift.max(1, size)).map {
      Array(self[$0..<Swift.min(count, $0 + size)])
    }
  }
}
