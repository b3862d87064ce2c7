import ConvCore

/// A network in one line (CLASSROOM D18):
///
///     [conv -> relu -> pool]*2 -> [dense -> relu]*1 -> dense -> softmax
///
/// Layers are separated by `->`; `[...]*N` repeats. A layer is a word with arguments after `:`,
/// by position or by name: `conv:32`, `conv:32,5,stride=2`, `pool:3,stride=2,same`,
/// `dropout:0.25`, `dense:128`. Where a number is left out: convolutions have 32, 64, 128 ...
/// filters of 3x3 (doubling after each pooling, `same`), pooling windows are 2, a dense layer has
/// 128 units, and the last one (`dense:classes`) as many as classes. `flatten` before the first dense layer may be
/// left out.
extension Model {
  /// Reads a line.
  ///
  /// - Throws: `ConvError.invalid` naming the word that cannot be.
  public init(parsing text: String, input: FeatureShape, classes: Int) throws(ConvError) {
    let words = try LineParser.words(text)
    guard !words.isEmpty else { throw .invalid("a model has at least one layer") }
    guard words.count <= 1000 else { throw .invalid("a model has at most 1000 layers") }
    let lastDense = words.lastIndex { $0.hasPrefix("dense") }
    var layers: [LayerSpec] = []
    var filters = 32
    var isFlat = input.isFlat
    for (i, word) in words.enumerated() {
      let layer = try LayerSpec(
        parsing: word, defaultFilters: filters, isLastDense: i == lastDense)
      switch layer {
      case .pooling: filters = min(filters * 2, 1024)
      case .dense where !isFlat:
        layers.append(.flatten)
        isFlat = true
      case .flatten, .globalPooling: isFlat = true
      default: break
      }
      layers.append(layer)
    }
    self.init(name: "custom", input: input, classes: classes, layers: layers)
    _ = try shapes()
  }
}

/// Splits a line into words, repeating what stands in brackets.
private enum LineParser {
  static func words(_ text: String) throws(ConvError) -> [String] {
    var rest = Substring(text.filter { !$0.isWhitespace })
    let list = try sequence(&rest, depth: 0)
    guard rest.isEmpty else { throw .invalid("\"\(rest)\" is left over: is a bracket missing?") }
    return list
  }

  private static func sequence(_ rest: inout Substring, depth: Int) throws(ConvError) -> [String] {
    guard depth < 8 else { throw .invalid("brackets are nested more than 8 deep") }
    var list: [String] = []
    while !rest.isEmpty && rest.first != "]" {
      if rest.first == "[" {
        rest.removeFirst()
        let inner = try sequence(&rest, depth: depth + 1)
        guard rest.first == "]" else { throw .invalid("a bracket is not closed") }
        rest.removeFirst()
        let times = try repetitions(&rest)
        guard list.count + times * inner.count <= 1000 else {
          throw .invalid("a model has at most 1000 layers")
        }
        for _ in 0..<times { list += inner }
      } else {
        let end = rest.indices.first { rest[$0...].hasPrefix("->") } ?? rest.endIndex
        let bracket = rest.firstIndex { $0 == "]" || $0 == "[" } ?? rest.endIndex
        let stop = min(end, bracket)
        guard stop > rest.startIndex else { throw .invalid("a layer is missing at \"\(rest)\"") }
        list.append(String(rest[..<stop]))
        rest = rest[stop...]
      }
      if rest.hasPrefix("->") {
        rest.removeFirst(2)
        guard !rest.isEmpty else { throw .invalid("a layer is missing after the last ->") }
      } else if !rest.isEmpty && rest.first != "]" {
        throw .invalid("-> is missing before \"\(rest)\"")
      }
    }
    return list
  }

  private static func repetitions(_ rest: inout Substring) throws(ConvError) -> Int {
    guard rest.first == "*" else { return 1 }
    rest.removeFirst()
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard let times = Int(digits), (1...100).contains(times) else {
      throw .invalid("a bracket is repeated 1 to 100 times, not \"\(digits)\"")
    }
    rest = rest.dropFirst(digits.count)
    return times
  }
}

