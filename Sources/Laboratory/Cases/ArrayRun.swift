import ConvCore
import FoundationEssentials

/// One's own arrays, convolved by an algorithm (`compare run`).
public struct ArrayRun: Sendable {
  /// What is computed: in f32 for f4 inputs, else in f64.
  public let problem: ConvProblem
  private let input: NpyArray, weight: NpyArray, bias: NpyArray?
  private let description: CaseFolder.Description

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
  /// convolution), and a bias of K values or nil.
  ///
  /// - Throws: `ConvError.invalid` where shapes and settings do not fit.
  public init(input: NpyArray, weight: NpyArray, bias: NpyArray?, _ settings: Settings)
    throws(ConvError)
  {
    let rank = input.shape.count - 2
    guard (1...3).contains(rank), weight.shape.count == input.shape.count else {
      throw .invalid(
        "input \(input.shape) and weight \(weight.shape) must be N, C, spatial... and K, C, "
          + "kernel... with 1 to 3 axes")
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
  }

  /// The output, N, K, spatial...
  ///
  /// - Throws: `ConvError` where the algorithm refuses.
  public func output(_ algorithm: any ConvAlgorithm, _ resources: Resources) throws(ConvError)
    -> NpyArray
  {
    if case .unsupported(let why) = algorithm.support(problem, resources) {
      throw .unsupported("\(algorithm.name): \(why)")
    }
    return problem.scalar == .f32
      ? NpyArray(try compute(algorithm, resources, as: Float.self))
      : NpyArray(try compute(algorithm, resources, as: Double.self))
  }

  private func compute<S: ConvScalar>(
    _ algorithm: any ConvAlgorithm, _ resources: Resources, as: S.Type
  ) throws(ConvError) -> Tensor<S> {
    let plan = try S.plan(algorithm, problem, resources)
    let weights = try Tensor<S>(weight).elements
    let biases = try bias.map { (b) throws(ConvError) in try Tensor<S>(b).elements }
    try plan.prepare(weights: weights.span, bias: biases?.span)
    var output = Tensor<S>(problem.outputShape)
    let x = try Tensor<S>(input).elements
    var span = output.elements.mutableSpan
    try plan.apply(x.span, into: &span)
    return output
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
    try output.write(to: "\(folder)/expected.npy")
  }
}
