import ConvCore

/// The algorithm that is expected to be fastest, chosen without trying any.
///
/// Ranks the others with the cost model fitted on this machine (`compare best --calibrate`), or by
/// times that `compare best` measured for this very problem, within the workspace limit, and plans the
/// first. Its results are those of the algorithm it chose, bit for bit; its cost above that is one
/// estimate of each algorithm when it plans. The choice may depend on the number of threads.
public struct Auto: ConvAlgorithm {
  /// `auto`, or with a tolerance `auto:accurate`, `auto:1e-06`.
  public let name: AlgorithmName
  private let chooser: Chooser
  private let fault: String?

  /// Chooses by `chooser`; `fault` says why something that it could know is not used.
  public init(_ chooser: Chooser, variant: String = "", fault: String? = nil) {
    name = AlgorithmName("auto", variant: variant)
    self.chooser = chooser
    self.fault = fault
  }

  /// Chooses from `registry` with what is remembered of this machine. The variant is a tolerance:
  /// none, `accurate` for errors like those of `direct`, or a relative error as `1e-6`.
  ///
  /// - Throws: `ConvError.invalid` where the variant is none of these.
  public init(_ registry: Registry, variant: String) throws(ConvError) {
    let tolerance: Chooser.Tolerance?
    switch variant {
    case "": tolerance = nil
    case "accurate": tolerance = .likeDirect
    default:
      guard let error = Double(variant), error > 0, error.isFinite else {
        throw .invalid(
          "auto takes accurate or a relative error as auto:1e-6, not auto:\(variant)")
      }
      tolerance = .relative(error)
    }
    let loaded = ChoiceWisdom.load()
    self.init(
      Chooser(try Self.candidates(registry), wisdom: loaded.wisdom, tolerance: tolerance),
      variant: variant, fault: loaded.fault)
  }

  /// Whom to choose from: every contender in its default variant, but `auto` itself, and `separable`,
  /// whose cost depends on the weights.
  ///
  /// - Throws: `ConvError.invalid` where the registry's own default variants cannot be made.
  public static func candidates(_ registry: Registry) throws(ConvError) -> [any ConvAlgorithm] {
    var list: [any ConvAlgorithm] = []
    for family in registry.families
    where family.isContender && !["auto", "separable"].contains(family.name) {
      list.append(try family.make())
    }
    return list
  }

  /// What the chosen algorithm says of itself; `computedBy` names it and the time expected of it.
  ///
  /// Where all that could are over the workspace limit, the one that needs least.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    let ranking = chooser.ranking(problem, resources)
    guard let first = ranking.ranked.first else {
      return leastWorkspace(problem, resources) ?? .unsupported(Self.reasons(ranking))
    }
    var estimate = first.estimate
    estimate.computedBy = description(of: first, resources)
    return .supported(estimate)
  }

  private func description(of choice: Chooser.Candidate, _ resources: Resources) -> String {
    let isFitted = chooser.wisdom.isFitted(threads: resources.threads, isa: resources.isa)
    let basis =
      choice.isMeasured
      ? "measured before" : isFitted ? "predicted" : "predicted by default coefficients"
    var text = "\(choice.algorithm.name), \(shortest(choice.seconds * 1000)) ms \(basis)"
    if choice.estimate.computedBy != "native" { text += "; \(choice.estimate.computedBy)" }
    if let fault { text += "; \(fault)" }
    return text
  }

  private func leastWorkspace(_ problem: ConvProblem, _ resources: Resources) -> Support? {
    var unlimited = resources
    unlimited.workspaceLimit = .max
    let all = chooser.ranking(problem, unlimited).ranked
    guard let least = all.min(by: { $0.estimate.workspaceBytes < $1.estimate.workspaceBytes })
    else { return nil }
    return .supported(least.estimate)
  }

  private static func reasons(_ ranking: Chooser.Ranking) -> String {
    ranking.refused.map { "\($0.name): \($0.why)" }.joined(separator: "; ")
  }

  /// The chosen algorithm's plan, in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  { try make(problem, resources) }

  /// The chosen algorithm's plan, in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  { try make(problem, resources) }

  private func make<S: ConvScalar>(_ problem: ConvProblem, _ resources: Resources)
    throws(ConvError) -> Plan<S>
  {
    let ranking = chooser.ranking(problem, resources)
    guard let first = ranking.ranked.first else {
      // The smallest need, if memory is what is missing.
      if case .supported(let estimate)? = leastWorkspace(problem, resources) {
        throw .overBudget(needs: estimate.workspaceBytes, limit: resources.workspaceLimit)
      }
      throw .unsupported(Self.reasons(ranking))
    }
    return try S.plan(first.algorithm, problem, resources)
  }
}
