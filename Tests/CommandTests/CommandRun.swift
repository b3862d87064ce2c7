import ConvCore
import Foundation
import Glibc

/// `compare` run as a process.
struct CommandRun {
  let status: Int32
  let output: String
  let errors: String

  /// Lines on standard error.
  var errorLines: [Substring] { errors.split(separator: "\n") }

  /// Whether it ended as a wrong call must: status 2 and one line that says why.
  func isRefusal(saying part: String) -> Bool {
    status == 2 && errorLines.count == 1 && errors.hasPrefix("compare: ") && errors.contains(part)
  }

  /// Runs it in `folder` and waits; sends SIGINT once standard error holds `text`.
  ///
  /// Input, if any, comes from a file and output goes to files, so that nothing waits for a reader.
  init(
    _ arguments: [String], in folder: Scratch, input: String? = nil,
    interruptAfter text: String? = nil
  ) throws {
    let id = UUID().uuidString
    let paths = (output: folder("out-\(id)"), errors: folder("err-\(id)"))
    var source = "/dev/null"
    if let input {
      source = folder("in-\(id)")
      try writeFile(source, Array(input.utf8))
    }
    let process = try Self.spawn(arguments, folder, source, paths.output, paths.errors)
    var code: Int32 = 0
    var isSignalled = false
    while waitpid(process, &code, WNOHANG) == 0 {
      if let text, !isSignalled, Self.read(paths.errors).contains(text) {
        kill(process, SIGINT)
        isSignalled = true
      }
      usleep(2000)
    }
    // The low seven bits are the signal that ended it, if one did.
    status = code & 0x7F == 0 ? code >> 8 & 0xFF : -(code & 0x7F)
    output = Self.read(paths.output)
    errors = Self.read(paths.errors)
    unlink(paths.output)
    unlink(paths.errors)
  }

  private static func read(_ path: String) -> String {
    String(decoding: (try? readFile(path)) ?? [], as: UTF8.self)
  }

  /// Words of a line of a shell, split at blanks.
  init(_ line: String, in folder: Scratch) throws {
    try self.init(line.split(separator: " ").map(String.init), in: folder)
  }

  private static func spawn(
    _ arguments: [String], _ folder: Scratch, _ input: String, _ output: String,
    _ errors: String
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    // Signals are blocked in the threads that tests run on, and children inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    // Wisdom of other runs must not decide what is tested.
    let environment =
      ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
      + ["SPECTRALCONV_CACHE=\(folder("cache"))"]
    // The shell changes the folder and becomes the program.
    let change = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder.path]
    var argv = (change + [try program()] + arguments).map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var process = pid_t()
    let code = posix_spawn(&process, change[0], &actions, &attributes, &argv, &envp)
    guard code == 0 else { throw ConvError.system("\(change[0]): \(systemMessage(code))") }
    return process
  }

  /// The program, which is built beside the test bundle.
  static func program() throws -> String {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    var folder = bundle[...]
    while let slash = folder.lastIndex(of: "/") {
      folder = folder[..<slash]
      let path = folder + "/compare"
      if FileManager.default.isExecutableFile(atPath: String(path)) { return String(path) }
    }
    throw ConvError.system("compare is not built beside \(bundle)")
  }
}
