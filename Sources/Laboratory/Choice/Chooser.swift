import ConvCore

/// Ranks algorithms for a problem without trying them: by times measured before, where the very
/// problem was, else by the cost model.
public struct Chooser: Sendable {
  /// One algorithm that can do the problem.
  public struct Candidate: Sendable {
    /// Who.
    public var algorithm: any ConvAlgorithm
    /// What it says of itself.
    public var estimate: Estimate
    /// Seconds that one execution is expected to take.
    public var seconds: Double
    /// Whether that was measured, on this machine and number of threads.
    public var isMeasured: Bool
    /// Whether it transforms a problem of one tap, on which no transform saves anything. Such layers
    /// are short, and what a model says of them is mostly its error.
    var isPointless: Bool
  }

  /// All that is known of a problem before it is planned.
  public struct Ranking: Sendable {
    /// The candidates, the fastest first.
    public var ranked: [Candidate] = []
    /// Who cannot or may not, with the reason.
    public var refused: [(name: AlgorithmName, why: ConvError)] = []
  }

  /// Whom to choose from.
  public var algorithms: [any ConvAlgorithm]
  /// Models and measured problems of this machine.
  public var wisdom: ChoiceWisdom
  /// Largest expected relative error (`Estimate.expectedError`); nil for any.
  public var tolerance: Tolerance?

  /// How large errors may be.
  public enum Tolerance: Hashable, Sendable {
    /// An expected relative error.
    case relative(Double)
    /// At most three times that of `direct`: no tile of Winograd beyond the smallest, as a rule.
    case likeDirect
  }

  /// A chooser; `wisdom` is empty for default coefficients.
  public init(
    _ algorithms: [any ConvAlgorithm], wisdom: ChoiceWisdom = ChoiceWisdom(),
    tolerance: Tolerance? = nil
  ) {
    (self.algorithms, self.wisdom, self.tolerance) = (algorithms, wisdom, tolerance)
  }

  /// The candidates for `problem`, the fastest first. Plans nothing.
  ///
  /// Left out are algorithms that do not do the problem, that would need more than the workspace
  /// limit, or whose expected error is beyond the tolerance. Where some were measured, those come
  /// before those that were not: they were the finalists. Transforms of a single tap come last.
  public func ranking(_ problem: ConvProblem, _ resources: Resources) -> Ranking {
    var ranking = Ranking()
    let model = wisdom.model(threads: resources.threads, isa: resources.isa)
    let measured = wisdom.times(problem, threads: resources.threads, isa: resources.isa)
    let limit = largestError(problem, resources)
    for algorithm in algorithms {
      switch algorithm.support(problem, resources) {
      case .unsupported(let why): ranking.refused.append((algorithm.name, .unsupported(why)))
      case .supported(let estimate):
        if let refusal = refusal(estimate, problem, resources, limit) {
          ranking.refused.append((algorithm.name, refusal))
          continue
        }
        let time = measured["\(algorithm.name)"]
        let seconds =
          time
          ?? model.seconds(
            algorithm.name, Work(problem, estimate, isa: resources.isa), problem.scalar,
            threads: resources.threads, isa: resources.isa)
        ranking.ranked.append(
          Candidate(
            algorithm: algorithm, estimate: estimate, seconds: seconds, isMeasured: time != nil,
            isPointless: problem.kernel == .one && estimate.error.hasTransforms))
      }
    }
    ranking.ranked.sort {
      if $0.isMeasured != $1.isMeasured { return $0.isMeasured }
      return $0.isPointless == $1.isPointless ? $0.seconds < $1.seconds : $1.isPointless
    }
    return ranking
  }

  private func refusal(
    _ estimate: Estimate, _ problem: ConvProblem, _ resources: Resources, _ limit: Double?
  ) -> ConvError? {
    guard estimate.workspaceBytes <= resources.workspaceLimit else {
      return .overBudget(needs: estimate.workspaceBytes, limit: resources.workspaceLimit)
    }
    let error = estimate.expectedError(problem.scalar)
    if let limit, error > limit {
      return .unsupported(
        "its expected relative error is \(shortest(error)), beyond \(shortest(limit))")
    }
    return nil
  }

  private func largestError(_ problem: ConvProblem, _ resources: Resources) -> Double? {
    switch tolerance {
    case nil: return nil
    case .relative(let error)?: return error
    case .likeDirect?:
      let direct = algorithms.first { $0.name == AlgorithmName("direct") }
      guard case .supported(let estimate)? = direct?.support(problem, resources) else {
        return nil
      }
      return 3 * estimate.expectedError(problem.scalar)
    }
  }
}

/// Two significant digits: `1.2e-07`.
func shortest(_ value: Double) -> String {
  guard value > 0, value.isFinite else { return "\(value)" }
  var exponent = 0
  var mantissa = value
  while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
  while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
  let tenths = Int((mantissa * 10).rounded())
  let digits = "\(tenths / 10).\(tenths % 10)"
  if (-3...3).contains(exponent) {
    var plain = digits
    var scaled = Double(tenths) / 10
    for _ in 0..<abs(exponent) { scaled = exponent > 0 ? scaled * 10 : scaled / 10 }
    plain = "\((scaled * 1e4).rounded() / 1e4)"
    return plain
  }
  return "\(digits)e\(exponent)"
}
