import ConvCore
import FoundationEssentials

/// One's own arrays, convolved by an algorithm (`compare run`).
public struct ArrayRun: Sendable {
  /// What is computed: in f32 for f4 inputs, else in f64.
  public let problem: ConvProblem
  private let input: NpyArray, weight: NpyArray, bias: NpyArray?
  private let description: CaseFolder.Description
  /// Whether the arrays came as a signal or a picture alone, without batch and channels.
  private let isBare: Bool

  /// The conventions of a run; axes beyond the given lists' are neutral.
  public struct Settings: Sendable {
    /// Distance of outputs, and of taps (counted from 1); one number for all axes or one for each.
    public var stride: [Int]?, dilation: [Int]?
    /// Padding by rule or number.
    public var padding = Padding.valid
    /// Extra outputs of a transposed convolution.
    public var outputPadding: [Int]?
    /// Groups of channels.
    public var groups = 1
    /// Convolution or its transpose.
    public var operation = Operation.convolution
    /// What stands outside.
    public var border = Border.zeros
    /// Whether the kernel is flipped.
    public var convention = Convention.crossCorrelation

    /// Neutral.
    public init() {}
  }

  /// Arrays N, C, spatial... and K, C / groups, kernel... (C, K / groups for a transposed
  /// convolution), and a bias of K values or nil. Arrays of one or two indices are a signal or a
  /// picture and its kernel.
  ///
  /// - Throws: `ConvError.invalid` where shapes and settings do not fit.
  public init(input: NpyArray, weight: NpyArray, bias: NpyArray?, _ settings: Settings)
    throws(ConvError)
  {
    let isBare = input.shape.count <= 2 && input.shape.count >= 1
    if isBare, weight.shape.count != input.shape.count {
      throw .invalid(
        "input \(input.shape) and weight \(weight.shape) must have as many indices each")
    }
    let input = isBare ? try NpyArray([1, 1] + input.shape, input.values) : input
    let weight = isBare ? try NpyArray([1, 1] + weight.shape, weight.values) : weight
    let rank = input.shape.count - 2
    guard (1...3).contains(rank), weight.shape.count == input.shape.count else {
      throw .invalid(
        "input \(input.shape) and weight \(weight.shape) must be N, C, spatial... and K, C, "
          + "kernel... with 1 to 3 axes, or both a signal or a picture alone")
    }
    func list(_ values: [Int]?, _ name: String, _ neutral: Int) throws(ConvError) -> [Int] {
      guard let values else { return Array(repeating: neutral, count: rank) }
      if values.count == 1 { return Array(repeating: values[0], count: rank) }
      guard values.count == rank else {
        throw .invalid("\(name) has \(values.count) numbers for \(rank) axes")
      }
      return values
    }
    let stride = try list(settings.stride, "stride", 1)
    let dilation = try list(settings.dilation, "dilation", 1)
    let extra = try list(settings.outputPadding, "output padding", 0)
    var padding: [[Int]] = []
    for i in 0..<rank {
      guard input.shape[i + 2] >= 1, weight.shape[i + 2] >= 1, stride[i] >= 1, dilation[i] >= 1
      else { throw .invalid("extents, stride and dilation must be at least 1") }
      let axis = Axis(
        input.shape[i + 2], kernel: weight.shape[i + 2], stride: stride[i], dilation: dilation[i],
        outputPadding: extra[i])
      let sides = try settings.padding.sides(
        of: axis, index: i, rank: rank, operation: settings.operation)
      padding.append([sides.low, sides.high])
    }
    var d = CaseFolder.Description()
    (d.operation, d.convention) = (settings.operation.rawValue, settings.convention.rawValue)
    (d.stride, d.dilation, d.padding) = (stride, dilation, padding)
    (d.border, d.groups) = (settings.border.rawValue, settings.groups)
    if settings.operation == .transposedConvolution { d.outputPadding = extra }
    var isSingle = false
    if case .f4 = input.values { isSingle = true }
    problem = try CaseShape(
      d, input: input.shape, weight: weight.shape, hasBias: bias != nil, isSingle: isSingle
    ).problem
    if let bias, bias.shape != [problem.outChannels] {
      throw .invalid("the bias has shape \(bias.shape), not [\(problem.outChannels)]")
    }
    (self.input, self.weight, self.bias, description) = (input, weight, bias, d)
    self.isBare = isBare
  }

