import ConvCore
import Glibc

extension GoldenCase {
  /// Reads a case folder: case.json and its arrays.
  ///
  /// - Throws: `ConvError.invalid` with the file, the field and what would be right.
  public init(reading folder: String) throws(ConvError) {
    let path = folder + "/case.json"
    let fields = CaseFields(try JSONValue.object(reading: path), path)
    try fields.checkNames()
    let kind = try fields.operation()
    func array(_ name: String) throws(ConvError) -> NpyArray {
      try NpyArray(reading: "\(folder)/\(name).npy")
    }
    let isWeightGradient = kind.pass == .weightGradient
    let expected = try array("expected")
    let first = try array(kind.pass == .inputGradient ? "outputGradient" : "input")
    let second = isWeightGradient ? try array("outputGradient") : nil
    let weights = isWeightGradient ? nil : try array("weight")
    let hasBias = kind.pass == .forward && access(folder + "/bias.npy", F_OK) == 0
    let bias = hasBias ? try array("bias") : nil
    let problem = try fields.problem(
      kind.operation, kind.pass,
      inputShape: kind.pass == .inputGradient ? try fields.shape("inputShape") : first.shape,
      weightShape: isWeightGradient ? try fields.shape("weightShape") : weights?.shape ?? [],
      hasBias: hasBias,
      scalar: Self.scalar([first, second, weights, bias]))
    let name = try fields.string("name") ?? folder.split(separator: "/").last.map(String.init) ?? ""
    do throws(ConvError) {
      try self.init(
        name: name, problem: problem, first: first, second: second, weights: weights, bias: bias,
        expected: expected, tolerance: try fields.tolerance())
    } catch { throw .invalid("\(folder): \(error)") }
  }

  /// The case folders at or below `path`, in order of their paths.
  ///
  /// - Throws: `ConvError.invalid` where there are none.
  public static func folders(below path: String) throws(ConvError) -> [String] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .invalid("\(path): \(systemMessage(errno))") }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .invalid("\(path): is a file, not a folder with a case.json")
    }
    var found: [String] = []
    try search(path, depth: 0, &found)
    guard !found.isEmpty else { throw .invalid("\(path): has no case.json in it or below it") }
    return found
  }

  private static func search(_ path: String, depth: Int, _ found: inout [String]) throws(ConvError)
  {
    if access(path + "/case.json", F_OK) == 0 { found.append(path) }
    guard depth < 32 else { throw .invalid("\(path): folders lie more than 32 deep") }
    guard let folder = opendir(path) else {
      throw .system("\(path): \(systemMessage(errno))")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    for name in names.sorted() {
      var status = stat()
      let below = path.hasSuffix("/") ? path + name : path + "/" + name
      if lstat(below, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        try search(below, depth: depth + 1, &found)
      }
    }
  }
}

/// The fields of a case.json.
struct CaseFields {
  static let names = [
    "name", "operation", "convention", "stride", "dilation", "padding", "border", "groups",
    "outputPadding", "tolerance", "of", "inputShape", "weightShape",
  ]
  private let fields: [String: JSONValue]
  private let path: String

  init(_ fields: [String: JSONValue], _ path: String) {
    self.fields = fields
    self.path = path
  }

  private func refuse(_ what: String) -> ConvError { .invalid("\(path): \(what)") }

  /// Refuses what looks like a misspelt field; others may hold what their author likes.
  func checkNames() throws(ConvError) {
    for name in fields.keys.sorted() where !Self.names.contains(name) {
      let missing = Self.names.filter { fields[$0] == nil }
      if let near = suggestion(for: name, among: missing) {
        throw refuse("has a field \"\(name)\": did you mean \"\(near)\"?")
      }
    }
  }

  func string(_ name: String) throws(ConvError) -> String? {
    switch fields[name] {
    case nil, .null: return nil
    case .string(let text): return text
    default: throw refuse("\"\(name)\" must be a text")
    }
  }

  func tolerance() throws(ConvError) -> Double? {
    switch fields["tolerance"] {
    case nil, .null: return nil
    case .number(let value) where value >= 0 && value.isFinite: return value
    default: throw refuse("\"tolerance\" must be a number of at least 0")
    }
  }

