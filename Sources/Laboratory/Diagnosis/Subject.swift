import ConvCore

/// An algorithm as the doctor runs it: planned anew for each problem, into a poisoned workspace.
struct Subject<S: ConvScalar> {
  let algorithm: any ConvAlgorithm
  let resources: Resources

  init(_ algorithm: any ConvAlgorithm, _ resources: Resources) {
    self.algorithm = algorithm
    var poisoned = resources
    poisoned.poison = true
    self.resources = poisoned
  }

  /// The result in a buffer that held `before`, and how the algorithm errs; nil where it does not do
  /// the problem. Other weights are prepared first, so that a plan that keeps them is found out.
  func run(_ problem: ConvProblem, _ operands: Operands<S>, before: S = .nan) throws(ConvError)
    -> (result: [S], model: ErrorModel)?
  {
    guard case .supported(let estimate) = algorithm.support(problem, resources),
      estimate.workspaceBytes <= resources.workspaceLimit
    else { return nil }
    let plan = try S.plan(algorithm, problem, resources)
    if let weights = operands.weights {
      let other = Self.otherWeights(count: weights.count)
      try plan.prepare(weights: other.span, bias: operands.bias?.span)
      try plan.prepare(weights: weights.span, bias: operands.bias?.span)
    }
    var result = [S](repeating: before, count: problem.operandCounts.result)
    var span = result.mutableSpan
    try plan.apply(operands.first.span, operands.second?.span, into: &span)
    return (result, estimate.error)
  }

  /// What is prepared before the weights that count.
  static func otherWeights(count: Int) -> [S] {
    Fill.uniform.data(count, SeededRandom(seed: 0x57A1E, stream: 2), as: S.self)
  }
}

/// A wrong result beside the truth.
struct Mismatch<S: ConvScalar> {
  let problem: ConvProblem
  let operands: Operands<S>
  let result: [Double]
  let truth: [TermSum]
  /// The bound of each result's error.
  let allowed: [Double]
  /// Results beyond their bounds, in order.
  let wrong: [Int]
  let shape: ResultShape
  let pool: ThreadPool

  /// Compares a result with all of the truth, whatever that costs.
  init(
    _ problem: ConvProblem, _ operands: Operands<S>, _ result: [S], _ model: ErrorModel,
    _ pool: ThreadPool
  ) throws(ConvError) {
    var effort = Oracle<S>.Effort()
    (effort.fullProducts, effort.fullResults) = (.infinity, .max)
    effort.referenceProducts = 0
    let verification = try Verification(problem, operands, pool, effort: effort)
    let truth = verification.oracle.sums
    // Bounds that follow the results' own size must not follow what is no number.
    let usable = zip(result, truth).map { $0.isFinite ? $0 : S($1.value) }
    let allowed = usable.withUnsafeBufferPointer { view in
      let bounds = verification.evaluator(view, model)
      return truth.indices.map { bounds.bound($0, truth[$0]) }
    }
    self.problem = problem
    self.operands = operands
    self.result = result.map { Double($0) }
    self.truth = truth
    self.allowed = allowed
    self.pool = pool
    shape = verification.oracle.terms.shape
    let limit = Double(S.greatestFiniteMagnitude)
    let values = self.result
    wrong = truth.indices.filter { i in
      let (value, y) = (values[i], truth[i].value)
      if !y.isFinite || abs(y) > limit {
        return y.isNaN ? !value.isNaN : value != (y > 0 ? .infinity : -.infinity)
      }
      guard value.isFinite else { return true }
      let error = abs((value - y) - truth[i].rest)
      return !(error == 0 || error <= allowed[i])
    }
  }

  /// The products of the problem.
  static func products(_ problem: ConvProblem) -> Double { Terms(problem).totalTerms }

  /// What another reading of the problem, or other operands, would give; nil where it has other
  /// counts.
  func recomputed(_ other: ConvProblem? = nil, _ changed: Operands<S>? = nil) -> [TermSum]? {
    let other = other ?? problem
    let (a, b) = (other.operandCounts, problem.operandCounts)
    guard a.first == b.first, a.second == b.second, a.result == b.result,
      other.weightCount == problem.weightCount
    else { return nil }
    var effort = Oracle<S>.Effort()
    (effort.fullProducts, effort.fullResults) = (.infinity, .max)
    effort.referenceProducts = 0
    return try? Oracle(other, changed ?? operands, pool, seed: 1, effort: effort).sums
  }

  /// Whether result i is what was predicted, but for roundings.
  func agrees(_ i: Int, _ predicted: TermSum) -> Bool {
    let (value, y) = (result[i], predicted.value)
    if y.isNaN || value.isNaN { return y.isNaN && value.isNaN }
    if y.isInfinite || value.isInfinite { return y == value }
    let rounding = 100 * S.kind.unitRoundoff * predicted.squares.squareRoot()
    return abs(value - y) <= max(rounding, 2 * allowed[i])
  }
}
