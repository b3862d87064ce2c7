import ConvCore

/// What arrays do not say of the convolution that they are the operands of.
public struct ArrayProblem: Sendable {
  /// Convolution or its transpose.
  public var operation = Operation.convolution
  /// Which operand is computed.
  public var pass = Pass.forward
  /// For each axis, or one for all.
  public var stride = [1], dilation = [1], outputPadding = [0]
  /// Around the input, or cropped from the output of a transposed convolution.
  public var padding = Padding.valid
  /// Channels fall into this many parts.
  public var groups = 1
  /// What stands outside the input.
  public var border = Border.zeros
  /// Whether the kernel is flipped.
  public var convention = Convention.crossCorrelation
  /// Whether there is a bias.
  public var bias = false
  /// What it is computed in.
  public var scalar = ScalarKind.f32

  /// A plain forward cross-correlation in single precision.
  public init() {}

  /// The problem of an input N, C, spatial extents, and weights K, C / groups, kernel (C, K / groups,
  /// kernel for a transposed convolution).
  ///
  /// - Throws: `ConvError.invalid` where the shapes do not fit.
  public func problem(inputShape: [Int], weightShape: [Int]) throws(ConvError) -> ConvProblem {
    let rank = inputShape.count - 2
    guard (1...3).contains(rank), weightShape.count == rank + 2 else {
      throw .invalid(
        "the input has the shape \(inputShape) and the weights \(weightShape): "
          + "both need two indices (N, C and K, C / groups) and 1 to 3 spatial ones")
    }
    guard groups >= 1 else { throw .invalid("groups is \(groups), but must be at least 1") }
    let (first, second) = (weightShape[0], weightShape[1].multipliedReportingOverflow(by: groups))
    let isTransposed = operation == .transposedConvolution
    guard !second.overflow, (isTransposed ? first : second.partialValue) == inputShape[1] else {
      throw .invalid(
        "the input has \(inputShape[1]) channels, but the weights \(weightShape) take "
          + "\(isTransposed ? "\(first)" : "\(weightShape[1]) in each of \(groups) groups")")
    }
    var axes: [Axis] = []
    for i in 0..<rank {
      var axis = Axis(
        inputShape[2 + i], kernel: weightShape[2 + i], stride: try value(stride, i, rank, "stride"),
        dilation: try value(dilation, i, rank, "dilation"),
        outputPadding: try value(outputPadding, i, rank, "output padding"))
      guard axis.kernel >= 1, axis.kernel <= Axis.largest, axis.input <= Axis.largest else {
        throw .invalid("an extent of \(inputShape) or \(weightShape) is 0 or too large")
      }
      (axis.low, axis.high) = try padding.sides(
        of: axis, index: i, rank: rank, operation: operation)
      axes.append(axis)
    }
    return try ConvProblem(
      batch: inputShape[0], inChannels: inputShape[1],
      outChannels: isTransposed ? second.partialValue : first, groups: groups, axes: axes,
      operation: operation, pass: pass, border: border, convention: convention, bias: bias,
      scalar: scalar)
  }

  private func value(_ list: [Int], _ i: Int, _ rank: Int, _ name: String) throws(ConvError) -> Int
  {
    guard list.count == 1 || list.count == rank else {
      throw .invalid("\(name) has \(list.count) numbers for \(rank) axes")
    }
    let value = list[list.count == 1 ? 0 : i]
    guard (0...Axis.largest).contains(value) else {
      throw .invalid("\(name) is \(value), but must be from 0 to \(Axis.largest)")
    }
    return value
  }
}

/// One's own arrays convolved.
public struct ArrayConvolution: Sendable {
  /// The problem that they make.
  public let problem: ConvProblem
  private let input: NpyArray, weights: NpyArray, bias: NpyArray?
  /// Extents of the result; those of a picture where the input is one.
  private let resultShape: [Int]

