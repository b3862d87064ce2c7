import ConvCore

/// DeepBench's problems, as its header file lists them:
/// `std::make_tuple(w, h, c, n, k, filter_w, filter_h, pad_w, pad_h, wstride, hstride)`.
enum DeepBench {
  /// Every tuple of `text`, named by the set that it stands in (`training_set:3`).
  static func problems(
    _ text: String, path: String, _ settings: ProblemSettings
  ) throws(ConvError) -> [NamedProblem] {
    var problems: [NamedProblem] = []
    var set = "deepbench"
    var index = 0
    for (number, whole) in text.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      let line = withoutComment(whole)
      if let name = setName(line) { (set, index) = (name, 0) }
      var rest = line[...]
      while let start = rest.firstRange(of: "make_tuple(") {
        guard let end = rest[start.upperBound...].firstIndex(of: ")") else {
          throw .invalid("\(path):\(number + 1): a tuple without its closing parenthesis")
        }
        index += 1
        do throws(ConvError) {
          let problem = try problem(rest[start.upperBound..<end], settings)
          problems.append(NamedProblem(problem, name: "\(set):\(index)"))
        } catch { throw .invalid("\(path):\(number + 1): \(error)") }
        rest = rest[rest.index(after: end)...]
      }
    }
    return problems
  }

  private static func withoutComment(_ line: Substring) -> Substring {
    line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
  }

  /// `training_set` of `... training_set = {`.
  private static func setName(_ line: Substring) -> String? {
    guard let equals = line.firstIndex(of: "="), line[equals...].contains("{") else { return nil }
    return line[..<equals].split(whereSeparator: \.isWhitespace).last.map(String.init)
  }

  private static func problem(_ tuple: Substring, _ settings: ProblemSettings)
    throws(ConvError) -> ConvProblem
  {
    let n = tuple.split(separator: ",").map { Int($0.filter { !$0.isWhitespace }) ?? -1 }
    guard n.count == 11, !n.contains(where: { $0 < 0 }) else {
      throw .invalid("(\(tuple)) is not a tuple of 11 numbers: w h c n k s r pads strides")
    }
    return try ConvProblem(
      descriptor: "mb\(n[3])_ic\(n[2])ih\(n[1])iw\(n[0])_oc\(n[4])_kh\(n[6])kw\(n[5])"
        + "_sh\(n[10])sw\(n[9])_ph\(n[8])pw\(n[7])", settings)
  }
}
