import ConvCore
import DirectConv

/// A worked answer, or any problem small enough to read, step by step.
public struct Showing {
  /// What is computed.
  public let problem: ConvProblem
  private let example: WorkedExample?
  private let inputs: Operands<Double>

  /// A worked example.
  ///
  /// - Throws: never, for the examples that ship.
  public init(_ example: WorkedExample) throws(ConvError) {
    problem = example.problem
    self.example = example
    inputs = try Operands(
      problem, first: example.first, second: example.second.isEmpty ? nil : example.second,
      weights: example.weights.isEmpty ? nil : example.weights,
      bias: example.bias.isEmpty ? nil : example.bias)
  }

  /// Any problem, on small integers from a seed.
  ///
  /// - Throws: `ConvError.invalid` where the problem cannot be in Double.
  public init(_ problem: ConvProblem, seed: UInt64 = 1) throws(ConvError) {
    let double = try problem.with(scalar: .f64)
    self.problem = double
    example = nil
    func digits(_ count: Int, _ stream: UInt64, _ range: ClosedRange<Int>) -> [Double] {
      let random = SeededRandom(seed: seed, stream: stream)
      return (0..<count).map { Double(random.integer(at: $0, in: range)) }
    }
    let counts = double.operandCounts
    guard max(counts.first, counts.result, double.weightCount) <= 256 else {
      throw .unsupported("steps are shown for at most 256 inputs, 64 weights and 64 outputs")
    }
    inputs = try Operands(
      double, first: digits(counts.first, 0, 0...9),
      second: counts.second.map { digits($0, 1, -2...2) },
      weights: double.hasStationaryWeights ? digits(double.weightCount, 2, -2...2) : nil,
      bias: double.bias && double.pass == .forward ? digits(double.outChannels, 3, 0...9) : nil)
  }

  /// The lines of one way; without one, sums for convolutions and overlaps for transposed ones.
  ///
  /// - Throws: `ConvError.unsupported` where the way does not take the problem.
  public func lines(_ way: StepByStep.Way? = nil) throws(ConvError) -> [String] {
    var lines: [String] = []
    if let example {
      lines.append("\(example.id): \(example.title)")
      if !example.remark.isEmpty { lines.append("  \(example.remark)") }
    }
    lines.append(
      "problem \(problem.descriptor), \(problem.operation.rawValue), \(problem.pass.rawValue)")
    if problem.pass != .forward {
      guard way == nil else {
        throw .unsupported("steps of gradients are their operands and answer")
      }
      return lines + (try gradient())
    }
    if problem.operation == .transposedConvolution {
      guard way == nil else {
        throw .unsupported("a transposed convolution is shown as what each input adds")
      }
      let steps = try ScatterSteps(problem, input: inputs.first, weights: inputs.weights ?? [])
      return lines + steps.lines
    }
    let steps = try StepByStep(
      problem, input: inputs.first, weights: inputs.weights ?? [], bias: inputs.bias ?? [])
    return lines + (try steps.lines(way ?? .direct))
  }

  private func gradient() throws(ConvError) -> [String] {
    var result = [Double](repeating: 0, count: problem.operandCounts.result)
    let plan = try Reference().plan(problem, try Resources(), as: Double.self)
    if let weights = inputs.weights { try plan.prepare(weights: weights.span) }
    var span = result.mutableSpan
    try plan.apply(inputs.first.span, inputs.second?.span, into: &span)
    let (image, output) = (problem.width.input, problem.output.w)
    func block(_ title: String, _ values: [Double], _ columns: Int) -> [String] {
      [title] + Grid(values, columns: columns).lines()
    }
    switch problem.pass {
    case .weightGradient:
      return block("input", inputs.first, image) + block("dL/dZ", inputs.second ?? [], output)
        + block("dL/dK: the input correlated with dL/dZ", result, problem.kernel.w)
    case .inputGradient:
      return block("dL/dZ", inputs.first, output)
        + block("kernel", inputs.weights ?? [], problem.kernel.w)
        + block("dL/dX: the full convolution of dL/dZ with the kernel", result, image)
    default:
      return block("dL/dZ", inputs.first, output)
        + block("dL/db: the sum over batch and positions", result, problem.outChannels)
    }
  }
}
