import CSystem
import Glibc
import Synchronization

/// A fork-join pool of fixed threads.
///
/// Workers poll for a millisecond after a job and then sleep on a futex, so that an idle pool leaves
/// the processors to others; with more threads than processors they sleep almost at once. The calling
/// thread works too. A pool serves one caller at a time.
public final class ThreadPool: @unchecked Sendable {
  /// Number of threads that work in `run`, the caller's included.
  public let width: Int
  private let crew: Crew
  private var threads: [pthread_t] = []

  /// A pool of `width` threads, pinned to the allowed processors in turn if asked.
  ///
  /// - Throws: `ConvError.system` where the system refuses a thread.
  public init(width: Int, pinned: Bool = false) throws(ConvError) {
    guard width >= 1, width <= 4096 else {
      throw .invalid("a pool has 1 to 4096 threads, not \(width)")
    }
    self.width = width
    let allowed = Self.allowedProcessors
    crew = Crew(patience: width <= allowed.count ? Crew.patience : Crew.patience / 100)
    let cpus = pinned ? allowed : []
    if let first = cpus.first { _ = csystem_pin_current_thread(CInt(first)) }
    for worker in (0..<width).dropFirst() {
      threads.append(try start(worker, cpus.isEmpty ? nil : cpus[worker % cpus.count]))
    }
  }

  /// Indices of the processors that this process may run on.
  public static var allowedProcessors: [Int] {
    var list = [CInt](repeating: 0, count: 1024)
    let n = Int(csystem_allowed_cpus(&list, 1024))
    return n > 0 ? list.prefix(min(n, 1024)).map(Int.init) : [0]
  }

  private func start(_ worker: Int, _ cpu: Int?) throws(ConvError) -> pthread_t {
    var thread = pthread_t()
    let job = Unmanaged.passRetained(Job(crew, worker, cpu))
    let code = pthread_create(
      &thread, nil,
      { @Sendable argument in
        let job = Unmanaged<Job>.fromOpaque(argument!).takeRetainedValue()
        if let cpu = job.cpu { _ = csystem_pin_current_thread(CInt(cpu)) }
        job.crew.work(job.worker)
        return nil
      }, job.toOpaque())
    guard code == 0 else {
      job.release()
      throw .system("the system refused thread \(worker + 1) of \(width) (error \(code))")
    }
    return thread
  }

  /// Calls `body(item, worker)` for each item in `0..<items`, items taken by whoever is free, and
  /// returns when all are done. `worker` is in `0..<width` and never runs twice at once. Allocates
  /// nothing. Must not be called from within `body`.
  public func run(_ items: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
    if width == 1 || items <= 1 {
      for item in 0..<max(0, items) { body(item, 0) }
    } else {
      crew.run(items, workers: width - 1, body)
    }
  }

  deinit {
    crew.dismiss()
    for thread in threads { pthread_join(thread, nil) }
  }
}

/// What a new thread is given.
private final class Job {
  let crew: Crew
  let worker: Int
  let cpu: Int?

  init(_ crew: Crew, _ worker: Int, _ cpu: Int?) {
    self.crew = crew
    self.worker = worker
    self.cpu = cpu
  }
}

/// Hands the two words of a closure to C: a non-escaping closure cannot be stored in Swift without
/// being copied to the heap, and `run` must not allocate.
@_silgen_name("csystem_split")
private func split(_ body: (Int, Int) -> Void, _ words: UnsafeMutablePointer<UnsafeRawPointer?>)

/// The state that the threads share; apart from `ThreadPool`, so that threads do not keep it alive.
private final class Crew: @unchecked Sendable {
  /// Counts jobs; in memory of its own because a futex needs an address.
  private let generation: UnsafeMutablePointer<Atomic<UInt32>>
  private let next = Atomic<Int>(0)
  private let pending = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let quit = Atomic<Bool>(false)
  private let words: UnsafeMutablePointer<UnsafeRawPointer?>
  private let count: UnsafeMutablePointer<Int>
  private let patience: Duration

  /// A sleeping thread takes 0.05 to 0.1 ms to wake in a virtual machine, as long as a small layer
  /// takes, and wakes on whatever processor the system likes; peers' pools poll as long or longer.
  static var patience: Duration { .milliseconds(1) }
  /// Polls between two looks at the clock.
  private static var pollsPerLook: Int { 64 }
  /// Polls after which a waiting caller offers its processor to the worker that it waits for.
  private static var pollsPerYield: Int { 1024 }

  init(patience: Duration) {
    self.patience = patience
    generation = .allocate(capacity: 1)
    generation.initialize(to: Atomic(0))
    words = .allocate(capacity: 2)
    words.initialize(repeating: nil, count: 2)
    count = .allocate(capacity: 1)
    count.initialize(to: 0)
  }

  deinit {
    generation.deinitialize(count: 1)
    generation.deallocate()
    words.deallocate()
    count.deallocate()
  }

  func run(_ items: Int, workers: Int, _ body: (Int, Int) -> Void) {
    split(body, words)
    count.pointee = items
    next.store(0, ordering: .relaxed)
    pending.store(workers, ordering: .relaxed)
    wake()
    drain(0)
    var polls = 0
    while pending.load(ordering: .acquiring) != 0 {
      csystem_pause()
      polls += 1
      if polls % Self.pollsPerYield == 0 { _ = sched_yield() }
    }
  }

  func dismiss() {
    quit.store(true, ordering: .releasing)
    wake()
  }

  func work(_ worker: Int) {
    var seen: UInt32 = 0
    while true {
      seen = nextGeneration(after: seen)
      if quit.load(ordering: .acquiring) { return }
      drain(worker)
      pending.subtract(1, ordering: .acquiringAndReleasing)
    }
  }

  /// Returns the generation once it differs from `seen`.
  private func nextGeneration(after seen: UInt32) -> UInt32 {
    let end = ContinuousClock.now + patience
    repeat {
      for _ in 0..<Self.pollsPerLook {
        let now = generation.pointee.load(ordering: .acquiring)
        if now != seen { return now }
        csystem_pause()
      }
    } while ContinuousClock.now < end
    let futex = UnsafeRawPointer(generation).assumingMemoryBound(to: UInt32.self)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.pointee.load(ordering: .sequentiallyConsistent) == seen {
      _ = csystem_futex_wait(futex, seen)
    }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    return generation.pointee.load(ordering: .acquiring)
  }

  private func drain(_ worker: Int) {
    let items = count.pointee
    while true {
      let item = next.add(1, ordering: .relaxed).oldValue
      if item >= items { return }
      csystem_call(words[0], words[1], item, worker)
    }
  }

  private func wake() {
    generation.pointee.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      let futex = UnsafeRawPointer(generation).assumingMemoryBound(to: UInt32.self)
      _ = csystem_futex_wake(futex, CInt.max)
    }
  }
}
