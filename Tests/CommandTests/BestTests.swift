import ConvCore
import Laboratory
import Testing

@Suite("compare best and compare rules") struct BestTests {
  private static let quick = "--max-seconds-per-problem 1 --calibration-seconds 0 --threads 1"

  @Test func measuresFinalistsAndRemembersThem() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "best mb1_ic8ih14oc8oh14kh3ph1 lenet5/c3 --csv a.csv \(Self.quick)", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("mb1_ic8ih14oc8oh14kh3ph1: use "))
    #expect(run.output.contains("lenet5/c3: use ") && run.output.contains("predicted ms"))
    let rows = try records(scratch, "a.csv")
    #expect(Set(rows.map { $0["problem"] }).count == 2 && rows.count >= 4)
    #expect(rows.allSatisfy { $0.status == .ok })
    // Now auto takes the fastest of them without trying.
    let fastest = try #require(
      rows.filter { $0["ic"] == "8" }.min {
        ($0.number("median_ms") ?? 0) < ($1.number("median_ms") ?? 0)
      })
    let again = try CommandRun(
      "verify mb1_ic8ih14oc8oh14kh3ph1 --algorithms auto --threads 1 --csv b.csv", in: scratch)
    #expect(again.status == 0, "\(again.errors)")
    let auto = try #require(try records(scratch, "b.csv").first)
    #expect(auto["reason"].hasPrefix(fastest.algorithm + ", "), "\(auto["reason"])")
    #expect(auto["reason"].contains("measured before"))
    let shown = try CommandRun("best --wisdom", in: scratch)
    #expect(shown.output.contains("2 measured problems"), "\(shown.output)")
    #expect(shown.output.contains(fastest.algorithm))
    #expect(try CommandRun("best --forget", in: scratch).errors.hasPrefix("forgotten: "))
    #expect(try CommandRun("best --wisdom", in: scratch).output.contains("0 measured problems"))
  }

  @Test func calibratesAndAutoSaysSo() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "best --calibrate --calibration-seconds 1 --threads 1 --planner estimate", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("fitting the cost model on 1 threads"))
    #expect(try CommandRun("best --wisdom", in: scratch).output.contains("model on 1 threads"))
    let timed = try CommandRun(
      "verify mb1_ic8ih14oc8oh14kh3ph1 --algorithms auto --threads 1 --csv b.csv", in: scratch)
    #expect(timed.status == 0, "\(timed.errors)")
    let reason = try #require(try records(scratch, "b.csv").first)["reason"]
    #expect(reason.hasSuffix(" ms predicted"), "\(reason)")
  }

  @Test func damagedWisdomIsToldAndTheAnswerStands() throws {
    let scratch = try Scratch()
    try makeFolder(scratch("cache"))
    try writeFile(scratch("cache/choice.json"), Array("{\"version\":1,".utf8))
    let run = try CommandRun("best ic4iw20oc4kw3 --csv a.csv \(Self.quick)", in: scratch)
    #expect(run.status == 0 && run.output.contains(": use "))
    #expect(run.errors.contains("choice.json: is damaged and not used"))
    // The answer was remembered in its place.
    let shown = try CommandRun("best --wisdom", in: scratch)
    #expect(shown.output.contains("1 measured problems") && shown.errors.isEmpty)
  }

  @Test func workspaceLimitAndAlgorithms() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "best mb1_ic16ih32oc16oh32kh9ph4 --workspace-limit 600K --csv a.csv \(Self.quick)",
      in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    for row in try records(scratch, "a.csv") {
      #expect((row.number("workspace_bytes") ?? 0) <= 600 * 1024)
    }
    #expect(run.output.contains("but the limit is 600.0 KiB"), "\(run.output)")
    let some = try CommandRun(
      "best mb1_ic16ih32oc16oh32kh9ph4 --algorithms auto,direct,fft --csv b.csv \(Self.quick)",
      in: scratch)
    #expect(some.status == 0, "\(some.errors)")
    #expect(Set(try records(scratch, "b.csv").map(\.algorithm)) == ["direct", "fft"])
  }

  @Test(arguments: [
    ("best", "needs PROBLEM... or --calibrate"), ("best vgg61", "did you mean"),
    ("best ic1ih9oc1kh3 --algorithms auto", "auto alone is nothing to choose from"),
    ("best ic1ih9oc1kh3 --algorithms auto:x", "auto takes accurate or a relative error"),
    ("best --calibrate --calibration-seconds -1", "not a positive number"),
    ("rules", "compare rules needs CSV..."), ("rules nothing.csv", "No such file"),
  ])
  func refuses(_ line: String, _ message: String) throws {
    let run = try CommandRun(line, in: try Scratch())
    #expect(run.isRefusal(saying: message), "\(run.errors)")
  }

  @Test func rulesOfAResultsFile() throws {
    let scratch = try Scratch()
    let timing = try CommandRun(
      "sweep --kernels 3,9 --sizes 32 --algorithms direct,im2col,fft,auto --threads 1 "
        + "--max-seconds-per-problem 0.5 --csv a.csv", in: scratch)
    #expect(timing.status == 0, "\(timing.errors)")
    let run = try CommandRun("rules a.csv --csv rules.csv --verbose", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("2 problems; cost"))
    let table = try CSV.parse(try readFile(scratch("rules.csv"))).map(\.fields)
    #expect(table[0].first == "rule")
    #expect(table.dropFirst().map { $0[0] }.contains("scipy") && table.last?[0] == "auto")
    // Every rule that always names the same was judged on both.
    for row in table where ["always-direct", "always-im2col", "auto"].contains(row[0]) {
      #expect(row[2] == "2", "\(row)")
      #expect((Double(row[7]) ?? 0) >= 1)
    }
    let again = try CommandRun("rules a.csv --csv rules.csv", in: scratch)
    #expect(again.isRefusal(saying: "exists: give --force"))
  }

  @Test func networksAreSummedUp() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "time lenet5 --batch 2 --algorithms im2col,winograd --threads 1 "
        + "--max-seconds-per-problem 0.5 --csv n.csv", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("lenet5, batch 2, forward, 1 threads"))
    #expect(run.output.contains("best of each"))
    #expect(try scratch.text("n.json").contains("\"networks\""))
  }
}
