import ConvCore
import ConvTestSupport
import DirectConv
import Testing

@testable import Laboratory

@Suite struct MutantTests {
  private func problem(for fault: Mutant.Fault, _ scalar: ScalarKind) throws -> ConvProblem {
    try DiagnosisTests.problem(for: fault, scalar)
  }

  @Test(arguments: Mutant.Fault.allCases, ScalarKind.allCases)
  func isCaught(_ fault: Mutant.Fault, _ scalar: ScalarKind) throws {
    var options = Experiment.Options()
    options.threads = [1]
    options.times = false
    var outcomes: [Outcome] = []
    try Experiment(options).run(
      problem(for: fault, scalar), [Direct(), Mutant(fault: fault)]
    ) { outcomes.append($0) }
    #expect(outcomes[0].status == .ok, "\(outcomes[0].reason)")
    #expect(outcomes[1].status == .failed)
    #expect(!outcomes[1].reason.isEmpty)
  }

  /// The same where only a few results are known and the projection has to find the rest.
  @Test(arguments: Mutant.Fault.allCases, ScalarKind.allCases)
  func isCaughtBySampleAndProjection(_ fault: Mutant.Fault, _ scalar: ScalarKind) throws {
    let problem = try problem(for: fault, scalar)
    let judgements =
      scalar == .f32
      ? try sampled(problem, fault, Float.self) : try sampled(problem, fault, Double.self)
    #expect(judgements.sound.passes, "\(judgements.sound.reason)")
    #expect(judgements.sound.accuracy.oracle == "sample+projection")
    #expect(judgements.mutant.passes == false)
  }

  private func sampled<S: ConvScalar>(_ problem: ConvProblem, _ fault: Mutant.Fault, _: S.Type)
    throws -> (sound: Judgement, mutant: Judgement)
  {
    let pool = try ThreadPool(width: 1)
    var effort = Oracle<S>.Effort()
    effort.fullProducts = 1
    effort.sampleProducts = 1
    let operands = Operands<S>(problem, .uniform, seed: 5)
    let truth = try Verification(problem, operands, pool, effort: effort)
    func judge(_ algorithm: any ConvAlgorithm) throws -> Judgement {
      let resources = Resources(pool: pool, poison: true)
      guard case .supported(let estimate) = algorithm.support(problem, resources) else {
        throw ConvError.unsupported("\(algorithm.name)")
      }
      let plan = try S.plan(algorithm, problem, resources)
      if let weights = operands.weights {
        if fault == .staleWeights {
          let other = Operands<S>(problem, .uniform, seed: 6)
          try plan.prepare(weights: other.weights!.span, bias: other.bias?.span)
        }
        try plan.prepare(weights: weights.span, bias: operands.bias?.span)
      }
      var result = [S](repeating: .nan, count: problem.operandCounts.result)
      var span = result.mutableSpan
      try plan.apply(operands.first.span, operands.second?.span, into: &span)
      return try truth.judge(result, estimate.error)
    }
    return (try judge(Direct()), try judge(Mutant(fault: fault)))
  }
}
