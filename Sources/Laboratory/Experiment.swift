import ConvCore

/// Verifies algorithms on a problem and times those that pass, in randomised blocks.
///
/// ```swift
/// let experiment = Experiment(Experiment.Options())
/// try experiment.run(problem, Registry.standard.select("direct,im2col")) { print($0) }
/// ```
public struct Experiment: Sendable {
  /// What to do and how long it may take.
  public struct Options: Sendable {
    /// Numbers of threads; each gives outcomes of its own.
    public var threads = [ThreadPool.allowedProcessors.count]
    /// Whether results are compared with the oracle before anything is timed.
    public var verifies = true
    /// Whether what passed is timed.
    public var times = true
    /// Seconds that one problem may take, verification and timing on all numbers of threads
    /// together. What is begun is finished: one execution of each algorithm, if it takes longer.
    public var seconds = 20.0
    /// Timing ends once the 95 % interval of each median lies within this fraction of it.
    public var precision = 0.02
    /// Of data, samples and the order within blocks.
    public var seed: UInt64 = 1
    /// What operands are filled with.
    public var fill = Fill.uniform
    /// Takes the place of the first operand's filling in problems whose counts it fits: a picture.
    public var firstOperand: [Float]?
    /// What speed-ups are relative to; where it is not among the algorithms there are none.
    public var baseline = AlgorithmName("im2col")
    /// Bytes that one plan may allocate; the memory available is a limit too.
    public var workspaceLimit = Int.max
    /// How long planners may search.
    public var planner = PlannerEffort.measure
    /// The instruction set of kernels.
    public var isa = ISA.best
    /// Whether each execution reads an input that the caches have not seen lately.
    public var isCold = false
    /// Whether denormals count as zero, in the processor.
    public var flushesDenormals = false
    /// Whether threads are pinned to processors.
    public var isPinned = false

    /// Verifies and times on all processors for at most 20 s.
    public init() {}
  }

  /// How far one problem has come.
  public struct Progress: Sendable {
    /// What is being done: `planning direct`, `verifying fft`, `timing`.
    public var activity: String
    /// Estimated fraction of the problem that is done, 0 to 1.
    public var fraction: Double
  }

  /// What to do.
  public var options: Options

  /// An experiment.
  public init(_ options: Options = Options()) { self.options = options }

  /// Runs one problem and reports an outcome for each algorithm and number of threads, each as
  /// soon as it is final. All memory is released on return.
  ///
  /// After `cancellation` is set, what is not finished is reported as `interrupted`.
  ///
  /// - Throws: `ConvError` where the experiment itself cannot be: no such number of threads. What
  ///   an algorithm throws becomes its outcome.
  public func run(
    _ problem: ConvProblem, _ algorithms: [any ConvAlgorithm],
    cancellation: Cancellation = Cancellation(), progress: (Progress) -> Void = { _ in },
    finished: (Outcome) -> Void
  ) throws(ConvError) {
    for threads in options.threads {
      let pool = try ThreadPool(width: threads, pinned: options.isPinned)
      let resources = Resources(
        pool: pool, workspaceLimit: options.workspaceLimit, planner: options.planner,
        isa: options.isa)
      for algorithm in algorithms {
        let outcome =
          cancellation.isCancelled
          ? Outcome(
            problem: problem, algorithm: algorithm.name, threads: threads, status: .interrupted)
          : problem.scalar == .f32
            ? attempt(problem, algorithm, resources, as: Float.self)
            : attempt(problem, algorithm, resources, as: Double.self)
        finished(outcome)
      }
    }
  }

  private func attempt<S: ConvScalar>(
    _ problem: ConvProblem, _ algorithm: any ConvAlgorithm, _ resources: Resources, as: S.Type
  ) -> Outcome {
    var outcome = Outcome(
      problem: problem, algorithm: algorithm.name, threads: resources.threads, status: .unverified)
    do {
      guard case .supported(let estimate) = algorithm.support(problem, resources) else {
        if case .unsupported(let why) = algorithm.support(problem, resources) {
          outcome.reason = why
        }
        outcome.status = .unsupported
        return outcome
      }
      outcome.executedOperations = estimate.executedOperations
      outcome.predictedWorkspaceBytes = estimate.workspaceBytes
      let operands = Operands<S>(problem, options.fill, seed: options.seed)
      var plan: Plan<S>?
      let planning = try seconds { () throws(ConvError) in
        plan = try S.plan(algorithm, problem, resources)
      }
      guard let plan else { return outcome }
      outcome.workspaceBytes = plan.workspaceBytes
      let preparing = try seconds { () throws(ConvError) in
        if let weights = operands.weights {
          try plan.prepare(weights: weights.span, bias: operands.bias?.span)
        }
      }
      var result = [S](repeating: .nan, count: problem.operandCounts.result)
      var samples: [Double] = []
      for _ in 0..<7 {
        samples.append(
          1000
            * (try seconds { () throws(ConvError) in
              var span = result.mutableSpan
              try plan.apply(operands.first.span, operands.second?.span, into: &span)
            }))
      }
      outcome.timing = Timing(
        plan: 1000 * planning, prepare: 1000 * preparing, samples: samples, noisy: false)
    } catch {
      outcome.status = .failed
      outcome.reason = error.description
    }
    return outcome
  }

  private func seconds(_ body: () throws(ConvError) -> Void) throws(ConvError) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try body()
    return (clock.now - start).seconds
  }
}
