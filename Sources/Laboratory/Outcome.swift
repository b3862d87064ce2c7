import ConvCore

/// What became of one problem x algorithm x thread count: one row of the table.
public struct Outcome: Sendable {
  /// How it ended.
  public enum Status: String, Sendable, Codable, CaseIterable {
    case ok, failed, unsupported
    case overBudget = "over-budget"
    case interrupted, unverified
  }

  /// What was asked.
  public var problem: ConvProblem
  /// Who was asked.
  public var algorithm: AlgorithmName
  /// On how many threads.
  public var threads: Int
  /// How it ended.
  public var status: Status
  /// Why it is not `ok`, or who computed it where that is not the algorithm itself.
  public var reason = ""
  /// What verification found; nil where it was not run.
  public var accuracy: Accuracy?
  /// Whether the result is always the same; nil where that was not tried.
  public var determinism: Determinism?
  /// What timing found; nil where it was not run.
  public var timing: Timing?
  /// Operations that the algorithm's mathematics needs; nil where unsupported.
  public var executedOperations: Double?
  /// Bytes that the plan owns; nil where there is no plan.
  public var workspaceBytes: Int?
  /// Bytes that were predicted before planning.
  public var predictedWorkspaceBytes: Int?

  /// An outcome without figures.
  public init(
    problem: ConvProblem, algorithm: AlgorithmName, threads: Int, status: Status,
    reason: String = ""
  ) {
    self.problem = problem
    self.algorithm = algorithm
    self.threads = threads
    self.status = status
    self.reason = reason
  }
}

/// How far a result is from the oracle's.
public struct Accuracy: Sendable, Equatable {
  /// Relative error in the Euclidean norm.
  public var l2: Double
  /// Largest absolute error.
  public var max: Double
  /// The derived bound at the output whose error comes closest to its bound.
  public var bound: Double
  /// Largest ratio of an output's error to its bound; at most 1 passes.
  public var ratio: Double
  /// Whether integer data gave the exact integers (after rounding, for FFTs); nil where not run.
  public var integerExact: Bool?
  /// Which oracle: `reference`, `reference+sample`, ...
  public var oracle: String

  /// All values.
  public init(
    l2: Double, max: Double, bound: Double, ratio: Double, integerExact: Bool?, oracle: String
  ) {
    self.l2 = l2
    self.max = max
    self.bound = bound
    self.ratio = ratio
    self.integerExact = integerExact
    self.oracle = oracle
  }
}

/// How long it took; milliseconds.
public struct Timing: Sendable, Equatable {
  /// Planning, once.
  public var plan: Double
  /// Preparing the weights, once.
  public var prepare: Double
  /// Of one execution, over all blocks.
  public var minimum: Double, median: Double, firstQuartile: Double, thirdQuartile: Double
  /// 95 % interval of the median; if it is noisy, of the samples. Both NaN (no such figure) of fewer
  /// than six samples.
  public var low: Double, high: Double
  /// The times of one execution that all figures follow from, in the order measured: those of
  /// undisturbed turns, or all if it is noisy.
  public var samples: [Double]
  /// Every turn as it was measured, marked ones too.
  public var raw: [RawSample] = []
  /// Whether the machine drifted while this was measured, again after a repetition.
  public var noisy: Bool
  /// Paired ratio baseline / this, with its 95 % interval; nil without a baseline.
  public var speedup: Double?, speedupLow: Double?, speedupHigh: Double?
  /// What it is relative to.
  public var baseline: AlgorithmName?

  /// Planning and preparation; everything else follows from the samples.
  public init(plan: Double, prepare: Double, samples: [Double], noisy: Bool) {
    self.plan = plan
    self.prepare = prepare
    self.samples = samples
    self.noisy = noisy
    minimum = samples.min() ?? .nan
    median = Statistics.median(samples)
    firstQuartile = Statistics.quantile(samples, 0.25)
    thirdQuartile = Statistics.quantile(samples, 0.75)
    let interval = Statistics.medianInterval(samples)
    low = interval?.lowerBound ?? .nan
    high = interval?.upperBound ?? .nan
  }
}
