import ConvCore
import Foundation
import Glibc
import Testing

@testable import Laboratory

/// A folder of its own for a test.
private final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID())").path
    try makeFolder(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws -> String {
    try writeFile(path + "/" + name, Array(text.utf8))
    return path + "/" + name
  }

  func text(_ name: String) throws -> String {
    String(decoding: try readFile(path + "/" + name), as: UTF8.self)
  }
}

/// Rows of three kernels by two algorithms that cross between 5 and 7, and of Winograd's tiles.
private func results() throws -> String {
  var records = [ResultsRow.columns]
  func add(_ algorithm: String, _ variant: String, _ k: Int, _ time: Double, _ error: Double) throws
  {
    let problem = try ConvProblem(descriptor: "mb1_ic4ih16oc4oh16kh\(k)ph\(k / 2)")
    var outcome = Outcome(
      problem: problem, algorithm: AlgorithmName(algorithm, variant: variant), threads: 1,
      status: .ok)
    let samples = (0..<20).map { time * (1 + 0.001 * Double($0)) }
    var timing = Timing(plan: 1, prepare: 0.1, samples: samples, noisy: false)
    (timing.speedup, timing.speedupLow, timing.speedupHigh) = (2 / time, 1.9 / time, 2.1 / time)
    timing.baseline = AlgorithmName("im2col")
    outcome.timing = timing
    outcome.accuracy = Accuracy(
      l2: error, max: error, bound: 1, ratio: 0.1, integerExact: true, oracle: "reference")
    outcome.executedOperations = 1e6
    outcome.workspaceBytes = 4096
    records.append(
      ResultsRow(NamedProblem(problem, name: "it's <k\(k)>"), outcome, fill: "uniform").fields)
  }
  for k in [3, 5, 7] {
    try add("direct", "", k, Double(k * k) / 10, 1e-7 * Double(k))
    try add("fft", "", k, 3, 2e-7)
  }
  for m in [2, 4, 6] { try add("winograd", "f\(m)", 3, 0.5, 1e-7 * pow(10, Double(m) / 2)) }
  return records.map(CSV.record).joined()
}

@Suite("Reports") struct ReportTests {
  private func names(_ report: Report) -> [String] {
    report.plots().flatMap { $0.plots.map(\.name) }
  }

  @Test func drawsWhatThereIsDataFor() throws {
    let folder = try Folder()
    let report = try Report([try folder.write("a.csv", try results())])
    #expect(
      names(report) == [
        "time-kernel-1", "speedup-1", "pareto", "error-kernel-1", "error-tile-1",
      ])
    let plots = report.plots()[0].plots
    // One crossover, between 5 and 7; quotes within titles are gnuplot's.
    #expect(plots[0].script.contains("'fft from 7 on'"))
    #expect(plots[1].script.contains("'it''s <k3>'"))
    // 1e-7 k: an exponent of 1.
    #expect(plots[3].script.contains("'direct: x^1.00'"))
    for plot in plots { #expect(plot.script.contains("how it was made is not known")) }
  }

  /// Wide intervals of the medians touch where the paired speed-up is known well.
  @Test func pairedSpeedupsTellMoreThanMedians() throws {
    var records = [ResultsRow.columns]
    for (k, speedup) in [(3, 0.5), (5, 1.1), (7, 1.5)] {
      for (algorithm, ratio) in [("direct", 1), ("fft", speedup)] {
        var outcome = Outcome(
          problem: try ConvProblem(descriptor: "mb1_ic4ih16oc4oh16kh\(k)ph\(k / 2)"),
          algorithm: AlgorithmName(algorithm), threads: 1, status: .ok)
        var timing = Timing(
          plan: 1, prepare: 1, samples: (1...20).map { Double($0) / ratio }, noisy: true)
        (timing.speedup, timing.speedupLow, timing.speedupHigh) = (
          ratio, 0.95 * ratio, 1.05 * ratio
        )
        timing.baseline = AlgorithmName("direct")
        outcome.timing = timing
        records.append(
          ResultsRow(NamedProblem(outcome.problem, name: ""), outcome, fill: "uniform").fields)
      }
    }
    let folder = try Folder()
    let path = try folder.write("p.csv", records.map(CSV.record).joined())
    let found = ResultsCrossover.find(try ResultsRecord.read(path), along: .kernel)
    #expect(found.map(\.sentence) == ["fft overtakes direct at k = 5"])
  }

