import ConvCore
import ConvTestSupport
import DirectConv
import Testing

@testable import Laboratory

@Suite struct IdentitiesTests {
  private func violation(_ algorithm: any ConvAlgorithm, _ problem: ConvProblem)
    throws(ConvError) -> String?
  {
    var resources = try Resources()
    (resources.poison, resources.planner) = (true, .estimate)
    return problem.scalar == .f32
      ? try Identities<Float>(algorithm, problem, resources, seed: 3).violation()?.identity
      : try Identities<Double>(algorithm, problem, resources, seed: 3).violation()?.identity
  }

  /// All passes, borders, layouts, groups, strides: what is right keeps every identity.
  @Test(arguments: 0..<4)
  func holdForEveryAlgorithm(block: Int) throws {
    let algorithms = try Registry.standard.select("all")
    for problem in RandomProblem.list(8, seed: UInt64(500 + block)) {
      for algorithm in algorithms {
        guard case .supported = algorithm.support(problem, try Resources()) else { continue }
        do throws(ConvError) {
          let found = try violation(algorithm, problem)
          #expect(found == nil, "\(algorithm.name) \(problem.summary)")
        } catch .unsupported {
          // These weights, not this problem.
        }
      }
    }
  }

  /// What identities see, without knowing any right result. What they cannot see: a border read for
  /// another, digits that integers do not need, weights kept from an earlier call.
  @Test(
    arguments: [
      (Mutant.Fault.flippedKernel, "an impulse gives the kernel"),
      (.padShiftedByOne, "an impulse gives the kernel"),
      (.zeroBasedDilation, "an impulse gives the kernel"),
      (.wrongStridePhase, "an impulse gives the kernel"),
      (.swappedGroups, "an impulse gives the kernel"),
      (.transposedKernel, "an impulse gives the kernel"), (.negativesCut, "A(x + z) = A(x) + A(z)"),
      (.batchMixedUp, "the batch's order does not matter"),
      (.lostTileTail, "a moved input moves the result"),
      (.accumulatesIntoResult, "integers give integers"),
      (.unwrittenRow, "integers give integers"), (.unfinishedThread, "integers give integers"),
    ])
  func areBrokenByFaults(_ fault: Mutant.Fault, _ identity: String) throws {
    let problem = try DiagnosisTests.problem(for: fault)
    #expect(try violation(Mutant(fault: fault), problem) == identity)
    #expect(try violation(Direct(), problem) == nil)
  }

  @Test func tooManyTermsAreRefused() throws {
    let axis = Axis(1024, kernel: 512)
    let problem = try ConvProblem(inChannels: 8, axes: [axis, axis])
    #expect(throws: ConvError.self) {
      _ = try Identities<Float>(Direct(), problem, Resources(), seed: 1)
    }
  }

  @Test func asTheOracleOfAnExperiment() throws {
    var options = Experiment.Options()
    (options.threads, options.times, options.oracle) = ([1], false, .identities)
    var outcomes: [Outcome] = []
    try Experiment(options).run(
      DiagnosisTests.problem(for: .flippedKernel), [Direct(), Mutant(fault: .flippedKernel)]
    ) { outcomes.append($0) }
    #expect(outcomes.map(\.status) == [.ok, .failed])
    #expect(outcomes.allSatisfy { $0.accuracy?.oracle == "identities" })
    #expect(outcomes[1].reason.hasPrefix("an impulse gives the kernel: result "))
  }
}