  /// What came of a run.
  public struct Result: Sendable {
    /// The output, N, K, spatial...; of a bare signal or picture as bare.
    public var output: NpyArray
    /// How it compares with the oracle; nil where it was not verified.
    public var judgement: Judgement?
    /// Of the one execution.
    public var milliseconds: Double
  }

  /// Computes the output and, unless told otherwise, compares it with the oracle.
  ///
  /// - Throws: `ConvError` where the algorithm refuses.
  public func run(
    _ algorithm: any ConvAlgorithm, _ resources: Resources, verifies: Bool = true
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
    case .supported(let found): estimate = found
    case .unsupported(let why): throw .unsupported("\(algorithm.name): \(why)")
    }
    let operands = try operands(as: S.self)
    let plan = try S.plan(algorithm, problem, resources)
    if let weights = operands.weights {
      try plan.prepare(weights: weights.span, bias: operands.bias?.span)
    }
    var output = Tensor<S>(problem.outputShape, filledWith: .nan)
    var span = output.elements.mutableSpan
    let time = try seconds { () throws(ConvError) in
      try plan.apply(operands.first.span, into: &span)
    }
    var judgement: Judgement?
    if verifies {
      judgement = try Verification(problem, operands, resources.pool)
        .judge(output.elements, estimate.error)
    }
    return Result(
      output: try array(output.elements), judgement: judgement, milliseconds: 1000 * time)
  }

  /// Judges a result that somebody else computed, within the bound of `algorithm`, and examines it
  /// if it is wrong and `diagnoses`.
  ///
  /// - Throws: `ConvError.invalid` for another shape than the output's.
  public func check(
    _ result: NpyArray, named name: String, as algorithm: any ConvAlgorithm,
    _ resources: Resources, diagnoses: Bool = false
  ) throws(ConvError) -> (judgement: Judgement, diagnosis: Diagnosis?) {
    let shape = outputShape
    guard result.shape == shape else {
      throw .invalid("\(name) has the shape \(result.shape), but the output has \(shape)")
    }
    return problem.scalar == .f32
      ? try check(result, name, algorithm, resources, diagnoses, as: Float.self)
      : try check(result, name, algorithm, resources, diagnoses, as: Double.self)
  }

  private func check<S: ConvScalar>(
    _ result: NpyArray, _ name: String, _ algorithm: any ConvAlgorithm, _ resources: Resources,
    _ diagnoses: Bool, as: S.Type
  ) throws(ConvError) -> (judgement: Judgement, diagnosis: Diagnosis?) {
    guard case .supported(let estimate) = algorithm.support(problem, resources) else {
      throw .unsupported("\(algorithm.name) does not do this problem: its bound is not known")
    }
    let (operands, values) = (try operands(as: S.self), try Tensor<S>(result).elements)
    let judgement = try Verification(problem, operands, resources.pool)
      .judge(values, estimate.error)
    guard diagnoses, !judgement.passes else { return (judgement, nil) }
    return (
      judgement,
      try Diagnosis.examine(
        result: values, of: problem, operands, estimate.error, resources.pool, named: name)
    )
  }

  private var outputShape: [Int] {
    Array(isBare ? problem.outputShape.dropFirst(2) : problem.outputShape[...])
  }

  func operands<S: ConvScalar>(as: S.Type) throws(ConvError) -> Operands<S> {
    try Operands(
      problem, first: try Tensor<S>(input).elements, weights: try Tensor<S>(weight).elements,
      bias: try bias.map { (b) throws(ConvError) in try Tensor<S>(b).elements })
  }

  private func array<S: ConvScalar>(_ values: [S]) throws(ConvError) -> NpyArray {
    S.kind == .f32
      ? try NpyArray(outputShape, .f4(values.map { Float($0) }))
      : try NpyArray(outputShape, .f8(values.map { Double($0) }))
  }

  /// Writes the run as a case folder whose expected values are `output`.
  ///
  /// - Throws: `ConvError.system` where the system refuses.
  public func writeCase(_ folder: String, name: String, expected output: NpyArray)
    throws(ConvError)
  {
    var d = description
    d.name = name
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    guard let json = try? encoder.encode(d) else { throw .invalid("the case cannot be described") }
    try makeFolder(folder)
    try writeFile("\(folder)/case.json", Array(json) + [10])
    try input.write(to: "\(folder)/input.npy")
    try weight.write(to: "\(folder)/weight.npy")
    if let bias { try bias.write(to: "\(folder)/bias.npy") }
    try NpyArray(problem.outputShape, output.values).write(to: "\(folder)/expected.npy")
  }
}
