import ConvCore

/// Which inputs the outputs at the ends of each axis read.
///
/// One line for each of the first and last outputs: input indices, `.` for a zero outside,
/// `(2)` for an element that a border puts there.
public struct IndexDiagram: Sendable {
  /// Lines of equal meaning for each axis, outermost first.
  public let lines: [String]

  /// Of the underlying convolution of `problem`.
  public init(_ problem: ConvProblem) {
    let p = problem.underlying
    let names = ["depth", "height", "width"]
    let isTransposed = problem.operation == .transposedConvolution
    var lines: [String] = []
    for axis in (3 - p.rank)..<3 {
      let a = p.axes[axis]
      let outputs = p.output[axis]
      for o in Self.ends(outputs) {
        let taps = (0..<a.kernel).map { t -> String in
          let i = o * a.stride + t * a.dilation - a.low
          guard let source = p.border.source(i, a.input) else { return "." }
          return source == i ? String(i) : "(\(source))"
        }
        let what = isTransposed ? "input \(o) adds to" : "output \(o) reads"
        lines.append("\(names[axis].padded(to: 6)) \(what.padded(to: 16)) \(Self.short(taps))")
      }
    }
    self.lines = lines
  }

  /// The first two and the last two indices.
  private static func ends(_ n: Int) -> [Int] {
    n <= 4 ? Array(0..<n) : [0, 1, n - 2, n - 1]
  }

  private static func short(_ taps: [String]) -> String {
    let width = taps.map(\.count).max() ?? 1
    let cells = taps.map { String(repeating: " ", count: width - $0.count) + $0 }
    if cells.count <= 15 { return cells.joined(separator: " ") }
    return (cells.prefix(7) + ["..."] + cells.suffix(6)).joined(separator: " ")
  }
}

extension String {
  /// Spaces added at the end up to a width.
  func padded(to width: Int) -> String {
    count >= width ? self : self + String(repeating: " ", count: width - count)
  }
}
