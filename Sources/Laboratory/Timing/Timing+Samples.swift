import ConvCore

extension Timing {
  /// From all samples of a contender: those of undisturbed turns if there are enough of them, else
  /// all, which makes it noisy. The interval reaches down to what the median would be without the
  /// drift.
  init(
    plan: Double, prepare: Double, samples: [BlockSchedule.Sample], fewest: Int,
    drift: Drift = .none
  ) {
    let clean = samples.filter { !$0.isMarked }
    let isNoisy = clean.count < samples.count && clean.count < fewest
    let used = isNoisy ? samples : clean
    self.init(
      plan: plan, prepare: prepare, samples: used.map { 1000 * $0.seconds }, noisy: isNoisy)
    let interval = Self.interval(
      used.map { ($0.block, 1000 * $0.seconds) }, isDisturbed: isNoisy)
    low = (interval?.lowerBound ?? .nan) / (drift.arithmetic * drift.cache)
    high = interval?.upperBound ?? .nan
    raw = samples.map {
      RawSample(block: $0.block, milliseconds: 1000 * $0.seconds, isMarked: $0.isMarked)
    }
  }

  /// Sets the speed-up relative to the baseline's samples: the median over common blocks of the
  /// ratio baseline / this, and its interval; without six common blocks the ratio of the medians,
  /// and no interval. What a drift of the caches does to both may differ by as much.
  mutating func pair(with other: Timing, of name: AlgorithmName, drift: Drift = .none) {
    baseline = name
    func usable(_ t: Timing) -> [Int: Double] {
      Dictionary(
        uniqueKeysWithValues: t.raw.filter { t.noisy || noisy || !$0.isMarked }
          .map { ($0.block, $0.milliseconds) })
    }
    let others = usable(other)
    let pairs = usable(self).compactMap { block, own in others[block].map { (block, $0 / own) } }
    let ratios = pairs.map(\.1)
    guard let interval = Self.interval(pairs, isDisturbed: noisy || other.noisy) else {
      speedup = other.median / median
      return
    }
    speedup = Statistics.median(ratios)
    speedupLow = interval.lowerBound / drift.cache
    speedupHigh = interval.upperBound * drift.cache
  }

  /// The 95 % interval of the median. Of values taken on a disturbed machine it holds 95 % of the
  /// values themselves: their median is that of the disturbance, and what a quiet machine would
  /// have shown lies somewhere among them.
  private static func interval(
    _ values: [(block: Int, value: Double)], isDisturbed: Bool
  ) -> ClosedRange<Double>? {
    let interval = Statistics.medianInterval(rounds: rounds(values))
    guard let interval, isDisturbed else { return interval }
    let all = values.map(\.value)
    let (low, high) = (Statistics.quantile(all, 0.025), Statistics.quantile(all, 0.975))
    return min(interval.lowerBound, low)...max(interval.upperBound, high)
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
