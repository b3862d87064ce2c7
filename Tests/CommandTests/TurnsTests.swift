import ConvCore
import Foundation
import Laboratory
import Testing

@Suite("Turns for other programs") struct TurnsTests {
  private let problem = "mb1_ic3ih12oc5oh12kh3ph1"

  /// The answers to lines of standard input.
  private func answers(_ requests: [String], _ scratch: Scratch) throws -> [Substring] {
    let words = "turns \(problem) --algorithms direct,im2col --threads 2 --csv r.csv --operands ops"
    let run = try CommandRun(
      words.split(separator: " ").map(String.init), in: scratch,
      input: requests.map { $0 + "\n" }.joined())
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    return run.output.split(separator: "\n")
  }

  @Test func served() throws {
    let scratch = try Scratch()
    let lines = try answers(
      [
        "turn direct", "prepare im2col", "result direct d.npy", "result im2col i.npy",
        "close direct", "turn direct",
      ], scratch)
    #expect(lines.prefix(3) == ["ready direct", "ready im2col", "go"])
    #expect(lines.count == 9)
    #expect((Double(lines[3]) ?? 0) > 0 && (Double(lines[8]) ?? 0) > 0)
    #expect(lines[4].split(separator: " ").compactMap { Double($0) }.count == 2)
    #expect(lines[5...7].allSatisfy { $0 == "ok" })
    let (d, i) = (
      try Tensor<Float>(readingNpy: scratch("d.npy")),
      try Tensor<Float>(readingNpy: scratch("i.npy"))
    )
    #expect(d.count == 5 * 12 * 12)
    #expect(zip(d.elements, i.elements).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  /// What it wrote is what it computed on: the plain sum at one output.
  @Test func operandsAreWritten() throws {
    let scratch = try Scratch()
    _ = try answers(["result direct d.npy"], scratch)
    let x = try Tensor<Float>(readingNpy: scratch("ops/first.npy")).elements
    let w = try Tensor<Float>(readingNpy: scratch("ops/weights.npy")).elements
    let y = try Tensor<Float>(readingNpy: scratch("d.npy")).elements
    var sum: Float = 0
    for (c, i, j) in (0..<3).flatMap({ c in (0..<9).map { (c, $0 / 3, $0 % 3) } }) {
      sum += x[c * 144 + (4 + i) * 12 + (6 + j)] * w[(2 * 3 + c) * 9 + i * 3 + j]
    }
    #expect(abs(y[2 * 144 + 5 * 12 + 7] - sum) < 1e-5)
    let rows = try records(scratch, "r.csv")
    #expect(rows.map(\.status) == [.ok, .ok] && rows.allSatisfy { $0["median_ms"].isEmpty })
  }

  @Test(arguments: ["turn fft", "turn", "", "stop direct", "result direct", "result direct /no/f"])
  func refusesWithAReason(_ request: String) throws {
    let lines = try answers([request, "turn direct"], try Scratch())
    #expect(lines.count == 5 && lines[3].hasPrefix("error "))
    #expect(lines.last.flatMap { Double($0) } != nil)
  }

  @Test func wantsOneProblem() throws {
    let scratch = try Scratch()
    #expect(
      try CommandRun("turns \(problem) --pass all", in: scratch).isRefusal(saying: "one problem"))
    #expect(try CommandRun("turns lenet5", in: scratch).isRefusal(saying: "one problem"))
  }
}
