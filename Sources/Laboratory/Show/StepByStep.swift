import ConvCore

/// How an algorithm gets from the operands to the result, in numbers: for problems small enough to
/// read, in the forward pass.
public struct StepByStep {
  /// Ways that can be shown.
  public enum Way: String, CaseIterable, Sendable {
    /// Every output as its sum.
    case direct
    /// The matrix of patches, times the weights.
    case im2col
    /// The sparse matrix that maps the input to the output.
    case toeplitz
    /// The product of the spectra of the padded operands.
    case fft
    /// Overlap-save: blocks of the input, each convolved circularly, the wrapped part thrown away.
    case fftTiled = "fft-tiled"
    /// F(2, 3) along the width.
    case winograd
  }

  let problem: ConvProblem
  /// The padded input of each channel that is read, as rows.
  let padded: [[Double]]
  /// Extents of the padded input.
  let extents: Extents
  /// Weights, as they are laid on (flipped where the convention says so).
  let weights: [Double]
  let bias: [Double]

  /// A problem and its operands.
  ///
  /// - Throws: `ConvError.unsupported` where it is too large to read or no forward convolution.
  public init(_ problem: ConvProblem, input: [Double], weights: [Double], bias: [Double] = [])
    throws(ConvError)
  {
    guard problem.operation == .convolution, problem.pass == .forward, problem.depth == Axis(),
      problem.batch == 1, problem.groups == 1, problem.layout == .nchw
    else {
      throw .unsupported(
        "steps are shown for forward convolutions of one image with up to two axes, without groups")
    }
    guard problem.outputCount <= 64, problem.inputCount <= 256, problem.weightCount <= 64 else {
      throw .unsupported("steps are shown for at most 256 inputs, 64 weights and 64 outputs")
    }
    self.problem = problem
    self.bias = bias
    let (h, w) = (problem.height, problem.width)
    let e = Extents(
      1, (problem.output.h - 1) * h.stride + h.reach, (problem.output.w - 1) * w.stride + w.reach)
    extents = e
    padded = (0..<problem.inChannels).map { c in
      (0..<e.count).map { i -> Double in
        guard let y = problem.border.source(i / e.w - h.low, h.input),
          let x = problem.border.source(i % e.w - w.low, w.input)
        else { return 0 }
        return input[(c * h.input + y) * w.input + x]
      }
    }
    let taps = problem.kernel.count
    self.weights =
      problem.convention == .crossCorrelation
      ? weights
      : weights.indices.map { weights[$0 / taps * taps + (taps - 1 - $0 % taps)] }
  }

  /// The lines of one way.
  ///
  /// - Throws: `ConvError.unsupported` where the way does not take the problem.
  public func lines(_ way: Way) throws(ConvError) -> [String] {
    switch way {
    case .direct: direct()
    case .im2col: im2col()
    case .toeplitz: try toeplitz()
    case .fft: try spectra()
    case .fftTiled: try overlapSave()
    case .winograd: try winograd()
    }
  }

  /// Position in the padded input of tap t of output o.
  func position(_ o: Int, _ t: Int) -> Int {
    let (h, w) = (problem.height, problem.width)
    let y = o / problem.output.w * h.stride + t / problem.kernel.w * h.dilation
    let x = o % problem.output.w * w.stride + t % problem.kernel.w * w.dilation
    return y * extents.w + x
  }

  func output(_ k: Int, _ o: Int) -> Double {
    var sum = bias.isEmpty ? 0 : bias[k]
    for c in padded.indices {
      for t in 0..<problem.kernel.count {
        sum += padded[c][position(o, t)] * weight(k, c, t)
      }
    }
    return sum
  }

  func weight(_ k: Int, _ c: Int, _ t: Int) -> Double {
    weights[(k * problem.inChannels + c) * problem.kernel.count + t]
  }

  /// Outputs of channel k as a grid.
  func outputLines() -> [String] {
    (0..<problem.outChannels).flatMap { k in
      ["output\(problem.outChannels > 1 ? " \(k)" : "")"]
        + Grid((0..<problem.output.count).map { output(k, $0) }, columns: problem.output.w).lines()
    }
  }

  private func direct() -> [String] {
    var lines = operandLines()
    lines.append("each output is the sum of the products under the kernel")
    for k in 0..<problem.outChannels {
      for o in 0..<problem.output.count {
        var terms: [String] = []
        for c in padded.indices {
          for t in 0..<problem.kernel.count {
            let w = weight(k, c, t)
            terms.append("\(Grid.text(padded[c][position(o, t)]))*\(Grid.text(w).bracketed)")
          }
        }
        if !bias.isEmpty { terms.append(Grid.text(bias[k])) }
        let at = "(\(o / problem.output.w), \(o % problem.output.w))"
        lines.append("  \(at): \(terms.joined(separator: " + ")) = \(Grid.text(output(k, o)))")
      }
    }
    return lines + outputLines()
  }

  func operandLines() -> [String] {
    var lines: [String] = []
    for c in padded.indices {
      let which = padded.count > 1 ? " channel \(c)" : ""
      let isPadded = problem.axes.contains { $0.low != 0 || $0.high != 0 }
      lines.append("input\(which)\(isPadded ? ", with its border" : "")")
      lines += Grid(padded[c], columns: extents.w).lines()
    }
    lines.append(
      "kernel" + (problem.convention == .convolution ? ", flipped: this is a convolution" : ""))
    for k in 0..<problem.outChannels {
      for c in padded.indices {
        let taps = (0..<problem.kernel.count).map { weight(k, c, $0) }
        lines += Grid(taps, columns: problem.kernel.w).lines()
      }
    }
    return lines
  }

  private func im2col() -> [String] {
    var lines = operandLines()
    let rows = padded.count * problem.kernel.count
    lines.append(
      "im2col: a row for each tap (\(rows)), a column for each output (\(problem.output.count))")
    lines += Grid(
      (0..<rows).flatMap { row in
        (0..<problem.output.count).map { o in
          padded[row / problem.kernel.count][position(o, row % problem.kernel.count)]
        }
      }, columns: problem.output.count
    ).lines()
    lines.append("weights as a matrix, a row for each output channel")
    lines += Grid(weights, columns: rows).lines()
    lines.append("their product")
    lines += Grid(
      (0..<problem.outChannels).flatMap { k in
        (0..<problem.output.count).map { output(k, $0) }
      }, columns: problem.output.count
    ).lines()
    return lines + outputLines()
  }

  private func toeplitz() throws(ConvError) -> [String] {
    guard padded.count == 1, problem.outChannels == 1 else {
      throw .unsupported("the matrix is shown for one channel")
    }
    var lines = operandLines()
    lines.append(
      "the same as a matrix: a row for each output (\(problem.output.count)), a column for each "
        + "pixel (\(extents.count)); . is 0")
    let rows = (0..<problem.output.count).map { o -> [String] in
      var row = Array(repeating: ".", count: extents.count)
      for t in 0..<problem.kernel.count { row[position(o, t)] = Grid.text(weight(0, 0, t)) }
      return row
    }
    lines += Grid(rows).lines()
    let dense = problem.output.count * extents.count
    lines.append(
      "  \(problem.kernel.count) weights, shared by all rows; a dense layer would have \(dense)")
    return lines + outputLines()
  }
}

extension String {
  /// In parentheses where it is negative, so that a product reads well.
  fileprivate var bracketed: String { hasPrefix("-") ? "(\(self))" : self }
}
