import ConvCore
import Kernels
import Synchronization

/// The measurements of a machine's limits.
enum Measurement {
  /// Highest rate of multiply-adds in 10^9 operations a second, all threads of the pool working.
  static func peak(_ scalar: ScalarKind, _ isa: ISA, _ pool: ThreadPool) -> Double {
    let burst = FMABurst(scalar, isa, seconds: 0.003)
    var best = 0.0
    // The clock of the processor needs some milliseconds to settle.
    for _ in 0..<12 { best = max(best, burst.rate(on: pool)) }
    return best * 1e-9
  }

  /// Highest rate of a[i] = b[i] + 3 c[i] in 10^9 bytes a second.
  static func bandwidth(_ pool: ThreadPool, cacheBytes: Int) throws(ConvError) -> Double {
    let elements = max(4 << 20, min(64 << 20, 2 * cacheBytes / 8))
    let a = try Buffer<Double>(elements)
    let b = try Buffer<Double>(elements)
    let c = try Buffer<Double>(elements)
    let chunk = (elements + pool.width - 1) / pool.width
    let (x, y, z) = (a.base, b.base, c.base)
    pool.run(pool.width) { item, _ in
      for array in [x, y, z] {
        let range = item * chunk..<min(elements, (item + 1) * chunk)
        (array + range.lowerBound).update(repeating: 1, count: range.count)
      }
    }
    var best = 0.0
    for _ in 0..<4 {
      let seconds = time {
        pool.run(pool.width) { item, _ in
          for i in item &* chunk..<min(elements, (item &+ 1) &* chunk) { x[i] = y[i] + 3 * z[i] }
        }
      }
      best = max(best, Double(24 * elements) / seconds)
    }
    return best * 1e-9
  }

  /// Seconds that `body` takes.
  @inline(__always)
  static func time(_ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    body()
    return (clock.now - start).seconds
  }
}

/// A fixed amount of arithmetic in registers: the same work each time, so that its time tells how
/// fast the machine is at the moment.
struct FMABurst {
  let scalar: ScalarKind
  let isa: ISA
  let rounds: Int

  /// About `seconds` long on one thread of an undisturbed machine.
  init(_ scalar: ScalarKind, _ isa: ISA, seconds: Double) {
    self.scalar = scalar
    self.isa = isa
    let trial = 20_000
    var least = Double.infinity
    for _ in 0..<5 {
      least = min(least, Measurement.time { _ = PeakFMA.run(isa, scalar, rounds: trial) })
    }
    rounds = max(1000, Int(seconds / least * Double(trial)))
  }

  /// Operations a second over all threads of the pool, as long as the slowest takes.
  func rate(on pool: ThreadPool) -> Double {
    let operations = Atomic<Int>(0)
    let seconds = Measurement.time {
      pool.run(pool.width) { _, _ in
        operations.add(PeakFMA.run(isa, scalar, rounds: rounds), ordering: .relaxed)
      }
    }
    return Double(operations.load(ordering: .relaxed)) / seconds
  }
}

/// Passes over memory that the second-level cache of each core holds: how much of it a stranger on
/// the same core takes.
struct CacheBurst: ~Copyable {
  private let memory: Buffer<UInt8>
  private let times: Buffer<Double>

  /// Half of what a pass touches: beyond any first-level cache, within any second-level one. Copied
  /// by the library, which is as fast in a debug build.
  private static let half = 64 << 10
  private static let passes = 24

  /// - Throws: `ConvError.overBudget` without memory.
  init(threads: Int) throws(ConvError) {
    // A huge page where there is one: where small pages happen to lie decides what a cache holds.
    let memory = try Buffer<UInt8>(max(2 << 20, 2 * Self.half * threads))
    let times = try Buffer<Double>(threads)
    memory.fill(0)
    self.memory = memory
    self.times = times
  }

  /// Seconds of a pass, the median of some; of the slowest thread.
  func seconds(on pool: ThreadPool) -> Double {
    let (memory, times) = (memory.base, times.base)
    pool.run(pool.width) { item, _ in
      let part = memory + 2 * Self.half * item
      times[item] = Statistics.median(
        (0..<Self.passes).map { _ in
          Measurement.time { (part + Self.half).update(from: part, count: Self.half) }
        })
    }
    return (0..<pool.width).reduce(0) { max($0, times[$1]) }
  }
}

extension Duration {
  /// In seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