  /// Checks that the arrays fit. Arrays of one or two indices are a signal or a picture and a
  /// kernel: one input of one channel. All f4 are computed in f32, everything else in f64, unless
  /// `scalar` says so.
  ///
  /// - Throws: `ConvError.invalid` where the shapes do not fit.
  public init(
    _ description: ArrayProblem, input: NpyArray, weights: NpyArray, bias: NpyArray? = nil,
    scalar: ScalarKind? = nil
  ) throws(ConvError) {
    let isPlain = input.shape.count <= 2 && weights.shape.count == input.shape.count
    let (x, w) =
      isPlain ? ([1, 1] + input.shape, [1, 1] + weights.shape) : (input.shape, weights.shape)
    var description = description
    description.bias = bias != nil
    description.scalar = scalar ?? GoldenCase.scalar([input, weights, bias])
    problem = try description.problem(inputShape: x, weightShape: w)
    if let bias, bias.shape != [problem.outChannels] {
      throw .invalid("the bias has the shape \(bias.shape), but [\(problem.outChannels)] is right")
    }
    self.input = try NpyArray(x, input.values)
    self.weights = try NpyArray(w, weights.values)
    self.bias = bias
    resultShape = isPlain ? Array(problem.outputShape.dropFirst(2)) : problem.outputShape
  }

  /// What `run` yields.
  public struct Result: Sendable {
    /// The output.
    public var output: NpyArray
    /// Comparison with the oracle; nil where it was not asked for.
    public var judgement: Judgement?
    /// Of one execution, planning and preparation apart.
    public var milliseconds: Double
  }

  /// Computes it with `algorithm`, and compares the result with the oracle if asked to.
  ///
  /// - Throws: `ConvError.unsupported` with the reason where the algorithm does not do it.
  public func run(
    _ algorithm: any ConvAlgorithm, _ resources: Resources, verifies: Bool
  ) throws(ConvError) -> Result {
    problem.scalar == .f32
      ? try run(algorithm, resources, verifies, as: Float.self)
      : try run(algorithm, resources, verifies, as: Double.self)
  }

  private func run<S: ConvScalar>(
    _ algorithm: any ConvAlgorithm, _ resources: Resources, _ verifies: Bool, as: S.Type
  ) throws(ConvError) -> Result {
    let estimate: Estimate
    switch algorithm.support(problem, resources) {
    case .unsupported(let why): throw .unsupported("\(algorithm.name) cannot do this: \(why)")
    case .supported(let found): estimate = found
    }
    var biasElements: [S]?
    if let bias { biasElements = try Tensor<S>(bias).elements }
    let operands = try Operands<S>(
      problem, first: try Tensor<S>(input).elements, weights: try Tensor<S>(weights).elements,
      bias: biasElements)
    let plan = try S.plan(algorithm, problem, resources)
    if let weights = operands.weights {
      try plan.prepare(weights: weights.span, bias: operands.bias?.span)
    }
    var output = [S](repeating: .nan, count: problem.outputCount)
    let time = try seconds { () throws(ConvError) in
      var span = output.mutableSpan
      try plan.apply(operands.first.span, into: &span)
    }
    var judgement: Judgement?
    if verifies {
      judgement = try Verification(problem, operands, resources.pool).judge(output, estimate.error)
    }
    return Result(
      output: try NpyArray(erasing: try Tensor<S>(resultShape, output)), judgement: judgement,
      milliseconds: 1000 * time)
  }

  /// The same as a golden case, its expected result computed by the oracle.
  ///
  /// - Throws: `ConvError` where the oracle has no memory.
  public func golden(named name: String) throws(ConvError) -> GoldenCase {
    let truth = try run(
      try Registry.standard.algorithm("reference"), try Resources(threads: 1), verifies: false)
    return try GoldenCase(
      name: name, problem: problem, first: input, weights: weights, bias: bias,
      expected: try NpyArray(problem.outputShape, truth.output.values))
  }
}
