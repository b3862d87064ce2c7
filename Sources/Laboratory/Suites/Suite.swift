import ConvCore
import Glibc

/// A list of problems that ships: the shapes of a paper or of another benchmark.
public struct Suite: Sendable {
  /// As `@NAME` writes it: `convnet`.
  public let name: String
  /// Where its file is.
  public let path: String
  /// What it is, and whence: the comment at the head of its file.
  public let about: [String]

  /// All that ship, by name; none where their folder is not found.
  public static var all: [Suite] {
    guard let folder, let files = opendir(folder) else { return [] }
    defer { closedir(files) }
    var names: [String] = []
    while let entry = readdir(files) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".txt"), !name.hasPrefix(".") { names.append(String(name.dropLast(4))) }
    }
    return names.sorted().compactMap { Suite($0, folder) }
  }

  /// The suite of a name; nil where there is none.
  public static func named(_ name: String) -> Suite? {
    guard let folder, !name.isEmpty, !name.contains("/") else { return nil }
    return Suite(name, folder)
  }

  /// Where suites are: `Tests/Suites` of the checkout that the program lies in, or of the current
  /// folder, or where it is installed.
  private static var folder: String? {
    var folders: [String] = []
    var folder = programPath()
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      folders += [folder + "/Tests/Suites", folder + "/share/spectralconv/suites"]
    }
    folders += [
      "Tests/Suites", "/usr/local/share/spectralconv/suites", "/usr/share/spectralconv/suites",
    ]
    return folders.first { access($0 + "/convnet.txt", R_OK) == 0 }
  }

  private init?(_ name: String, _ folder: String) {
    let path = "\(folder)/\(name).txt"
    guard let bytes = try? readFile(path) else { return nil }
    (self.name, self.path) = (name, path)
    about = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { $0.hasPrefix("#") }.map { String($0.drop { $0 == "#" || $0 == " " }) }
  }

  /// Its problems.
  ///
  /// - Throws: `ConvError.invalid` with file and line of what is wrong.
  public func problems(_ settings: ProblemSettings = ProblemSettings()) throws(ConvError)
    -> [NamedProblem]
  { try Workloads.problems("@" + path, settings) }
}
