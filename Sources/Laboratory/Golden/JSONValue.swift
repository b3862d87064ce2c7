import ConvCore
import FoundationEssentials

/// JSON as it is, so that what is wrong in it can be named.
enum JSONValue: Codable, Sendable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value):
      if let integer = Int(exactly: value) {
        try container.encode(integer)
      } else {
        try container.encode(value)
      }
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// Reads the object that a file holds.
  static func object(reading path: String) throws(ConvError) -> [String: JSONValue] {
    let bytes = try readFile(path)
    guard !bytes.isEmpty else { throw .invalid("\(path): is empty") }
    do {
      guard case .object(let object) = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
      else { throw ConvError.invalid("is not an object") }
      return object
    } catch {
      throw .invalid("\(path): is not a JSON object")
    }
  }
}
