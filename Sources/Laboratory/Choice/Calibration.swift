import ConvCore

/// Fits the cost model on this machine: runs small problems by every algorithm that could be fast.
public struct Calibration: Sendable {
  /// Seconds that it may take; what is begun is finished.
  public var seconds: Double
  /// Whom to measure.
  public var algorithms: [any ConvAlgorithm]
  /// Seed of data and of the order of problems.
  public var seed: UInt64

  /// Less than a minute unless said otherwise.
  public init(_ algorithms: [any ConvAlgorithm], seconds: Double = 50, seed: UInt64 = 1) {
    (self.algorithms, self.seconds, self.seed) = (algorithms, seconds, seed)
  }

  /// Algorithms that are expected to take this many times as long as the best are left out: their
  /// times would decide nothing.
  static let farBehind = 6.0

  /// Measures and fits. `progress` is told the fraction done and the number of problems.
  ///
  /// - Throws: `ConvError.interrupted` after cancellation; `ConvError.system` without memory.
  public func run(
    _ resources: Resources, cancellation: Cancellation = Cancellation(),
    progress: (Double, Int) -> Void = { _, _ in }
  ) throws(ConvError) -> CostModel {
    let clock = ContinuousClock()
    let start = clock.now
    let peak = Measurement.peak(.f32, resources.isa, resources.pool)
    let rate = peak * 1e9 / 2
    var samples: [CostSample] = []
    var known = ChoiceWisdom()
    known.remember(
      CostModel(
        threads: resources.threads, isa: resources.isa, rate: rate, entries: [:]))
    let problems = CalibrationProblems.all(seed: seed)
    for (i, problem) in problems.enumerated() {
      try cancellation.check()
      let used = (clock.now - start).seconds
      progress(min(1, max(used / seconds, Double(i) / Double(problems.count))), i)
      if used > seconds { break }
      let chooser = Chooser(algorithms, wisdom: known)
      samples += try measure(problem, chooser, resources)
      // What was learnt so far decides who is worth measuring next.
      if [8, 16, 32, 64, 128].contains(i) {
        known.remember(
          CostModel(
            fitting: samples, threads: resources.threads, isa: resources.isa, rate: rate,
            corrects: false))
      }
    }
    progress(1, problems.count)
    return CostModel(
      fitting: samples, threads: resources.threads, isa: resources.isa, rate: rate)
  }

  /// Times of one problem, each algorithm's turns between those of the others.
  private func measure(
    _ problem: ConvProblem, _ chooser: Chooser, _ resources: Resources
  ) throws(ConvError) -> [CostSample] {
    let ranked = chooser.ranking(problem, resources).ranked
    guard let best = ranked.first else { return [] }
    let data = try BenchData(
      Operands<Float>(problem, .uniform, seed: seed), problem, isCold: false)
    var benches: [(candidate: Chooser.Candidate, bench: Bench<Float>, times: [Double])] = []
    for candidate in ranked
    where candidate.seconds < Self.farBehind * best.seconds
      && candidate.estimate.workspaceBytes < 1 << 30
    {
      do throws(ConvError) {
        let bench = try Bench(
          candidate.algorithm, expected: 0, data, problem, resources, isCold: false)
        benches.append((candidate, bench, []))
      } catch .interrupted { throw .interrupted } catch { continue }
    }
    let fastest = benches.map(\.bench.expected).min() ?? 0
    for round in 0..<7 {
      for i in benches.indices {
        let expected = benches[i].bench.expected
        // Long executions repeat themselves well, and those far behind need not be known well.
        if round >= 3 && (expected > 0.02 || expected > 3 * fastest) { continue }
        benches[i].times.append(try benches[i].bench.turn(data))
      }
    }
    // The smallest: what disturbs the machine only ever adds, and turns are few.
    return benches.map {
      CostSample(
        $0.candidate.algorithm.name, Work(problem, $0.candidate.estimate, isa: resources.isa),
        seconds: $0.times.min() ?? 0)
    }
  }
}
