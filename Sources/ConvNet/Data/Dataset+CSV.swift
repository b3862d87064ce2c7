import ConvCore

extension Dataset {
  /// Reads `label,pixel1...pixelN`, one grey picture a row, after one header row; divides by
  /// `maximum`. The pictures are square.
  ///
  /// Sign-MNIST's public files use labels 0 to 24 without 9: where 9 does not occur, labels above it
  /// count one less, which gives 24 classes. Files that use 0 to 23 are taken as they are.
  ///
  /// - Throws: `ConvError.invalid` naming the line that is wrong.
  public init(csv path: String, side: Int, classes: Int, maximum: Float, skipsNine: Bool = false)
    throws(ConvError)
  {
    let bytes = try readFile(path, limit: 1 << 32)
    var reader = CSVNumbers(bytes, path)
    try reader.header(columns: side * side + 1)
    var labels: [Int] = []
    var pixels: [Float] = []
    pixels.reserveCapacity(bytes.count / 3)
    while try reader.row(columns: side * side + 1) {
      labels.append(reader.values[0])
      for value in reader.values.dropFirst() {
        guard value >= 0, Float(value) <= maximum else {
          throw .invalid(
            "\(path): line \(reader.line): a pixel is 0 to \(Int(maximum)), not \(value)")
        }
        pixels.append(Float(value) / maximum)
      }
    }
    guard !labels.isEmpty else { throw .invalid("\(path): has no pictures after its header") }
    if skipsNine && !labels.contains(9) { labels = labels.map { $0 > 9 ? $0 - 1 : $0 } }
    do {
      try self.init(
        shape: FeatureShape(channels: 1, height: side, width: side), classes: classes,
        pixels: pixels, labels: labels)
    } catch {
      throw .invalid("\(path): \(error)")
    }
  }
}

/// Rows of whole numbers separated by commas.
private struct CSVNumbers {
  private let bytes: [UInt8]
  private let path: String
  private var position = 0
  /// Number of the last line read, from 1.
  private(set) var line = 0
  /// Numbers of the last row.
  private(set) var values: [Int] = []

  init(_ bytes: [UInt8], _ path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// Skips one line, whose fields must be as many and start with `label`.
  mutating func header(columns: Int) throws(ConvError) {
    let text = nextLine()
    let fields = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard fields.first?.elementsEqual("label".utf8) == true else {
      throw .invalid("\(path): the first line must be label,pixel1,...,pixel\(columns - 1)")
    }
    guard fields.count == columns else {
      throw .invalid("\(path): has \(fields.count) columns, not \(columns)")
    }
  }

  /// Reads a row; false at the end.
  mutating func row(columns: Int) throws(ConvError) -> Bool {
    guard position < bytes.count else { return false }
    let text = nextLine()
    if text.isEmpty { return try row(columns: columns) }
    values.removeAll(keepingCapacity: true)
    var number = 0
    var digits = 0
    for byte in text + [UInt8(ascii: ",")] {
      if byte >= 48, byte <= 57, digits < 9 {
        number = number * 10 + Int(byte - 48)
        digits += 1
      } else if byte == UInt8(ascii: ","), digits > 0 {
        values.append(number)
        (number, digits) = (0, 0)
      } else {
        throw .invalid("\(path): line \(line): only whole numbers of up to 9 digits may stand here")
      }
    }
    guard values.count == columns else {
      throw .invalid("\(path): line \(line): has \(values.count) numbers, not \(columns)")
    }
    return true
  }

  private mutating func nextLine() -> ArraySlice<UInt8> {
    line += 1
    let start = position
    while position < bytes.count && bytes[position] != 10 { position += 1 }
    var end = position
    position += 1
    if end > start && bytes[end - 1] == 13 { end -= 1 }
    return bytes[start..<end]
  }
}
