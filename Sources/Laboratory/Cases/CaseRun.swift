import ConvCore
import DirectConv

/// A golden case computed by algorithms, each result judged against the golden values.
///
/// Without a tolerance a result passes within its own derived bound plus that of a direct
/// computation in the case's type: both it and the golden values are held against the oracle, each
/// within its bound. Integers must be equal; of algorithms that transform, after rounding.
public struct CaseRun {
  private let resources: Resources
  /// Whether wrong results are examined.
  public var diagnoses = false

  /// On the resources given; workspaces are poisoned.
  public init(_ resources: Resources) {
    var resources = resources
    resources.poison = true
    self.resources = resources
  }

  /// What became of one algorithm; `result` is what it computed, to be saved.
  public struct Result: Sendable {
    /// Status, reason and accuracy.
    public var outcome: Outcome
    /// In the case's type; nil where nothing was computed.
    public var result: NpyArray?
    /// What is wrong with it, or with the golden values where those are wrong; nil where that was
    /// not asked for.
    public var diagnosis: Diagnosis?
  }

  /// Runs every algorithm on a case.
  ///
  /// - Throws: `ConvError` where the case itself cannot be judged.
  public func run(_ golden: CaseFolder, _ algorithms: [any ConvAlgorithm]) throws(ConvError)
    -> [Result]
  {
    golden.problem.scalar == .f32
      ? try run(golden, algorithms, as: Float.self) : try run(golden, algorithms, as: Double.self)
  }

  private func run<S: ConvScalar>(
    _ golden: CaseFolder, _ algorithms: [any ConvAlgorithm], as: S.Type
  ) throws(ConvError) -> [Result] {
    let operands = try golden.operands(as: S.self)
    let expected = try Tensor<S>(golden.expected).elements
    let verification = try Verification<S>(golden.problem, operands, resources.pool)
    var goldenReason = ""
    var goldenDiagnosis: Diagnosis?
    if golden.tolerance == nil, !golden.expected.values.isInteger {
      guard case .supported(let direct) = Direct().support(golden.problem, resources) else {
        throw .unsupported("direct refuses \(golden.problem.descriptor)")
      }
      let judgement = try verification.judge(expected, direct.error)
      if !judgement.passes {
        goldenReason = "the golden values miss the definition: \(judgement.reason)"
        if diagnoses {
          goldenDiagnosis = try Diagnosis.examine(
            result: expected, of: golden.problem, operands, direct.error, resources.pool,
            named: "\(golden.name)/expected.npy")
        }
      }
    }
    var results: [Result] = []
    for algorithm in algorithms {
      var result = attempt(algorithm, golden, operands, expected, verification)
      if result.outcome.status == .ok, !goldenReason.isEmpty {
        (result.outcome.status, result.outcome.reason) = (.failed, goldenReason)
        result.diagnosis = goldenDiagnosis
        goldenDiagnosis = nil
      }
      results.append(result)
    }
    return results
  }

  private func attempt<S: ConvScalar>(
    _ algorithm: any ConvAlgorithm, _ golden: CaseFolder, _ operands: Operands<S>, _ expected: [S],
    _ verification: Verification<S>
  ) -> Result {
    let problem = golden.problem
    var outcome = Outcome(
      problem: problem, algorithm: algorithm.name, threads: resources.threads, status: .ok)
    do {
      guard case .supported(let estimate) = algorithm.support(problem, resources) else {
        if case .unsupported(let why) = algorithm.support(problem, resources) {
          outcome.reason = why
        }
        outcome.status = .unsupported
        return Result(outcome: outcome, result: nil)
      }
      let plan = try S.plan(algorithm, problem, resources)
      outcome.workspaceBytes = plan.workspaceBytes
      outcome.predictedWorkspaceBytes = estimate.workspaceBytes
      outcome.executedOperations = estimate.executedOperations
      if let weights = operands.weights {
        try plan.prepare(weights: weights.span, bias: operands.bias?.span)
      }
      var values = [S](repeating: .nan, count: expected.count)
      var span = values.mutableSpan
      try plan.apply(operands.first.span, operands.second?.span, into: &span)
      let judgement = try verification.judge(values, estimate.error)
      outcome.accuracy = judgement.accuracy
      judge(&outcome, values, expected, golden, judgement, estimate.error)
      var diagnosis: Diagnosis?
      if diagnoses, outcome.status == .failed {
        diagnosis = try Diagnosis.examine(
          result: values, of: problem, operands, estimate.error, resources.pool,
          named: "\(algorithm.name)")
      }
      return Result(
        outcome: outcome, result: try array(values, golden), diagnosis: diagnosis)
    } catch .unsupported(let why) {
      (outcome.status, outcome.reason) = (.unsupported, why)
    } catch .overBudget(let needs, let limit) {
      outcome.status = .overBudget
      outcome.reason = ConvError.overBudget(needs: needs, limit: limit).description
    } catch {
      (outcome.status, outcome.reason) = (.failed, error.description)
    }
    return Result(outcome: outcome, result: nil)
  }

  private func judge<S: ConvScalar>(
    _ outcome: inout Outcome, _ values: [S], _ expected: [S], _ golden: CaseFolder,
    _ judgement: Judgement, _ model: ErrorModel
  ) {
    if golden.expected.values.isInteger {
      let isRounded = model.hasTransforms
      let wrong = values.indices.firstIndex { i in
        let value = isRounded ? values[i].rounded() : values[i]
        return value != expected[i] || abs(values[i] - value) > 0.05
      }
      outcome.accuracy?.integerExact = wrong == nil
      if let i = wrong {
        outcome.status = .failed
        outcome.reason = "element \(i) is \(values[i]), not \(expected[i])"
      }
    } else if let tolerance = golden.tolerance {
      var (difference, norm) = (0.0, 0.0)
      for (a, b) in zip(values, expected) {
        difference += (Double(a) - Double(b)) * (Double(a) - Double(b))
        norm += Double(b) * Double(b)
      }
      let relative = norm > 0 ? (difference / norm).squareRoot() : difference.squareRoot()
      if !(relative <= tolerance) {
        outcome.status = .failed
        outcome.reason = "relative L2 difference \(relative) is over the tolerance \(tolerance)"
      }
    } else if !judgement.passes {
      (outcome.status, outcome.reason) = (.failed, judgement.reason)
    }
  }

  private func array<S: ConvScalar>(_ values: [S], _ golden: CaseFolder) throws(ConvError)
    -> NpyArray
  {
    S.kind == .f32
      ? try NpyArray(golden.expected.shape, .f4(values.map { Float($0) }))
      : try NpyArray(golden.expected.shape, .f8(values.map { Double($0) }))
  }
}

extension ErrorModel {
  /// Whether any step transforms, so that integers come out nearly so.
  var hasTransforms: Bool {
    switch self {
    case .roundedOnce, .summation: false
    case .transform: true
    case .lowered(_, let parts): parts.contains { $0.hasTransforms }
    // A sum of steps has rounded in between.
    case .sum: true
    }
  }
}
