import CSystem
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
    /// Whether what passed is run again, on other threads and in another batch, and compared bit by
    /// bit: where that takes less than `auditSeconds`.
    public var audits = false
    /// Seconds of one execution up to which it is audited.
    public var auditSeconds = 1.0
    /// What results are judged by.
    public var oracle = OracleChoice.definition
    /// Seconds that one problem may take, verification and timing on all numbers of threads
    /// together. What is begun is finished: one execution of each algorithm, if it takes longer.
    public var seconds = 20.0
    /// Seconds that one problem may spend beyond those, waiting for the machine to be quiet again
    /// after it was disturbed; 0 for not waiting.
    public var patience = 0.0
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
    /// Bytes that one plan may allocate.
    public var workspaceLimit = Int.max
    /// Bytes that operands, results and plans may take together; nil for nine tenths of what the
    /// system has available.
    public var memoryLimit: Int?
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

  /// What results may be judged by.
  public enum OracleChoice: String, Sendable, Codable, CaseIterable {
    /// The sum as defined, in wider numbers, of all results or of a sample and a projection.
    case definition
    /// What must hold between results, whatever they are: shares nothing with the definition.
    case identities
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
    // Threads inherit the processor's mode from the one that makes them.
    let was = options.flushesDenormals ? csystem_set_flush_denormals(1) : 0
    defer { if options.flushesDenormals { csystem_set_flush_denormals(was) } }
    if problem.scalar == .f32 {
      try Trial<Float>(problem, algorithms, options, cancellation).run(progress, finished)
    } else {
      try Trial<Double>(problem, algorithms, options, cancellation).run(progress, finished)
    }
  }
}
