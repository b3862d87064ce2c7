/// Which way the kernel is laid over the input (CLASSROOM D1).
public enum Convention: String, Hashable, Codable, Sendable, CaseIterable {
  /// S(i) = sum_a I(i + a) K(a): what CNN libraries call convolution.
  case crossCorrelation
  /// S(i) = sum_a I(i - a) K(a): the kernel is flipped, as in mathematics and signal processing.
  case convolution
}

/// The linear map that a problem describes.
public enum Operation: String, Hashable, Codable, Sendable, CaseIterable {
  /// Output extent floor((n + padding - reach) / stride) + 1.
  case convolution
  /// The adjoint of a convolution with respect to its input: output extent
  /// (n - 1) stride + reach - padding + output padding.
  case transposedConvolution
}

/// Which of its operands a problem computes from the others.
public enum Pass: String, Hashable, Codable, Sendable, CaseIterable {
  /// Output from input and weights.
  case forward
  /// dL/d input from dL/d output and weights.
  case inputGradient
  /// dL/d weights from input and dL/d output.
  case weightGradient
  /// dL/d bias: the sum of dL/d output over batch and positions.
  case biasGradient
}

/// Order of the elements of inputs and outputs; weights are always K, C / groups, kernel.
public enum DataLayout: String, Hashable, Codable, Sendable, CaseIterable {
  /// Batch, channel, (depth,) height, width.
  case nchw
  /// Batch, (depth,) height, width, channel.
  case nhwc
}
