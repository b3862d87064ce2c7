import ConvCore
import ConvTestSupport
import DirectConv
import Laboratory
import Testing

@Suite struct ExperimentTests {
  private func run(
    _ problem: ConvProblem, _ names: String = "reference,direct",
    cancellation: Cancellation = Cancellation(),
    change: (inout Experiment.Options) -> Void = { _ in }
  ) throws -> [Outcome] {
    var options = Experiment.Options()
    options.threads = [1]
    options.seconds = 0.3
    options.baseline = AlgorithmName("reference")
    change(&options)
    var outcomes: [Outcome] = []
    try Experiment(options).run(
      problem, Registry.standard.select(names), cancellation: cancellation
    ) { outcomes.append($0) }
    return outcomes
  }

  private let small: ConvProblem

  init() throws {
    small = try ConvProblem(
      batch: 2, inChannels: 3, outChannels: 4,
      axes: [Axis(9, kernel: 3, low: 1, high: 1), Axis(11, kernel: 3, low: 1, high: 1)], bias: true)
  }

  @Test(arguments: ScalarKind.allCases)
  func verifiesAndTimes(_ scalar: ScalarKind) throws {
    let outcomes = try run(small.with(scalar: scalar)) { $0.threads = [1, 2] }
    #expect(outcomes.map(\.threads) == [1, 1, 2, 2])
    for outcome in outcomes {
      #expect(outcome.status == .ok, "\(outcome.algorithm): \(outcome.reason)")
      let accuracy = try #require(outcome.accuracy)
      #expect(accuracy.oracle == "reference" && accuracy.integerExact == true)
      #expect(accuracy.ratio <= 1 && accuracy.l2 < 1e-6)
      #expect(outcome.workspaceBytes == outcome.predictedWorkspaceBytes)
      let timing = try #require(outcome.timing)
      #expect(timing.samples.count >= 1 && timing.raw.count >= timing.samples.count)
      #expect(timing.minimum > 0 && timing.minimum <= timing.firstQuartile)
      if timing.samples.count >= 6 {
        #expect(timing.low <= timing.median && timing.median <= timing.high)
      }
      #expect(timing.speedup != nil && timing.baseline == AlgorithmName("reference"))
    }
    #expect(outcomes[0].timing?.speedup == 1 && outcomes[0].timing?.isTie == true)
  }

  @Test func everyFillingPasses() throws {
    for fill in Fill.allCases {
      for outcome in try run(
        small,
        change: {
          $0.fill = fill; $0.times = false
        })
      {
        #expect(outcome.status == .ok, "\(fill) \(outcome.algorithm): \(outcome.reason)")
      }
    }
  }

  @Test func memoryIsRefusedBeforeItIsTaken() throws {
    for outcome in try run(small, change: { $0.memoryLimit = 1000 }) {
      #expect(outcome.status == .overBudget)
      #expect(outcome.reason.contains("limit is 1000 B"))
    }
    for outcome in try run(small, change: { $0.workspaceLimit = 10 }) {
      #expect(outcome.status == .overBudget && outcome.reason.contains("limit is 10 B"))
    }
    // A petabyte: nothing of it may be touched.
    let huge = try ConvProblem(
      batch: 1 << 20, inChannels: 16, outChannels: 16,
      axes: [Axis(4096, kernel: 1), Axis(4096, kernel: 1)])
    for outcome in try run(huge) { #expect(outcome.status == .overBudget) }
  }

  @Test func whatIsCancelledIsInterrupted() throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    for outcome in try run(small, cancellation: cancellation) {
      #expect(outcome.status == .interrupted && outcome.timing == nil)
    }
  }

  @Test func unverifiedIsSaid() throws {
    for outcome in try run(small, change: { $0.verifies = false }) {
      #expect(outcome.status == .unverified && outcome.accuracy == nil && outcome.timing != nil)
    }
  }
}
