import CSystem

/// Instruction sets that the kernels are compiled for.
public enum ISA: Int, CaseIterable, Sendable, Comparable, Codable {
  case base, avx2, avx512

  /// By capability.
  public static func < (a: ISA, b: ISA) -> Bool { a.rawValue < b.rawValue }

  /// The best that this processor runs.
  public static let best = ISA(rawValue: Int(csystem_isa())) ?? .base

  /// All that this processor runs.
  public static var available: [ISA] { allCases.filter { $0 <= best } }

  /// As options write it.
  public var name: String { "\(self)" }
}

/// How long a planner may search.
public enum PlannerEffort: String, Sendable, CaseIterable, Codable {
  case estimate, measure, patient
}

/// What a plan may use.
public struct Resources: Sendable {
  /// The threads; a plan keeps it.
  public var pool: ThreadPool
  /// Bytes that a plan may allocate, prepared weights included.
  public var workspaceLimit: Int
  /// How long planners may search.
  public var planner: PlannerEffort
  /// The instruction set to use, at most `ISA.best`.
  public var isa: ISA
  /// Fills workspaces with NaN first, to find what is read before it is written.
  public var poison: Bool
  /// Where phases are timed, or nil.
  public var trace: PhaseTrace?

  /// The pool and default limits.
  public init(
    pool: ThreadPool, workspaceLimit: Int = Int.max, planner: PlannerEffort = .measure,
    isa: ISA = .best, poison: Bool = false, trace: PhaseTrace? = nil
  ) {
    self.pool = pool
    self.workspaceLimit = workspaceLimit
    self.planner = planner
    self.isa = min(isa, .best)
    self.poison = poison
    self.trace = trace
  }

  /// A pool of `threads`, default limits.
  ///
  /// - Throws: `ConvError.system` where the system refuses the threads.
  public init(threads: Int = 1) throws(ConvError) {
    self.init(pool: try ThreadPool(width: threads))
  }

  /// Number of threads.
  public var threads: Int { pool.width }
}

/// The steps that an algorithm's execution consists of.
public enum Phase: Int, CaseIterable, Sendable {
  /// Materialising a padded or gathered input.
  case pad
  /// Transforming or packing the input.
  case forward
  /// Multiplying.
  case multiply
  /// Transforming back.
  case inverse
  /// Cropping, scattering, adding a bias.
  case crop
}

/// Time spent in each phase, summed over executions. Made before the run, so that tracing allocates
/// nothing; written by the calling thread of `apply` alone.
public final class PhaseTrace: @unchecked Sendable {
  private let totals: UnsafeMutablePointer<Duration>

  /// All zero.
  public init() {
    totals = .allocate(capacity: Phase.allCases.count)
    totals.initialize(repeating: .zero, count: Phase.allCases.count)
  }

  deinit { totals.deallocate() }

  /// Adds to one phase.
  public func add(_ phase: Phase, _ duration: Duration) { totals[phase.rawValue] += duration }

  /// Time so far.
  public subscript(_ phase: Phase) -> Duration { totals[phase.rawValue] }

  /// Starts again.
  public func reset() { totals.update(repeating: .zero, count: Phase.allCases.count) }
}

extension Resources {
  /// Runs `body`, adding its time to `phase` if traced.
  @inline(__always)
  public func timed(_ phase: Phase, _ body: () -> Void) {
    guard let trace else { return body() }
    let start = ContinuousClock.now
    body()
    trace.add(phase, ContinuousClock.now - start)
  }

  /// The same on a thread of the pool: of threads that carry items of their own through all phases, the
  /// calling thread's share is timed.
  @inline(__always)
  public func timed(_ phase: Phase, worker: Int, _ body: () -> Void) {
    if worker == 0 { timed(phase, body) } else { body() }
  }
}
