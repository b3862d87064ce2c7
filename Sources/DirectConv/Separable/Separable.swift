import ConvCore

/// Kernels of low rank as passes along one axis each (CLASSROOM D7, W7).
///
/// A kernel that is a product of vectors, w[h, x] = b[h] c[x], needs h + x multiplications for each
/// output instead of h x; one of rank R a sum of R such pairs. The vectors are found by singular
/// values when weights are prepared, so the same plan serves every kernel, and `prepare` says so
/// where a kernel has none. For one input channel for each group (images, depthwise).
///
/// Error: each pass rounds like a direct sum of its taps; what the factors leave out is below the
/// scalar's precision relative to the kernel's norm.
public struct Separable: ConvAlgorithm {
  private let inner: any ConvAlgorithm

  /// Passes are computed by `inner`.
  public init(inner: any ConvAlgorithm = Direct()) { self.inner = inner }

  /// `separable`.
  public var name: AlgorithmName { AlgorithmName("separable") }

  /// At the cost of a kernel of rank 1; whether a kernel is one shows when it is prepared.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    do {
      if problem.pass == .biasGradient {
        return .supported(BiasGradientPlan<Float>.estimate(problem))
      }
      let stages = try SeparableStages(problem, rank: 1)
      var bytes = stages.intermediateCount * problem.scalar.byteCount
      var operations = 0.0
      for stage in stages.problems {
        guard case .supported(let estimate) = inner.support(stage, resources) else {
          return inner.support(stage, resources)
        }
        bytes += estimate.workspaceBytes
        operations += estimate.executedOperations
      }
      let taps = problem.kernel.count
      return .supported(
        Estimate(
          workspaceBytes: bytes, executedOperations: operations,
          error: .sum([
            .summation(terms: taps, chunk: taps), .summation(terms: taps, chunk: taps),
          ]),
          computedBy: "\(stages.problems.count) passes by \(inner.name)"))
    } catch {
      return .unsupported(error.description)
    }
  }

  /// Plans the passes in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  { try make(problem, resources) }

  /// Plans the passes in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  { try make(problem, resources) }

  private func make<S: ConvScalar>(_ problem: ConvProblem, _ resources: Resources)
    throws(ConvError) -> Plan<S>
  {
    if problem.pass == .biasGradient {
      return .make(name, problem, BiasGradientPlan<S>(problem, resources))
    }
    return .make(name, problem, try SeparablePlan<S>(problem, inner, resources))
  }
}

/// The problems that a separable one falls into: one for each axis with more than one tap.
struct SeparableStages {
  /// In the order in which they are run.
  let problems: [ConvProblem]
  /// The axis of each.
  let axes: [Int]
  /// Elements of each buffer between two passes.
  let intermediateCount: Int

  /// Of `problem` with `rank` products for each kernel.
  ///
  /// The forward pass makes R channels out of each in the first pass and sums them in the last;
  /// the input gradient runs the adjoint passes backwards.
  /// - Throws: `ConvError.unsupported` where there is no such form.
  init(_ problem: ConvProblem, rank: Int) throws(ConvError) {
    guard problem.pass != .weightGradient else {
      throw .unsupported("a weight gradient is no separable convolution")
    }
    let isTransposed = problem.operation == .transposedConvolution
    let narrow = isTransposed ? problem.outChannels : problem.inChannels
    guard narrow == problem.groups else {
      throw .unsupported(
        "separable needs one channel for each group (an image, depthwise), "
          + "not \(narrow / problem.groups)")
    }
    let split = (0..<3).filter { problem.kernel[$0] > 1 }
    guard split.count > 1 else {
      throw .unsupported("a kernel along one axis has nothing to separate")
    }
    axes = isTransposed ? split.reversed() : split
    problems = try Self.chain(problem, split, rank, isTransposed)
    var most = 0
    for p in problems.dropLast() { most = max(most, p.outputCount) }
    intermediateCount = most
  }

  /// The passes in the order of the forward pass.
  private static func chain(
    _ problem: ConvProblem, _ split: [Int], _ rank: Int, _ isTransposed: Bool
  ) throws(ConvError) -> [ConvProblem] {
    let wide = isTransposed ? problem.inChannels : problem.outChannels
    let narrow = problem.groups
    var axes = problem.axes.map { Axis($0.input) }
    // Axes with a single tap still stride and pad: they go with the first pass.
    for i in 0..<3 where !split.contains(i) { axes[i] = problem.axes[i] }
    let order = isTransposed ? Array(split.reversed()) : split
    var list: [ConvProblem] = []
    for (step, axis) in order.enumerated() {
      axes[axis] = problem.axes[axis]
      let position = isTransposed ? order.count - 1 - step : step
      // Channels on the dense and the strided side of this pass, and its groups.
      let dense = position == 0 ? narrow : wide * rank
      let strided = position == order.count - 1 ? wide : wide * rank
      let groups = position == 0 ? narrow : position == order.count - 1 ? wide : wide * rank
      list.append(
        try ConvProblem(
          batch: problem.batch, inChannels: isTransposed ? strided : dense,
          outChannels: isTransposed ? dense : strided, groups: groups,
          axes: Array(axes.suffix(problem.rank)), operation: problem.operation,
          pass: problem.pass, border: problem.border, convention: problem.convention,
          bias: problem.bias && step == order.count - 1 && problem.pass == .forward,
          layout: problem.layout, scalar: problem.scalar))
      for i in 0..<3 { axes[i] = Axis(axes[i].output(problem.operation)) }
    }
    return list
  }
}
