import ConvCore

/// Lays kernels over pictures with any convolution algorithm.
///
/// Every product and sum of a convolution here is the algorithm's: a picture becomes a
/// `ConvProblem` of rank 2 whose batch is the picture's channels, each filtered by itself.
public struct Filter: Sendable {
  /// Who computes.
  public var algorithm: any ConvAlgorithm
  /// With what.
  public var resources: Resources
  /// What stands outside the picture. `reflect` unless said, as in OpenCV (REFLECT_101): no edge
  /// appears at the rim that the picture does not have.
  public var border = Border.reflect
  /// Whether kernels are flipped. Not, unless said, as in OpenCV.
  public var convention = Convention.crossCorrelation
  /// Which results are kept: as many as the picture has pixels, unless said otherwise. Of a kernel of
  /// even extent the odd row and column of padding are at the far side.
  public var padding = Padding.same
  /// The type that sums are computed in; pictures are Float before and after.
  public var scalar = ScalarKind.f32

  /// Sees every convolution with its operands and result; nil for nobody.
  public var observer: (any FilterObserver)?

  /// A filter with the defaults above.
  public init(_ algorithm: any ConvAlgorithm, _ resources: Resources) {
    self.algorithm = algorithm
    self.resources = resources
  }

  /// The problem that laying a kernel over a picture is.
  ///
  /// - Throws: `ConvError.invalid` where the border is not defined as far outside as the kernel
  ///   reaches, the kernel does not fit, or the result is larger than a picture may be.
  public func problem(_ kernel: ImageKernel, _ picture: Picture) throws(ConvError) -> ConvProblem {
    var axes = [
      Axis(picture.height, kernel: kernel.rows), Axis(picture.width, kernel: kernel.columns),
    ]
    for i in axes.indices {
      (axes[i].low, axes[i].high) = try padding.sides(of: axes[i], index: i, rank: 2)
    }
    let problem = try ConvProblem(
      batch: picture.channels, axes: axes, border: border, convention: convention, scalar: scalar)
    _ = try Picture.count(problem.output.w, problem.output.h, picture.channels)
    return problem
  }

  /// S(i, j) = sum over a, b of picture(i + a, j + b) kernel(a, b), for each channel.
  ///
  /// - Throws: `ConvError` where the problem cannot be, or the algorithm refuses it.
  public func callAsFunction(_ kernel: ImageKernel, _ picture: Picture) throws(ConvError)
    -> Picture
  {
    let problem = try problem(kernel, picture)
    return Picture(
      unchecked: problem.output.w, problem.output.h, picture.channels,
      try run(problem, kernel.weights, picture.samples))
  }

  /// The forward pass or input gradient of any problem, on given weights and operand.
  ///
  /// - Throws: `ConvError` where the algorithm refuses the problem or counts are wrong.
  public func run(_ problem: ConvProblem, _ weights: [Double], _ first: [Float]) throws(ConvError)
    -> [Float]
  {
    switch problem.scalar {
    case .f32: return try result(problem, weights.map(Float.init), first)
    case .f64: return try result(problem, weights, first.map(Double.init)).map(Float.init)
    }
  }

  private func result<S: ConvScalar>(_ problem: ConvProblem, _ weights: [S], _ first: [S])
    throws(ConvError) -> [S]
  {
    let plan = try S.plan(algorithm, problem, resources)
    try plan.prepare(weights: weights.span)
    var result = [S](repeating: 0, count: problem.operandCounts.result)
    var span = result.mutableSpan
    try plan.apply(first.span, into: &span)
    try observer?.observe(problem, by: algorithm, weights, first, result)
    return result
  }
}

/// Looks at convolutions while a filter computes them: to verify each on the data that it gets.
public protocol FilterObserver: Sendable {
  /// Called after each convolution.
  ///
  /// - Throws: `ConvError` to stop the filter.
  func observe<S: ConvScalar>(
    _ problem: ConvProblem, by algorithm: any ConvAlgorithm, _ weights: [S], _ first: [S],
    _ result: [S]
  ) throws(ConvError)
}
