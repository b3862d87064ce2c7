import ConvCore
import FoundationEssentials
import Glibc

/// Where what was found out on this machine is kept between runs.
public enum UserCache {
  /// `$SPECTRALCONV_CACHE`, else `$XDG_CACHE_HOME/spectralconv`, else `~/.cache/spectralconv`; nil
  /// without any of them.
  public static var folder: String? {
    func value(_ name: String) -> String? {
      guard let text = getenv(name), text.pointee != 0 else { return nil }
      return String(cString: text)
    }
    if let folder = value("SPECTRALCONV_CACHE") { return folder }
    if let cache = value("XDG_CACHE_HOME") { return cache + "/spectralconv" }
    return value("HOME").map { $0 + "/.cache/spectralconv" }
  }

  /// Writes `value` as JSON, all of it or nothing; makes the folder.
  ///
  /// - Throws: `ConvError.system` where the system refuses.
  public static func save(_ value: some Encodable, to path: String) throws(ConvError) {
    if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do { data = try encoder.encode(value) } catch { throw .system("\(path): \(error)") }
    try writeFile(path, Array(data) + [UInt8(ascii: "\n")])
  }
}
