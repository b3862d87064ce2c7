extension NamedProblem {
  /// Reads a benchdnn descriptor: `mb4_ic64ih56oc64oh56kh3ph1`, `ic16iw5oc8kw3n"first*2"`.
  ///
  ///     descriptor = { "_" | key number } [ "n" name ]
  ///     key = g mb | ic id ih iw | oc od oh ow | kd kh kw | sd sh sw | pd ph pw | dd dh dw
  ///
  /// Entries come in any order and a repeated one replaces the first. Left out, `mb` is 2, `g` and
  /// strides are 1, dilation (counted from 0) is 0; sizes of the depth alone stand for all three
  /// axes, of the height alone for height and width, of the width alone make a problem of rank 1. An
  /// axis with an input but no kernel has the kernel of the axis before it, which benchdnn refuses.
  /// Without output there is the padding written (or none) on both sides; with it padding is
  /// ((o - 1) s - i + K) / 2 unless written, where K = (k - 1)(d + 1) + 1, and the far side gets
  /// what is implied, (o - 1) s - i + K - p, which a remainder of the stride makes negative.
  ///
  /// For a transposed convolution `i` is its input and `o` its output: o = (i - 1) s + K - 2 p plus
  /// output padding, and the far side is cropped by (i - 1) s + K - o - p.
  ///
  /// - Throws: `ConvError.invalid` naming the key that is wrong, and what would be right.
  public init(
    descriptor: String, _ settings: ProblemSettings = ProblemSettings()
  ) throws(ConvError) {
    var entries = try DescriptorEntries(descriptor)
    if let batch = settings.batch { entries.values["mb"] = batch }
    let axes = try entries.axes()
    var resolved: [Axis] = []
    for (index, axis) in axes.enumerated() {
      resolved.append(try axis.resolved(index: index, rank: axes.count, settings))
    }
    let problem = try ConvProblem(
      batch: entries.values["mb"] ?? 2, inChannels: try entries.required("ic"),
      outChannels: try entries.required("oc"), groups: entries.values["g"] ?? 1, axes: resolved,
      operation: settings.operation, pass: settings.pass, border: settings.border,
      convention: settings.convention, bias: settings.bias, layout: settings.layout,
      scalar: settings.scalar)
    self.init(problem, name: entries.name, multiplicity: entries.multiplicity)
  }
}

/// A descriptor taken apart: numbers by key, as written.
struct DescriptorEntries {
  static let keys = [
    "g", "mb", "ic", "id", "ih", "iw", "oc", "od", "oh", "ow", "kd", "kh", "kw", "sd", "sh", "sw",
    "pd", "ph", "pw", "dd", "dh", "dw",
  ]
  var values: [String: Int] = [:]
  var name = ""
  var multiplicity = 1

  init(_ text: String) throws(ConvError) {
    var rest = Substring(text)
    while let first = rest.first {
      if first == "_" {
        rest.removeFirst()
      } else if first == "n" {
        (name, multiplicity) = Self.name(rest.dropFirst())
        return
      } else if let key = Self.keys.first(where: { rest.hasPrefix($0) }) {
        rest = rest.dropFirst(key.count)
        values[key] = try Self.number(&rest, key)
      } else {
        let word = String(rest.prefix { $0 != "_" && !$0.isNumber && $0 != "-" })
        let shown = word.isEmpty ? String(rest.prefix(12)) : word
        throw .invalid(
          "unknown key \"\(shown)\" in descriptor \"\(text)\" "
            + "(keys: \(Self.keys.joined(separator: " ")))")
      }
    }
  }

  /// The number at the start of `rest`, within what `key` may be.
  private static func number(_ rest: inout Substring, _ key: String) throws(ConvError) -> Int {
    let negative = rest.first == "-"
    let digits = (negative ? rest.dropFirst() : rest).prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty else {
      throw .invalid("\(key) has no number after it: write it as \(key)3")
    }
    rest = rest.dropFirst(digits.count + (negative ? 1 : 0))
    let least = "pd".contains(key.first ?? "g") ? 0 : 1
    guard !negative, Int(digits) != 0 || least == 0 else {
      throw .invalid("\(key) is \(negative ? "-" : "")\(digits), but must be at least \(least)")
    }
    guard let value = Int(digits), value <= Axis.largest else {
      throw .invalid("\(key) is \(digits), but must be at most \(Axis.largest)")
    }
    return value
  }

  /// `"vgg_19:conv3_2*3"` is a name and a multiplicity of 3.
  static func name(_ text: Substring) -> (String, Int) {
    var name = text
    if name.count >= 2, name.first == "\"", name.last == "\"" {
      name = name.dropFirst().dropLast()
    }
    if let star = name.lastIndex(of: "*"), let count = Int(name[name.index(after: star)...]),
      (1...Axis.largest).contains(count)
    {
      return (String(name[..<star]), count)
    }
    return (String(name), 1)
  }

  func required(_ key: String) throws(ConvError) -> Int {
    guard let value = values[key] else {
      throw .invalid("\(key) is missing: a descriptor needs ic, oc, and input and kernel sizes")
    }
    return value
  }

  /// The values, where an input extent without a kernel has the kernel of the axis before it, and its
  /// stride, padding and dilation unless written.
  private var completed: [String: Int] {
    var all = values
    for (from, to) in [("d", "h"), ("h", "w")]
    where all["i\(to)"] != nil && all["k\(to)"] == nil && all["k\(from)"] != nil {
      for key in ["k", "s", "p", "d"] where all[key + to] == nil { all[key + to] = all[key + from] }
    }
    return all
  }

  /// The axes that are written, promoted: depth alone to three, height alone to two.
  func axes() throws(ConvError) -> [WrittenAxis] {
    let values = completed
    let all = "dhw".map { WrittenAxis($0, values) }
    let present = all.map(\.isPresent)
    let promoted: [WrittenAxis]
    switch (present[0], present[1], present[2]) {
    case (true, false, false): promoted = [all[0], all[0], all[0]]
    case (true, true, true): promoted = all
    case (false, true, false): promoted = [all[1], all[1]]
    case (false, true, true): promoted = [all[1], all[2]]
    case (false, false, true): promoted = [all[2]]
    case (true, let h, _):
      throw .invalid(
        "i\(h ? "w" : "h") is missing: beside id a descriptor has both ih and iw, or neither")
    case (false, false, false):
      throw .invalid(
        "ih is missing: a descriptor has at least one of id, ih and iw, with kd, kh, kw")
    }
    for axis in promoted { try axis.requireSizes() }
    return promoted
  }
}
