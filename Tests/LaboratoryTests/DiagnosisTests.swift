import ConvCore
import DirectConv
import Testing

@testable import Laboratory

@Suite struct DiagnosisTests {
  /// A problem in which the fault is one.
  static func problem(for fault: Mutant.Fault, _ scalar: ScalarKind = .f32) throws -> ConvProblem {
    try ConvProblem(
      batch: 2, inChannels: 6, outChannels: 4, groups: 2,
      axes: [
        Axis(13, kernel: 3, stride: 1, dilation: 2, low: 2, high: 2),
        Axis(15, kernel: 3, stride: 2, dilation: 2, low: 2, high: 2),
      ],
      pass: fault == .gradientScaledByBatch ? .weightGradient : .forward,
      border: fault == .wrongBorder ? .symmetric : .zeros,
      bias: fault == .missingBias || fault == .biasTwice, scalar: scalar)
  }

  /// What the doctor must say, among other things that fit.
  static let expected: [Mutant.Fault: String] = [
    .flippedKernel: "flipped kernel", .padShiftedByOne: "shifted by one",
    .zeroBasedDilation: "dilation base", .wrongBorder: "border",
    .wrongStridePhase: "shifted by one", .swappedGroups: "groups exchanged",
    .transposedKernel: "kernel transposed", .missingBias: "bias left out",
    .biasTwice: "bias added twice", .droppedChannel: "channel left out",
    .swappedChannels: "planes exchanged", .lostTileTail: "tile tail",
    .unwrittenRow: "not written", .batchMixedUp: "planes exchanged",
    .gradientScaledByBatch: "scaled", .oneWrongElement: "single result",
    .oneWrongTap: "single weight", .accumulatesIntoResult: "accumulates",
    .halfPrecisionInput: "half precision", .negativesCut: "negatives cut",
    .staleWeights: "stale weights", .unfinishedThread: "not written",
    .lastOutputsSwapped: "places exchanged",
  ]

  @Test(arguments: Mutant.Fault.allCases)
  func namesTheFault(_ fault: Mutant.Fault) throws {
    let problem = try Self.problem(for: fault)
    let diagnosis = try #require(
      try Diagnosis.examine(Mutant(fault: fault), problem, Resources()))
    let names = diagnosis.findings.map(\.name)
    #expect(names.contains(Self.expected[fault] ?? ""), "\(names)")
    // A diagnosis that names everything names nothing.
    #expect(Set(names).count <= 3, "\(diagnosis.findings)")
    #expect(diagnosis.wrong > 0 && diagnosis.wrong <= diagnosis.total)
    let smallest = try #require(diagnosis.smallest)
    #expect(Mismatch<Float>.products(smallest) <= Mismatch<Float>.products(problem))
    #expect(diagnosis.lines.count >= 4)
  }

  @Test func aSoundAlgorithmHasNoDiagnosis() throws {
    let problem = try Self.problem(for: .flippedKernel)
    #expect(try Diagnosis.examine(Direct(), problem, Resources()) == nil)
  }

  /// 3 taps, 1 2 -1, on 1 2 3 4 5: flipped they give -1 + 4 + 3 = 6 first, not 1 + 4 - 3 = 2.
  @Test func aGivenResultByHand() throws {
    let problem = try ConvProblem(axes: [Axis(5, kernel: 3)])
    let operands = try Operands<Float>(problem, first: [1, 2, 3, 4, 5], weights: [1, 2, -1])
    let pool = try ThreadPool(width: 1)
    func examine(_ result: [Float]) throws -> Diagnosis? {
      try Diagnosis.examine(
        result: result, of: problem, operands, .summation(terms: 3, chunk: 3), pool, named: "mine")
    }
    #expect(try examine([2, 4, 6]) == nil)
    let flipped = try #require(try examine([6, 8, 10]))
    #expect(flipped.wrong == 3 && flipped.total == 3 && flipped.smallest == nil)
    #expect(flipped.findings.contains { $0.name == "flipped kernel" && $0.explained == 1 })
    let zero = try #require(try examine([2, 4, 0]))
    #expect(zero.picture == ["..#"])
    #expect(zero.findings.map(\.name) == ["single result"])
    #expect(throws: ConvError.self) { try examine([2, 4]) }
  }

  /// Fails from 4 channels and 3 taps on: found by halving and taking one away.
  @Test func shrinking() throws {
    let axis = Axis(20, kernel: 7, stride: 2, dilation: 2, low: 3, high: 3)
    let problem = try ConvProblem(
      batch: 4, inChannels: 32, outChannels: 16, groups: 2, axes: [axis, axis], border: .reflect,
      layout: .nhwc)
    let found = Shrinking().smallest(from: problem) {
      $0.inChannels >= 4 && $0.spatialAxes.contains { $0.kernel >= 3 }
    }
    let p = found.problem
    #expect(p.batch == 1 && p.groups == 1 && p.inChannels == 4 && p.outChannels == 1)
    #expect(p.rank == 1 && p.width.kernel == 3 && p.width.input == 3 && p.border == .zeros)
    #expect(p.width.stride == 1 && p.width.dilation == 1 && p.width.low == 0 && p.width.high == 0)
    #expect(p.layout == .nchw && found.steps > 5)
  }

  @Test func picturesOfLargePlanes() throws {
    let problem = try ConvProblem(axes: [Axis(100, kernel: 1), Axis(200, kernel: 1)])
    let operands = Operands<Float>(problem, .uniform, seed: 1)
    var result = operands.first.map { $0 * operands.weights![0] }
    for i in 0..<100 { result[i * 200 + 199] += 1 }
    let diagnosis = try #require(
      try Diagnosis.examine(
        result: result, of: problem, operands, .summation(terms: 1, chunk: 1),
        ThreadPool(width: 1), named: "mine"))
    #expect(diagnosis.picture.count == 20 && diagnosis.picture.allSatisfy { $0.count == 50 })
    #expect(diagnosis.picture.allSatisfy { $0.hasSuffix(".2") && !$0.dropLast().contains("2") })
    #expect(diagnosis.places.contains { $0.contains("only w 199 of 0...199") })
  }
}