extension LayerSpec {
  /// Reads one layer.
  init(parsing word: String, defaultFilters: Int, isLastDense: Bool) throws(ConvError) {
    let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
    var a = try Arguments(parts.count > 1 ? parts[1] : "", of: word)
    switch parts.first ?? "" {
    case "conv": self = .convolution(try a.filters(defaultFilters))
    case "transposed", "deconv": self = .transposedConvolution(try a.filters(defaultFilters))
    case "separable": self = .separableConvolution(try a.filters(defaultFilters))
    case "pool", "maxpool": self = .pooling(.max, try a.window())
    case "avgpool": self = .pooling(.average, try a.window())
    case "globalmax": self = .globalPooling(.max)
    case "globalavg": self = .globalPooling(.average)
    case "relu": self = .activation(.relu)
    case "leakyrelu": self = .activation(.leakyReLU(try a.number("slope", 0.01)))
    case "prelu": self = .activation(.prelu)
    case "elu": self = .activation(.elu(try a.number("alpha", 1)))
    case "sigmoid": self = .activation(.sigmoid)
    case "tanh": self = .activation(.tanh)
    case "softmax": self = .softmax
    case "batchnorm", "bn": self = .batchNormalization
    case "dropout": self = .dropout(try a.number("rate", 0.5))
    case "flatten": self = .flatten
    case "dense": self = .dense(try a.units(isLast: isLastDense))
    default:
      let known = [
        "conv", "transposed", "separable", "pool", "avgpool", "globalmax", "globalavg", "relu",
        "leakyrelu", "prelu", "elu", "sigmoid", "tanh", "softmax", "batchnorm", "dropout",
        "flatten", "dense",
      ]
      throw .invalid(
        "no layer \"\(parts.first ?? "")\"\(didYouMean(parts.first ?? "", among: known)): there are "
          + known.joined(separator: ", "))
    }
    try a.finish()
  }
}

/// Arguments of one layer, by position or name; each is taken once.
private struct Arguments {
  private let word: String
  private var positional: [String] = []
  private var named: [String: String] = [:]

  init(_ text: String, of word: String) throws(ConvError) {
    self.word = word
    for argument in text.split(separator: ",") {
      let pair = argument.split(separator: "=", maxSplits: 1).map(String.init)
      if pair.count == 2 {
        named[pair[0]] = pair[1]
      } else if ["same", "valid", "full"].contains(pair[0]) {
        named["padding"] = pair[0]
      } else {
        positional.append(pair[0])
      }
    }
  }

  private mutating func take(_ name: String) -> String? {
    if let value = named.removeValue(forKey: name) { return value }
    return nil
  }

  private mutating func next(_ name: String) -> String? {
    if let value = take(name) { return value }
    return positional.isEmpty ? nil : positional.removeFirst()
  }

  private func integer(_ text: String?, _ name: String, _ value: Int) throws(ConvError) -> Int {
    guard let text else { return value }
    guard let number = Int(text), (1...1_000_000).contains(number) else {
      throw .invalid("\(word): \(name) must be a whole number from 1 on, not \"\(text)\"")
    }
    return number
  }

  mutating func number(_ name: String, _ value: Double) throws(ConvError) -> Double {
    guard let text = next(name) else { return value }
    guard let number = Double(text), number.isFinite else {
      throw .invalid("\(word): \(name) must be a number, not \"\(text)\"")
    }
    return number
  }

  mutating func filters(_ count: Int) throws(ConvError) -> LayerSpec.Filters {
    let count = try integer(next("filters"), "filters", count)
    let size = next("kernel")?.split(separator: "x").map(String.init) ?? ["3"]
    guard size.count <= 2, let first = size.first else {
      throw .invalid("\(word): a kernel is 3 or 3x5")
    }
    let height = try integer(first, "kernel", 3)
    let width = try integer(size.last, "kernel", 3)
    let stride = try integer(next("stride"), "stride", 1)
    let dilation = try integer(take("dilation"), "dilation", 1)
    let groups = try integer(take("groups"), "groups", 1)
    let padding = try Padding(
      parsing: (take("padding") ?? "same").map { $0 == "/" ? "," : String($0) }.joined())
    let name = take("border") ?? "zeros"
    guard let border = Border(rawValue: name) else {
      throw .invalid("\(word): no border \"\(name)\"")
    }
    return LayerSpec.Filters(
      count, height: height, width: width, stride: stride, dilation: dilation, padding: padding,
      groups: groups, border: border)
  }

  mutating func window() throws(ConvError) -> LayerSpec.Window {
    let size = try integer(next("size"), "size", 2)
    let stride = try integer(next("stride"), "stride", size)
    let padding = take("padding") ?? "valid"
    guard padding == "same" || padding == "valid" else {
      throw .invalid("\(word): pooling is same or valid, not \"\(padding)\"")
    }
    return LayerSpec.Window(size, stride: stride, isSame: padding == "same")
  }

  mutating func units(isLast: Bool) throws(ConvError) -> Int? {
    guard let text = next("units") else { return isLast ? nil : 128 }
    if text == "classes" { return nil }
    return try integer(text, "units", 128)
  }

  func finish() throws(ConvError) {
    guard positional.isEmpty, named.isEmpty else {
      let rest = positional + named.keys.sorted()
      throw .invalid("\(word): \(rest.joined(separator: ", ")) means nothing here")
    }
  }
}
