import Foundation
import Testing

@testable import ConvCore
@testable import Laboratory

/// What a quiet machine is, and how it is remembered, with invented readings.
@Suite struct QuietMachineTests {
  private func machine(rate: Double = 100, handover: Double = 1, cachePass: Double = 1)
    -> QuietMachine
  {
    var machine = QuietMachine(.best, threads: 2)
    machine.add(.init(rate: rate, handover: handover, cachePass: cachePass), now: 1000)
    return machine
  }

  @Test(arguments: [
    (100.0, 1.0, 1.0, true), (92, 1, 1, true), (89, 1, 1, false),  // a tenth of the rate
    (100, 1.9, 1, true), (100, 2.1, 1, false),  // twice the handover
    (100, 1, 1.1, true), (100, 1, 1.2, false),  // an eighth of the cache
    (50, 0.6, 1, false),  // two threads on one core hand over faster
  ])
  func quietReadings(rate: Double, handover: Double, cachePass: Double, isQuiet: Bool) {
    let reading = QuietMachine.Reading(rate: rate, handover: handover, cachePass: cachePass)
    #expect(machine().isQuiet(reading) == isQuiet)
  }

  @Test func handoversAndPassesOfSlowMachinesDoNotCount() {
    var machine = machine(rate: 50, handover: 0.6, cachePass: 0.6)
    machine.add(.init(rate: 100, handover: 1, cachePass: 1), now: 1001)
    #expect(machine.isQuiet(.init(rate: 100, handover: 1.5, cachePass: 1.1)))
    machine.add(.init(rate: 50, handover: 0.1, cachePass: 0.1), now: 1002)
    #expect(machine.best == QuietMachine.Reading(rate: 100, handover: 1, cachePass: 1))
    #expect(machine.seen == 1001)
  }

  @Test func driftIsHowFarQuietReadingsLieFromTheBest() {
    #expect(machine().drift(of: []) == .none)
    let readings = [(98.0, 1.0), (95, 1.02), (96, 1.04)].map {
      QuietMachine.Reading(rate: $0, handover: 1, cachePass: $1)
    }
    let drift = machine().drift(of: readings)
    #expect(abs(drift.arithmetic - 100.0 / 96) < 1e-12)
    #expect(abs(drift.cache - 1.02) < 1e-12)
    // Better than the best is no drift.
    let better = QuietMachine.Reading(rate: 101, handover: 1, cachePass: 0.9)
    #expect(machine().drift(of: [better]) == .none)
  }

  @Test func intervalsHoldDriftAndDisturbance() {
    func timing(_ marked: Bool, _ drift: Drift) -> Timing {
      let samples = (0..<40).map {
        BlockSchedule.Sample(block: $0, seconds: 1 + 0.01 * Double($0 % 10), isMarked: marked)
      }
      return Timing(plan: 0, prepare: 0, samples: samples, fewest: 10, drift: drift)
    }
    let quiet = timing(false, .none)
    let drift = Drift(arithmetic: 1.1, cache: 1.2)
    var drifted = timing(false, drift)
    #expect(abs(drifted.low * 1.1 * 1.2 - quiet.low) < 1e-9)
    #expect(drifted.high == quiet.high)
    drifted.pair(with: quiet, of: AlgorithmName("direct"), drift: drift)
    #expect(abs((drifted.speedupLow ?? 0) - 1 / 1.2) < 1e-9)
    #expect(abs((drifted.speedupHigh ?? 0) - 1.2) < 1e-9)
    // Of a disturbed machine, 95 % of the samples.
    let noisy = timing(true, .none)
    #expect(noisy.noisy && !quiet.noisy)
    #expect(noisy.low == 1000 && noisy.high == 1090)
    #expect(quiet.low > 1000 && quiet.high < 1090)
  }

  @Test func isRememberedForADay() throws {
    let path = NSTemporaryDirectory() + "quiet-\(UUID().uuidString)/quiet.json"
    defer {
      try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
    }
    let known = machine()
    known.remember(path)
    var other = QuietMachine(.best, threads: 3)
    other.recall(path, now: 1001)
    #expect(other.best.rate == 0)
    other.add(.init(rate: 7, handover: 7, cachePass: 7), now: 1000)
    other.remember(path)
    var later = QuietMachine(.best, threads: 2)
    later.recall(path, now: 1000 + QuietMachine.lifetime - 1)
    #expect(later == known)
    var tooLate = QuietMachine(.best, threads: 2)
    tooLate.recall(path, now: 1000 + QuietMachine.lifetime)
    #expect(tooLate.best.rate == 0)
  }

  @Test func damagedFilesHoldNothing() throws {
    let path = NSTemporaryDirectory() + "quiet-\(UUID().uuidString).json"
    defer { unlink(path) }
    try writeFile(path, Array("[{\"pool\":".utf8))
    var machine = QuietMachine(.best, threads: 2)
    machine.recall(path, now: 0)
    #expect(machine.best.rate == 0)
    machine.recall(path + ".missing", now: 0)
    #expect(machine.best.rate == 0)
    // Where it cannot be written it is not kept, and nothing else happens.
    self.machine().remember(path + "/below/a/file.json")
    #expect(try readFile(path).count == 9)
  }
}
