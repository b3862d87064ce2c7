import ConvCore

extension Workloads {
  /// The problems of a file: a benchdnn batch or list of descriptors, or DeepBench's tuples.
  ///
  /// - Throws: `ConvError.invalid` with file and line of what is wrong.
  static func file(
    _ path: String, _ settings: ProblemSettings, warn: (String) -> Void
  ) throws(ConvError) -> [NamedProblem] {
    guard !path.isEmpty else { throw .invalid("@ needs the name of a file after it") }
    var batch = BatchFile(settings)
    try batch.read(path, nesting: [])
    for warning in batch.warnings { warn(warning) }
    guard !batch.problems.isEmpty else { throw .invalid("\(path): has no problems in it") }
    return batch.problems
  }
}

/// A benchdnn batch file as it is read.
///
/// Tokens are separated by blanks; `#` at the start of one comments to the end of its line; a `\`
/// at the end of a line joins it to the next. Options hold for the descriptors after them.
struct BatchFile {
  /// What command-line options say, and `--reset` goes back to.
  private let base: ProblemSettings
  private var state: State
  private(set) var problems: [NamedProblem] = []
  private(set) var warnings: [String] = []
  /// Files within files, at most.
  private static let deepest = 16

  /// Options in force; lists give each descriptor once for each combination, as in benchdnn.
  private struct State {
    var batches: [Int?] = [nil]
    var passes: [(pass: Pass, bias: Bool)]?
    var scalars: [ScalarKind]?
    var layouts: [DataLayout]?
    var operation: Operation?
  }

  init(_ settings: ProblemSettings) {
    base = settings
    state = State()
  }

  mutating func read(_ path: String, nesting: [String]) throws(ConvError) {
    guard nesting.count < Self.deepest, !nesting.contains(path) else {
      throw .invalid("\(path): batch files include each other without end")
    }
    let bytes = try readFile(path)
    guard !bytes.isEmpty else { throw .invalid("\(path): is empty") }
    guard !bytes.contains(0) else { throw .invalid("\(path): is not a text file") }
    let text = String(decoding: bytes, as: UTF8.self)
    if text.contains("make_tuple") {
      problems += try DeepBench.problems(text, path: path, base)
      return
    }
    for (token, line) in Self.tokens(text) {
      do throws(ConvError) { try take(token, path, nesting) } catch {
        // What an included file reports already says where.
        if token.hasPrefix("--batch=") { throw error }
        throw .invalid("\(path):\(line): \(error)")
      }
    }
  }

  /// Tokens with the lines that they begin on.
  static func tokens(_ text: String) -> [(token: String, line: Int)] {
    var list: [(String, Int)] = []
    var joined = ""
    var first = 0
    for (index, whole) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      var words = whole.split(whereSeparator: \.isWhitespace).map(String.init)
      if let comment = words.firstIndex(where: { $0.hasPrefix("#") }) {
        words.removeSubrange(comment...)
      }
      for word in words {
        if joined.isEmpty { first = index + 1 }
        if word.hasSuffix("\\"), word == words.last {
          joined += word.dropLast()
        } else {
          list.append((joined + word, first))
          joined = ""
        }
      }
    }
    if !joined.isEmpty { list.append((joined, first)) }
    return list
  }

  private mutating func take(_ token: String, _ path: String, _ nesting: [String])
    throws(ConvError)
  {
    guard token.hasPrefix("--") else {
      // A tuple of DeepBench's without its C++, or a descriptor.
      if token.first == "(" || token.first?.isNumber == true {
        throw .invalid("\"\(token)\" is neither a descriptor nor std::make_tuple(...)")
      }
      return try add(token)
    }
    let parts = token.dropFirst(2).split(separator: "=", maxSplits: 1)
    let (key, value) = (parts.first.map(String.init) ?? "", parts.count > 1 ? String(parts[1]) : "")
    switch key {
    case "reset": state = State()
    case "conv": state.operation = nil
    case "deconv": state.operation = .transposedConvolution
    case "batch":
      let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
      try read(value.hasPrefix("/") ? value : folder + value, nesting: nesting + [path])
    case "mb":
      state.batches = try Self.list(value) { text throws(ConvError) -> Int? in
        guard let n = Int(text), (0...Axis.largest).contains(n) else {
          throw .invalid("--mb=\(text) is not a batch")
        }
        return n == 0 ? nil : n
      }
    case "dir": state.passes = try Self.list(value, Self.direction).flatMap { $0 }
    case "dt", "cfg": state.scalars = known(token, value) { ScalarKind(rawValue: $0) }
    case "stag", "dtag": state.layouts = known(token, value, Self.layout)
    default: note("--\(key) is ignored")
    }
  }

  private static func list<T>(_ text: String, _ read: (String) throws(ConvError) -> T)
    throws(ConvError) -> [T]
  {
    var all: [T] = []
    for part in text.split(separator: ",") { all.append(try read(String(part))) }
    guard !all.isEmpty else { throw .invalid("an option has no value") }
    return all
  }

  /// The values of an option that are known here, or nil; others are warned of.
  private mutating func known<T>(_ token: String, _ text: String, _ read: (String) -> T?) -> [T]? {
    let found = text.split(separator: ",").map { read(String($0)) }
    if found.contains(where: { $0 == nil }) { note("\(token) is ignored where it is not known") }
    let usable = found.compactMap(\.self)
    return usable.isEmpty ? nil : usable
  }

  private mutating func note(_ warning: String) {
    if !warnings.contains(warning) { warnings.append(warning) }
  }

  private static func layout(_ tag: String) -> DataLayout? {
    switch tag {
    case "abx", "any", "ncw", "nchw", "ncdhw", "abcd": .nchw
    case "axb", "nwc", "nhwc", "ndhwc", "acdb": .nhwc
    default: nil
    }
  }

  private static func direction(_ name: String) throws(ConvError) -> [(pass: Pass, bias: Bool)] {
    switch name.uppercased() {
    case "FWD_B": return [(.forward, true)]
    case "FWD_D", "FWD_I": return [(.forward, false)]
    case "BWD_D": return [(.inputGradient, false)]
    case "BWD_W": return [(.weightGradient, false)]
    case "BWD_WB": return [(.weightGradient, false), (.biasGradient, false)]
    default:
      throw .invalid("--dir=\(name) is none of FWD_B, FWD_D, FWD_I, BWD_D, BWD_W, BWD_WB")
    }
  }

  private mutating func add(_ descriptor: String) throws(ConvError) {
    var settings = base
    if let operation = state.operation { settings.operation = operation }
    for batch in state.batches {
      for scalar in state.scalars ?? [base.scalar] {
        for layout in state.layouts ?? [base.layout] {
          for (pass, bias) in state.passes ?? [(base.pass, base.bias)] {
            settings.batch = base.batch ?? batch
            (settings.scalar, settings.layout) = (scalar, layout)
            (settings.pass, settings.bias) = (pass, bias)
            problems.append(try NamedProblem(descriptor: descriptor, settings))
          }
        }
      }
    }
  }
}
