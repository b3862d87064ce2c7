import Glibc

/// `value` with a fixed number of digits after the point.
func fixed(_ value: Double, _ digits: Int) -> String { formatted("%.\(digits)f", value) }

/// `value` with three significant digits, and no more than are needed: `0.0123`, `1.23`, `12300`.
func significant(_ value: Double, _ digits: Int = 3) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : formatted("%g", value) }
  let magnitude = Int(log10(abs(value)).rounded(.down))
  return fixed(value, max(0, digits - 1 - magnitude))
}

/// An error as `2e-07`.
func scientific(_ value: Double) -> String { value == 0 ? "0" : formatted("%.0e", value) }

private func formatted(_ format: String, _ value: Double) -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
  return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
