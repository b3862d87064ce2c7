import Foundation
import Testing

/// scripts/peers without any peer; what it does with them, its own tests in Python check.
@Suite(
  "scripts/peers", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")))
struct PeersScriptTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What a program of the project's folder says, and its exit status.
  private func run(_ words: [String]) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = Self.root
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test func testsInPython() throws {
    let (status, text) = try run(["python3", "-B", "Tests/PeersTests/test_peers.py"])
    #expect(status == 0, "\(text)")
  }

  @Test func listsItsPlan() throws {
    let (status, text) = try run(["scripts/peers", "--list", "--only", "large3d"])
    #expect(status == 0 && text.contains("5 workloads"), "\(text)")
  }

  @Test func saysWhatIsWrong() throws {
    let (status, text) = try run(["scripts/peers", "--list", "--only", "vggg"])
    #expect(status != 0 && text.contains("no family or workload vggg"), "\(text)")
  }
}
