import ConvCore
import ConvTestSupport
import Kernels
import Laboratory
import Testing

/// Every code path that this machine has: each family of kernels in each instruction set.
@Suite("Instruction sets") struct InstructionSetTests {
  /// Shapes for which each family runs kernels of its own: panels and rows of `direct`, depthwise, GEMM
  /// with tails, every tile of `winograd` along one, two and three axes, tiles and whole images.
  private static let problems = [
    "mb2_ic35ih13oc37oh13kh3ph1", "mb1_ic1ih70iw75oc1oh70ow75kh5kw5ph2pw2",
    "mb2_g19ic19ih23oc19oh23kh5ph2",
    "mb1_ic5ih21oc34oh11kh3sh2ph1", "mb1_ic40ih9oc33oh9kh1", "mb1_ic3ih31oc17oh31kh7ph3",
    "mb1_ic1iw700oc1ow650kw51", "mb1_ic6id7ih9iw8oc5od7oh9ow8kd3kh3kw3pd1ph1pw1",
    "mb1_ic17ih40oc16oh40kh11ph5",
  ]

  @Test(
    .enabled(if: isOptimised, "the oracle of so many takes minutes without optimisation"),
    arguments: ISA.available)
  func everyFamilyOfKernels(_ isa: ISA) throws {
    var native: [String: Int] = [:]
    for descriptor in Self.problems {
      for pass in [Pass.forward, .inputGradient, .weightGradient] {
        for scalar in pass == .forward ? ScalarKind.allCases : [.f32] {
          var settings = ProblemSettings()
          (settings.pass, settings.scalar) = (pass, scalar)
          let problem = try #require(try Workloads.problems(descriptor, settings).first).problem
          for outcome in try verify(problem, isa: isa) where outcome.status != .unsupported {
            let who = "\(outcome.algorithm) on \(isa.name): \(problem.summary)"
            #expect(outcome.status == .ok, "\(who): \(outcome.reason)")
            if outcome.reason.isEmpty { native[outcome.algorithm.family, default: 0] += 1 }
          }
        }
      }
    }
    // `auto` and `separable` compute nothing themselves.
    for family in Registry.standard.families
    where family.isContender && !["auto", "separable"].contains(family.name) {
      #expect(native[family.name, default: 0] > 0, "\(family.name) was never run")
    }
  }
}