  @Test func writesPageAndPictures() throws {
    let folder = try Folder()
    let path = try folder.write("a.csv", try results())
    let phases = [
      PhaseSplit.columns, ["p", "n", "forward", "f32", "fft", "", "1", "multiply", "2.5"],
    ]
    _ = try folder.write("a.phases.csv", phases.map(CSV.record).joined())
    let training = try folder.write(
      "t.csv",
      "model,algorithm,variant,shadow,seed,epoch,loss,accuracy,validation_loss,validation_accuracy,"
        + "seconds\nlenet,direct,,0,1,1,0.5,0.8,0.6,0.7,1\nlenet,direct,,0,1,2,0.4,0.9,0.5,0.8,1\n")
    let report = try Report([path, training])
    let written = try report.write(to: folder.path + "/page")
    let page = try folder.text("page/index.html")
    #expect(page.contains("it&#39;s &lt;k3&gt;") || page.contains("it's &lt;k3&gt;"))
    #expect(!page.contains("<script"))
    guard Gnuplot.isInstalled else {
      #expect(written.warnings == [Gnuplot.missing] && written.pictures.isEmpty)
      return
    }
    #expect(written.warnings.isEmpty)
    #expect(written.pictures.count == 7)
    for (_, plots) in report.plots() {
      for plot in plots {
        #expect(page.contains(ReportPage.escaped(plot.title)))
        let png = try readFile("\(folder.path)/page/\(plot.name).png")
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]) && png.count > 2000)
        #expect(try folder.text("page/\(plot.name).svg").contains("</svg>"))
      }
    }
    // Self-contained: every picture within the page.
    #expect(page.components(separatedBy: "src=\"data:image/svg+xml;base64,").count == 8)
    #expect(!page.contains("src=\"http") && !page.contains("href=\"http"))
  }

  /// What cannot be a number, a shape or a name must not end the program.
  @Test func malformedRows() throws {
    let folder = try Folder()
    let sound = try CSV.parse(Array(try results().utf8)).map(\.fields)
    for bad in [
      "inf", "nan", "-1", "1e300", "-9e999", "0", "", "x`y`'\"\\", "99999999999999999999",
    ] {
      var records = [sound[0]]
      for (i, row) in sound.dropFirst().enumerated() {
        var row = row
        for column in row.indices where (column + i) % 3 != 0 { row[column] = bad }
        records.append(row)
        records.append(row.map { _ in bad })
      }
      let path = try folder.write("bad.csv", records.map(CSV.record).joined())
      let report = try Report([path])
      for plot in report.plots().flatMap(\.plots) { #expect(!plot.script.contains("`")) }
      var page = ReportPage(["bad.csv"])
      for section in report.plots() { page.add(section.file, 1, []) }
      #expect(page.html.hasSuffix("</html>\n"))
      _ = ResultsDiff(try ResultsRecord.read(path), try ResultsRecord.read(path))
    }
  }

  @Test(arguments: [
    ("", "is empty"), ("a,b\n1,2\n", "neither those of results"), ("a,\"b\"c\n1,2\n", "line 1"),
    ("problem,block,ms\np,1,2\n", "raw samples"), ("\0\u{1}\n", "neither"),
  ])
  func refuses(_ text: String, _ part: String) throws {
    let folder = try Folder()
    let path = try folder.write("x.csv", text)
    #expect { try Report([path]) } throws: { "\($0)".contains(part) && "\($0)".contains("x.csv") }
    #expect(throws: ConvError.self) { try Report([folder.path + "/none.csv"]) }
  }

  /// Header alone: a page, and a word about pictures.
  @Test func noRows() throws {
    let folder = try Folder()
    let path = try folder.write("a.csv", CSV.record(ResultsRow.columns))
    let written = try Report([path]).write(to: folder.path)
    #expect(written.pictures.isEmpty)
    #expect(written.warnings.contains { $0.contains("no data for a picture") })
  }

  @Test func frontOfThree() throws {
    let rows = try CSV.parse(Array(try results().utf8)).dropFirst().compactMap {
      ResultsRecord(fields: $0.fields)
    }.filter { $0["kw"] == "3" }
    // direct 0.9 ms 3e-7; fft 3 ms 2e-7; winograd 0.5 ms 1e-6, 1e-5, 1e-4: the first of equal times.
    #expect(ParetoPlot.front(rows).map(\.algorithm).suffix(2) == ["direct", "fft"])
  }

  @Test(arguments: [
    (1234.4, "1234"), (56.78, "56.8"), (0.12345, "0.123"), (1.23e-7, "1.2e-7"), (0, "0"),
    (9.96e-8, "1.0e-7"), (2.5e9, "2.5e9"),
  ])
  func shortNumbers(_ value: Double, _ text: String) { #expect(ReportPage.short(value) == text) }

  /// A file that was written before columns were added is read too.
  @Test func olderColumns() throws {
    let folder = try Folder()
    let records = try CSV.parse(Array(try results().utf8)).map(\.fields)
    let kept = records[0].indices.filter { !ResultsRow.addedColumns.contains(records[0][$0]) }
    let older = records.map { row in CSV.record(kept.map { row[$0] }) }.joined()
    #expect(try Report([try folder.write("a.csv", older)]).plots()[0].plots.count == 5)
  }

  @Test func stylesAreApart() {
    let names =
      ["winograd:f2", "direct", "im2col", "winograd", "fft", "fft-tiled", "auto", "mine"]
      + (0..<8).map { "fft-tiled:fftw-t\($0)" }
    let styles = PlotStyle.assign(names)
    let looks = names.compactMap { styles[$0].map { "\($0.point) \($0.dash) \($0.colour)" } }
    #expect(Set(looks).count == names.count)
  }
}
