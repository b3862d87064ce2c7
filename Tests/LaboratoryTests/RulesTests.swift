import ConvCore
import Testing

@testable import Laboratory

/// A square or linear problem with padding `mode`.
private func problem(_ input: [Int], _ kernel: [Int], _ mode: String) throws -> ConvProblem {
  try ConvProblem(
    axes: zip(input, kernel).map { n, k in
      let low = mode == "full" ? k - 1 : mode == "same" ? (k - 1) / 2 : 0
      let high = mode == "full" ? k - 1 : mode == "same" ? k - 1 - low : 0
      return Axis(n, kernel: k, low: low, high: high)
    })
}

/// A measured row: every sample is `time`.
func timedRow(
  _ problem: ConvProblem, _ algorithm: String, _ time: Double, name: String = "",
  multiplicity: Int = 1, error: Double? = nil, spread: Double = 0
) -> ResultsRecord {
  let parts = algorithm.split(separator: ":").map(String.init)
  var outcome = Outcome(
    problem: problem,
    algorithm: AlgorithmName(parts[0], variant: parts.count > 1 ? parts[1] : ""), threads: 1,
    status: .ok)
  let samples = (0..<12).map { $0 % 2 == 0 ? time - spread : time + spread }
  outcome.timing = Timing(plan: 0, prepare: 0, samples: samples, noisy: false)
  outcome.accuracy = error.map {
    Accuracy(l2: $0, max: $0, bound: 1, ratio: 0.5, integerExact: true, oracle: "test")
  }
  return ResultsRecord(
    ResultsRow(
      NamedProblem(problem, name: name, multiplicity: multiplicity), outcome, fill: "uniform"))
}

@Suite struct RulesTests {
  /// What `scipy.signal.choose_conv_method` of SciPy itself says: same, full, valid.
  @Test(arguments: [
    ([32, 32], [8, 8], ["fft", "fft", "fft"]), ([512, 512], [3, 3], ["fft", "fft", "fft"]),
    ([16, 16], [5, 5], ["direct", "fft", "direct"]),
    ([1000], [50], ["direct", "direct", "direct"]),
    ([100_000], [50], ["direct", "direct", "direct"]),
    ([100_000], [500], ["fft", "fft", "fft"]), ([20, 20, 20], [3, 3, 3], ["fft", "fft", "fft"]),
  ])
  func scipy(_ input: [Int], _ kernel: [Int], _ expected: [String]) throws {
    for (mode, answer) in zip(["same", "full", "valid"], expected) {
      let p = try problem(input, kernel, mode)
      #expect(PublishedRules.scipy.choice(p, threads: 1) == [answer], "\(input) \(kernel) \(mode)")
    }
  }

