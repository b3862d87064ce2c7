import ConvCore
import Foundation
import Laboratory
import Testing

private func row(
  _ algorithm: String, threads: Int = 1, status: Outcome.Status = .ok, name: String = "",
  reason: String = ""
) throws -> ResultsRow {
  let problem = try ConvProblem(descriptor: "mb4_ic3ih224oc64oh112kh7sh2ph3")
  var outcome = Outcome(
    problem: problem, algorithm: AlgorithmName(algorithm), threads: threads, status: status,
    reason: reason)
  if status == .ok {
    outcome.timing = Timing(plan: 0.1, prepare: 0, samples: [3, 1, 2], noisy: false)
    outcome.executedOperations = 2e9
    outcome.accuracy = Accuracy(
      l2: 1e-7, max: 0.5, bound: 2, ratio: 0.25, integerExact: true, oracle: "reference")
  }
  return ResultsRow(
    NamedProblem(problem, name: name, multiplicity: 2), outcome, fill: "uniform", peak: 4000)
}

@Suite("Results") struct ResultsTests {
  @Test func csvQuoting() throws {
    let fields = ["plain", "a,b", "say \"hi\"", "two\nlines", "", "trailing\r", "é"]
    let text = CSV.record(fields)
    #expect(text == "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",,\"trailing\r\",é\n")
    #expect(try CSV.parse(Array(text.utf8)).map(\.fields) == [fields])
    let windows = "a,b\r\n1,\"2\"\r\n"
    #expect(try CSV.parse(Array(windows.utf8)).map(\.fields) == [["a", "b"], ["1", "2"]])
    #expect(try CSV.parse(Array("a,b\n1,".utf8)).count == 1)
    #expect(try CSV.parse(Array("a,b\n1,\"2".utf8)).count == 1)
    #expect(try CSV.parse([]).isEmpty)
    #expect(throws: ConvError.self) { try CSV.parse(Array("a\n\"x\"y\n".utf8)) }
  }

  @Test func columns() throws {
    let contract =
      "problem name multiplicity operation pass dtype layout border convention bias fill rank mb g "
      + "ic id ih iw oc od oh ow kd kh kw sd sh sw pd ph pw pd_r ph_r pw_r opd oph opw dd dh dw "
      + "algorithm variant threads status reason plan_ms prepare_ms min_ms median_ms q1_ms q3_ms "
      + "ci_low_ms ci_high_ms samples noisy speedup speedup_low speedup_high baseline gflop_nominal "
      + "gflop_unpadded gflop_executed gflops peak_fraction error_l2 error_max error_bound "
      + "error_ratio integer_exact oracle workspace_bytes workspace_predicted_bytes same_runs "
      + "same_threads same_batch"
    #expect(ResultsRow.columns == contract.split(separator: " ").map(String.init))
  }

  @Test func fields() throws {
    let named = Dictionary(
      uniqueKeysWithValues: zip(ResultsRow.columns, try row("fft", name: "conv1").fields))
    let expected = [
      "problem": "mb4_ic3ih224oc64oh112kh7sh2ph3", "name": "conv1", "multiplicity": "2",
      "operation": "convolution", "pass": "forward", "dtype": "f32", "layout": "nchw",
      "border": "zeros", "convention": "crossCorrelation", "bias": "0", "fill": "uniform",
      "rank": "2", "mb": "4", "g": "1", "ic": "3", "id": "1", "ih": "224", "oh": "112", "kd": "1",
      "kw": "7", "sd": "1", "sh": "2", "ph": "3", "ph_r": "2", "pd_r": "0", "oph": "0", "dh": "0",
      "algorithm": "fft", "variant": "", "threads": "1", "status": "ok", "reason": "",
      "plan_ms": "0.1", "min_ms": "1.0", "median_ms": "2.0", "ci_low_ms": "", "samples": "3",
      "noisy": "0", "speedup": "", "baseline": "", "gflop_executed": "2.0",
      "peak_fraction": "0.25", "error_l2": "1e-07", "error_ratio": "0.25", "integer_exact": "1",
      "oracle": "reference", "workspace_bytes": "",
    ]
    for (column, value) in expected { #expect(named[column] == value, "\(column)") }
    // 2 x 4 x 64 x 3 x 112^2 x 49 operations, and as many in 2 ms.
    #expect(named["gflop_nominal"] == "0.944111616")
    #expect(Double(named["gflops"] ?? "").map { abs($0 - 472.055808) < 1e-9 } == true)
  }

  @Test func resume() throws {
    let scratch = try Scratch()
    let path = scratch("a.csv")
    do {
      let file = try ResultsFile(path)
      try file.append(try row("direct"))
      try file.append(try row("fft", status: .unsupported, reason: "a \"reason\", in two\nlines"))
      try file.append(try row("im2col", status: .interrupted))
    }
    let whole = try scratch.text("a.csv")
    #expect(throws: ConvError.self) { try ResultsFile(path) }
    // Cut off within the last row, as a full disk or a power cut leaves it.
    try writeFile(path, Array((whole + "mb4_ic3,half a \"ro").utf8))
    let file = try ResultsFile(path, existing: .resume)
    #expect(file.kept == 2)
    #expect(file.contains(try row("direct")))
    #expect(file.contains(try row("fft")))
    #expect(!file.contains(try row("im2col")))
    #expect(!file.contains(try row("direct", threads: 2)))
    #expect(!file.contains(try row("direct", name: "other")))
    try file.append(try row("im2col"))
    let records = try CSV.parse(try readFile(path))
    #expect(records.count == 4)
    #expect(records.allSatisfy { $0.fields.count == ResultsRow.columns.count })
    let samples = try CSV.parse(try readFile(scratch("a.samples.csv")))
    #expect(
      samples.map { $0.fields.last ?? "" } == ["ms", "3.0", "1.0", "2.0", "3.0", "1.0", "2.0"])
    #expect(samples[4].fields.contains("im2col"))
    _ = try ResultsFile(path, existing: .replace)
    #expect(try CSV.parse(try readFile(path)).count == 1)
  }

