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

  /// All six values give 1...6; medians of rounds 2 and 5 lie within. Three rounds far apart widen
  /// the interval to their medians.
  @Test func intervalOfRounds() {
    #expect(Statistics.medianInterval(rounds: [[1, 2, 3], [4, 5, 6]]) == 1...6)
    #expect(Statistics.medianInterval(rounds: [[1, 2], [3, 4]]) == nil)
    let rounds = [10.0, 10, 14].map { Array(repeating: $0, count: 20) }
    #expect(Statistics.medianInterval(rounds.flatMap(\.self)) == 10...10)
    #expect(Statistics.medianInterval(rounds: rounds) == 10...14)
    // Too few values to count as a round.
    #expect(Statistics.medianInterval(rounds: rounds.dropLast() + [[14, 14]]) == 10...10)
  }

  /// Two sets of four rounds whose medians differ from round to round, as in two processes: their
  /// intervals meet in at least 95 % of cases; those of order statistics alone seldom do.
  @Test func roundsAgree() {
    var (agree, plain) = (0, 0)
    let trials = 1000
    for trial in 0..<trials {
      func set(_ stream: UInt64) -> [[Double]] {
        let random = SeededRandom(seed: UInt64(trial), stream: stream)
        return (0..<4).map { round in
          let shift = random.unit(at: 1000 + round)
          return (0..<25).map { shift + 0.1 * random.unit(at: 25 * round + $0) }
        }
      }
      let (a, b) = (set(1), set(2))
      func meet(_ x: ClosedRange<Double>, _ y: ClosedRange<Double>) -> Bool { x.overlaps(y) }
      if meet(Statistics.medianInterval(rounds: a)!, Statistics.medianInterval(rounds: b)!) {
        agree += 1
      }
      if meet(
        Statistics.medianInterval(a.flatMap(\.self))!, Statistics.medianInterval(b.flatMap(\.self))!
      ) {
        plain += 1
      }
    }
    #expect(Double(agree) / Double(trials) >= 0.95)
    #expect(plain < agree)
  }
}
