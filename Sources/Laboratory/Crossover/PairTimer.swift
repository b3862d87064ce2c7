import ConvCore

/// Two algorithms on one problem, planned and prepared, whose executions are timed in pairs.
final class PairTimer<S: ConvScalar> {
  /// One pair: the times of both, in the same block.
  struct Pair {
    var seconds: (first: Double, second: Double)
    var isMarked: Bool
  }

  private let benches: (first: Bench<S>, second: Bench<S>)
  private let data: BenchData<S>
  private let sentinel: Sentinel
  private var patience: Patience
  private let order: SeededRandom
  /// All pairs so far.
  private(set) var pairs: [Pair] = []

  /// Plans, prepares and warms up.
  ///
  /// - Throws: `ConvError` where an algorithm does not do the problem, or without memory.
  init(
    _ problem: ConvProblem, _ first: any ConvAlgorithm, _ second: any ConvAlgorithm,
    _ options: Experiment.Options, _ resources: Resources
  ) throws(ConvError) {
    let operands = Operands<S>(problem, options.fill, seed: options.seed)
    let data = try BenchData(operands, problem, isCold: options.isCold)
    benches = (
      try Bench(first, expected: 0, data, problem, resources, isCold: options.isCold),
      try Bench(second, expected: 0, data, problem, resources, isCold: options.isCold)
    )
    self.data = data
    sentinel = Sentinel(options.isa, resources.pool, isRemembering: options.patience > 0)
    patience = Patience(options.patience)
    order = SeededRandom(seed: options.seed, stream: 0xC805)
  }

  /// Seconds that went by in waiting for a quiet machine.
  var waited: Double { patience.waited }

  /// Seconds that the next pair will take, about.
  var expected: Double { benches.first.expected + benches.second.expected }

  /// Takes a pair in random order; after a disturbed turn, waits as long as patience lasts.
  func next(_ cancellation: Cancellation) throws(ConvError) -> Pair {
    let firstGoesFirst = order.integer(at: pairs.count, in: 0...1) == 0
    var pair = Pair(seconds: (0, 0), isMarked: false)
    for isFirst in [firstGoesFirst, !firstGoesFirst] {
      if isFirst {
        pair.seconds.first = try benches.first.turn(data)
      } else {
        pair.seconds.second = try benches.second.turn(data)
      }
      if sentinel.isDisturbed() {
        pair.isMarked = true
        try patience.awaitQuiet(sentinel, cancellation)
      }
    }
    pairs.append(pair)
    return pair
  }

  /// The figures of both, the second's speed-up relative to the first.
  func timings(baseline: AlgorithmName, fewest: Int) -> (first: Timing, second: Timing) {
    func timing(_ bench: Bench<S>, _ time: (Pair) -> Double) -> Timing {
      Timing(
        plan: 1000 * bench.planning, prepare: 1000 * bench.preparing,
        samples: pairs.enumerated().map {
          BlockSchedule.Sample(block: $0, seconds: time($1), isMarked: $1.isMarked)
        }, fewest: fewest, drift: sentinel.drift)
    }
    var first = timing(benches.first) { $0.seconds.first }
    var second = timing(benches.second) { $0.seconds.second }
    second.pair(with: first, of: baseline, drift: sentinel.drift)
    first.pair(with: first, of: baseline)
    return (first, second)
  }

  /// Bytes that the two plans own.
  var workspaceBytes: (first: Int, second: Int) {
    (benches.first.plan.workspaceBytes, benches.second.plan.workspaceBytes)
  }
}
