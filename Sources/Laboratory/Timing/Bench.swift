import ConvCore

/// What executions read and write, shared by all contenders; 64-byte aligned.
final class BenchData<S: ConvScalar> {
  private let operands: Operands<S>
  /// The first operand, and copies of it where the caches must not know it.
  private let inputs: FixedArray<Buffer<S>>
  private var next = 0
  private let output: Buffer<S>

  /// Hot data, or as many copies of the input as exceed twice the last-level cache.
  ///
  /// - Throws: `ConvError.overBudget` without memory.
  init(_ operands: Operands<S>, _ problem: ConvProblem, isCold: Bool) throws(ConvError) {
    self.operands = operands
    output = try Buffer<S>(problem.operandCounts.result, poison: true)
    let bytes = max(1, operands.first.count * S.kind.byteCount)
    let copies = isCold ? 2 * Machine.described.lastLevelCacheBytes / bytes + 2 : 1
    inputs = try FixedArray<Buffer<S>>(copies) { _ throws(ConvError) in
      let buffer = try Buffer<S>(operands.first.count)
      operands.first.withUnsafeBufferPointer {
        buffer.base.update(from: $0.baseAddress!, count: $0.count)
      }
      return buffer
    }
  }

  /// What was written last.
  var result: UnsafeBufferPointer<S> {
    UnsafeBufferPointer(start: output.base, count: output.count)
  }

  /// Prepares the plan's weights.
  func prepare(_ plan: Plan<S>) throws(ConvError) {
    let operands = operands
    guard let weights = operands.weights else { return }
    try plan.prepare(weights: weights.span, bias: operands.bias?.span)
  }

  /// Applies the plan once; allocates nothing.
  func apply(_ plan: Plan<S>) throws(ConvError) {
    let operands = operands
    let (base, count) = (output.base, output.count)
    let source = UnsafePointer(inputs[next].base)
    var span = MutableSpan(_unsafeStart: base, count: count)
    let input = Span(_unsafeStart: source, count: operands.first.count)
    try plan.apply(input, operands.second?.span, into: &span)
    next = next + 1 == inputs.count ? 0 : next + 1
  }
}

/// A planned and prepared contender, ready for its turns.
final class Bench<S: ConvScalar> {
  let plan: Plan<S>
  /// Seconds of planning and of preparing.
  let planning: Double, preparing: Double
  /// Seconds of an execution, as far as known.
  private(set) var expected: Double
  private let isCold: Bool

  /// Shorter turns would be at the mercy of the clock and of single interrupts.
  static var shortestTurn: Double { 0.0005 }
  /// Longer executions do not depend on what the caches held before.
  static var longestWarmUp: Double { 0.02 }

  /// Plans and prepares; executes once or twice if no time is known.
  init(
    _ algorithm: any ConvAlgorithm, expected: Double, _ data: BenchData<S>,
    _ problem: ConvProblem, _ resources: Resources, isCold: Bool
  ) throws(ConvError) {
    self.isCold = isCold
    var made: Plan<S>?
    planning = try seconds { () throws(ConvError) in
      made = try S.plan(algorithm, problem, resources)
    }
    guard let plan = made else { throw .system("no plan was made") }
    self.plan = plan
    // The first preparation meets fresh memory; where it is cheap, the median of three counts.
    var times = [try seconds { () throws(ConvError) in try data.prepare(plan) }]
    while times.count < 3 && times[0] < Self.longestWarmUp {
      times.append(try seconds { () throws(ConvError) in try data.prepare(plan) })
    }
    preparing = Statistics.median(times)
    self.expected = expected
    if expected == 0 {
      self.expected = try seconds { () throws(ConvError) in try data.apply(plan) }
    }
    // What the first execution needs once (pages, caches) is not its time.
    for _ in 0..<3 where self.expected < Self.longestWarmUp {
      self.expected = try seconds { () throws(ConvError) in try data.apply(plan) }
    }
  }

  /// Executions of one turn.
  var batch: Int { max(1, Int((Self.shortestTurn / max(expected, 1e-9)).rounded(.up))) }

  /// Seconds of one execution, over a batch where one is short. A short execution is preceded by
  /// one that is not timed, so that all contenders find their own data in the caches, not their
  /// predecessor's; but not where caches are to be cold.
  func turn(_ data: BenchData<S>) throws(ConvError) -> Double {
    if expected < Self.longestWarmUp && !isCold { try data.apply(plan) }
    let count = batch
    let total = try seconds { () throws(ConvError) in
      for _ in 0..<count { try data.apply(plan) }
    }
    expected = total / Double(count)
    return expected
  }
}
