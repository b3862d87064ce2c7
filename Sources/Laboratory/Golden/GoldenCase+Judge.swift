import ConvCore

extension GoldenCase {
  /// What `check` found of one algorithm, with the result that it computed.
  public struct Finding: Sendable {
    /// Whether it passed, how far it is off.
    public var outcome: Outcome
    /// What it computed; nil where it does not do the problem.
    public var result: NpyArray?
  }

  /// Computes the case with each algorithm and compares the results with what is expected.
  ///
  /// With a tolerance a result passes within it (relative, Euclidean norm). Without one each
  /// element passes within the algorithm's own derived bound plus that of a direct computation in
  /// the case's type, which golden values have been rounded in too; integers must be equal (after
  /// rounding, where the algorithm transforms and its bound is below a half). NaN and infinities
  /// must stand where they are expected.
  ///
  /// - Throws: `ConvError` where the case itself cannot be computed: no memory, no threads.
  public func check(
    _ algorithms: [any ConvAlgorithm], _ resources: Resources,
    finished: (Finding) throws(ConvError) -> Void
  ) throws(ConvError) {
    if problem.scalar == .f32 {
      try check(algorithms, resources, as: Float.self, finished)
    } else {
      try check(algorithms, resources, as: Double.self, finished)
    }
  }

  private func check<S: ConvScalar>(
    _ algorithms: [any ConvAlgorithm], _ resources: Resources, as: S.Type,
    _ finished: (Finding) throws(ConvError) -> Void
  ) throws(ConvError) {
    var judge: GoldenJudge<S>?
    for algorithm in algorithms {
      var outcome = Outcome(
        problem: problem, algorithm: algorithm.name, threads: resources.threads,
        status: .unsupported)
      switch algorithm.support(problem, resources) {
      case .unsupported(let why):
        outcome.reason = why
        try finished(Finding(outcome: outcome, result: nil))
      case .supported(let estimate):
        // Made once, and only if an algorithm needs it.
        if judge == nil { judge = try GoldenJudge<S>(self, resources.pool) }
        guard let judge else { continue }
        try finished(try finding(algorithm, estimate, judge, resources, outcome))
      }
    }
  }

  private func finding<S: ConvScalar>(
    _ algorithm: any ConvAlgorithm, _ estimate: Estimate, _ judge: GoldenJudge<S>,
    _ resources: Resources, _ blank: Outcome
  ) throws(ConvError) -> Finding {
    var outcome = blank
    outcome.executedOperations = estimate.executedOperations
    outcome.predictedWorkspaceBytes = estimate.workspaceBytes
    if estimate.computedBy != "native" { outcome.reason = estimate.computedBy }
    var poisoned = resources
    poisoned.poison = true
    do throws(ConvError) {
      let plan = try S.plan(algorithm, problem, poisoned)
      outcome.workspaceBytes = plan.workspaceBytes
      if let weights = judge.operands.weights {
        try plan.prepare(weights: weights.span, bias: judge.operands.bias?.span)
      }
      var result = [S](repeating: .nan, count: problem.operandCounts.result)
      var span = result.mutableSpan
      try plan.apply(judge.operands.first.span, judge.operands.second?.span, into: &span)
      let judgement = judge.judge(result, estimate.error)
      outcome.accuracy = judgement.accuracy
      outcome.status = judgement.passes ? .ok : .failed
      if !judgement.passes { outcome.reason = judgement.reason }
      let tensor = try Tensor<S>(problem.operandShapes.result, result)
      return Finding(outcome: outcome, result: try NpyArray(erasing: tensor))
    } catch {
      outcome.reason = error.description
      switch error {
      case .unsupported: outcome.status = .unsupported
      case .overBudget: outcome.status = .overBudget
      default: outcome.status = .failed
      }
      return Finding(outcome: outcome, result: nil)
    }
  }
}

extension NpyArray {
  /// Elements of a tensor of either scalar.
  init<S: ConvScalar>(erasing tensor: Tensor<S>) throws(ConvError) {
    switch tensor {
    case let single as Tensor<Float>: self.init(single)
    case let double as Tensor<Double>: self.init(double)
    default: try self.init(tensor.shape, .f8(tensor.elements.map { Double($0) }))
    }
  }
}

