import ConvCore
import DirectConv
import Glibc
import SpectralConv
import Testing

@testable import Laboratory

/// Times of two contenders whose ratio grows with the value and passes 1 at `crossing`, with noise
/// that has a tail, as real times do.
private struct InventedTimes {
  let crossing: Double
  let slope: Double
  let noise: Double
  let random: SeededRandom
  var drawn = 0

  mutating func pair(_ value: Int) -> (first: Double, second: Double) {
    let ratio = exp(slope * (log(Double(value)) - log(crossing)))
    return (ratio * disturbance(), disturbance())
  }

  private mutating func disturbance() -> Double {
    drawn += 2
    let (u, v) = (random.unit(at: drawn), random.unit(at: drawn + 1))
    return 1 + noise * u + (v < 0.05 ? 10 * noise * u : 0)
  }
}

@Suite("Crossovers") struct CrossoverTests {
  /// The place found holds the true one in at least 95 % of seeds; with Bonferroni's shares in far
  /// more. The true place is the first odd value above 9.4.
  @Test(arguments: [(0.02, 40), (0.4, 60)])
  func findsThePlace(_ noise: Double, _ seeds: Int) throws {
    var search = try CrossoverSearch(Array(stride(from: 1, through: 63, by: 2)))
    search.rule.most = 120
    var held = 0
    var width = 0
    for seed in 0..<seeds {
      var times = InventedTimes(
        crossing: 9.4, slope: 0.8, noise: noise, random: SeededRandom(seed: UInt64(seed)))
      var probes = 0
      let found = try search.run { (value, rule) throws(ConvError) in
        probes += 1
        return try PairedComparison(rule) { times.pair(value) }
      }
      #expect(probes <= search.mostProbes)
      let place = try #require(found.place, "seed \(seed)")
      #expect(place.secondWins)
      if place.bounds.contains(11) { held += 1 }
      #expect(place.bounds.contains(place.estimate))
      width += place.bounds.upperBound - place.bounds.lowerBound
    }
    #expect(held >= seeds * 95 / 100)
    // And the bounds say something.
    #expect(width / seeds <= (noise < 0.3 ? 4 : 14))
  }

  /// Exact times: bounds are one value.
  @Test(arguments: [(1.5, 3), (9.4, 11), (61.5, 63), (30.0, 31)])
  func exactTimes(_ crossing: Double, _ place: Int) throws {
    let search = try CrossoverSearch(Array(stride(from: 1, through: 63, by: 2)))
    let found = try search.run { (value, rule) throws(ConvError) in
      try PairedComparison(rule) { (Double(value), crossing) }
    }
    #expect(found.place?.bounds == place...place)
    #expect(found.place?.estimate == place)
  }

  @Test func nobodyOvertakes() throws {
    let search = try CrossoverSearch([1, 2, 4, 8])
    let slower = try search.run { (_, rule) throws(ConvError) in
      try PairedComparison(rule) { (2, 1) }
    }
    #expect(slower.place == nil && slower.onlyLead == 1)
    let equal = try search.run { (_, rule) throws(ConvError) in
      try PairedComparison(rule) { (1, 1) }
    }
    #expect(equal.place == nil && equal.onlyLead == 0)
    #expect(equal.points.allSatisfy { $0.comparison.verdict == .tie })
    let nothing = try search.run { (_, _) throws(ConvError) in nil }
    #expect(nothing.points.isEmpty && nothing.place == nil)
    #expect(throws: ConvError.self) { try CrossoverSearch([3, 3]) }
  }

  /// 16 equal ratios decide at once; a coin that always falls the same way does too.
  @Test func stopsEarly() throws {
    let decided = try PairedComparison { (1, 3) }
    #expect(decided.verdict == .first && decided.ratios.count == 16)
    var left = 3
    let short = try PairedComparison { () throws(ConvError) in
      left -= 1
      return left >= 0 ? (1, 3) : nil
    }
    #expect(short.verdict == .undecided && short.interval == nil && short.ratios.count == 3)
    let impossible = try PairedComparison(PairedComparison.Rule()) { () throws(ConvError) in
      left += 1
      return left > 30 ? nil : (0, 1)
    }
    #expect(impossible.ratios.isEmpty && impossible.ratio.isNaN)
  }

  /// Contenders that are equal but noisy are called different in at most 5 % of comparisons, however
  /// often is looked.
  @Test func falseVerdicts() throws {
    var wrong = 0
    var rule = PairedComparison.Rule()
    rule.most = 100
    for seed in 0..<150 {
      var times = InventedTimes(
        crossing: 7, slope: 1, noise: 0.5, random: SeededRandom(seed: UInt64(seed), stream: 9))
      let comparison = try PairedComparison(rule) { times.pair(7) }
      if [.first, .second].contains(comparison.verdict) { wrong += 1 }
    }
    #expect(wrong <= 7)
  }

