import ConvCore
import Foundation
import Laboratory
import Testing

/// Writes a case folder by hand, as somebody without this project would.
private func write(
  _ scratch: Scratch, _ name: String, _ json: String, _ arrays: [String: NpyArray]
) throws {
  try makeFolder(scratch(name))
  try writeFile(scratch(name + "/case.json"), Array(json.utf8))
  for (file, array) in arrays { try array.write(to: scratch("\(name)/\(file).npy")) }
}

private func integers(_ shape: [Int], _ values: [Int32]) throws -> NpyArray {
  try NpyArray(shape, .i4(values))
}

@Suite("Case folders") struct CaseTests {
  /// W1, W5 and W6 of the lecture notes, and gradients worked by hand.
  private func handCases(_ scratch: Scratch) throws {
    try write(
      scratch, "cases/w1", "{\"name\": \"W1\", \"operation\": \"convolution\"}",
      [
        "input": integers([1, 1, 4, 4], [1, 0, -2, 1, -1, 0, 1, 2, 0, 2, 1, 0, 1, 0, 0, 1]),
        "weight": integers([1, 1, 2, 2], [0, 1, -1, 2]),
        "expected": integers([1, 1, 3, 3], [1, 0, 4, 4, 1, 1, 1, 1, 2]),
      ])
    let two = try integers([1, 1, 2, 2], [0, 1, 2, 3])
    try write(
      scratch, "cases/deep/w5", "{\"operation\": \"transposedConvolution\"}",
      [
        "input": two, "weight": integers([1, 1, 2, 2], [4, 1, 2, 3]),
        "expected": integers([1, 1, 3, 3], [0, 4, 1, 8, 16, 6, 4, 12, 9]),
      ])
    try write(
      scratch, "cases/deep/w6",
      "{\"name\": \"W6\", \"operation\": \"transposedConvolution\", \"stride\": [2, 2]}",
      [
        "input": two, "weight": integers([1, 1, 2, 2], [1, 4, 2, 3]),
        "expected": integers([1, 1, 4, 4], [0, 0, 1, 4, 0, 0, 2, 3, 2, 8, 3, 12, 4, 6, 6, 9]),
      ])
    // y = x * [1, 2] at stride 1: dx is dy spread over both taps, dw the products of x and dy.
    try write(
      scratch, "cases/dx",
      "{\"operation\": \"inputGradient\", \"inputShape\": [1, 1, 3], \"note\": \"by hand\"}",
      [
        "weight": integers([1, 1, 2], [1, 2]), "outputGradient": integers([1, 1, 2], [3, 5]),
        "expected": integers([1, 1, 3], [3, 11, 10]),
      ])
    try write(
      scratch, "cases/dw", "{\"operation\": \"weightGradient\", \"weightShape\": [1, 1, 2]}",
      [
        "input": integers([1, 1, 3], [1, 4, 2]), "outputGradient": integers([1, 1, 2], [3, 5]),
        "expected": integers([1, 1, 2], [23, 22]),
      ])
  }

  @Test func handAnswers() throws {
    let scratch = try Scratch()
    try handCases(scratch)
    let run = try CommandRun(
      "case cases --algorithms direct,im2col,fft,reference --write out --csv a.csv", in: scratch)
    #expect(run.status == 0, "\(run.output) \(run.errors)")
    let last = run.output.split(separator: "\n").last
    #expect(last == "20 passed, 0 failed, 0 unsupported")
    let rows = try records(scratch, "a.csv")
    #expect(Set(rows.map { $0["name"] }) == ["W1", "w5", "W6", "dx", "dw"])
    #expect(rows.allSatisfy { $0["integer_exact"] == "1" && $0["oracle"] == "reference" })
    let saved = try Tensor<Double>(readingNpy: scratch("out/W6/direct.npy"))
    #expect(saved.shape == [1, 1, 4, 4])
    #expect(saved.elements == [0, 0, 1, 4, 0, 0, 2, 3, 2, 8, 3, 12, 4, 6, 6, 9])
  }

  @Test func wrongAnswers() throws {
    let scratch = try Scratch()
    try handCases(scratch)
    try integers([1, 1, 3, 3], [1, 0, 4, 4, 1, 1, 1, 1, 3]).write(
      to: scratch("cases/w1/expected.npy"))
    let run = try CommandRun("case cases --algorithms direct,fft --csv a.csv", in: scratch)
    #expect(run.status == 1)
    #expect(run.output.contains("FAILED W1 direct: element 8 is 2.0, not 3.0"))
    #expect(run.output.contains("FAILED W1 fft: "))
    #expect(run.output.hasSuffix("8 passed, 2 failed, 0 unsupported\n"))
  }

