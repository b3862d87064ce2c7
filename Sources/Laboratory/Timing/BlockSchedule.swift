import ConvCore

/// Decides what is measured when: blocks in which every contender that still needs it takes its turn
/// once, in random order, so that whatever drifts hits all alike and ratios are paired.
///
/// Knows nothing of convolutions or clocks, so that it is tested with invented times.
struct BlockSchedule {
  /// One turn's time and the block it was taken in.
  struct Sample {
    var block: Int
    var seconds: Double
    /// Whether the machine was disturbed during the turn.
    var isMarked: Bool

    /// The same with a block number that no other round has.
    func inRound(_ round: Int) -> Sample {
      Sample(
        block: block + round * BlockSchedule.blocksOfRound, seconds: seconds, isMarked: isMarked)
    }
  }

  /// Distance of the block numbers of two rounds.
  static let blocksOfRound = 10_000

  /// Index of the contender that others are paired with.
  var baseline: Int?
  /// A contender is done once its interval lies within this fraction of its median.
  var precision: Double
  /// No more blocks than these.
  var mostBlocks = 2000
  /// No contender is done before it has as many clean samples.
  static let fewest = 10
  /// Of the order within blocks.
  var seed: UInt64

  /// Takes samples until all contenders are done or `remaining` seconds are used up.
  ///
  /// `expected` are the contenders' times as known before. The remaining time is shared out equally
  /// among those not done, so that a slow one does not starve the others; the baseline takes part
  /// in blocks in which it costs no more than the rest. `turn` measures one contender, `isDisturbed`
  /// says after each turn whether the machine was.
  func run(
    expected: [Double], remaining: () -> Double,
    turn: (Int) throws(ConvError) -> Double, isDisturbed: () throws(ConvError) -> Bool
  ) throws(ConvError) -> [[Sample]] {
    var contenders = expected.map { Contender(estimate: $0) }
    var generator = Shuffler(seed)
    for block in 0..<mostBlocks {
      var isEmpty = true
      for i in generator.shuffled(members(contenders, block, remaining())) {
        if block > 0 && remaining() < contenders[i].estimate { continue }
        let seconds = try turn(i)
        let sample = Sample(block: block, seconds: seconds, isMarked: try isDisturbed())
        contenders[i].add(sample, self)
        isEmpty = false
      }
      if isEmpty { break }
    }
    return contenders.map(\.samples)
  }

  /// Who takes part in the next block.
  private func members(_ contenders: [Contender], _ block: Int, _ left: Double) -> [Int] {
    // The first block has everyone: what is begun is finished.
    if block == 0 { return Array(contenders.indices) }
    let active = contenders.indices.filter { !contenders[$0].isDone }
    guard left > 0, !active.isEmpty else { return [] }
    let share = left / Double(active.count)
    var members = active.filter { contenders[$0].estimate <= share }
    if let baseline, !members.isEmpty, !members.contains(baseline) {
      let others = members.reduce(0) { $0 + contenders[$1].estimate }
      if contenders[baseline].estimate <= others { members.append(baseline) }
    }
    return members
  }

  /// Whether a median is known well enough from these clean samples.
  func isPrecise(_ clean: [Double]) -> Bool {
    guard clean.count >= Self.fewest, let interval = Statistics.medianInterval(clean) else {
      return false
    }
    let median = Statistics.median(clean)
    return interval.upperBound - median <= precision * median
      && median - interval.lowerBound <= precision * median
  }

  /// What is known of one contender.
  private struct Contender {
    var estimate: Double
    var samples: [Sample] = []
    var isDone = false
    private var clean: [Double] = []
    private var nextCheck = 0

    init(estimate: Double) { self.estimate = estimate }

    mutating func add(_ sample: Sample, _ schedule: BlockSchedule) {
      samples.append(sample)
      estimate = Statistics.median(samples.suffix(9).map(\.seconds))
      if sample.isMarked { return }
      clean.append(sample.seconds)
      // Checked at growing distances, so that the check's cost stays small.
      guard clean.count >= max(BlockSchedule.fewest, nextCheck) else { return }
      nextCheck = clean.count + max(1, clean.count / 8)
      isDone = schedule.isPrecise(clean)
    }
  }
}

/// Seeded permutations.
private struct Shuffler {
  private let random: SeededRandom
  private var drawn = 0

  init(_ seed: UInt64) { random = SeededRandom(seed: seed, stream: 0xB10C) }

  mutating func shuffled(_ items: [Int]) -> [Int] {
    var items = items
    for i in items.indices.dropFirst().reversed() {
      drawn += 1
      items.swapAt(i, random.integer(at: drawn, in: 0...i))
    }
    return items
  }
}
