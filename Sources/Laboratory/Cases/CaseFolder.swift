import ConvCore
import FoundationEssentials
import Glibc

/// One golden case: a folder of `case.json` and NumPy arrays (docs/Cases.md).
public struct CaseFolder: Sendable {
  /// From case.json, or the folder's name.
  public let name: String
  /// Where it was read.
  public let path: String
  /// What is computed: in f32 for f4 arrays, in f64 for f8 and integers.
  public let problem: ConvProblem
  /// Operands by the names of their files.
  public let input: NpyArray?, weight: NpyArray?, bias: NpyArray?, outputGradient: NpyArray?
  /// The right answer.
  public let expected: NpyArray
  /// Relative L2 error that passes, where the case says one.
  public let tolerance: Double?

  /// What case.json may say; what it leaves out is neutral.
  struct Description: Codable {
    var name: String?
    var operation: String?
    var of: String?
    var convention: String?
    var stride: [Int]?
    var dilation: [Int]?
    var padding: [[Int]]?
    var border: String?
    var groups: Int?
    var outputPadding: [Int]?
    var tolerance: Double?
    var inputShape: [Int]?
    var weightShape: [Int]?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, operation, of, convention, stride, dilation, padding, border, groups
      case outputPadding, tolerance, inputShape, weightShape
    }
  }

  /// Reads a folder.
  ///
  /// - Throws: `ConvError.invalid` naming the file and what is wrong in it.
  public init(reading path: String) throws(ConvError) {
    self.path = path
    let file = "\(path)/case.json"
    let description = try Description(reading: file)
    name = description.name ?? String(path.split(separator: "/").last ?? "case")
    tolerance = description.tolerance
    expected = try NpyArray(reading: "\(path)/expected.npy")
    func array(_ name: String) throws(ConvError) -> NpyArray? {
      access("\(path)/\(name).npy", F_OK) == 0 ? try NpyArray(reading: "\(path)/\(name).npy") : nil
    }
    input = try array("input")
    weight = try array("weight")
    bias = try array("bias")
    outputGradient = try array("outputGradient")
    do {
      problem = try CaseShape(
        description, input: input?.shape ?? description.inputShape,
        weight: weight?.shape ?? description.weightShape, hasBias: bias != nil,
        isSingle: Self.isSingle(expected)
      ).problem
      try check()
    } catch { throw .invalid("\(path): \(error)") }
  }

  private static func isSingle(_ array: NpyArray) -> Bool {
    if case .f4 = array.values { return true }
    return false
  }

  /// Every operand of the pass must be there, in the shape that the problem says.
  private func check() throws(ConvError) {
    var needed: [(String, NpyArray?, [Int])] = [
      ("expected", expected, problem.operandShapes.result)
    ]
    switch problem.pass {
    case .forward:
      needed.append(("input", input, problem.inputShape))
      needed.append(("weight", weight, problem.weightShape))
      if bias != nil { needed.append(("bias", bias, [problem.outChannels])) }
    case .inputGradient:
      needed.append(("weight", weight, problem.weightShape))
      needed.append(("outputGradient", outputGradient, problem.outputShape))
    default:
      needed.append(("input", input, problem.inputShape))
      needed.append(("outputGradient", outputGradient, problem.outputShape))
    }
    for (name, array, shape) in needed {
      guard let array else { throw .invalid("\(name).npy is missing") }
      guard array.shape == shape else {
        throw .invalid("\(name).npy has shape \(array.shape), but the problem says \(shape)")
      }
    }
  }

  /// Its arrays as operands of the pass.
  ///
  /// - Throws: `ConvError.invalid` for integers that the scalar does not hold.
  func operands<S: ConvScalar>(as: S.Type) throws(ConvError) -> Operands<S> {
    func values(_ array: NpyArray?) throws(ConvError) -> [S]? {
      guard let array else { return nil }
      return try Tensor<S>(array).elements
    }
    let isForward = problem.pass == .forward
    return try Operands(
      problem,
      first: try values(problem.pass == .inputGradient ? outputGradient : input) ?? [],
      second: problem.pass == .weightGradient ? try values(outputGradient) : nil,
      weights: problem.hasStationaryWeights ? try values(weight) : nil,
      bias: isForward ? try values(bias) : nil)
  }

  /// All folders with a case.json at or below `path`, in order.
  ///
  /// - Throws: `ConvError.invalid` where there is none.
  public static func find(below path: String) throws(ConvError) -> [String] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .invalid("\(path): \(systemMessage(errno))") }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .invalid("\(path): is a file, not a folder with a case.json")
    }
    var found: [String] = []
    collect(path, depth: 0, &found)
    guard !found.isEmpty else {
      throw .invalid("\(path): there is no case.json in it or below it")
    }
    return found.sorted()
  }

  private static func collect(_ path: String, depth: Int, _ found: inout [String]) {
    if access("\(path)/case.json", F_OK) == 0 { found.append(path) }
    guard depth < 16, let folder = opendir(path) else { return }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      // Links are not followed: they may lead back up.
      if name != ".", name != "..", entry.pointee.d_type == UInt8(DT_DIR) { names.append(name) }
    }
    closedir(folder)
    for name in names { collect("\(path)/\(name)", depth: depth + 1, &found) }
  }
}