  @Test func realData() throws {
    let scratch = try Scratch()
    func real(_ shape: [Int]) throws -> NpyArray {
      let count = shape.reduce(1, *)
      let random = SeededRandom(seed: 5, stream: UInt64(count))
      return try NpyArray(shape, .f4((0..<count).map { Float(2 * random.unit(at: $0) - 1) }))
    }
    var settings = ArrayRun.Settings()
    settings.stride = [2, 1]
    settings.groups = 2
    settings.border = .reflect
    settings.padding = .explicit([1, 2, 2, 0])
    let work = try ArrayRun(
      input: try real([2, 4, 9, 11]), weight: try real([6, 2, 3, 3]), bias: try real([6]), settings)
    let result = try work.run(Registry.standard.algorithm("direct"), Resources())
    #expect(result.judgement?.passes == true)
    try work.writeCase(scratch("cases/real"), name: "real", expected: result.output)
    #expect(try CaseFolder(reading: scratch("cases/real")).problem == work.problem)
    // One element off by more than any rounding.
    guard case .f4(var values) = result.output.values else { return }
    values[17] += 1e-4
    let off = try NpyArray(result.output.shape, .f4(values))
    try work.writeCase(scratch("cases/off"), name: "off", expected: off)
    try work.writeCase(scratch("cases/tolerated"), name: "tolerated", expected: off)
    let json = try scratch.text("cases/tolerated/case.json")
    try writeFile(
      scratch("cases/tolerated/case.json"),
      Array(json.replacingOccurrences(of: "{", with: "{ \"tolerance\": 1e-4,").utf8))
    let run = try CommandRun("case cases --algorithms direct,fft-tiled --csv a.csv", in: scratch)
    #expect(run.status == 1, "\(run.output) \(run.errors)")
    #expect(run.output.hasSuffix("4 passed, 2 failed, 0 unsupported\n"))
    let rows = try records(scratch, "a.csv").filter { $0["name"] == "off" }
    #expect(rows.count == 2 && rows.allSatisfy { $0.status == .failed })
  }

  @Test(
    arguments: [
      ("", "case.json: is empty"), ("{", "is not a JSON object"), ("[]", "is not a JSON object"),
      ("{\"operation\": \"convolve\"}", "none of convolution"),
      ("{\"operation\": \"convolution\", \"dilations\": [1,1]}", "did you mean \"dilation\"?"),
      ("{\"operation\": \"convolution\", \"stride\": [1]}", "stride has 1 numbers for 2 axes"),
      (
        "{\"operation\": \"convolution\", \"stride\": [1.5, 1]}", "must be a list of whole numbers"
      ),
      ("{\"operation\": \"convolution\", \"stride\": 2}", "must be a list of whole numbers"),
      ("{\"operation\": \"convolution\", \"stride\": [0, 1]}", "stride is 0"),
      ("{\"operation\": \"convolution\", \"padding\": [[1],[1]]}", "must be [before, after]"),
      ("{\"operation\": \"convolution\", \"border\": \"mirror\"}", "none of zeros, reflect"),
      ("{\"operation\": \"convolution\", \"groups\": 3}", "does not fit the 1 channels"),
      ("{\"operation\": \"convolution\", \"tolerance\": -1}", "\"tolerance\" must be"),
      ("{\"operation\": \"inputGradient\"}", "expected.npy has shape"),
      (
        "{\"operation\": \"convolution\", \"padding\": [[1,1],[1,1]]}", "expected.npy has shape"
      ),
    ])
  func malformed(json: String, part: String) throws {
    let scratch = try Scratch()
    try write(
      scratch, "bad", json,
      [
        "input": integers([1, 1, 4, 4], Array(repeating: 1, count: 16)),
        "weight": integers([1, 1, 2, 2], [0, 1, -1, 2]),
        "expected": integers([1, 1, 3, 3], Array(repeating: 2, count: 9)),
      ])
    let run = try CommandRun("case bad --algorithms direct", in: scratch)
    #expect(run.isRefusal(saying: part), "\(run.status) \(run.errors)")
  }

  @Test func wrongFolders() throws {
    let scratch = try Scratch()
    try makeFolder(scratch("empty"))
    try writeFile(scratch("file"), [1])
    for (folder, part) in [
      ("empty", "there is no case.json"), ("file", "is a file, not a folder"),
      ("none", "No such file"),
    ] {
      let run = try CommandRun("case \(folder)", in: scratch)
      #expect(run.isRefusal(saying: part), "\(run.status) \(run.errors)")
    }
  }
}

