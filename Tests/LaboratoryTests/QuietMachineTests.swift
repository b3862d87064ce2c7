import Foundation
import Testing

@testable import ConvCore
@testable import Laboratory

/// What a quiet machine is, and how it is remembered, with invented readings.
@Suite struct QuietMachineTests {
  private func machine(rate: Double = 100, handover: Double = 1, seen: Double = 1000)
    -> QuietMachine
  {
    var machine = QuietMachine(.best, threads: 2)
    machine.add(rate: rate, handover: handover, now: seen)
    return machine
  }

  @Test(arguments: [
    (100.0, 1.0, true), (92, 1, true), (89, 1, false),  // a tenth of the rate
    (100, 1.9, true), (100, 2.1, false),  // twice the handover
    (50, 0.6, false),  // two threads on one core hand over faster
  ])
  func quietReadings(rate: Double, handover: Double, isQuiet: Bool) {
    #expect(machine().isQuiet(rate: rate, handover: handover) == isQuiet)
  }

  @Test func handoversOfSlowMachinesDoNotCount() {
    var machine = machine(rate: 50, handover: 0.6)
    machine.add(rate: 100, handover: 1, now: 1001)
    #expect(machine.isQuiet(rate: 100, handover: 1.5))
    machine.add(rate: 50, handover: 0.1, now: 1002)
    #expect(machine.handover == 1)
    #expect(machine.seen == 1001)
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
    #expect(other.rate == 0)
    other.add(rate: 7, handover: 7, now: 1000)
    other.remember(path)
    var later = QuietMachine(.best, threads: 2)
    later.recall(path, now: 1000 + QuietMachine.lifetime - 1)
    #expect(later == known)
    var tooLate = QuietMachine(.best, threads: 2)
    tooLate.recall(path, now: 1000 + QuietMachine.lifetime)
    #expect(tooLate.rate == 0)
  }

  @Test func damagedFilesHoldNothing() throws {
    let path = NSTemporaryDirectory() + "quiet-\(UUID().uuidString).json"
    defer { unlink(path) }
    try writeFile(path, Array("[{\"pool\":".utf8))
    var machine = QuietMachine(.best, threads: 2)
    machine.recall(path, now: 0)
    #expect(machine.rate == 0)
    machine.recall(path + ".missing", now: 0)
    #expect(machine.rate == 0)
    // Where it cannot be written it is not kept, and nothing else happens.
    self.machine().remember(path + "/below/a/file.json")
    #expect(try readFile(path).count == 9)
  }
}
