import ConvCore
import Glibc

/// Watches the machine between turns: a fixed burst of arithmetic on every thread, handing a job to
/// the pool and having it back, passes over memory in each core's cache, and the time that the
/// hypervisor stole.
///
/// A turn is disturbed if one of these after it is slower than on a quiet machine (`QuietMachine`),
/// or more than a tenth of the processors' time was stolen meanwhile.
final class Sentinel {
  private let burst: FMABurst
  private let cache: CacheBurst?
  private let pool: ThreadPool
  private var quiet: QuietMachine
  private var readings: [QuietMachine.Reading] = []
  private var ticks: Int?
  private var since: ContinuousClock.Instant

  /// Calibrates; takes about 20 ms. What earlier processes saw counts if `isRemembering`.
  init(_ isa: ISA, _ pool: ThreadPool, isRemembering: Bool = false) {
    self.pool = pool
    burst = FMABurst(.f32, isa, seconds: 0.0003)
    cache = try? CacheBurst(threads: pool.width)
    quiet = QuietMachine(isa, threads: pool.width)
    ticks = SystemFacts.stolenTicks
    since = .now
    if isRemembering { quiet.recall(now: Self.now) }
    for _ in 0..<50 { _ = look() }
    if isRemembering { quiet.remember() }
  }

  /// Whether the machine was disturbed since the last call.
  func isDisturbed() -> Bool {
    let isQuiet = look()
    return hasStolen() || !isQuiet
  }

  /// Returns once the machine is quiet, or after `limit` seconds; the seconds that it took.
  ///
  /// - Throws: `ConvError.interrupted` after a cancellation.
  func awaitQuiet(_ limit: Double, _ cancellation: Cancellation) throws(ConvError) -> Double {
    let start = ContinuousClock.now
    while (ContinuousClock.now - start).seconds < limit, isDisturbed() {
      try cancellation.check()
      usleep(Self.pause)
    }
    return (ContinuousClock.now - start).seconds
  }

  /// How far quiet readings since `startOver` lie from a quiet machine's best.
  var drift: Drift { quiet.drift(of: readings) }

  /// Forgets the readings that `drift` follows from.
  func startOver() { readings = [] }

  private static var pause: UInt32 { 5_000 }
  private static var now: Double { Double(time(nil)) }

  /// Reads everything once; whether it is what a quiet machine does.
  private func look() -> Bool {
    let rate = burst.rate(on: pool)
    let reading = QuietMachine.Reading(
      rate: rate, handover: handover(), cachePass: rate * (cache?.seconds(on: pool) ?? 1 / rate))
    quiet.add(reading, now: Self.now)
    let isQuiet = quiet.isQuiet(reading)
    if isQuiet { readings.append(reading) }
    return isQuiet
  }

  /// Seconds of an empty job on all threads; the shortest of some, each over several.
  private func handover() -> Double {
    var least = Double.infinity
    for _ in 0..<4 {
      let jobs = 16
      let seconds = Measurement.time {
        for _ in 0..<jobs { pool.run(pool.width) { _, _ in } }
      }
      least = min(least, seconds / Double(jobs))
    }
    return least
  }

  private func hasStolen() -> Bool {
    let now = ContinuousClock.now
    let elapsed = (now - since).seconds
    guard let before = ticks, let after = SystemFacts.stolenTicks else { return false }
    ticks = after
    since = now
    let stolen = Double(after - before) / SystemFacts.ticksPerSecond
    return stolen > QuietMachine.tolerance * elapsed * Double(pool.width)
  }
}

/// How long may be waited for a quiet machine in all, and how long it was.
struct Patience {
  /// Seconds at most.
  let seconds: Double
  /// Seconds that went by.
  private(set) var waited = 0.0

  init(_ seconds: Double) { self.seconds = seconds }

  /// Waits until the machine is quiet, as long as patience lasts.
  ///
  /// - Throws: `ConvError.interrupted` after a cancellation.
  mutating func awaitQuiet(_ sentinel: Sentinel, _ cancellation: Cancellation) throws(ConvError) {
    guard waited < seconds else { return }
    waited += try sentinel.awaitQuiet(seconds - waited, cancellation)
  }
}
