import ConvCore

/// One option of a command: a row of its table, from which arguments are read and help is written.
struct Option<Value: Sendable>: Sendable {
  /// Without its dashes: `threads`.
  let name: String
  /// What stands for the value in help: `N[,M...]`; empty for a flag.
  let placeholder: String
  /// Heading that help lists it under.
  let group: OptionGroup
  /// One or two lines of help.
  let help: String
  /// Reads the value, saying in its error what would be right.
  let parse: @Sendable (String) throws(ConvError) -> Value

  init(
    _ name: String, _ placeholder: String, _ group: OptionGroup, _ help: String,
    parse: @escaping @Sendable (String) throws(ConvError) -> Value
  ) {
    self.name = name
    self.placeholder = placeholder
    self.group = group
    self.help = help
    self.parse = parse
  }
}

extension Option where Value == Bool {
  /// An option without a value.
  init(flag name: String, _ group: OptionGroup, _ help: String) {
    self.init(name, "", group, help) { _ in true }
  }
}

/// Headings of help, in order.
enum OptionGroup: String, CaseIterable, Sendable {
  case command = "Options of this command"
  case problem = "The problem"
  case algorithms = "The algorithms"
  case measurement = "Verification and timing"
  case output = "Output"
  case general = "General"
}

/// An option of any type, as tables hold it.
protocol AnyOption: Sendable {
  var name: String { get }
  var placeholder: String { get }
  var group: OptionGroup { get }
  var help: String { get }
  func read(_ text: String) throws(ConvError) -> any Sendable
}

extension Option: AnyOption {
  func read(_ text: String) throws(ConvError) -> any Sendable {
    do { return try parse(text) } catch { throw .invalid("--\(name): \(error)") }
  }
}

extension AnyOption {
  var isFlag: Bool { placeholder.isEmpty }
}

/// What a command line says, read by a command's table.
struct Arguments: Sendable {
  /// What is neither an option nor its value, in order.
  private(set) var operands: [String] = []
  private var values: [String: any Sendable] = [:]

  /// Reads `words`: `--key value`, `--key=value`, `--flag`; after `--` only operands.
  ///
  /// - Throws: `ConvError.invalid` for an unknown option, with the nearest name, a missing value or
  ///   one that cannot be.
  init(_ words: [String], _ table: [any AnyOption]) throws(ConvError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        return
      }
      guard word.hasPrefix("-"), word != "-" else {
        operands.append(word)
        continue
      }
      let (key, attached) = Self.split(word)
      guard let option = table.first(where: { $0.name == key }) else {
        throw .invalid(
          "there is no option \(word.prefix { $0 != "=" })"
            + didYouMean(key, among: table.map(\.name), prefix: "--"))
      }
      if option.isFlag {
        guard attached == nil else { throw .invalid("--\(key) takes no value") }
        values[key] = try option.read("")
      } else {
        guard let text = attached ?? rest.popFirst(), !text.hasPrefix("--") else {
          throw .invalid("--\(key) needs a value: --\(key) \(option.placeholder)")
        }
        values[key] = try option.read(text)
      }
    }
  }

  private static func split(_ word: String) -> (key: String, value: String?) {
    if word == "-h" { return ("help", nil) }
    let body = word.hasPrefix("--") ? word.dropFirst(2) : word[...]
    guard let equals = body.firstIndex(of: "=") else { return (String(body), nil) }
    return (String(body[..<equals]), String(body[body.index(after: equals)...]))
  }

  /// The value of an option, or nil where it was not given.
  subscript<Value>(option: Option<Value>) -> Value? { values[option.name] as? Value }

  /// The value of an option, or what it is where it was not given.
  subscript<Value>(option: Option<Value>, default value: Value) -> Value { self[option] ?? value }

  /// Names of the options that were given.
  var given: Set<String> { Set(values.keys) }

  /// Whether a flag was given.
  func has(_ option: Option<Bool>) -> Bool { self[option] == true }
}

/// `: did you mean "--threads"?`
func didYouMean(_ word: String, among candidates: [String], prefix: String) -> String {
  suggestion(for: word, among: candidates).map { ": did you mean \(prefix)\($0)?" } ?? ""
}
