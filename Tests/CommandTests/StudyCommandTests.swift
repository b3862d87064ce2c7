import ConvCore
import Laboratory
import Testing

@Suite("Crossovers, studies, comparisons and reports as a process") struct StudyCommandTests {
  @Test(
    arguments: [
      ("crossover", "--along is missing: kernel, size, channels or batch"),
      ("crossover --along colour", "none of kernel, size, channels, batch"),
      ("crossover --along kernel lenet5", "runs through one problem, but lenet5 is"),
      ("crossover --along kernel --algorithms direct", "is between two algorithms, not 1"),
      ("crossover --along kernel --from 9 --to 3", "--from 9 is not less than --to 3"),
      ("crossover --along kernel --from 1 --to 2000000000 --step 1", "too many values"),
      ("crossover --along size ic1ih9oc1kh9 --from 1 --to 8 --threads 1", "fewer than two values"),
      ("crossover --along kernel --threads 1,2", "on one number of threads"),
      ("study", "compare study needs fft|error [PROBLEM]"),
      ("study fff", "did you mean \"fft\"?"), ("study error ic1ih9oc1kh3", "problems of its own"),
      ("study fft lenet5", "a study is of one problem"),
      ("diff a.csv", "compare diff needs OLD.csv NEW.csv"),
      ("diff a.csv b.csv", "a.csv: No such file or directory"),
      ("diff a.csv b.csv --threshold no", "not a positive number"),
      ("report", "compare report needs CSV..."), ("report no.csv", "no.csv: No such file"),
      ("report .", "is a folder"),
    ])
  func refused(line: String, part: String) throws {
    let run = try CommandRun(line, in: try Scratch())
    #expect(run.isRefusal(saying: part), "\(line): \(run.status) \(run.errors)")
  }

  @Test func crossesOver() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "crossover --along kernel mb1_ic1ih40oc1oh40kh3ph1 --algorithms direct,im2col --from 3 --to 7 "
        + "--threads 1 --planner estimate --max-seconds-per-problem 0.5 --csv c.csv", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("at batch 1, 1 to 1 channels, extents 40 x 40, f32, 1 thread"))
    let rows = try records(scratch, "c.csv")
    #expect(
      rows.count >= 4 && rows.allSatisfy { $0.status == .ok && $0["baseline"] == "direct" })
    #expect(rows.allSatisfy { $0["oh"] == "40" })
    #expect(try scratch.text("c.json").contains("\"result\" : \"complete\""))
  }

  /// Measured, compared with itself, with another machine's and with one that is ten times slower.
  @Test func differs() throws {
    let scratch = try Scratch()
    let line =
      "time mb1_ic8ih24oc8kh3 --threads 1 --algorithms direct --max-seconds-per-problem 0.5 "
      + "--quiet --phases --csv "
    #expect(try CommandRun(line + "a.csv", in: scratch).status == 0)
    let phases = try scratch.text("a.phases.csv")
    #expect(phases.hasPrefix("problem,name,pass,dtype,algorithm,variant,threads,phase,ms\n"))
    #expect(phases.contains(",direct,,1,plan,") && phases.contains(",direct,,1,other,"))

    /// The measured row with another median, and an interval of 4 % about it.
    func write(_ name: String, median: Double) throws {
      var records = try CSV.parse(try readFile(scratch("a.csv"))).map(\.fields)
      for (column, factor) in [("median_ms", 1.0), ("ci_low_ms", 0.98), ("ci_high_ms", 1.02)] {
        let i = try #require(ResultsRow.columns.firstIndex(of: column))
        records[1][i] = "\(factor * median)"
      }
      try writeFile(scratch(name), Array(records.map(CSV.record).joined().utf8))
    }
    try write("a.csv", median: 1)
    let same = try CommandRun("diff a.csv a.csv", in: scratch)
    #expect(same.status == 0 && same.output.hasPrefix("1 rows in both: 1 unchanged"), "\(same)")
    try write("b.csv", median: 10)
    let unknown = try CommandRun("diff a.csv b.csv", in: scratch)
    #expect(unknown.status == 1 && unknown.output.contains("slower"))
    #expect(unknown.errors.contains("the .json beside b.csv is missing"))

    let other = try scratch.text("a.json").split(separator: "\"seed\" : 1")
    try writeFile(scratch("b.json"), Array(other.joined(separator: "\"seed\" : 2").utf8))
    let refused = try CommandRun("diff a.csv b.csv", in: scratch)
    #expect(refused.isRefusal(saying: "seed: 1 / 2: give --anyway"), "\(refused.errors)")
    #expect(try CommandRun("diff a.csv b.csv --anyway --quiet", in: scratch).status == 1)

    let report = try CommandRun("report a.csv b.csv --output page", in: scratch)
    #expect(report.status == 0, "\(report.errors)")
    #expect(try scratch.text("page/index.html").contains("<h2>a.phases.csv</h2>"))
  }
}