extension CaseFolder.Description {
  /// Reads case.json.
  ///
  /// - Throws: `ConvError.invalid` with the field that is wrong. Fields of other names may hold what
  ///   their author likes, unless they look like a misspelt one.
  init(reading file: String) throws(ConvError) {
    let bytes = try readFile(file, limit: 1 << 20)
    guard !bytes.isEmpty else { throw .invalid("\(file): is empty") }
    guard let names = try? JSONDecoder().decode(FieldNames.self, from: Data(bytes)).names else {
      throw .invalid("\(file): is not a JSON object")
    }
    let known = CodingKeys.allCases.map(\.rawValue)
    for name in names.sorted() where !known.contains(name) {
      let missing = known.filter { !names.contains($0) }
      if let near = suggestion(for: name, among: missing) {
        throw .invalid("\(file): has a field \"\(name)\": did you mean \"\(near)\"?")
      }
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch DecodingError.typeMismatch(_, let context),
      DecodingError.dataCorrupted(let context)
    {
      let field = context.codingPath.first?.stringValue ?? ""
      throw .invalid("\(file): \"\(field)\" must be \(Self.right(field))")
    } catch { throw .invalid("\(file): is no JSON object of the fields of docs/Cases.md") }
    if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
      throw .invalid("\(file): \"tolerance\" must be a number of at least 0")
    }
  }

  private static func right(_ field: String) -> String {
    switch CodingKeys(rawValue: field) {
    case .name, .operation, .of, .convention, .border: "a text"
    case .tolerance: "a number"
    case .groups: "a whole number"
    case .padding: "pairs of whole numbers: [[1,1],[0,2]]"
    default: "a list of whole numbers"
    }
  }
}

/// The names of an object's fields.
private struct FieldNames: Decodable {
  struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  let names: [String]

  init(from decoder: any Decoder) throws {
    names = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue)
  }
}

/// The problem that a description and the arrays' shapes make.
struct CaseShape {
  let problem: ConvProblem

  init(
    _ d: CaseFolder.Description, input: [Int]?, weight: [Int]?, hasBias: Bool, isSingle: Bool
  ) throws(ConvError) {
    let (operation, pass) = try Self.kind(d)
    guard let input, let weight else {
      throw .invalid("the shapes of input and weight are needed: as arrays, or in case.json")
    }
    let rank = input.count - 2
    guard (1...3).contains(rank), weight.count == input.count else {
      throw .invalid("input \(input) and weight \(weight) are no batch and kernel of rank 1 to 3")
    }
    func list(_ values: [Int]?, _ name: String, _ neutral: Int) throws(ConvError) -> [Int] {
      guard let values else { return Array(repeating: neutral, count: rank) }
      guard values.count == rank else {
        throw .invalid("\(name) has \(values.count) numbers for \(rank) axes")
      }
      return values
    }
    let stride = try list(d.stride, "stride", 1)
    let dilation = try list(d.dilation, "dilation", 1)
    let extra = try list(d.outputPadding, "outputPadding", 0)
    let padding = d.padding ?? Array(repeating: [0, 0], count: rank)
    guard padding.count == rank, padding.allSatisfy({ $0.count == 2 && $0.min()! >= 0 }) else {
      throw .invalid("padding must be [before, after] for each of \(rank) axes, none negative")
    }
    let groups = d.groups ?? 1
    let isTransposed = operation == .transposedConvolution
    let (per, overflow) = weight[1].multipliedReportingOverflow(by: groups)
    guard groups >= 1, !overflow else {
      throw .invalid("groups is \(groups), but must be at least 1")
    }
    guard isTransposed ? weight[0] == input[1] : per == input[1] else {
      throw .invalid(
        "weight \(weight) in \(groups) groups does not fit the \(input[1]) channels of the input")
    }
    problem = try ConvProblem(
      batch: input[0], inChannels: input[1], outChannels: isTransposed ? per : weight[0],
      groups: groups,
      axes: (0..<rank).map {
        Axis(
          input[$0 + 2], kernel: weight[$0 + 2], stride: stride[$0], dilation: dilation[$0],
          low: padding[$0][0], high: padding[$0][1], outputPadding: extra[$0])
      },
      operation: operation, pass: pass,
      border: try Self.value(d.border, "border", .zeros),
      convention: try Self.value(d.convention, "convention", .crossCorrelation),
      bias: hasBias && pass == .forward, scalar: isSingle ? .f32 : .f64)
  }

  private static func kind(_ d: CaseFolder.Description) throws(ConvError) -> (Operation, Pass) {
    let of: Operation = try value(d.of, "of", .convolution)
    switch d.operation ?? "convolution" {
    case "convolution": return (.convolution, .forward)
    case "transposedConvolution": return (.transposedConvolution, .forward)
    case "inputGradient": return (of, .inputGradient)
    case "weightGradient": return (of, .weightGradient)
    default:
      throw .invalid(
        "operation \"\(d.operation ?? "")\" is none of convolution, transposedConvolution, "
          + "inputGradient, weightGradient")
    }
  }

  private static func value<T: RawRepresentable & CaseIterable>(
    _ text: String?, _ name: String, _ neutral: T
  ) throws(ConvError) -> T where T.RawValue == String {
    guard let text else { return neutral }
    guard let value = T(rawValue: text) else {
      let names = T.allCases.map(\.rawValue)
      throw .invalid("\(name) \"\(text)\" is none of \(names.joined(separator: ", "))")
    }
    return value
  }
}