  private func choice<E: CaseIterable & RawRepresentable>(_ name: String, _ neutral: E)
    throws(ConvError) -> E where E.RawValue == String
  {
    guard let text = try string(name) else { return neutral }
    let all = E.allCases.map(\.rawValue)
    guard let value = E(rawValue: text) else {
      throw refuse(
        "\"\(name)\" is \"\(text)\"\(didYouMean(text, among: all)), none of "
          + all.joined(separator: ", "))
    }
    return value
  }

  /// The linear map and which of its operands is computed.
  func operation() throws(ConvError) -> (operation: Operation, pass: Pass) {
    let of: Operation = try choice("of", .convolution)
    guard let text = try string("operation") else {
      throw refuse("has no \"operation\": convolution, for one")
    }
    switch text {
    case "convolution", "transposedConvolution":
      guard fields["of"] == nil else {
        throw refuse("\"of\" belongs to gradients, not to \"\(text)\"")
      }
      return (Operation(rawValue: text) ?? of, .forward)
    case "inputGradient": return (of, .inputGradient)
    case "weightGradient": return (of, .weightGradient)
    default:
      let all = ["convolution", "transposedConvolution", "inputGradient", "weightGradient"]
      throw refuse(
        "\"operation\" is \"\(text)\"\(didYouMean(text, among: all)), none of "
          + all.joined(separator: ", "))
    }
  }

  func shape(_ name: String) throws(ConvError) -> [Int] {
    guard let value = fields[name] else { throw refuse("has no \"\(name)\", which gradients need") }
    guard case .array(let list) = value else { throw refuse("\"\(name)\" must be a list") }
    return try list.map { element throws(ConvError) in try integer(element, name) }
  }

  private func integer(_ value: JSONValue, _ name: String) throws(ConvError) -> Int {
    guard case .number(let number) = value, let integer = Int(exactly: number),
      abs(integer) <= Axis.largest
    else { throw refuse("\"\(name)\" must be whole numbers of at most \(Axis.largest)") }
    return integer
  }

  /// A number for each axis; one number stands for all.
  private func axes(_ name: String, _ rank: Int, _ neutral: Int) throws(ConvError) -> [Int] {
    guard rank > 0 else { return [neutral] }
    switch fields[name] {
    case nil, .null: return Array(repeating: neutral, count: rank)
    case .array(let list):
      guard list.count == rank else {
        throw refuse("\"\(name)\" has \(list.count) numbers for \(rank) axes")
      }
      return try list.map { element throws(ConvError) in try integer(element, name) }
    case .some(let value):
      return Array(repeating: try integer(value, name), count: rank)
    }
  }

  /// [before, after] for each axis; one number for both sides is read too.
  private func padding(_ rank: Int) throws(ConvError) -> [(low: Int, high: Int)] {
    guard case .array(let list) = fields["padding"] else {
      return try axes("padding", rank, 0).map { ($0, $0) }
    }
    guard list.count == rank || rank < 1 else {
      throw refuse("\"padding\" has \(list.count) pairs for \(rank) axes")
    }
    return try list.map { element throws(ConvError) -> (low: Int, high: Int) in
      guard case .array(let pair) = element else {
        let both = try integer(element, "padding")
        return (both, both)
      }
      guard pair.count == 2 else { throw refuse("\"padding\" must be pairs: [[1,1],[0,2]]") }
      return (try integer(pair[0], "padding"), try integer(pair[1], "padding"))
    }
  }

  /// The problem that the fields and the arrays' shapes describe.
  func problem(
    _ operation: Operation, _ pass: Pass, inputShape: [Int], weightShape: [Int], hasBias: Bool,
    scalar: ScalarKind
  ) throws(ConvError) -> ConvProblem {
    var description = ArrayProblem()
    let rank = inputShape.count - 2
    (description.operation, description.pass) = (operation, pass)
    description.stride = try axes("stride", rank, 1)
    description.dilation = try axes("dilation", rank, 1)
    description.outputPadding = try axes("outputPadding", rank, 0)
    description.padding = .explicit(try padding(rank).flatMap { [$0.low, $0.high] })
    description.groups = try axes("groups", 1, 1)[0]
    description.border = try choice("border", .zeros)
    description.convention = try choice("convention", .crossCorrelation)
    (description.bias, description.scalar) = (hasBias, scalar)
    do throws(ConvError) {
      return try description.problem(inputShape: inputShape, weightShape: weightShape)
    } catch { throw refuse("\(error)") }
  }
}
