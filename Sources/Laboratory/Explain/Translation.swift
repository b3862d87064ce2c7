import ConvCore

/// A problem as another system writes it.
public struct Translation: Sendable, Equatable {
  /// The system's name.
  public let system: String
  /// What to type there; empty where the system cannot say it.
  public internal(set) var lines: [String]
  /// Where conventions differ, or why it cannot be said; one line each.
  public internal(set) var warnings: [String]

  init(_ system: String, _ lines: [String] = [], warnings: [String] = []) {
    self.system = system
    self.lines = lines
    self.warnings = warnings
  }

  /// `problem` in every system known.
  public static func all(of problem: ConvProblem) -> [Translation] {
    let dialect = Dialect(problem)
    return [
      dialect.pyTorch, dialect.tensorFlow, dialect.onnx, dialect.scipySignal, dialect.scipyNDImage,
      dialect.openCV, dialect.oneDNN, dialect.deepBench, dialect.miOpen,
    ]
  }
}

/// What the translations share: the axes that the user gave, and facts about them.
struct Dialect {
  let p: ConvProblem
  let axes: [Axis]

  init(_ problem: ConvProblem) {
    p = problem
    axes = problem.spatialAxes
  }

  var isTransposed: Bool { p.operation == .transposedConvolution }
  var isFlipped: Bool { p.convention == .convolution }
  var isSymmetric: Bool { axes.allSatisfy { $0.low == $0.high } }
  var hasPadding: Bool { axes.contains { $0.low != 0 || $0.high != 0 } }
  var isDilated: Bool { axes.contains { $0.dilation > 1 } }
  var isStrided: Bool { axes.contains { $0.stride > 1 } }
  /// Whether outputs are as many as inputs on each axis.
  var keepsExtents: Bool { axes.allSatisfy { $0.low + $0.high == $0.reach - 1 } }
  var isOneChannel: Bool { p.inChannels == 1 && p.outChannels == 1 }
  /// The warning for systems that know no batch.
  var batchWarning: [String] { p.batch > 1 ? ["it takes one image: loop over the batch"] : [] }

  /// `(1, 2)`, or `1` where all are equal.
  func tuple(_ value: (Axis) -> Int) -> String {
    let list = axes.map(value)
    if Set(list).count == 1 { return String(list[0]) }
    return "(" + list.map(String.init).joined(separator: ", ") + ")"
  }

  /// `[1, 2]`.
  func list(_ value: (Axis) -> Int) -> String {
    "[" + axes.map { String(value($0)) }.joined(separator: ", ") + "]"
  }

  /// Warnings about dilation and flip that hold for systems that correlate and count from 1.
  var flipWarning: [String] {
    isFlipped
      ? ["it correlates: the kernel must be flipped first (our convention is convolution)"] : []
  }

  /// The gradient's warning for systems that have the forward pass only.
  var forwardOnly: String? {
    p.pass == .forward ? nil : "it has no \(p.pass.rawValue)"
  }
}
