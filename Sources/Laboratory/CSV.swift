import ConvCore

/// Comma-separated values as RFC 4180 has them, with a line feed at the end of each record.
public enum CSV {
  /// A record with its line feed; fields that need it are quoted.
  public static func record(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",") + "\n"
  }

  private static func quoted(_ field: String) -> String {
    guard field.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return field }
    return "\""
      + field.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  /// The records of a file and where each ends, in bytes.
  ///
  /// A last record without its line break is left out: a file that grows by records ends with one
  /// if and only if writing was cut off.
  ///
  /// - Throws: `ConvError.invalid` with the line of a quote that stands where none may.
  public static func parse(_ bytes: [UInt8]) throws(ConvError) -> [(fields: [String], end: Int)] {
    var reader = CSVReader(bytes: bytes)
    return try reader.records()
  }
}

/// One pass over the bytes.
private struct CSVReader {
  let bytes: [UInt8]
  var position = 0
  var line = 1

  mutating func records() throws(ConvError) -> [(fields: [String], end: Int)] {
    var all: [(fields: [String], end: Int)] = []
    // A byte order mark is no part of the first name.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    while position < bytes.count {
      guard let record = try record() else { break }
      all.append((record, position))
    }
    return all
  }

  /// The next record, or nil where the file ends within it.
  private mutating func record() throws(ConvError) -> [String]? {
    var fields: [String] = []
    while true {
      guard let field = try field() else { return nil }
      fields.append(field)
      guard position < bytes.count else { return nil }
      let separator = bytes[position]
      position += 1
      if separator == UInt8(ascii: ",") { continue }
      if separator == UInt8(ascii: "\r") {
        guard position < bytes.count else { return nil }
        if bytes[position] == UInt8(ascii: "\n") { position += 1 }
      }
      line += 1
      return fields
    }
  }

  /// The next field up to its separator, or nil where the file ends within quotes.
  private mutating func field() throws(ConvError) -> String? {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      let start = position
      while position < bytes.count, !",\r\n".utf8.contains(bytes[position]) { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      guard byte == UInt8(ascii: "\"") else {
        text.append(byte)
        continue
      }
      guard position < bytes.count else { return nil }
      if bytes[position] == UInt8(ascii: "\"") {
        text.append(byte)
        position += 1
      } else if ",\r\n".utf8.contains(bytes[position]) {
        return String(decoding: text, as: UTF8.self)
      } else {
        throw .invalid("line \(line): a quote within a quoted field must be doubled")
      }
    }
    return nil
  }
}
