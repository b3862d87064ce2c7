import ConvCore
import ConvTestSupport
import Laboratory
import Testing

/// Every algorithm and variant that ships, and one from outside.
let everything = Registry.standard.adding(
  Family("outside", "an algorithm from another package") { _ in OutsideAlgorithm() })

func everyAlgorithm() throws -> [any ConvAlgorithm] {
  try everything.families.flatMap { family in
    try ([""] + family.variants).map { try family.make($0) }
  }
}

/// How many times the few problems of a debug run an optimised one checks.
#if DEBUG
  let effort = 1
  let isOptimised = false
#else
  let effort = 5
  let isOptimised = true
#endif

/// Verifies all of them on one problem, on real data and on integers.
func verify(_ problem: ConvProblem, fill: Fill = .uniform, isa: ISA = .best) throws -> [Outcome] {
  var options = Experiment.Options()
  options.threads = [2]
  options.times = false
  options.fill = fill
  options.isa = isa
  options.planner = .estimate
  var outcomes: [Outcome] = []
  try Experiment(options).run(problem, everyAlgorithm()) { outcomes.append($0) }
  return outcomes
}

@Suite struct EquivalenceTests {
  /// All passes, borders, conventions, layouts, groups, dilations, strides, ranks and both scalars.
  @Test(arguments: 0..<12)
  func smallOddProblems(block: Int) throws {
    var limits = RandomProblem.Limits()
    limits.bias = block % 3 == 0
    for problem in RandomProblem.list(
      4 * effort, seed: UInt64(1000 + block), limits)
    { try check(problem) }
  }

  /// Larger ones, so that there are several tiles, panels and blocks, and tails of each.
  @Test(arguments: 0..<8)
  func oddProblemsOfSeveralTiles(block: Int) throws {
    var limits = RandomProblem.Limits()
    limits.input = 41
    limits.kernel = 7
    limits.rank = 2
    limits.groups = 2
    limits.channels = 9
    limits.step = 2
    limits.pass = [.forward, .forward, .inputGradient, .weightGradient][block % 4]
    for problem in RandomProblem.list(
      effort, seed: UInt64(2000 + block), limits)
    { try check(problem) }
  }

  @Test(arguments: ISA.available)
  func everyInstructionSet(_ isa: ISA) throws {
    for problem in RandomProblem.list(5 * effort, seed: 31) { try check(problem, isa: isa) }
  }

  private func check(_ problem: ConvProblem, isa: ISA = .best) throws {
    for outcome in try verify(problem, isa: isa) {
      let who = "\(outcome.algorithm) on \(problem.summary)"
      if outcome.status == .unsupported {
        #expect(!outcome.reason.isEmpty, "\(who)")
        continue
      }
      #expect(
        outcome.status == .ok, "\(who): \(outcome.reason); ratio \(outcome.accuracy?.ratio ?? -1)")
      #expect(outcome.accuracy?.integerExact != false, "\(who)")
      #expect(outcome.workspaceBytes == outcome.predictedWorkspaceBytes, "\(who)")
    }
  }

  /// Among them a picture with a large constant on it under kernels that sum to zero: outputs are
  /// small, terms are not.
  @Test(arguments: [Fill.dc, .spike, .normal, .denormal, .zeros])
  func stressFillings(_ fill: Fill) throws {
    for pass in [Pass.forward, .inputGradient, .weightGradient] {
      let problem = try ConvProblem(
        batch: 2, inChannels: 5, outChannels: 4,
        axes: [Axis(23, kernel: 3, low: 1, high: 1), Axis(37, kernel: 3, low: 1, high: 1)],
        pass: pass)
      for outcome in try verify(problem, fill: fill) where outcome.status != .unsupported {
        #expect(outcome.status == .ok, "\(outcome.algorithm) \(pass): \(outcome.reason)")
      }
    }
  }

  /// A bound is worth little if it is far from what happens: within 100 times the largest error on
  /// uniform data.
  @Test func boundsAreTight() throws {
    let shapes = [(3, 1, 64), (3, 12, 28), (7, 1, 64), (5, 6, 24), (15, 1, 60)]
    for (kernel, channels, extent) in shapes {
      for pass in [Pass.forward, .inputGradient, .weightGradient] {
        let axis = Axis(extent, kernel: kernel, low: kernel / 2, high: kernel / 2)
        let problem = try ConvProblem(
          inChannels: channels, outChannels: channels, axes: [axis, axis], pass: pass)
        for outcome in try verify(problem) where outcome.status == .ok {
          let ratio = outcome.accuracy?.ratio ?? 0
          #expect(
            ratio > 0.01 && ratio <= 1,
            "\(outcome.algorithm) k\(kernel) c\(channels) \(pass): \(ratio)")
        }
      }
    }
  }

  @Test func resultsDoNotDependOnThreads() throws {
    for problem in RandomProblem.list(10 * effort, seed: 77) where problem.scalar == .f32 {
      let inputs = Inputs<Float>(problem, integers: false)
      for algorithm in try everyAlgorithm() {
        guard case .supported = algorithm.support(problem, try Resources()) else { continue }
        guard let one = try? algorithm.run(problem, inputs, threads: 1) else { continue }
        for threads in [2, 3] {
          let more = try algorithm.run(problem, inputs, threads: threads)
          #expect(
            one.map(\.bitPattern) == more.map(\.bitPattern), "\(algorithm.name) \(problem.summary)")
        }
      }
    }
  }

  /// The outside algorithm is timed like any other.
  @Test func anOutsideAlgorithmIsTimed() throws {
    var options = Experiment.Options()
    options.threads = [1]
    options.seconds = 0.2
    options.baseline = AlgorithmName("outside")
    let problem = try ConvProblem(axes: [Axis(16, kernel: 3), Axis(16, kernel: 3)])
    var outcomes: [Outcome] = []
    try Experiment(options).run(problem, everything.select("outside,direct")) {
      outcomes.append($0)
    }
    for outcome in outcomes {
      #expect(outcome.status == .ok, "\(outcome.reason)")
      #expect(outcome.timing?.speedup != nil)
    }
  }
}
