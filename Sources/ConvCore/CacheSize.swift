import Glibc

/// What blockings are made for: the same on every run on a machine, whatever the number of threads.
public enum CacheSize {
  /// Bytes of a core's second-level cache; 1 MiB where the system does not tell.
  public static let second: Int = {
    let bytes = sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
    return bytes > 0 ? min(max(bytes, 256 << 10), 4 << 20) : 1 << 20
  }()
}
