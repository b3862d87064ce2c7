import ConvCore
import FoundationEssentials
import Glibc
import SpectralConv

/// How much slower than at its best a machine was that counted as quiet; factors of at least 1.
struct Drift: Equatable {
  /// Of arithmetic in registers.
  var arithmetic: Double
  /// Of passes over a cache, beyond that.
  var cache: Double

  /// As fast as ever.
  static var none: Drift { Drift(arithmetic: 1, cache: 1) }
}

/// What a pool of threads does on this machine while nothing else runs, as far as it was seen in the
/// last day: so that a process that begins on a disturbed machine knows that it does.
///
/// Two virtual processors that the host puts on one core halve all arithmetic; put on different
/// groups of cores, whatever one writes reaches the other in four times the time; beside a stranger
/// on the other thread of their core, what lies in its caches takes half as long again. Each lasts
/// for seconds to minutes, longer than a problem is timed, and nothing within the process differs.
struct QuietMachine: Codable, Equatable {
  /// What a look at the machine finds.
  struct Reading: Codable, Equatable {
    /// Operations a second in registers, all threads together.
    var rate: Double
    /// Seconds of handing a job to the pool and having it back.
    var handover: Double
    /// Operations that fit into a pass over memory that a core's second-level cache holds: its time,
    /// whatever the clock is.
    var cachePass: Double
  }

  /// Whom the figures belong to: processor, system, build, instruction set and threads.
  var pool: String
  /// The best of what was read.
  var best: Reading
  /// When the rate was last seen, in seconds since 1970.
  var seen: Double

  /// Nothing known.
  init(_ isa: ISA, threads: Int) {
    #if DEBUG
      let build = "debug"
    #else
      let build = "release"
    #endif
    pool = [
      SystemFacts.cpuModel, SystemFacts.release, build, isa.name, "\(threads) threads",
      "\(ThreadPool.allowedProcessors.count) processors",
    ].joined(separator: ", ")
    best = Reading(rate: 0, handover: .infinity, cachePass: .infinity)
    seen = 0
  }

  /// Rates further below the best belong to a disturbed machine; well above the spread of
  /// undisturbed ones, well below a lost core.
  static var tolerance: Double { 0.1 }
  /// Handovers that take as many times as long as the shortest belong to a disturbed machine.
  static var farHandover: Double { 2 }
  /// Passes over the cache that take as many times as long as the shortest belong to a disturbed
  /// machine: well above their spread, well below those beside a stranger on the same core.
  static var slowPass: Double { 1.12 }
  /// Older figures do not count: clocks and hosts change.
  static var lifetime: Double { 86_400 }
  private static var mostEntries: Int { 64 }

  /// Whether a reading is that of an undisturbed machine.
  func isQuiet(_ reading: Reading) -> Bool {
    reading.rate >= best.rate / (1 + Self.tolerance)
      && reading.handover <= Self.farHandover * best.handover
      && reading.cachePass <= Self.slowPass * best.cachePass
  }

  /// How far readings lie from the best: what a watch with tolerances lets pass.
  func drift(of readings: [Reading]) -> Drift {
    guard !readings.isEmpty else { return .none }
    return Drift(
      arithmetic: max(1, best.rate / Statistics.median(readings.map(\.rate))),
      cache: max(1, Statistics.median(readings.map(\.cachePass)) / best.cachePass))
  }

  /// Takes in a reading: the best rate, and the shortest handover and pass that were seen at such a
  /// rate (two threads on one core hand over faster).
  mutating func add(_ reading: Reading, now: Double) {
    if reading.rate > best.rate * (1 + Self.tolerance) {
      (best.handover, best.cachePass) = (.infinity, .infinity)
    }
    if reading.rate >= best.rate / (1 + Self.tolerance) {
      best.handover = min(best.handover, reading.handover)
      best.cachePass = min(best.cachePass, reading.cachePass)
      seen = now
    }
    best.rate = max(best.rate, reading.rate)
  }

  /// What `path` holds of this pool that is not too old; what cannot be read holds nothing.
  mutating func recall(_ path: String? = path, now: Double) {
    guard let known = Self.entries(path).first(where: { $0.pool == pool }),
      known.best.rate > 0, known.best.handover > 0, known.best.cachePass > 0,
      now - known.seen < Self.lifetime
    else { return }
    self = known
  }

  /// Keeps it for later processes; where there is no folder to write to, it is not kept.
  func remember(_ path: String? = path) {
    guard let path, best.rate > 0, best.handover.isFinite, best.cachePass.isFinite else { return }
    var entries = Self.entries(path).filter { $0.pool != pool }
    entries.insert(self, at: 0)
    // A cache: where it cannot be written, the next process measures anew.
    try? UserCache.save(Array(entries.prefix(Self.mostEntries)), to: path)
  }

  /// Where it is kept; nil without a cache folder.
  static var path: String? { UserCache.folder.map { $0 + "/quiet.json" } }

  private static func entries(_ path: String?) -> [QuietMachine] {
    guard let path, access(path, F_OK) == 0,
      let bytes = try? readFile(path, limit: 1 << 20),
      let entries = try? JSONDecoder().decode([QuietMachine].self, from: Data(bytes))
    else { return [] }
    return entries
  }
}
