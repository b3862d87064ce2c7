import ConvCore
import Foundation
import Laboratory
import Testing

@Suite("Verification by command") struct VerifyTests {
  @Test func diagnosesAFault() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "verify mb2_ic3ih9oc4kh3ph1 --algorithms direct,mutant:flippedKernel --diagnose --csv a.csv",
      in: scratch)
    #expect(run.status == 1, "\(run.errors)")
    for part in [
      "mutant:flippedKernel on mb2_ic3ih9oc4oh9kh3ph1, forward:", "smallest that fails: mb1_ic1",
      "results are wrong", "border: ", "map (.", "got    ", "right  ",
      "why: flipped kernel: the kernel is flipped: convolution is computed, not crossCorrelation",
    ] { #expect(run.output.contains(part), "\(part) in \(run.output)") }
    #expect(!run.output.contains("why: none"))
    let rows = try records(scratch, "a.csv")
    #expect(rows.map { $0["status"] } == ["ok", "failed"])
    #expect(rows[0]["same_runs"] == "1" && rows[0]["same_batch"] == "1")
    #expect(rows[1]["same_runs"].isEmpty)
    #expect(run.output.contains("results are the same, bit by bit"))
  }

  @Test func mutantsByName() throws {
    let scratch = try Scratch()
    let wrong = try CommandRun(
      "verify mb1_ic1oc1iw9kw3 --algorithms mutant:flippedKernle", in: scratch)
    #expect(wrong.isRefusal(saying: "did you mean \"flippedKernel\"?"), "\(wrong.errors)")
    let all = try CommandRun(
      "verify mb2_g2ic6ih13iw14_oc4_kh3kw3_ph1pw1 --algorithms mutant:* --csv a.csv --quiet",
      in: scratch)
    #expect(all.status == 1)
    let rows = try records(scratch, "a.csv")
    #expect(rows.count >= 12 && !rows.contains { $0.status == .ok })
    // `all` does not include them.
    let sound = try CommandRun("verify mb1_ic1oc1iw9kw3 --csv b.csv --quiet", in: scratch)
    #expect(sound.status == 0, "\(sound.errors)")
    #expect(try records(scratch, "b.csv").allSatisfy { $0["algorithm"] != "mutant" })
  }

  @Test func identities() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "verify mb2_ic3ih9oc4kh3ph1 --algorithms direct,mutant:padShiftedByOne --oracle identities "
        + "--csv a.csv", in: scratch)
    #expect(run.status == 1, "\(run.errors)")
    let rows = try records(scratch, "a.csv")
    #expect(rows.allSatisfy { $0["oracle"] == "identities" && $0["error_l2"].isEmpty })
    #expect(rows.map { $0["integer_exact"] } == ["1", "0"])
    #expect(run.output.contains("exact") && run.output.contains("an impulse gives the kernel"))
  }

  /// Every filling; the one with no numbers in it is for algorithms that keep them where they are.
  @Test(arguments: ["normal", "integers", "spike", "dc", "denormal", "zeros", "nan"])
  func fillings(_ fill: String) throws {
    let scratch = try Scratch()
    let algorithms = fill == "nan" ? "direct,im2col" : "all"
    let run = try CommandRun(
      "verify mb2_ic3ih19oc4kh3ph1 --fill \(fill) --algorithms \(algorithms) --csv a.csv",
      in: scratch)
    #expect(run.status == 0, "\(run.output) \(run.errors)")
    #expect(try records(scratch, "a.csv").allSatisfy { $0["fill"] == fill })
  }

  /// A result of another program, flipped, is explained.
  @Test func checksAGivenResult() throws {
    let scratch = try Scratch()
    try NpyArray([3, 4], .f4([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])).write(to: scratch("x.npy"))
    try NpyArray([1, 3], .f4([1, 2, -1])).write(to: scratch("w.npy"))
    let line = "run --input x.npy --weight w.npy --check y.npy"
    try NpyArray([3, 2], .f4([2, 4, 10, 12, 18, 20])).write(to: scratch("y.npy"))
    let right = try CommandRun(line, in: scratch)
    #expect(right.status == 0, "\(right.errors)")
    #expect(right.output.hasPrefix("y.npy: passes: relative error 0, "))
    try NpyArray([3, 2], .f4([6, 8, 14, 16, 22, 24])).write(to: scratch("y.npy"))
    let wrong = try CommandRun(line + " --diagnose", in: scratch)
    #expect(wrong.status == 1, "\(wrong.errors)")
    #expect(wrong.output.hasPrefix("y.npy: FAILED: 6 of 6 results"))
    #expect(wrong.output.contains("why: flipped kernel"))
    try NpyArray([2, 3], .f4([2, 4, 10, 12, 18, 20])).write(to: scratch("y.npy"))
    #expect(try CommandRun(line, in: scratch).isRefusal(saying: "the output has [3, 2]"))
    // The same as a golden case, whose values are the wrong ones.
    let made = try CommandRun(
      "run --input x.npy --weight w.npy --convention convolution --case cases/mine", in: scratch)
    #expect(made.status == 0, "\(made.errors)")
    let json = try scratch.text("cases/mine/case.json")
    try writeFile(
      scratch("cases/mine/case.json"),
      Array(
        json.replacingOccurrences(of: "\"convolution\"", with: "\"crossCorrelation\"")
          .replacingOccurrences(
            of: "\"operation\" : \"crossCorrelation\"", with: "\"operation\" : \"convolution\""
          ).utf8))
    let golden = try CommandRun("case cases --algorithms direct,fft --diagnose", in: scratch)
    #expect(golden.status == 1, "\(golden.output) \(golden.errors)")
    #expect(golden.output.contains("the golden values miss the definition"))
    #expect(golden.output.contains("mine/expected.npy on "))
    #expect(golden.output.components(separatedBy: "why: flipped kernel").count == 2)
  }

  @Test func benchdnnFormat() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "time mb1_ic1oc1iw9kw3n\"a\" --algorithms direct,im2col --max-seconds-per-problem 0.2 "
        + "--format benchdnn --csv a.csv", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 5 && lines[1].hasPrefix("perf,cpu,direct,a,--conv --dir=FWD_D mb1_ic1"))
    #expect(lines[3].hasPrefix("tests:2 passed:2 "))
  }
}

