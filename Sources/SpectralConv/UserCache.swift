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
}
