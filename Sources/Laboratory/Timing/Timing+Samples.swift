import ConvCore

extension Timing {
  /// From all samples of a contender: those of undisturbed blocks if there are enough of them, else
  /// all, which makes it noisy.
  init(plan: Double, prepare: Double, samples: [BlockSchedule.Sample], fewest: Int) {
    let clean = samples.filter { !$0.isMarked }
    let isNoisy = clean.count < samples.count && clean.count < fewest
    let used = isNoisy ? samples : clean
    self.init(
      plan: plan, prepare: prepare, samples: used.map { 1000 * $0.seconds }, noisy: isNoisy)
    let interval = Statistics.medianInterval(
      rounds: Self.rounds(used.map { ($0.block, 1000 * $0.seconds) }))
    low = interval?.lowerBound ?? .nan
    high = interval?.upperBound ?? .nan
    raw = samples.map {
      RawSample(block: $0.block, milliseconds: 1000 * $0.seconds, isMarked: $0.isMarked)
    }
  }

  /// Sets the speed-up relative to the baseline's samples: the median over common blocks of the
  /// ratio baseline / this, and its interval; without six common blocks the ratio of the medians,
  /// and no interval.
  mutating func pair(with other: Timing, of name: AlgorithmName) {
    baseline = name
    func usable(_ t: Timing) -> [Int: Double] {
      Dictionary(
        uniqueKeysWithValues: t.raw.filter { t.noisy || noisy || !$0.isMarked }
          .map { ($0.block, $0.milliseconds) })
    }
    let others = usable(other)
    let pairs = usable(self).compactMap { block, own in others[block].map { (block, $0 / own) } }
    let ratios = pairs.map(\.1)
    guard let interval = Statistics.medianInterval(rounds: Self.rounds(pairs)) else {
      speedup = other.median / median
      return
    }
    speedup = Statistics.median(ratios)
    speedupLow = interval.lowerBound
    speedupHigh = interval.upperBound
  }

  /// Values by the round that their block belongs to.
  private static func rounds(_ values: [(block: Int, value: Double)]) -> [[Double]] {
    let rounds = Dictionary(grouping: values) { $0.block / BlockSchedule.blocksOfRound }
    return rounds.keys.sorted().map { rounds[$0, default: []].map(\.value) }
  }

  /// Whether this and the baseline cannot be told apart: the speed-up's interval holds 1, or it has
  /// none. Nil without a baseline.
  public var isTie: Bool? {
    guard speedup != nil else { return nil }
    guard let low = speedupLow, let high = speedupHigh else { return true }
    return low <= 1 && high >= 1
  }
}

/// One turn as it was measured.
public struct RawSample: Sendable, Equatable {
  /// The block it belongs to; samples of one block are paired.
  public var block: Int
  /// Of one execution.
  public var milliseconds: Double
  /// Whether the machine was disturbed during the block, so that it counts only if there is nothing
  /// better.
  public var isMarked: Bool
}
