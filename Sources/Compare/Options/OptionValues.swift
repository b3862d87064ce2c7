import ConvCore

/// Readers of option values; each error says what would be right.
enum OptionValue {
  /// An integer of at least `least`.
  static func integer(_ text: String, atLeast least: Int = 0) throws(ConvError) -> Int {
    guard let value = Int(text) else {
      throw .invalid(
        "\"\(text)\" is not a whole number\(isDigits(text) ? " of a usable size" : "")")
    }
    guard value >= least else { throw .invalid("\(value) is less than \(least)") }
    guard value <= Axis.largest else { throw .invalid("\(value) is more than \(Axis.largest)") }
    return value
  }

  private static func isDigits(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// Integers with commas between them.
  static func integers(_ text: String, atLeast least: Int = 0) throws(ConvError) -> [Int] {
    var list: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard !part.isEmpty else {
        throw .invalid("\"\(text)\" is not a list of whole numbers as 3,5,7")
      }
      list.append(try integer(String(part), atLeast: least))
    }
    return list
  }

  /// A seed: any 64-bit number.
  static func seed(_ text: String) throws(ConvError) -> UInt64 {
    guard let value = UInt64(text) else {
      throw .invalid("\"\(text)\" is not a whole number from 0 to \(UInt64.max)")
    }
    return value
  }

  /// A positive, finite number.
  static func positive(_ text: String) throws(ConvError) -> Double {
    guard let value = Double(text), value > 0, value.isFinite else {
      throw .invalid("\"\(text)\" is not a positive number")
    }
    return value
  }

  /// A number that is not negative.
  static func nonNegative(_ text: String) throws(ConvError) -> Double {
    guard let value = Double(text), value >= 0, value.isFinite else {
      throw .invalid("\"\(text)\" is not a number from 0 on")
    }
    return value
  }

  /// A number of bytes: `512M`, `2G`, `1048576`; units of 1024.
  static func bytes(_ text: String) throws(ConvError) -> Int {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).uppercased()
    let letters = ["", "K", "M", "G", "T"]
    let shift = letters.firstIndex { unit == $0 || unit == $0 + "B" || unit == $0 + "IB" }
    guard let value = Int(digits), let shift, value > 0, value < 1 << (62 - 10 * shift) else {
      throw .invalid("\"\(text)\" is not a size as 512M or 2G")
    }
    return value << (10 * shift)
  }

  /// One of the values of an enumeration.
  static func choice<E: CaseIterable & RawRepresentable>(
    _ text: String, _: E.Type = E.self
  ) throws(ConvError) -> E where E.RawValue == String {
    if let value = E(rawValue: text) { return value }
    let all = E.allCases.map(\.rawValue)
    throw .invalid(
      "\"\(text)\" is none of \(all.joined(separator: ", "))\(didYouMean(text, among: all))")
  }
}
