import ConvCore
import FoundationEssentials
import Glibc

/// How a results file was made: `X.json` beside `X.csv`.
public struct ResultsSidecar: Codable, Sendable {
  /// Version of the table's columns.
  public var schema = 1
  /// The exact command, word by word.
  public var command: [String]
  /// The folder that it ran in.
  public var folder = currentFolder()
  /// When it began, UTC, ISO 8601.
  public var start = utcTime()
  /// When it ended; nil while it runs, or where it was killed.
  public var end: String?
  /// `complete`, `interrupted` or what stopped it; nil while it runs.
  public var result: String?
  /// What was run.
  public var build = BuildFacts()
  /// Versions of libraries by name.
  public var libraries: [String: String] = [:]
  /// What planners were allowed: effort, FFTW's flags, seconds a plan.
  public var planner: [String: String] = [:]
  /// Seed of all operands and of the order of measurements.
  public var seed: UInt64
  /// Numbers of threads that rows were made on.
  public var threads: [Int]
  /// Whether threads were pinned to processors.
  public var pinned: Bool
  /// Whether denormal numbers were flushed to zero.
  public var flushedDenormals = false
  /// The machine, with its measured peaks.
  public var machine: Machine
  /// Sums over the layers of networks, where rows are such layers.
  public var networks: [NetworkTotals]?
  /// Runs that a resumed file was begun by, oldest first.
  public var previous: [Session]?

  /// An earlier run of a file.
  public struct Session: Codable, Sendable {
    /// When it began and ended, how, and by what command.
    public var start: String, end: String?, result: String?, command: [String]
  }

  /// A run that begins now.
  public init(
    command: [String], seed: UInt64, threads: [Int], pinned: Bool, machine: Machine
  ) {
    self.command = command
    self.seed = seed
    self.threads = threads
    self.pinned = pinned
    self.machine = machine
  }

  /// Takes over the runs that the file at `path` tells of, if there is one that can be read.
  public mutating func resume(_ path: String) {
    guard let bytes = try? readFile(path),
      let old = try? JSONDecoder().decode(ResultsSidecar.self, from: Data(bytes))
    else { return }
    previous =
      (old.previous ?? [])
      + [Session(start: old.start, end: old.end, result: old.result, command: old.command)]
  }

  /// Writes it, all of it or nothing.
  ///
  /// - Throws: `ConvError.system` where the system refuses.
  public func write(to path: String) throws(ConvError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do { data = try encoder.encode(self) } catch { throw .system("\(path): \(error)") }
    try writeFile(path, Array(data) + [UInt8(ascii: "\n")])
  }
}

/// The program and how it was built.
public struct BuildFacts: Codable, Sendable {
  /// Version of the toolkit.
  public var version = Self.toolkitVersion
  /// The Swift compiler's version, to the minor.
  public var compiler = Self.compilerVersion
  /// `release` or `debug`.
  public var configuration = Self.currentConfiguration
  /// Flags of the kernel modules, which are the same in both.
  public var kernelFlags = "-Ounchecked -wmo; AVX2: -march=x86-64-v3, AVX-512: -march=x86-64-v4"
  /// The commit checked out where the program lies, if it lies in a checkout.
  public var commit = checkedOutCommit()

  /// What this process is.
  public init() {}

  /// Version of the toolkit.
  public static let toolkitVersion = "0.1.0"

  private static var compilerVersion: String {
    #if compiler(>=6.4)
      "Swift 6.4 or later"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #else
      "Swift 6.2"
    #endif
  }

  private static var currentConfiguration: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }
}

/// Now, as `2026-01-31T12:00:00Z`; without separators (`20260131T120000Z`) for file names.
public func utcTime(separators: Bool = true) -> String {
  var now = time(nil)
  var parts = tm()
  gmtime_r(&now, &parts)
  func two(_ n: Int32) -> String { n < 10 ? "0\(n)" : "\(n)" }
  let date = ["\(parts.tm_year + 1900)", two(parts.tm_mon + 1), two(parts.tm_mday)]
  let clock = [two(parts.tm_hour), two(parts.tm_min), two(parts.tm_sec)]
  return separators
    ? date.joined(separator: "-") + "T" + clock.joined(separator: ":") + "Z"
    : date.joined() + "T" + clock.joined() + "Z"
}

/// The folder that the process runs in.
public func currentFolder() -> String {
  guard let path = getcwd(nil, 0) else { return "." }
  defer { free(path) }
  return String(cString: path)
}

/// The path of the running program.
public func programPath() -> String {
  guard let path = realpath("/proc/self/exe", nil) else { return CommandLine.arguments[0] }
  defer { free(path) }
  return String(cString: path)
}

/// The commit checked out where the program lies, read from git's files; nil outside a checkout.
func checkedOutCommit() -> String? {
  func line(_ path: String) -> String? {
    guard let bytes = try? readFile(path) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }
  var folder = programPath()
  while let slash = folder.lastIndex(of: "/") {
    folder = String(folder[..<slash])
    guard access(folder + "/Package.swift", F_OK) == 0 else { continue }
    var git = folder + "/.git"
    var shared = git
    if let link = line(git), link.hasPrefix("gitdir: ") {
      git = String(link.dropFirst(8))
      shared = line(git + "/commondir").map { $0.hasPrefix("/") ? $0 : git + "/" + $0 } ?? git
    }
    guard let head = line(git + "/HEAD") else { return nil }
    guard head.hasPrefix("ref: ") else { return head }
    let name = String(head.dropFirst(5))
    if let commit = line(git + "/" + name) ?? line(shared + "/" + name) { return commit }
    let packed = (try? readFile(shared + "/packed-refs")) ?? []
    return String(decoding: packed, as: UTF8.self).split(separator: "\n")
      .first { $0.hasSuffix(" " + name) }.map { String($0.prefix { $0 != " " }) }
  }
  return nil
}
