import ConvCore
import Testing

@testable import Laboratory

@Suite struct StatisticsTests {
  @Test func quantilesByHand() {
    let values = [9.0, 1, 4, 2]
    #expect(Statistics.median(values) == 3)
    #expect(Statistics.median([5, 1, 3]) == 3)
    #expect(Statistics.quantile(values, 0.25) == 1.75)
    #expect(Statistics.quantile(values, 0.75) == 5.25)
    #expect(Statistics.quantile(values, 1) == 9)
    #expect(Statistics.median([]).isNaN)
  }

  /// From the binomial law: 2 P(B(6, 1/2) < 1) = 3.1 %, 2 P(B(10, 1/2) < 2) = 2.1 %; 40 and 61 of
  /// 100 stand in every table.
  @Test(arguments: [(5, 0), (6, 1), (8, 1), (9, 2), (10, 2), (100, 40)])
  func ranks(_ n: Int, _ k: Int) { #expect(Statistics.intervalRank(n) == k) }

  @Test func intervalOfFewValuesDoesNotExist() {
    #expect(Statistics.medianInterval([1, 2, 3, 4, 5]) == nil)
    #expect(Statistics.medianInterval([6, 2, 3, 4, 5, 1]) == 1...6)
    let timing = Timing(plan: 0, prepare: 0, samples: [3, 1, 2], noisy: false)
    #expect(timing.low.isNaN && timing.high.isNaN)
    #expect(timing.minimum == 1 && timing.median == 2)
  }

  /// The interval holds the median in at least 95 % of samples, of a skewed distribution too.
  @Test(arguments: [6, 17, 60])
  func coverage(_ n: Int) {
    var held = 0
    let trials = 4000
    for trial in 0..<trials {
      let random = SeededRandom(seed: UInt64(trial), stream: UInt64(n))
      // Median of u^4 is 1/16.
      let values = (0..<n).map { i in
        let u = random.unit(at: i)
        return u * u * u * u
      }
      if Statistics.medianInterval(values)!.contains(0.0625) { held += 1 }
    }
    #expect(Double(held) / Double(trials) > 0.943)
  }
}
