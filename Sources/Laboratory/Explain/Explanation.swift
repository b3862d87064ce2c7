import ConvCore

/// Everything about a problem that can be said without computing it: shapes, operations, cost by
/// algorithm, the same problem in other systems, and what the outputs at the ends read.
public struct Explanation: Sendable {
  /// A title and its lines.
  public struct Section: Sendable {
    /// Title.
    public let title: String
    /// Lines, aligned.
    public let lines: [String]
  }

  /// In the order of reading.
  public let sections: [Section]

  /// Explains `problem` for the algorithms given, on the resources given.
  public init(
    _ problem: ConvProblem, _ algorithms: [any ConvAlgorithm], _ resources: Resources
  ) {
    sections = [
      Section(title: "Problem", lines: Self.shapes(problem)),
      Section(title: "Operations", lines: Self.operations(problem)),
      Section(title: "By algorithm", lines: Self.costs(problem, algorithms, resources)),
      Section(title: "In other words", lines: Self.translations(problem)),
      Section(title: "What the outputs at the ends read", lines: IndexDiagram(problem).lines),
    ]
  }

  private static func shapes(_ p: ConvProblem) -> [String] {
    func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: " x ") }
    let order = p.layout == .nchw ? "N, C, ..." : "N, ..., C"
    let weights = p.operation == .convolution ? "K, C / g, kernel" : "C, K / g, kernel"
    return Grid.columns([
      ["descriptor", p.descriptor],
      ["computes", "\(p.operation.rawValue), \(p.pass.rawValue), \(p.scalar.rawValue)"],
      [
        "input",
        "\(text(p.inputShape))  (\(order)), \(byteCount(p.inputCount * p.scalar.byteCount))",
      ],
      [
        "weights",
        "\(text(p.weightShape))  (\(weights)), \(byteCount(p.weightCount * p.scalar.byteCount))"
          + (p.bias ? ", and a bias of \(p.outChannels)" : ""),
      ],
      [
        "output",
        "\(text(p.outputShape))  (\(order)), \(byteCount(p.outputCount * p.scalar.byteCount))",
      ],
      ["border", p.border.rawValue],
      [
        "padding",
        p.spatialAxes.map { "\($0.low) before, \($0.high) after" }.joined(separator: "; "),
      ],
      [
        "convention",
        p.convention == .crossCorrelation ? "cross-correlation" : "convolution (flips)",
      ],
      [
        "kernel covers",
        p.spatialAxes.map { String($0.reach) }.joined(separator: " x ")
          + (p.dilation == .one
            ? "" : " (dilation counted from 1: \(p.spatialAxes.map(\.dilation)))"),
      ],
    ])
  }

  private static func operations(_ p: ConvProblem) -> [String] {
    let nominal = p.nominalOperations
    let dense = Double(p.outputCount / p.batch) * Double(p.inputCount / p.batch)
    return Grid.columns([
      ["nominal", "\(grouped(nominal))", "as published, padded taps included"],
      ["without padded taps", "\(grouped(p.unpaddedOperations))", "as benchdnn counts"],
      ["multiplications", "\(grouped(nominal / 2 / Double(p.batch)))", "for one input, nominal"],
      [
        "weights", "\(grouped(Double(p.weightCount)))",
        "a dense layer would have \(grouped(dense))",
      ],
    ])
  }

  private static func costs(
    _ p: ConvProblem, _ algorithms: [any ConvAlgorithm], _ resources: Resources
  ) -> [String] {
    var rows = [["algorithm", "operations", "workspace", "bound", "computed by"]]
    for algorithm in algorithms {
      switch algorithm.support(p, resources) {
      case .supported(let e):
        rows.append([
          algorithm.name.description, grouped(e.executedOperations), byteCount(e.workspaceBytes),
          e.error.summary(p.scalar), e.computedBy,
        ])
      case .unsupported(let why):
        rows.append([algorithm.name.description, "-", "-", "-", "unsupported: \(why)"])
      }
    }
    return Grid.columns(rows)
  }

  private static func translations(_ p: ConvProblem) -> [String] {
    Translation.all(of: p).flatMap { t -> [String] in
      let head = t.system.padded(to: 14)
      let rest = String(repeating: " ", count: 14)
      let lines = t.lines + t.warnings.map { "! \($0)" }
      return lines.enumerated().map { ($0 == 0 ? head : rest) + $1 }
    }
  }

  /// A whole number with its thousands apart: 86,400.
  static func grouped(_ value: Double) -> String {
    guard value < 1e18 else { return String(value) }
    let digits = Array(String(Int(value.rounded())))
    var text = ""
    for (i, digit) in digits.enumerated() {
      if i > 0 && (digits.count - i) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }
}

extension Grid {
  /// Rows of text in columns that start below each other.
  static func columns(_ rows: [[String]]) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { j in rows.map { j < $0.count ? $0[j].count : 0 }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { j, cell in
        j == row.count - 1 ? cell : cell.padded(to: widths[j] + 2)
      }
      return cells.joined()
    }
  }
}

extension ErrorModel {
  /// How the bound grows, for people; the data's norms make it a number.
  func summary(_ scalar: ScalarKind) -> String {
    switch self {
    case .roundedOnce: return "u |y|"
    case .summation(let terms, let chunk):
      return chunk < terms ? "sum of \(terms), \(chunk) at a time" : "sum of \(terms)"
    case .transform(let t):
      let points = t.tileInput.count
      return "transforms of \(points) points, growth \(Grid.text(t.growth))"
    case .lowered(_, let parts):
      guard let first = parts.first else { return "exact" }
      return parts.count == 1
        ? first.summary(scalar) : "\(first.summary(scalar)), \(parts.count) parts"
    case .sum(let steps): return steps.map { $0.summary(scalar) }.joined(separator: " + ")
    }
  }
}