  @Test func thresholdsStandWhereTheyArePublished() throws {
    let five = try problem([64, 64], [5, 5], "same")
    let seven = try problem([64, 64], [7, 7], "same")
    let eleven = try problem([64, 64], [11, 11], "same")
    let wide = try problem([64, 64], [10, 13], "same")
    #expect(PublishedRules.imageFiltering.choice(five, threads: 1) == ["direct"])
    #expect(PublishedRules.imageFiltering.choice(seven, threads: 1) == ["fft"])
    // 121 taps are below 130, 130 are not; in double precision 50 are enough.
    #expect(PublishedRules.openCV.choice(eleven, threads: 1) == ["direct"])
    #expect(PublishedRules.openCV.choice(wide, threads: 1)?.first == "fft-tiled")
    #expect(
      PublishedRules.openCV.choice(try eleven.with(scalar: .f64), threads: 1)?.first
        == "fft-tiled")
    #expect(PublishedRules.openCV.choice(try problem([64], [9], "same"), threads: 1) == nil)
    // 255 * 256 < 2^16 <= 256 * 256.
    #expect(PublishedRules.dsp.choice(try problem([256], [255], "full"), threads: 1) == ["direct"])
    #expect(PublishedRules.dsp.choice(try problem([256], [256], "full"), threads: 1) == ["fft"])
    #expect(
      PublishedRules.dsp.choice(try problem([100_000], [64], "full"), threads: 1) == ["fft-tiled"])
  }

  /// (n log2 n + n) / (n - k + 1) for k = 64: 64 costs 448, 128 15.8, 256 11.9, 512 11.4, 1024 11.7.
  @Test func overlapSaveTileIsTheCheapestPowerOfTwo() {
    #expect(PublishedRules.overlapSaveTile(64, 100_000) == 512)
    #expect(PublishedRules.overlapSaveTile(1, 100) == 1)
    #expect(PublishedRules.overlapSaveTile(256, 256) == 511)
  }

  @Test func nnpackByKernelAndStride() throws {
    func choice(_ descriptor: String) throws -> [String]? {
      PublishedRules.nnpack.choice(try NamedProblem(descriptor: descriptor).problem, threads: 1)
    }
    #expect(try choice("ic8ih14oc8oh14kh1") == ["direct"])
    #expect(try choice("ic8ih14oc8oh14kh3ph1")?.last == "winograd")
    #expect(try choice("ic8ih14oc8oh14kh5ph2") == ["fft-tiled"])
    #expect(try choice("ic8ih31oc8oh31kh17ph8") == ["im2col"])
    #expect(try choice("ic8ih14oc8oh7kh3sh2ph1") == ["im2col"])
    #expect(try choice("g8ic8ih14oc8oh14kh3ph1") == nil)
    #expect(try choice("ic8iw14oc8kw3") == nil)
  }

  @Test func rulesSpeakOfForwardConvolutionsAlone() throws {
    let gradient = try problem([64, 64], [7, 7], "same").with(pass: .weightGradient)
    for rule in PublishedRules.all where !rule.name.hasPrefix("always") {
      #expect(rule.choice(gradient, threads: 1) == nil, "\(rule.name)")
    }
    #expect(AlwaysRule("fft").choice(gradient, threads: 1) == ["fft"])
  }

  /// Three problems; im2col takes 2, 1 and 3 times the best.
  @Test func costsOfAHandmadeTable() throws {
    let sizes = [8, 9, 10]
    let times: [[(String, Double)]] = [
      [("direct", 1), ("im2col", 2), ("winograd:f2", 4)], [("direct", 5), ("im2col", 5)],
      [("fft", 1), ("im2col", 3)],
    ]
    var records: [ResultsRecord] = []
    for (n, row) in zip(sizes, times) {
      let p = try problem([n, n], [3, 3], "same")
      records += row.map { timedRow(p, $0.0, $0.1) }
      records.append(timedRow(p, "auto", 0.1))
    }
    // One algorithm alone is nothing to choose from.
    records.append(timedRow(try problem([11, 11], [3, 3], "same"), "direct", 1))
    let cases = try RuleTrial.cases(records)
    #expect(cases.count == 3)
    #expect(cases.map(\.problem.input.w) == sizes)
    let trial = RuleTrial(AlwaysRule("im2col"), cases)
    #expect(trial.verdicts.map(\.cost) == [2, 1, 3])
    #expect(trial.hits == 1 && trial.within(0.1) == 1 && trial.unmeasured == 0)
    #expect(trial.cost(0.5) == 2 && trial.cost(1) == 3)
    // Only the second problem has a choice of direct's that costs nothing.
    let direct = RuleTrial(AlwaysRule("direct"), cases)
    #expect(direct.verdicts.count == 2 && direct.unmeasured == 1 && direct.hits == 2)
    // A variant stands for its family.
    #expect(RuleTrial(AlwaysRule("winograd"), cases).verdicts.map(\.cost) == [4])
    #expect(RuleTrial(PublishedRules.nnpack, []).cost(0.5).isNaN)
  }

  @Test func tiesCountAsFastest() throws {
    let p = try problem([8, 8], [3, 3], "same")
    let close = [timedRow(p, "direct", 10, spread: 1), timedRow(p, "im2col", 10.5, spread: 1)]
    let trial = RuleTrial(AlwaysRule("im2col"), try RuleTrial.cases(close))
    #expect(trial.hits == 1 && trial.verdicts[0].cost == 1.05)
  }

  @Test func recordsSpellOutTheirProblems() throws {
    for text in [
      "mb2_g3ic6ih17iw23_oc9oh9ow12_kh3kw4_sh2sw2_ph1pw2", "ic1iw9oc1kw3dw1",
      "ic2id5ih6iw7oc3kd2kh3kw2pd1",
    ] {
      for pass in Pass.allCases {
        for operation in Operation.allCases {
          var settings = ProblemSettings()
          (settings.pass, settings.operation) = (pass, operation)
          (settings.layout, settings.border, settings.scalar) = (.nhwc, .replicate, .f64)
          guard let p = try? NamedProblem(descriptor: text, settings).problem else { continue }
          let read = try timedRow(p, "direct", 1).problem()
          #expect(read.descriptor == p.descriptor && read.output == p.output, "\(text)")
          #expect(read.pass == p.pass && read.layout == p.layout && read.border == p.border)
          #expect(read.scalar == p.scalar && read.operation == p.operation)
        }
      }
    }
  }

  @Test func wholeNetworks() throws {
    let one = try NamedProblem(descriptor: "ic1ih8oc1oh8kh3ph1").problem
    let two = try NamedProblem(descriptor: "ic1ih9oc1oh5kh3sh2ph1").problem
    let records = [
      timedRow(one, "im2col", 4, name: "vgg16/a", multiplicity: 3, error: 3e-7),
      timedRow(one, "winograd", 1, name: "vgg16/a", multiplicity: 3, error: 1e-6),
      timedRow(two, "im2col", 5, name: "vgg16/b", error: 1e-7),
    ]
    let totals = NetworkTotals.all(records)
    let net = try #require(totals.first)
    #expect(totals.count == 1 && net.name == "vgg16" && net.layers == 2 && net.count == 4)
    #expect(net.totals.map(\.algorithm) == ["im2col", "winograd"])
    #expect(net.totals.map(\.milliseconds) == [17, 3])
    #expect(net.totals.map(\.completed) == [17, 8])
    #expect(net.totals[1].missing == ["b"] && net.totals[0].missing.isEmpty)
    #expect(net.best.milliseconds == 8 && net.fastest == ["im2col": 1, "winograd": 1])
    // sqrt(3 x 9e-14 + 1e-14) and sqrt(3 x 1e-12 + 1e-14).
    #expect(abs((net.totals[0].error ?? 0) - 5.2915e-7) < 1e-11)
    #expect(abs((net.best.error ?? 0) - 1.73494e-6) < 1e-11)
    // A single layer is no network, and unknown names are none either.
    #expect(NetworkTotals.all([records[0]]).isEmpty)
    #expect(NetworkTotals.all([timedRow(one, "im2col", 1, name: "mine/a")]).isEmpty)
  }
}
