import ConvCore
import Laboratory
import Testing

/// The records of a results file.
func records(_ scratch: Scratch, _ name: String) throws -> [ResultsRecord] {
  try ResultsRecord.read(scratch(name))
}

@Suite("The commands that measure") struct MeasureTests {
  @Test func verifies() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "verify mb2_ic3ih17iw23_oc5oh9ow12_kh3kw4_sh2sw2_ph1pw2 --pass all --dtype f64 --csv a.csv",
      in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    let rows = try records(scratch, "a.csv")
    #expect(Set(rows.map { $0["pass"] }).count == 4)
    for row in rows {
      #expect(row.status == .ok || row.status == .unsupported, "\(row.algorithm): \(row["reason"])")
      #expect(row["dtype"] == "f64" && row["median_ms"].isEmpty)
    }
    // One algorithm in each row of the table that people read, and the file named last.
    #expect(run.output.contains("a.csv"))
    #expect(run.output.split(separator: "\n")[0].hasPrefix("problem"))
  }

  @Test func times() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "time lenet5/c3 mb1_ic1oc1iw9kw3n\"a,b*3\" --batch 2 --threads 1,2 --algorithms reference "
        + "--max-seconds-per-problem 0.5 --csv a.csv --quiet", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.isEmpty && run.errors.isEmpty)
    let rows = try records(scratch, "a.csv")
    #expect(rows.map { $0["threads"] } == ["1", "2", "1", "2"])
    #expect(rows.map { $0["name"] } == ["lenet5/c3", "lenet5/c3", "a,b", "a,b"])
    #expect(rows.map { $0["multiplicity"] } == ["1", "1", "3", "3"])
    #expect(rows.allSatisfy { $0["mb"] == "2" && ($0.number("median_ms") ?? 0) > 0 })
    let samples = try CSV.parse(try readFile(scratch("a.samples.csv")))
    #expect(Double(samples.count - 1) == rows.reduce(0) { $0 + ($1.number("samples") ?? 0) })
    #expect(try scratch.text("a.json").contains("\"result\" : \"complete\""))
  }

  @Test func sweeps() throws {
    let scratch = try Scratch()
    let run = try CommandRun(
      "sweep --kernels 3,4 --sizes 8,6x10 --channels 1,2 --algorithms reference "
        + "--max-seconds-per-problem 0.1 --csv a.csv --plain", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    let rows = try records(scratch, "a.csv")
    #expect(rows.count == 8)
    // Outputs as large as inputs; what is odd goes to the far side.
    #expect(rows.allSatisfy { $0["ih"] == $0["oh"] && $0["iw"] == $0["ow"] })
    #expect(rows.filter { $0["kh"] == "4" }.allSatisfy { $0["ph"] == "1" && $0["ph_r"] == "2" })
    #expect(run.errorLines.first == "[1/8] mb1_ic1ih8oc1oh8kh3ph1")
  }

  @Test func photograph() throws {
    let scratch = try Scratch()
    try Tensor<Float>([5, 7], filledWith: 0.5).writeNpy(to: scratch("grey.npy"))
    let run = try CommandRun(
      "sweep --kernels 3,4 --image grey.npy --algorithms reference "
        + "--max-seconds-per-problem 0.1 --csv a.csv", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    let rows = try records(scratch, "a.csv")
    #expect(rows.map { $0["name"] } == ["grey.npy k3", "grey.npy k4"])
    #expect(rows.allSatisfy { $0["fill"] == "image" && $0["ih"] == "5" && $0["iw"] == "7" })
  }

  @Test func defaultFiles() throws {
    let scratch = try Scratch()
    for _ in 0..<2 {
      let run = try CommandRun(
        "verify mb1_ic1oc1iw5kw3 --algorithms reference", in: scratch)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("rows in results/verify-20"))
    }
  }

  @Test func resumes() throws {
    let scratch = try Scratch()
    let line = "verify mb1_ic1oc1iw5kw3 mb1_ic1oc1iw6kw3 --algorithms reference --csv a.csv"
    #expect(try CommandRun(line, in: scratch).status == 0)
    let whole = try scratch.text("a.csv")
    let lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
    try writeFile(scratch("a.csv"), Array((lines[0] + "\n" + lines[1] + "\n" + "mb1_ic1,cut").utf8))
    let run = try CommandRun(line + " --resume", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try records(scratch, "a.csv").map { $0["iw"] } == ["5", "6"])
    #expect(run.output.contains("mb1_ic1iw5oc1ow3kw3pw0") && run.output.contains("2 rows in a.csv"))
    #expect(try scratch.text("a.json").contains("\"previous\""))
    #expect(try CommandRun(line + " --force", in: scratch).status == 0)
  }

  @Test func interrupted() throws {
    let scratch = try Scratch()
    let line =
      "time mb1_ic1oc1iw5kw3 mb1_ic16oc16ih64kh3 mb1_ic16oc16ih65kh3 --algorithms reference "
      + "--max-seconds-per-problem 60 --csv a.csv"
    let run = try CommandRun(
      line.split(separator: " ").map(String.init), in: scratch, interruptAfter: "[2/3]")
    #expect(run.status == 130, "\(run.status) \(run.errors)")
    #expect(run.errors.contains("interrupted: 1 of 3 rows are done"))
    let rows = try records(scratch, "a.csv")
    #expect(rows.map { $0["status"] }.suffix(2) == ["interrupted", "interrupted"])
    #expect(rows.count == 3 && rows[0].status != .interrupted)
    #expect(try scratch.text("a.json").contains("\"result\" : \"interrupted\""))
  }

  @Test func help() throws {
    let scratch = try Scratch()
    let overview = try CommandRun("--help", in: scratch)
    #expect(overview.status == 0)
    for command in ["verify", "time", "sweep", "list"] {
      #expect(overview.output.contains("\n  \(command) "))
      let run = try CommandRun("\(command) --help", in: scratch)
      #expect(run.status == 0 && run.errors.isEmpty)
      #expect(run.output.contains("Examples:") && run.output.contains("--help"))
      #expect(try CommandRun("help \(command)", in: scratch).output == run.output)
      #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
    let version = try CommandRun("--version", in: scratch)
    #expect(version.status == 0 && version.output.contains(BuildFacts.toolkitVersion))
    #expect(try CommandRun("list algorithms", in: scratch).output.contains("reference"))
    #expect(try CommandRun("list networks", in: scratch).output.contains("efficientnet-b0"))
    #expect(
      try CommandRun("list networks vgg16", in: scratch).output
        .contains("mb1_ic256ih56oc256oh56kh3ph1"))
  }
}
