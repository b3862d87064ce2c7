import Foundation
import Testing

/// A plug-in compiled from C, beside the algorithms that ship.
@Suite struct PluginTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// Compiles the example, changed by `edit`, and returns the library's path.
  private func build(in folder: Scratch, _ edit: (String) -> String = { $0 }) throws -> String {
    let example = try String(
      contentsOfFile: Self.root + "/Examples/plugin/mine.c", encoding: .utf8)
    try edit(example).write(toFile: folder("mine.c"), atomically: true, encoding: .utf8)
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = [
      "clang", "-O2", "-shared", "-fPIC", "-I", Self.root + "/Sources/CPlugin/include", "-o",
      folder("mine.so"), folder("mine.c"),
    ]
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    return folder("mine.so")
  }

  @Test func thePluginIsVerifiedInEveryPass() throws {
    let folder = try Scratch()
    let library = try build(in: folder)
    let run = try CommandRun(
      "verify g2mb2_ic8ih17oc8oh9kh5sh2ph2 --plugin \(library) --algorithms mine,direct --pass all "
        + "--border reflect --csv v.csv", in: folder)
    #expect(run.status == 0, "\(run.errors)\(run.output)")
    let rows = try String(contentsOfFile: folder("v.csv"), encoding: .utf8)
      .split(separator: "\n").dropFirst()
    #expect(rows.filter { $0.contains(",mine,") && $0.contains(",ok,") }.count == 4)
    let listed = try CommandRun("list algorithms --plugin \(library)", in: folder)
    #expect(listed.output.contains("plain loops in C"))
    let refused = try CommandRun(
      "verify ic3ih8oc3oh8kh3ph1 --dtype f64 --plugin \(library) --algorithms mine", in: folder)
    #expect(refused.output.contains("mine computes in single precision alone"))
  }

  /// One that returns an error, and one that computes something else, fail.
  @Test(arguments: [
    ("  return 0;\n}\n\nstatic void destroy", "  return 1;\n}\n\nstatic void destroy"),
    ("sum += row[kw] * *weight++", "sum += row[k.width - 1 - kw] * *weight++"),
  ])
  func aWrongPluginFails(_ old: String, _ new: String) throws {
    let folder = try Scratch()
    let library = try build(in: folder) { $0.replacing(old, with: new) }
    let run = try CommandRun(
      "verify ic3ih9oc4oh9kh3ph1 --plugin \(library) --algorithms mine", in: folder)
    #expect(run.status == 1, "\(run.output)")
  }

  @Test func whatIsNoPluginIsRefused() throws {
    let folder = try Scratch()
    #expect(
      try CommandRun("list algorithms --plugin none.so", in: folder)
        .isRefusal(saying: "cannot open shared object file"))
    #expect(try CommandRun("verify --plugin", in: folder).isRefusal(saying: "needs FILE"))
    let other = try build(in: folder) { $0.replacing("spectralconv_plugin_main", with: "other") }
    #expect(
      try CommandRun("list algorithms --plugin \(other)", in: folder)
        .isRefusal(saying: "spectralconv_plugin_main"))
    let same = try build(in: folder) { $0.replacing("\"mine\"", with: "\"direct\"") }
    #expect(
      try CommandRun("list algorithms --plugin \(same)", in: folder)
        .isRefusal(saying: "already"))
    let old = try build(in: folder) {
      $0.replacing(".version = SPECTRALCONV_PLUGIN_VERSION", with: ".version = 99")
    }
    #expect(
      try CommandRun("list algorithms --plugin \(old)", in: folder).isRefusal(saying: "version 99"))
  }
}
