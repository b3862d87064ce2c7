import ConvCore
import Glibc

/// gnuplot as a process.
enum Gnuplot {
  /// Whether it can be run.
  static var isInstalled: Bool { (try? run("gnuplot --version", in: ".")) != nil }

  /// What to say where it cannot.
  static let missing =
    "gnuplot is not installed, so the page has no pictures: apt-get install gnuplot-nox, or "
    + "scripts/compare report, which installs it"

  /// Draws a plot in `folder` and leaves its script beside it.
  ///
  /// - Throws: `ConvError.system` with gnuplot's complaint.
  static func draw(_ plot: Plot, in folder: String) throws(ConvError) {
    try writeFile("\(folder)/\(plot.name).gnuplot", Array(plot.script.utf8))
    do throws(ConvError) { try run("gnuplot '\(plot.name).gnuplot'", in: folder) } catch {
      throw .system("gnuplot could not draw \(plot.name): \(error)")
    }
  }

  /// Runs a command of the shell's in `folder`.
  private static func run(_ command: String, in folder: String) throws(ConvError) {
    var complaint = Array("/tmp/spectralconv-gnuplot-XXXXXX".utf8CString)
    let file = mkstemp(&complaint)
    guard file >= 0 else { throw .system("/tmp: \(systemMessage(errno))") }
    close(file)
    let path = complaint.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer { unlink(path) }
    let line =
      "cd \(shellQuoted(folder)) && \(command) >/dev/null 2>\(shellQuoted(path)) </dev/null"
    guard let pipe = popen(line, "r") else { throw .system("/bin/sh: \(systemMessage(errno))") }
    if pclose(pipe) == 0 { return }
    let text = String(decoding: (try? readFile(path, limit: 1 << 20)) ?? [], as: UTF8.self)
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    throw .system(lines.last { !$0.isEmpty && !$0.hasPrefix("^") }.map(String.init) ?? "it failed")
  }

  private static func shellQuoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}
