/// What went wrong, as a value: each case says what was wrong and what would be right, in one line.
public enum ConvError: Error, Equatable, Sendable {
  /// The call or its input cannot be meant: a size of zero, an unknown name, a malformed file.
  case invalid(String)
  /// The input is sound, but this algorithm or build cannot do it.
  case unsupported(String)
  /// The work would need more memory than allowed; both in bytes.
  case overBudget(needs: Int, limit: Int)
  /// The system refused: a file that cannot be opened, a full disk.
  case system(String)
  /// Stopped from outside (Ctrl-C).
  case interrupted
}

extension ConvError: CustomStringConvertible {
  /// One line, for people.
  public var description: String {
    switch self {
    case .invalid(let what), .unsupported(let what), .system(let what): what
    case .overBudget(let needs, let limit):
      "needs \(byteCount(needs)) of memory, but the limit is \(byteCount(limit))"
    case .interrupted: "interrupted"
    }
  }
}

/// A number of bytes as people write it: `512 B`, `3.1 MiB`.
public func byteCount(_ bytes: Int) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  var value = Double(bytes)
  var unit = 0
  while value >= 1024 && unit + 1 < units.count {
    value /= 1024
    unit += 1
  }
  if unit == 0 { return "\(bytes) B" }
  let tenths = Int((value * 10).rounded())
  return "\(tenths / 10).\(tenths % 10) \(units[unit])"
}
