/// Numbers as an aligned block of text.
struct Grid {
  private let rows: [[String]]

  /// From text cells.
  init(_ rows: [[String]]) { self.rows = rows }

  /// From numbers, `columns` in a row.
  init(_ values: [Double], columns: Int) {
    rows = stride(from: 0, to: values.count, by: max(1, columns)).map { start in
      values[start..<min(values.count, start + columns)].map(Self.text)
    }
  }

  /// A number as people write it: integers without a point, others with four significant digits.
  static func text(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    let rounded = value.rounded()
    if abs(value - rounded) < 1e-9, abs(rounded) < 1e15 {
      return rounded == 0 ? "0" : String(Int(rounded))
    }
    let digits = max(0, min(6, 3 - Int(log10Floor(abs(value)))))
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    var text = String((value * scale).rounded() / scale)
    if text.hasSuffix(".0") { text.removeLast(2) }
    return text
  }

  private static func log10Floor(_ value: Double) -> Double {
    var exponent = 0.0
    var v = value
    while v >= 10 {
      v /= 10
      exponent += 1
    }
    while v > 0 && v < 1 {
      v *= 10
      exponent -= 1
    }
    return exponent
  }

  /// A complex number, `3-2i`.
  static func text(_ re: Double, _ im: Double) -> String {
    let (a, b) = (text(re), text(abs(im)))
    return b == "0" ? a : "\(a)\(im < 0 ? "-" : "+")\(b)i"
  }

  /// Lines of equal width, each after `indent` spaces.
  func lines(indent: Int = 2) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { j in rows.map { j < $0.count ? $0[j].count : 0 }.max() ?? 0 }
    return rows.map { row in
      String(repeating: " ", count: indent)
        + row.enumerated().map { j, cell in
          String(repeating: " ", count: widths[j] - cell.count) + cell
        }.joined(separator: " ")
    }
  }
}