@Suite("compare run") struct RunTests {
  @Test func arrays() throws {
    let scratch = try Scratch()
    // W1, as a picture and a kernel.
    try integers([4, 4], [1, 0, -2, 1, -1, 0, 1, 2, 0, 2, 1, 0, 1, 0, 0, 1]).write(
      to: scratch("x.npy"))
    try integers([2, 2], [0, 1, -1, 2]).write(to: scratch("w.npy"))
    for algorithm in ["direct", "fft", "im2col", "reference"] {
      let run = try CommandRun(
        "run --input x.npy --weight w.npy --output y.npy --algorithm \(algorithm)", in: scratch)
      #expect(run.status == 0, "\(run.errors)")
      let y = try Tensor<Double>(readingNpy: scratch("y.npy"))
      #expect(y.shape == [3, 3])
      #expect(y.elements.map { $0.rounded() } == [1, 0, 4, 4, 1, 1, 1, 1, 2])
    }
    let chosen = try CommandRun("run --input x.npy --weight w.npy --output z.npy", in: scratch)
    #expect(chosen.status == 0 && chosen.output.contains("z.npy [3, 3]"))
  }

  @Test func writesCases() throws {
    let scratch = try Scratch()
    try Tensor<Double>([2, 3, 8], filledWith: 0.5).writeNpy(to: scratch("x.npy"))
    try Tensor<Double>([3, 2, 3], filledWith: 0.25).writeNpy(to: scratch("w.npy"))
    try Tensor<Double>([4], filledWith: 1).writeNpy(to: scratch("b.npy"))
    let run = try CommandRun(
      "run --input x.npy --weight w.npy --bias-file b.npy --case cases/mine --stride 2 --groups 2 "
        + "--operation transposedConvolution --padding 1 --output-padding 1", in: scratch)
    // Three channels do not fall into two groups.
    #expect(run.isRefusal(saying: "divide"), "\(run.errors)")
    let fixed = try CommandRun(
      "run --input x.npy --weight w.npy --case cases/mine --stride 2 --border circular "
        + "--operation transposedConvolution --padding 1 --output-padding 1 --convention convolution",
      in: scratch)
    #expect(fixed.status == 0, "\(fixed.errors)")
    let golden = try CaseFolder(reading: scratch("cases/mine"))
    #expect(golden.problem.width.outputPadding == 1 && golden.problem.convention == .convolution)
    let check = try CommandRun("case cases --algorithms direct,im2col", in: scratch)
    #expect(check.status == 0, "\(check.output) \(check.errors)")
    #expect(check.output.hasSuffix("2 passed, 0 failed, 0 unsupported\n"))
  }

  @Test(
    arguments: [
      ("run", "needs --input FILE"), ("run --input x.npy --weight w.npy", "--output FILE or"),
      ("run --input none.npy --weight w.npy --output y.npy", "none.npy: No such file"),
      ("run --input x.npy --weight w.npy --output y.npy", "as many indices each"),
      ("run --input x.npy --weight x.npy --output none/y.npy", "none/y.npy: No such file"),
      ("run --input x.npy --weight x.npy --output y.npy --algorithm fftt", "did you mean \"fft\"?"),
      ("run --input big.npy --weight w.npy --output y.npy", "is big-endian"),
      ("run --input cut.npy --weight w.npy --output y.npy", "is truncated"),
      ("run --input x.npy --weight x.npy --output y.npy --stride 1,2,3", "stride has 3 numbers"),
      ("run --input x.npy --weight x.npy --output .", "is a folder"),
      ("run --input x.npy --weight x.npy --output /dev/full", "No space left on device"),
    ])
  func refused(line: String, part: String) throws {
    let scratch = try Scratch()
    let array = try NpyArray([2, 3], .f4([1, 2, 3, 4, 5, 6]))
    try array.write(to: scratch("x.npy"))
    try NpyArray([3, 2, 3], .f4(Array(repeating: 1, count: 18))).write(to: scratch("w.npy"))
    let text = String(decoding: array.bytes(), as: Unicode.ASCII.self)
    let at = try #require(array.bytes().firstIndex(of: UInt8(ascii: "<")))
    #expect(text.contains("<f4"))
    var big = array.bytes()
    big[at] = UInt8(ascii: ">")
    try writeFile(scratch("big.npy"), big)
    try writeFile(scratch("cut.npy"), Array(array.bytes().dropLast(5)))
    let run = try CommandRun(line, in: scratch)
    #expect(run.isRefusal(saying: part), "\(run.status) \(run.errors)")
  }
}
