import ConvCore

/// A convolution with its operands and the result that it must have: one case folder.
public struct GoldenCase: Sendable {
  /// As case.json names it, or its folder.
  public var name: String
  /// What is computed, in the type of the arrays (f4 in f32, all others in f64).
  public var problem: ConvProblem
  /// The input; in an input gradient the output gradient.
  public var first: NpyArray
  /// The output gradient of a weight gradient.
  public var second: NpyArray?
  /// Weights, where the pass has stationary ones.
  public var weights: NpyArray?
  /// Bias of a forward pass.
  public var bias: NpyArray?
  /// What must come out.
  public var expected: NpyArray
  /// Largest relative error in the Euclidean norm; nil for the derived bounds.
  public var tolerance: Double?

  /// Whether all arrays hold integers, so that results must equal them.
  public var isInteger: Bool {
    [first, second, weights, bias, expected].compactMap(\.self).allSatisfy(\.values.isInteger)
  }

  /// All values.
  ///
  /// - Throws: `ConvError.invalid` where a shape is not what the problem says.
  public init(
    name: String, problem: ConvProblem, first: NpyArray, second: NpyArray? = nil,
    weights: NpyArray? = nil, bias: NpyArray? = nil, expected: NpyArray, tolerance: Double? = nil
  ) throws(ConvError) {
    let shapes = problem.operandShapes
    for (file, shape, right) in [
      (problem.pass == .inputGradient ? "outputGradient" : "input", first.shape, shapes.first),
      ("outputGradient", second?.shape ?? [], shapes.second ?? []),
      ("weight", weights?.shape ?? problem.weightShape, problem.weightShape),
      ("bias", bias?.shape ?? [problem.outChannels], [problem.outChannels]),
      ("expected", expected.shape, shapes.result),
    ] where shape != right {
      throw .invalid("\(name): \(file).npy has the shape \(shape), but \(right) is right here")
    }
    self.name = name
    self.problem = problem
    self.first = first
    self.second = second
    self.weights = weights
    self.bias = bias
    self.expected = expected
    self.tolerance = tolerance
  }

  /// The operands in the scalar of the problem.
  func operands<S: ConvScalar>(as: S.Type) throws(ConvError) -> Operands<S> {
    try Operands<S>(
      problem, first: try Tensor<S>(first).elements, second: try elements(second),
      weights: try elements(weights), bias: try elements(bias))
  }

  private func elements<S: ConvScalar>(_ array: NpyArray?) throws(ConvError) -> [S]? {
    guard let array else { return nil }
    return try Tensor<S>(array).elements
  }

  /// The scalar for arrays: f32 where all are f4.
  static func scalar(_ arrays: [NpyArray?]) -> ScalarKind {
    arrays.compactMap(\.self).allSatisfy {
      if case .f4 = $0.values { true } else { false }
    } ? .f32 : .f64
  }
}
