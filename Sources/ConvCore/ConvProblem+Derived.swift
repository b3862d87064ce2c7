extension ConvProblem {
  /// Extents of the input.
  public var input: Extents { Extents(depth.input, height.input, width.input) }

  /// Number of taps.
  public var kernel: Extents { Extents(depth.kernel, height.kernel, width.kernel) }

  /// Stride of each axis.
  public var stride: Extents { Extents(depth.stride, height.stride, width.stride) }

  /// Dilation of each axis, counted from 1.
  public var dilation: Extents { Extents(depth.dilation, height.dilation, width.dilation) }

  /// Extents of the output.
  public var output: Extents {
    Extents(depth.output(operation), height.output(operation), width.output(operation))
  }

  /// Elements of the input, N C D H W.
  public var inputCount: Int { batch * inChannels * input.count }

  /// Elements of the output, N K D H W.
  public var outputCount: Int { batch * outChannels * output.count }

  /// Elements of the weights: K (C / g) kernel, or C (K / g) kernel for a transposed convolution.
  public var weightCount: Int { outChannels * (inChannels / groups) * kernel.count }

  /// Elements that `Plan.apply` reads and writes in this pass.
  public var operandCounts: (first: Int, second: Int?, result: Int) {
    switch pass {
    case .forward: (inputCount, nil, outputCount)
    case .inputGradient: (outputCount, nil, inputCount)
    case .weightGradient: (inputCount, outputCount, weightCount)
    case .biasGradient: (outputCount, nil, outChannels)
    }
  }

  /// Whether `Plan.prepare` must be given weights: in the forward and input-gradient passes.
  public var hasStationaryWeights: Bool { pass == .forward || pass == .inputGradient }

  /// Shape of the input: batch, channels, extents in the order of `layout`.
  public var inputShape: [Int] { shape(inChannels, input) }

  /// Shape of the output: batch, channels, extents in the order of `layout`.
  public var outputShape: [Int] { shape(outChannels, output) }

  /// Shape of the weights: K, C / g, kernel; C, K / g, kernel for a transposed convolution.
  public var weightShape: [Int] {
    let taps = (0..<3).map { kernel[$0] }.suffix(rank)
    return operation == .convolution
      ? [outChannels, inChannels / groups] + taps : [inChannels, outChannels / groups] + taps
  }

  private func shape(_ channels: Int, _ e: Extents) -> [Int] {
    let extents = (0..<3).map { e[$0] }.suffix(rank)
    return layout == .nchw ? [batch, channels] + extents : [batch] + extents + [channels]
  }

  /// Shapes of what `Plan.apply` reads and writes in this pass.
  public var operandShapes: (first: [Int], second: [Int]?, result: [Int]) {
    switch pass {
    case .forward: (inputShape, nil, outputShape)
    case .inputGradient: (outputShape, nil, inputShape)
    case .weightGradient: (inputShape, outputShape, weightShape)
    case .biasGradient: (outputShape, nil, [outChannels])
    }
  }

  /// Bytes of input, weights and output together.
  public var operandBytes: Int { (inputCount + outputCount + weightCount) * scalar.byteCount }

  /// The plain convolution whose passes the passes of this problem are.
  ///
  /// A transposed convolution is the adjoint of a convolution in which input and output change
  /// places; that convolution has exactly as many outputs as the transposed one has inputs, so
  /// output padding becomes a crop at the far side. For a convolution it is the problem itself.
  public var underlying: ConvProblem {
    if operation == .convolution { return self }
    let swapped: [Pass: Pass] = [.forward: .inputGradient, .inputGradient: .forward]
    return ConvProblem(
      unchecked: rank, batch: batch, inChannels: outChannels, outChannels: inChannels,
      groups: groups,
      axes: axes.map {
        Axis(
          $0.output(operation), kernel: $0.kernel, stride: $0.stride, dilation: $0.dilation,
          low: $0.low, high: $0.high - $0.outputPadding)
      },
      operation: .convolution, pass: swapped[pass] ?? pass, border: border, convention: convention,
      bias: false, layout: layout, scalar: scalar)
  }
}
