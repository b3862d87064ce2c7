import CFFTW
import ConvCore
import Glibc
import Synchronization

/// FFTW's planner, which is not thread-safe and remembers what it measured: the one hidden global
/// of the project, behind one lock.
enum FFTWPlanner {
  /// What the planner has done for one precision.
  private struct Memory {
    var hasLoaded = false
    var hasNews = false
  }

  private static let memory = Mutex<[String: Memory]>([:])

  /// Seconds that the search for one plan may take.
  static let timeLimit = 2.0

  /// Makes a plan between two pieces of storage of its own, of `scalars` each: searching overwrites
  /// data. Never in place: FFTW would then copy through a buffer that it allocates at each call, which
  /// costs a fifth of the time.
  ///
  /// Wisdom is loaded before the first search. Estimated plans need none and touch no file.
  ///
  /// - Throws: `ConvError.unsupported` where FFTW makes no plan.
  static func make<S: FFTWScalar>(
    _: S.Type, _ effort: PlannerEffort, scalars: Int, _ what: String,
    _ body: (UnsafeMutablePointer<S>, UnsafeMutablePointer<S>, UInt32) -> OpaquePointer?
  ) throws(ConvError) -> FFTWPlan<S> {
    let size = (scalars + 15) / 16 * 16
    let storage = try Buffer<S>(2 * size)
    storage.fill(0)
    nonisolated(unsafe) let data = storage.base
    nonisolated(unsafe) var plan: OpaquePointer?
    let flags = effort.flags | FFTW_DESTROY_INPUT
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      memory.withLock { memory in
        S.setTimeLimit(timeLimit)
        if effort != .estimate {
          if memory[S.wisdomName]?.hasLoaded != true {
            WisdomFile(name: S.wisdomName)?.load(S.self)
            memory[S.wisdomName, default: Memory()].hasLoaded = true
          }
          plan = body(data, data + size, flags | FFTW_WISDOM_ONLY)
        }
        if plan == nil {
          plan = body(data, data + size, flags)
          if effort != .estimate { memory[S.wisdomName]?.hasNews = true }
        }
      }
    }
    guard let plan else { throw .unsupported("FFTW makes no plan for \(what)") }
    return FFTWPlan(plan)
  }

  /// Saves wisdom where there is new; a folder that cannot be written is no error.
  static func saveNews<S: FFTWScalar>(_: S.Type) {
    memory.withLock { memory in
      guard memory[S.wisdomName]?.hasNews == true else { return }
      WisdomFile(name: S.wisdomName)?.save(S.self)
      memory[S.wisdomName]?.hasNews = false
    }
  }

  /// Runs `body` alone with a planner that knows nothing, for the cost of planning; then it knows
  /// again what it knew.
  static func withoutWisdom<S: FFTWScalar>(_: S.Type, _ body: () -> Void) {
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      memory.withLock { _ in
        S.setTimeLimit(timeLimit)
        let known = S.exportWisdom()
        S.forgetWisdom()
        body()
        if let known {
          _ = S.importWisdom(known)
          free(known)
        }
      }
    }
  }

  /// Forgets, so that the next plan is searched for; the file in the cache folder stays as it is.
  static func forget() {
    memory.withLock { memory in
      Float.forgetWisdom()
      Double.forgetWisdom()
      for name in [Float.wisdomName, Double.wisdomName] {
        memory[name, default: Memory()].hasLoaded = true
      }
    }
  }

  static func destroy<S: FFTWScalar>(_ plan: OpaquePointer, _: S.Type) {
    nonisolated(unsafe) let plan = plan
    memory.withLock { _ in S.destroy(plan) }
  }
}

extension PlannerEffort {
  /// FFTW's flag.
  var flags: UInt32 {
    switch self {
    case .estimate: FFTW_ESTIMATE
    case .measure: FFTW_MEASURE
    case .patient: FFTW_PATIENT
    }
  }
}
