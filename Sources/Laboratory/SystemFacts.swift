import Glibc

/// What the Linux kernel tells about the machine, read from /proc and /sys.
enum SystemFacts {
  /// The name of the processor, or the architecture where there is none.
  static var cpuModel: String {
    for key in ["model name", "Model", "Hardware"] {
      if let value = field(key, in: "/proc/cpuinfo") { return value }
    }
    return architecture
  }

  static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "arm64"
    #else
      "unknown"
    #endif
  }

  static var onlineProcessors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Pairs of package and core, or nil where /proc/cpuinfo has none.
  static var cores: Int? {
    guard let text = read("/proc/cpuinfo") else { return nil }
    var package = ""
    var seen: Set<String> = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("physical id") { package = String(line) }
      if line.hasPrefix("core id") { seen.insert(package + String(line)) }
    }
    return seen.isEmpty ? nil : seen.count
  }

  static var caches: [Machine.Cache] {
    var list: [Machine.Cache] = []
    for index in 0..<16 {
      let folder = "/sys/devices/system/cpu/cpu0/cache/index\(index)/"
      guard let level = line(folder + "level").flatMap({ Int($0) }),
        let size = line(folder + "size").flatMap(bytes)
      else { break }
      list.append(
        Machine.Cache(
          level: level, kind: line(folder + "type") ?? "Unified", bytes: size,
          sharedBy: count(line(folder + "shared_cpu_list") ?? "0")))
    }
    return list
  }

  static var memoryBytes: Int {
    sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
  }

  static var release: String {
    var name = utsname()
    guard uname(&name) == 0 else { return "Linux" }
    return withUnsafeBytes(of: &name.release) {
      "Linux " + String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Bytes that can be had without swapping: what the machine has left, or what the control group
  /// leaves of its limit, whichever is less. Int.max where the system does not tell.
  static var availableMemory: Int {
    var least = Int.max
    if let text = field("MemAvailable", in: "/proc/meminfo"),
      let kilobytes = Int(text.prefix { $0.isNumber })
    {
      least = kilobytes * 1024
    }
    for (limit, usage) in [
      ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
      (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes"
      ),
    ] {
      if let most = line(limit).flatMap({ Int($0) }), let used = line(usage).flatMap({ Int($0) }) {
        least = min(least, max(0, most - used))
      }
    }
    return least
  }

  /// Time stolen by the hypervisor from all processors since the start, in clock ticks.
  static var stolenTicks: Int? {
    guard let first = read("/proc/stat")?.prefix(while: { $0 != "\n" }) else { return nil }
    let fields = first.split(separator: " ")
    return fields.count > 8 ? Int(fields[8]) : nil
  }

  static var ticksPerSecond: Double { Double(max(1, sysconf(Int32(_SC_CLK_TCK)))) }

  private static func field(_ key: String, in path: String) -> String? {
    guard let text = read(path) else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(key) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
    }
    return nil
  }

  private static func line(_ path: String) -> String? {
    read(path).map { String($0.prefix { $0 != "\n" }) }
  }

  /// `48K`, `1024K`, `32M`.
  private static func bytes(_ text: String) -> Int? {
    guard let number = Int(text.prefix { $0.isNumber }) else { return nil }
    switch text.last {
    case "K": return number << 10
    case "M": return number << 20
    case "G": return number << 30
    default: return number
    }
  }

  /// Number of processors in a list such as `0-3,8`.
  private static func count(_ list: String) -> Int {
    list.split(separator: ",").reduce(0) { sum, part in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      return sum + (ends.count == 2 ? ends[1] - ends[0] + 1 : ends.count)
    }
  }

  /// A small file as text; nil where it cannot be read.
  private static func read(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let n = Glibc.read(file, &chunk, chunk.count)
      guard n > 0 else { break }
      bytes += chunk[0..<n]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