/// What is expected of a case, and the bounds within which it is.
private struct GoldenJudge<S: ConvScalar> {
  let golden: GoldenCase
  let operands: Operands<S>
  private let expected: [Double]
  private let truth: Verification<S>

  init(_ golden: GoldenCase, _ pool: ThreadPool) throws(ConvError) {
    self.golden = golden
    operands = try golden.operands(as: S.self)
    expected = try Tensor<Double>(golden.expected).elements
    // Bounds are wanted for every element: golden cases are small.
    var effort = Oracle<S>.Effort()
    effort.fullProducts *= 40
    effort.fullResults = 1 << 26
    truth = try Verification(golden.problem, operands, pool, effort: effort)
  }

  func judge(_ result: [S], _ model: ErrorModel) -> Judgement {
    var accuracy = Accuracy(
      l2: 0, max: 0, bound: golden.tolerance ?? 0, ratio: 0, integerExact: nil, oracle: "golden")
    var (errors, squares) = (0.0, 0.0)
    var misplaced: Int?
    for i in 0..<result.count {
      let (y, e) = (Double(result[i]), expected[i])
      guard e.isFinite, y.isFinite else {
        if !(y == e || y.isNaN && e.isNaN) { misplaced = misplaced ?? i }
        continue
      }
      let error = abs(y - e)
      errors += error * error
      squares += e * e
      accuracy.max = max(accuracy.max, error)
    }
    accuracy.l2 = squares > 0 ? (errors / squares).squareRoot() : errors > 0 ? .infinity : 0
    if let i = misplaced {
      accuracy.ratio = .infinity
      return Judgement(
        accuracy: accuracy, passes: false,
        reason: "result \(place(i)) is \(result[i]), not \(expected[i])")
    }
    if let tolerance = golden.tolerance, squares > 0 {
      accuracy.ratio = accuracy.l2 == 0 ? 0 : accuracy.l2 / tolerance
      let line = "relative error \(accuracy.l2) is more than the tolerance \(tolerance)"
      let passes = accuracy.ratio <= 1
      return Judgement(accuracy: accuracy, passes: passes, reason: passes ? "" : line)
    }
    return result.withUnsafeBufferPointer { judge($0, model, &accuracy) }
  }

  /// Element by element, within the derived bounds.
  private func judge(
    _ result: UnsafeBufferPointer<S>, _ model: ErrorModel, _ accuracy: inout Accuracy
  ) -> Judgement {
    let own = truth.evaluator(result, model)
    let direct = truth.evaluator(result, .summation(terms: Int.max, chunk: Int.max))
    let mustBeEqual = golden.isInteger
    var wrong = 0
    var worst = (ratio: -1.0, index: 0)
    for i in 0..<truth.oracle.count {
      let (index, sum) = (truth.oracle.index(i), truth.oracle.sums[i])
      let (y, e) = (Double(result[index]), expected[index])
      guard e.isFinite else { continue }
      let ownBound = own.bound(index, sum)
      var ratio: Double
      var bound = ownBound + direct.bound(index, sum)
      if mustBeEqual, model.isSummation || ownBound < 0.5 {
        bound = model.isSummation ? 0 : 0.5
        let isEqual = model.isSummation ? y == e : y.rounded() == e
        ratio = isEqual ? 0 : .infinity
        accuracy.integerExact = (accuracy.integerExact ?? true) && isEqual
      } else {
        let error = abs(y - e)
        ratio = error == 0 ? 0 : error / bound
        if ratio.isNaN { ratio = .infinity }
      }
      if ratio > 1 { wrong += 1 }
      if ratio > worst.ratio {
        worst = (ratio, index)
        accuracy.bound = bound
      }
    }
    accuracy.ratio = max(0, worst.ratio)
    let reason =
      wrong == 0
      ? ""
      : "\(wrong) of \(truth.oracle.count) results differ; result \(place(worst.index)) is "
        + "\(result[worst.index]), not \(expected[worst.index])"
    return Judgement(accuracy: accuracy, passes: wrong == 0, reason: reason)
  }

  /// An index as NumPy writes it: `[0, 1, 4, 2]`.
  private func place(_ index: Int) -> String {
    var rest = index
    var indices: [Int] = []
    for extent in golden.expected.shape.reversed() {
      indices.insert(rest % extent, at: 0)
      rest /= extent
    }
    return "\(indices)"
  }
}