  /// The general confidence agrees with the 95 % of the table, and needs more values for more.
  @Test func intervals() {
    let values = (1...100).map(Double.init)
    #expect(
      Statistics.medianInterval(values, confidence: 0.95) == Statistics.medianInterval(values))
    #expect(Statistics.medianInterval(Array(values.prefix(9)), confidence: 0.9999) == nil)
    let large = (1...5000).map(Double.init)
    let interval = Statistics.medianInterval(large, confidence: 0.95)
    // 2500 -+ 1.96 sqrt(5000) / 2
    #expect(
      interval.map { abs($0.lowerBound - 2431) <= 1 && abs($0.upperBound - 2570) <= 1 } == true)
  }

  @Test func series() throws {
    let problem = try ConvProblem(descriptor: "mb2_ic4ih32iw40oc4oh16ow20kh3kw3sh2sw2ph1pw1")
    let kernels = CrossoverSeries(problem, along: .kernel)
    let wide = try kernels.problem(at: 6)
    #expect(wide.kernel.h == 6 && wide.kernel.w == 6 && wide.output == problem.output)
    #expect(wide.height.low == 2)
    #expect(try CrossoverSeries(problem, along: .size).problem(at: 64).output.w == 32)
    #expect(try CrossoverSeries(problem, along: .batch).problem(at: 7).batch == 7)
    let channels = try CrossoverSeries(problem, along: .channels).problem(at: 12)
    #expect(channels.inChannels == 12 && channels.outChannels == 12)
    let depthwise = try ConvProblem(descriptor: "g8mb1_ic8ih9oc8oh9kh3ph1")
    #expect(try CrossoverSeries(depthwise, along: .channels).problem(at: 5).groups == 5)
    #expect(throws: ConvError.self) { try CrossoverSeries(problem, along: .size).problem(at: 0) }
  }

  /// On the real clock: who is faster is the machine's affair, but every value is verified and timed.
  @Test func measures() throws {
    var options = Experiment.Options()
    (options.threads, options.seconds, options.planner) = ([1], 0.3, .estimate)
    let problem = try ConvProblem(descriptor: "mb1_ic1ih24oc1oh24kh3ph1")
    let run = CrossoverRun(
      CrossoverSeries(problem, along: .kernel), Direct(), WholeImageFFT(), options, .described)
    var rows: [ResultsRow] = []
    let found = try run.run(among: [3, 5, 99]) { row throws(ConvError) in rows.append(row) }
    // A kernel of 99 keeps 24 outputs by padding, so that all three are possible.
    #expect(found.points.map(\.value) == [3, 5, 99])
    #expect(rows.count == 6 && rows.allSatisfy { $0.outcome.status == .ok })
    #expect(rows.allSatisfy { $0.outcome.accuracy != nil && $0.outcome.timing != nil })
    #expect(rows.allSatisfy { $0.outcome.timing?.baseline == AlgorithmName("direct") })
    #expect(found.points.allSatisfy { $0.comparison.ratio > 0 })
  }

  /// What one of the two does not do is left out; with less than two values left the reason is told.
  @Test func refusesImpossibleValues() throws {
    var options = Experiment.Options()
    options.threads = [1]
    let problem = try ConvProblem(descriptor: "mb1_ic1ih24oc1oh24kh3ph1")
    let run = CrossoverRun(
      CrossoverSeries(problem, along: .kernel), Direct(), Winograd(tile: 4), options, .described)
    do {
      _ = try run.run(among: [3, 7, 9]) { _ throws(ConvError) in }
      Issue.record("nothing was refused")
    } catch { #expect("\(error)".contains("kernel 7: winograd:f4"), "\(error)") }
  }

  @Test func sentences() throws {
    let problem = try ConvProblem(descriptor: "mb1_ic1ih512oc1oh512kh3ph1")
    let series = CrossoverSeries(problem, along: .kernel)
    func comparison(_ ratio: Double) throws -> PairedComparison {
      try PairedComparison { (ratio, 1) }
    }
    let found = FoundCrossover(
      [3, 5, 7, 9, 11, 13],
      [(3, try comparison(0.2)), (5, try comparison(0.5)), (11, try comparison(1.6))])
    #expect(
      found.sentence(AlgorithmName("direct"), AlgorithmName("fft-tiled"), series)
        == "fft-tiled is faster than direct from kernel 9 on (95 %: 7 to 11) "
        + "at batch 1, 1 to 1 channels, extents 512 x 512, f32")
  }
}
