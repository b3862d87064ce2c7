extension NpyArray {
  /// Reads a `.npy` file.
  ///
  /// - Throws: `ConvError.invalid` saying what is wrong: not a `.npy` file, truncated, another type
  ///   or byte order, a shape that does not fit the file.
  public init(reading path: String) throws(ConvError) {
    try self.init(bytes: try readFile(path), name: path)
  }

  /// Reads the bytes of a `.npy` file; `name` is for messages.
  ///
  /// - Throws: as `init(reading:)`.
  public init(bytes: [UInt8], name: String) throws(ConvError) {
    func refuse(_ what: String) -> ConvError { .invalid("\(name): \(what)") }
    guard !bytes.isEmpty else { throw refuse("is empty, not a .npy file") }
    guard bytes.starts(with: Self.magic) else { throw refuse("is not a .npy file") }
    guard bytes.count >= 10 else { throw refuse("is truncated within its header") }
    guard (1...3).contains(bytes[6]) else {
      throw refuse(".npy version \(bytes[6]).\(bytes[7]) is unknown; 1.0, 2.0 and 3.0 can be read")
    }
    let lengthBytes = bytes[6] == 1 ? 2 : 4
    let start = 8 + lengthBytes
    let length = bytes[8...].prefix(lengthBytes).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= start, bytes.count - start >= length else {
      throw refuse("is truncated within its header")
    }
    var parser = NpyHeader(String(decoding: bytes[start..<start + length], as: UTF8.self))
    guard parser.read() else { throw refuse("has a malformed header") }
    guard let type = NpyType(rawValue: parser.type) else {
      throw refuse(Self.refusal(of: parser.type))
    }
    let data = bytes.dropFirst(start + length)
    guard let count = elementCount(parser.shape),
      case let (size, overflow) = count.multipliedReportingOverflow(by: type.byteCount), !overflow
    else { throw refuse("shape \(parser.shape) has more elements than any memory holds") }
    guard data.count == size else {
      throw refuse(
        data.count < size
          ? "is truncated: shape \(parser.shape) needs \(size) bytes, the file has \(data.count)"
          : "has \(data.count - size) bytes more than shape \(parser.shape) needs")
    }
    shape = parser.shape
    let strides = parser.fortran ? Self.fortranStrides(shape) : nil
    switch type {
    case .f4: values = .f4(Self.load(data, strides, shape) { Float(bitPattern: $0) })
    case .f8: values = .f8(Self.load(data, strides, shape) { Double(bitPattern: $0) })
    case .i4: values = .i4(Self.load(data, strides, shape) { (i: UInt32) in Int32(bitPattern: i) })
    case .i8: values = .i8(Self.load(data, strides, shape) { (i: UInt64) in Int64(bitPattern: i) })
    }
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  private static func refusal(of type: String) -> String {
    if type.hasPrefix(">") {
      return "is big-endian (\(type)); save it with x.astype('<\(type.dropFirst())')"
    }
    if type.contains("O") { return "holds Python objects; f4, f8, i4 and i8 can be read" }
    return
      "has elements of type \(type); f4, f8, i4 and i8 can be read: save it with x.astype('f4')"
  }

  private static func fortranStrides(_ shape: [Int]) -> [Int] {
    var stride = 1
    return shape.map { extent in
      defer { stride *= extent }
      return stride
    }
  }

  /// The elements in C order; `strides` are those of the file's order where it is another.
  private static func load<Bits: FixedWidthInteger, Value>(
    _ data: ArraySlice<UInt8>, _ strides: [Int]?, _ shape: [Int], _ value: (Bits) -> Value
  ) -> [Value] {
    let width = MemoryLayout<Bits>.size
    return data.withUnsafeBytes { raw in
      func at(_ i: Int) -> Value {
        value(Bits(littleEndian: raw.loadUnaligned(fromByteOffset: i * width, as: Bits.self)))
      }
      let count = raw.count / width
      guard let strides else { return (0..<count).map(at) }
      var index = Array(repeating: 0, count: shape.count)
      var position = 0
      return (0..<count).map { _ in
        let element = at(position)
        // The next index in C order, and its place in the file.
        for axis in shape.indices.reversed() {
          index[axis] += 1
          position += strides[axis]
          if index[axis] < shape[axis] { break }
          position -= strides[axis] * shape[axis]
          index[axis] = 0
        }
        return element
      }
    }
  }
}

/// Types of element that are read.
enum NpyType: String {
  case f4 = "<f4"
  case f8 = "<f8"
  case i4 = "<i4"
  case i8 = "<i8"

  var byteCount: Int { self == .f4 || self == .i4 ? 4 : 8 }
}

/// The header: a Python dictionary of type, order and shape.
struct NpyHeader {
  var type = ""
  var fortran = false
  var shape: [Int] = []
  private var text: Substring
  private var seen: Set<String> = []

  init(_ header: String) {
    text = header[...]
  }

  /// Whether all three entries were found, and nothing else.
  mutating func read() -> Bool {
    guard take("{") else { return false }
    while !take("}") {
      guard let key = string(), take(":"), entry(key), seen.insert(key).inserted else {
        return false
      }
      guard take(",") || peek("}") else { return false }
    }
    return seen.count == 3 && text.allSatisfy(\.isWhitespace)
  }

  private mutating func entry(_ key: String) -> Bool {
    switch key {
    case "descr":
      if let name = string() {
        type = name
        return true
      }
      // A list describes a structure.
      guard peek("["), let end = text.lastIndex(of: "]") else { return false }
      type = "structure"
      text = text[text.index(after: end)...]
      return true
    case "fortran_order":
      fortran = take("True")
      return fortran || take("False")
    case "shape": return tuple()
    default: return false
    }
  }

  private mutating func tuple() -> Bool {
    guard take("(") else { return false }
    while !take(")") {
      skip()
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      guard !digits.isEmpty else { return false }
      // An extent that no integer holds is refused as a shape that no memory holds.
      shape.append(Int(digits) ?? -1)
      text = text.dropFirst(digits.count)
      _ = take("L")
      guard take(",") || peek(")") else { return false }
    }
    return true
  }

  private mutating func string() -> String? {
    skip()
    guard let quote = text.first, quote == "'" || quote == "\"" else { return nil }
    let rest = text.dropFirst()
    guard let end = rest.firstIndex(of: quote) else { return nil }
    text = rest[rest.index(after: end)...]
    return String(rest[..<end])
  }

  private mutating func skip() { text = text.drop(while: \.isWhitespace) }

  private mutating func peek(_ word: String) -> Bool {
    skip()
    return text.hasPrefix(word)
  }

  private mutating func take(_ word: String) -> Bool {
    guard peek(word) else { return false }
    text = text.dropFirst(word.count)
    return true
  }
}
