import ConvCore
import FoundationEssentials

extension GoldenCase {
  /// Writes a case folder: case.json and its arrays.
  ///
  /// - Throws: `ConvError.system` where the system refuses.
  public func write(to folder: String) throws(ConvError) {
    try makeFolder(folder)
    let isGradient = problem.pass == .inputGradient
    try first.write(to: "\(folder)/\(isGradient ? "outputGradient" : "input").npy")
    try second?.write(to: "\(folder)/outputGradient.npy")
    try weights?.write(to: "\(folder)/weight.npy")
    try bias?.write(to: "\(folder)/bias.npy")
    try expected.write(to: "\(folder)/expected.npy")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do { data = try encoder.encode(JSONValue.object(fields)) } catch {
      throw .system("\(folder)/case.json: \(error)")
    }
    try writeFile("\(folder)/case.json", Array(data) + [UInt8(ascii: "\n")])
  }

  private var fields: [String: JSONValue] {
    func list(_ value: (Axis) -> Int) -> JSONValue {
      .array(problem.spatialAxes.map { .number(Double(value($0))) })
    }
    let isForward = problem.pass == .forward
    let operation = isForward ? problem.operation.rawValue : problem.pass.rawValue
    var fields: [String: JSONValue] = [
      "name": .string(name), "operation": .string(operation),
      "convention": .string(problem.convention.rawValue), "stride": list(\.stride),
      "dilation": list(\.dilation), "border": .string(problem.border.rawValue),
      "groups": .number(Double(problem.groups)),
      "padding": .array(
        problem.spatialAxes.map {
          .array([.number(Double($0.low)), .number(Double($0.high))])
        }),
    ]
    if problem.operation == .transposedConvolution {
      fields["outputPadding"] = list(\.outputPadding)
      if !isForward { fields["of"] = .string(problem.operation.rawValue) }
    }
    func shape(_ extents: [Int]) -> JSONValue { .array(extents.map { .number(Double($0)) }) }
    if problem.pass == .inputGradient { fields["inputShape"] = shape(problem.inputShape) }
    if problem.pass == .weightGradient { fields["weightShape"] = shape(problem.weightShape) }
    if let tolerance { fields["tolerance"] = .number(tolerance) }
    return fields
  }
}
