import ConvCore

extension Filter {
  /// How many inputs reach each output of a transposed convolution: the checkerboard where the
  /// kernel's taps are not divisible by the stride, the same number throughout the middle where
  /// they are.
  ///
  /// The transposed convolution of ones with a kernel of ones, computed by the filter's algorithm
  /// and rounded, since counts are whole.
  /// - Throws: `ConvError` where the problem cannot be, or the algorithm refuses it.
  public func overlapCounts(height: Axis, width: Axis) throws(ConvError) -> Tensor<Float> {
    let problem = try ConvProblem(
      axes: [height, width], operation: .transposedConvolution, scalar: scalar)
    return try counts(problem, problem.inputCount)
  }

  /// How many windows of a convolution use each pixel: without padding a corner once and the middle
  /// of a picture k x k times; with padding the rim more often.
  ///
  /// The input gradient of ones with a kernel of ones: the adjoint adds up what reads each pixel,
  /// through the border too.
  /// - Throws: `ConvError` where the problem cannot be, or the algorithm refuses it.
  public func usageCounts(height: Axis, width: Axis, border: Border = .zeros) throws(ConvError)
    -> Tensor<Float>
  {
    let problem = try ConvProblem(
      axes: [height, width], pass: .inputGradient, border: border, scalar: scalar)
    return try counts(problem, problem.outputCount)
  }

  private func counts(_ problem: ConvProblem, _ ones: Int) throws(ConvError) -> Tensor<Float> {
    for extents in [problem.input, problem.output, problem.kernel] {
      _ = try Picture.count(extents.w, extents.h, 1)
    }
    let result = try run(
      problem, Array(repeating: 1, count: problem.weightCount), Array(repeating: 1, count: ones))
    let shape = problem.operandShapes.result.suffix(2)
    return try Tensor(Array(shape), result.map { $0.rounded() })
  }
}

/// What a shift of the picture does to a feature map, before and after pooling.
public struct Translation: Sendable {
  /// Columns to the right and rows down.
  public var dx: Int, dy: Int
  /// Largest |f(shifted x) - shifted f(x)|: 0 for an algorithm that adds up every output alike.
  public var equivarianceError: Double
  /// By how much the map's values change where they stand.
  public var changes: [Change]

  /// How much of a pooled map changes.
  public struct Change: Sendable, Equatable {
    /// Side and stride of the max-pooling windows; 1 is no pooling.
    public var window: Int
    /// ||pooled f(shifted x) - pooled f(x)|| / ||pooled f(x)||.
    public var relative: Double
    /// Part of the values that stay exactly as they were.
    public var unchanged: Double
  }
}

extension Filter {
  /// Shows that convolution is equivariant, so that its map moves with the picture, and that pooling
  /// makes the map nearly invariant, the more so the larger the windows.
  ///
  /// The border is circular here whatever the filter's is, so that nothing is lost at the rim.
  /// - Throws: `ConvError` where the algorithm refuses, or a window is larger than the picture.
  public func translation(
    of picture: Picture, under kernel: ImageKernel, dx: Int, dy: Int, windows: [Int] = [1, 2, 4, 8]
  ) throws(ConvError) -> Translation {
    var circular = self
    circular.border = .circular
    circular.padding = .same
    let still = try circular(kernel, picture)
    let moved = try circular(kernel, picture.shifted(dx: dx, dy: dy))
    let expected = still.shifted(dx: dx, dy: dy)
    let error = zip(moved.samples, expected.samples).map { abs(Double($0) - Double($1)) }.max()
    var report = Translation(dx: dx, dy: dy, equivarianceError: error ?? 0, changes: [])
    let (a, b) = (still.map { max($0, 0) }, moved.map { max($0, 0) })
    for window in windows {
      let before = try a.maxPooled(size: window, stride: window)
      let after = try b.maxPooled(size: window, stride: window)
      let pairs = zip(before.samples, after.samples)
      let difference = pairs.reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
      let norm = before.samples.reduce(0.0) { $0 + Double($1) * Double($1) }
      let same = pairs.reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
      report.changes.append(
        Translation.Change(
          window: window, relative: norm > 0 ? (difference / norm).squareRoot() : 0,
          unchanged: Double(same) / Double(before.samples.count)))
    }
    return report
  }
}
