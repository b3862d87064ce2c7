import ConvCore
import Glibc

/// Standard output and standard error, written to without buffers of our own.
enum Output {
  /// Whether standard output is a terminal.
  static let isTerminal = isatty(1) == 1
  /// Whether standard error is a terminal.
  static let errorIsTerminal = isatty(2) == 1

  /// Columns of the terminal of standard output; nil where it is none.
  static var width: Int? {
    var size = winsize()
    guard isTerminal, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// A line on standard output. A reader that has gone away is not an error.
  static func line(_ text: String) {
    try? writeAll(1, Array((text + "\n").utf8), "standard output")
  }

  /// Text on standard error, as it is.
  static func error(_ text: String) { try? writeAll(2, Array(text.utf8), "standard error") }

  /// A line on standard error with the program's name before it.
  static func complain(_ text: String) {
    error("compare: " + text.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n")
  }
}

/// Marks that terminals show as colour.
enum Style: String {
  case bold = "1"
  case green = "32"
  case red = "31"
  case faint = "2"

  /// `text` in this style where `enabled`, else as it is.
  func callAsFunction(_ text: String, _ enabled: Bool) -> String {
    enabled ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
