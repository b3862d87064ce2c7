import ConvCore

/// Watches the machine between blocks: a fixed burst of arithmetic on every thread, and the time
/// that the hypervisor stole.
///
/// A block is disturbed if the burst after it took more than `tolerance` longer than the fastest
/// so far, or more than that fraction of the processors' time was stolen meanwhile.
final class Sentinel {
  /// 10 %: well above the spread of undisturbed bursts, well below a lost processor.
  static let tolerance = 0.1

  private let burst: FMABurst
  private let pool: ThreadPool
  private var best = 0.0
  private var ticks: Int?
  private var since: ContinuousClock.Instant

  /// Calibrates; takes about 30 ms.
  init(_ isa: ISA, _ pool: ThreadPool) {
    self.pool = pool
    burst = FMABurst(.f32, isa, seconds: 0.001)
    ticks = SystemFacts.stolenTicks
    since = .now
    for _ in 0..<20 { best = max(best, burst.rate(on: pool)) }
  }

  /// Whether the machine was disturbed since the last call.
  func isDisturbed() -> Bool {
    // The better of two: a single late wake-up of a thread is not a drift.
    let rate = max(burst.rate(on: pool), burst.rate(on: pool))
    best = max(best, rate)
    let isSlow = rate < best / (1 + Self.tolerance)
    return hasStolen() || isSlow
  }

  private func hasStolen() -> Bool {
    let now = ContinuousClock.now
    let elapsed = (now - since).seconds
    guard let before = ticks, let after = SystemFacts.stolenTicks else { return false }
    ticks = after
    since = now
    let stolen = Double(after - before) / SystemFacts.ticksPerSecond
    return stolen > Self.tolerance * elapsed * Double(pool.width)
  }
}