@Suite("Suites") struct SuiteTests {
  @Test func allAreReadAndSayWhence() throws {
    let suites = Suite.all
    #expect(suites.map(\.name).contains("convnet") && suites.map(\.name).contains("deepbench"))
    for suite in suites {
      #expect(suite.name == "papers" || suite.about.contains { $0.hasPrefix("Source: ") })
      let problems = try suite.problems()
      #expect(!problems.isEmpty)
      let unnamed = problems.filter { $0.name.isEmpty }
      #expect(unnamed.isEmpty, "\(suite.name)")
      #expect(Set(problems.map(\.name)).count == problems.count, "\(suite.name)")
    }
    #expect(try Suite.named("deepbench")?.problems().count == 94 + 107 + 16)
    #expect(try Suite.named("resnet50")?.problems().count == 20)
    let parts = ["convnet", "zlateski", "c3d", "nnpack", "resnet50", "googlenet"]
    let sum = try parts.reduce(0) { try $0 + (Suite.named($1)?.problems().count ?? 0) }
    #expect(try Suite.named("papers")?.problems().count == sum)
  }

  /// convnet-benchmarks' L1: 3 -> 96 channels, 11 x 11 on 128 x 128, batch 128.
  @Test func shapes() throws {
    let first = try #require(try Suite.named("convnet")?.problems().first)
    #expect(first.problem.descriptor == "mb128_ic3ih128oc96oh118kh11ph0")
    #expect(try Workloads.problems("@convnet").count == 5)
    #expect(Suite.named("nothing") == nil && Suite.named("../Suites/convnet") == nil)
  }

  @Test func listed() throws {
    let scratch = try Scratch()
    let all = try CommandRun("list problems", in: scratch)
    #expect(all.status == 0 && all.output.contains("@deepbench") && all.output.contains("217"))
    #expect(all.output.contains("Source: Baidu Research"))
    let one = try CommandRun("list problems convnet", in: scratch)
    #expect(
      one.output.contains("convnet:L5") && one.output.contains("mb128_ic384ih13oc384oh11kh3ph0"))
  }
}