  @Test func refusals() throws {
    let scratch = try Scratch()
    #expect(throws: ConvError.self) { try ResultsFile(scratch.path) }
    #expect(throws: ConvError.self) { try ResultsFile("") }
    #expect(throws: ConvError.self) { try ResultsFile(scratch("missing/a.csv")) }
    // What stands beside is not overwritten either.
    try writeFile(scratch("b.json"), [])
    #expect(throws: ConvError.self) { try ResultsFile(scratch("b.csv")) }
    try writeFile(scratch("c.csv"), Array("x,y\n1,2\n".utf8))
    #expect(throws: ConvError.self) { try ResultsFile(scratch("c.csv"), existing: .resume) }
    #expect(try scratch.text("c.csv") == "x,y\n1,2\n")
    #expect(throws: ConvError.self) { try ResultsFile("/dev/full") }
  }

  @Test func fullDisk() throws {
    // Without the right to mount, the refusal of /dev/full above must do.
    guard let disk = try SmallDisk(bytes: 64 << 10) else { return }
    let file = try ResultsFile(disk("a.csv"))
    var message = ""
    do {
      while true { try file.append(try row("direct", reason: String(repeating: "x", count: 500))) }
    } catch { message = "\(error)" }
    #expect(file.written > 10)
    #expect(message.contains("No space left on device"))
    #expect(message.contains("the \(file.written) rows before are safe"))
    let records = try CSV.parse(try readFile(disk("a.csv")))
    #expect(records.count == file.written + 1)
    #expect(try readFile(disk("a.csv")).count == records.last?.end)
  }

  @Test func sidecar() throws {
    let scratch = try Scratch()
    var first = ResultsSidecar(
      command: ["compare", "time"], seed: 7, threads: [1, 2], pinned: false, machine: .described)
    first.end = utcTime()
    try first.write(to: scratch("a.json"))
    var second = first
    second.resume(scratch("a.json"))
    try second.write(to: scratch("a.json"))
    let text = try scratch.text("a.json")
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(json["seed"] as? Int == 7)
    #expect((json["previous"] as? [Any])?.count == 1)
    let machine = json["machine"] as? [String: Any]
    #expect(machine?["cpu"] is String)
    #expect(ISA.allCases.map(\.name).contains(machine?["isa"] as? String ?? ""))
    // Files from before have its number.
    let old = text.replacingOccurrences(of: "\"isa\" : \"\(ISA.best.name)\"", with: "\"isa\" : 0")
    #expect(
      try JSONDecoder().decode(ResultsSidecar.self, from: Data(old.utf8)).machine.isa == .base)
    #expect((json["build"] as? [String: Any])?["version"] as? String == BuildFacts.toolkitVersion)
    #expect((json["start"] as? String)?.count == 20)
  }

  /// Files from before columns were added are read, with nothing in them.
  @Test func earlierColumns() throws {
    let scratch = try Scratch()
    let columns = ResultsRow.columns.filter { !ResultsRow.addedColumns.contains($0) }
    let fields = zip(ResultsRow.columns, try row("direct").fields)
      .filter { !ResultsRow.addedColumns.contains($0.0) }.map(\.1)
    let text = CSV.record(columns) + CSV.record(fields)
    try writeFile(scratch("old.csv"), Array(text.utf8))
    let read = try ResultsRecord.read(scratch("old.csv"))
    #expect(read.count == 1 && read[0]["same_runs"].isEmpty && read[0]["algorithm"] == "direct")
  }

  /// The format of benchdnn's default template, by hand: least 1 ms and mean 2 ms of 1, 2 and 3.
  @Test func benchdnnReport() throws {
    let done = try row("fft", name: "conv 1,a")
    let refused = try row("direct", status: .unsupported)
    let report = BenchdnnReport([
      (ResultsRecord(done), done.outcome.timing?.samples ?? []), (ResultsRecord(refused), []),
    ])
    let work = done.outcome.problem.unpaddedOperations * 1e-9
    #expect(report.lines.count == 4)
    #expect(
      report.lines[0] == "Template entries: perf,engine,impl,name,prb,Gops,max_ctime,min_time,"
        + "min_Gflops,avg_time,avg_Gflops")
    let fields = report.lines[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(fields.count == 11)
    #expect(fields.prefix(4) == ["perf", "cpu", "fft", "conv_1_a"])
    #expect(fields[4] == "--conv --dir=FWD_D mb4_ic3ih224oc64oh112kh7sh2ph3n\"conv_1_a\"")
    #expect(abs((Double(fields[5]) ?? 0) - work) < 1e-5 && fields[6] == "0.1")
    #expect(fields[7] == "1" && fields[9] == "2")
    #expect(abs((Double(fields[8]) ?? 0) - 1000 * work) < 1e-2)
    #expect(
      report.lines[2] == "tests:2 passed:1 skipped:0 mistrusted:0 unimplemented:1 "
        + "invalid_arguments:0 failed:0 listed:0")
    #expect(report.lines[3] == "total perf: min(ms):1 avg(ms):2")
  }
}
