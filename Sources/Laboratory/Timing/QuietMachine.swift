import ConvCore
import Foundation
import SpectralConv

/// What a pool of threads does on this machine while nothing else runs, as far as it was seen in the
/// last day: so that a process that begins on a disturbed machine knows that it does.
///
/// Two virtual processors that the host puts on one core halve all arithmetic; put on different
/// groups of cores, whatever one writes reaches the other in four times the time. Either lasts for
/// seconds to minutes, longer than a problem is timed, and nothing within the process differs.
struct QuietMachine: Codable, Equatable {
  /// Whom the figures belong to: processor, system, build, instruction set and threads.
  var pool: String
  /// Operations a second in registers, all threads together.
  var rate: Double
  /// Seconds of handing a job to the pool and having it back.
  var handover: Double
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
    (rate, handover, seen) = (0, .infinity, 0)
  }

  /// Rates further below the best belong to a disturbed machine; well above the spread of
  /// undisturbed ones, well below a lost core.
  static var tolerance: Double { 0.1 }
  /// Handovers that take as many times as long as the shortest belong to a disturbed machine.
  static var farHandover: Double { 2 }
  /// Older figures do not count: clocks and hosts change.
  static var lifetime: Double { 86_400 }
  private static var mostEntries: Int { 64 }

  /// Whether readings are those of an undisturbed machine.
  func isQuiet(rate: Double, handover: Double) -> Bool {
    rate >= self.rate / (1 + Self.tolerance) && handover <= Self.farHandover * self.handover
  }

  /// Takes in readings: the best rate, and the shortest handover that was seen at such a rate (two
  /// threads on one core hand over faster).
  mutating func add(rate: Double, handover: Double, now: Double) {
    if rate > self.rate * (1 + Self.tolerance) { self.handover = .infinity }
    if rate >= self.rate / (1 + Self.tolerance) {
      self.handover = min(self.handover, handover)
      seen = now
    }
    self.rate = max(self.rate, rate)
  }

  /// What `path` holds of this pool that is not too old; what cannot be read holds nothing.
  mutating func recall(_ path: String? = path, now: Double) {
    guard let known = Self.entries(path).first(where: { $0.pool == pool }),
      known.rate > 0, known.handover > 0, now - known.seen < Self.lifetime
    else { return }
    self = known
  }

  /// Keeps it for later processes; where there is no folder to write to, it is not kept.
  func remember(_ path: String? = path) {
    guard let path, rate > 0, handover.isFinite else { return }
    var entries = Self.entries(path).filter { $0.pool != pool }
    entries.insert(self, at: 0)
    guard let data = try? JSONEncoder().encode(Array(entries.prefix(Self.mostEntries))) else {
      return
    }
    do throws(ConvError) {
      if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
      try writeFile(path, Array(data))
    } catch {
      // A cache: the next process measures anew.
    }
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
