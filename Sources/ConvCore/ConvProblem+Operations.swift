extension ConvProblem {
  /// Floating-point operations as published: 2 N K (C / g) outputs taps, padded taps counted.
  ///
  /// Every pass needs as many as the forward pass; the bias gradient one addition an output.
  /// For a transposed convolution the outputs are those of the underlying convolution.
  public var nominalOperations: Double {
    if pass == .biasGradient { return Double(outputCount) }
    let c = underlying
    return 2 * Double(c.outputCount) * Double(c.inChannels / c.groups) * Double(c.kernel.count)
  }

  /// The same without the taps that fall on padding filled with zeros, as benchdnn counts.
  public var unpaddedOperations: Double {
    if pass == .biasGradient { return Double(outputCount) }
    let c = underlying
    let taps = c.axes.map { axis in Double(axis.tapsInside(border: c.border)) }
    return 2 * Double(c.batch) * Double(c.outChannels) * Double(c.inChannels / c.groups)
      * taps.reduce(1, *)
  }
}

extension Axis {
  /// Pairs of an output and a tap that read an input element rather than a zero.
  func tapsInside(border: Border) -> Int {
    let outputs = output(.convolution)
    if border != .zeros { return outputs * kernel }
    // Counted tap by tap: outputs o with 0 <= o stride + t dilation - low < input.
    var sum = 0
    for t in 0..<kernel {
      let shift = t * dilation - low
      let first = shift >= 0 ? 0 : (-shift + stride - 1) / stride
      let last = shift >= input ? -1 : (input - 1 - shift) / stride
      sum += max(0, min(last, outputs - 1) - first + 1)
    }
    return sum
  }
}
