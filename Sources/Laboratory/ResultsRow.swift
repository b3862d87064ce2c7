import ConvCore

/// One row of a results file: an outcome with the name of its problem and what it was measured on.
public struct ResultsRow: Sendable {
  /// The problem's name and multiplicity.
  public var named: NamedProblem
  /// What became of it.
  public var outcome: Outcome
  /// What the operands were filled with.
  public var fill: String
  /// The measured peak in 10^9 operations a second on the row's threads, or nil.
  public var peak: Double?

  /// A row; `named` gives name and multiplicity, the problem is the outcome's.
  public init(_ named: NamedProblem, _ outcome: Outcome, fill: String, peak: Double? = nil) {
    self.named = named
    self.outcome = outcome
    self.fill = fill
    self.peak = peak
  }

  /// The columns of schema 1, in order.
  public static var columns: [String] { table.map(\.name) }

  /// The fields of schema 1; empty where a figure does not exist.
  public var fields: [String] { Self.table.map { $0.value(self) } }

  /// What tells rows apart: everything up to the number of threads.
  public var identity: [String] { Array(fields.prefix(Self.identityCount)) }

  /// The first columns, up to `threads`, tell rows apart.
  public static let identityCount = (columns.firstIndex(of: "threads") ?? -1) + 1

  /// Columns that were added to schema 1 after its first files were written.
  public static let addedColumns: Set<String> = [
    "same_runs", "same_threads", "same_batch",
  ]

  private typealias Column = (name: String, value: @Sendable (ResultsRow) -> String)

  private static let table: [Column] = problemColumns + shapeColumns + resultColumns

  private static let problemColumns: [Column] = [
    ("problem", { $0.outcome.problem.descriptor }),
    ("name", { $0.named.name }),
    ("multiplicity", { "\($0.named.multiplicity)" }),
    ("operation", { $0.outcome.problem.operation.rawValue }),
    ("pass", { $0.outcome.problem.pass.rawValue }),
    ("dtype", { $0.outcome.problem.scalar.rawValue }),
    ("layout", { $0.outcome.problem.layout.rawValue }),
    ("border", { $0.outcome.problem.border.rawValue }),
    ("convention", { $0.outcome.problem.convention.rawValue }),
    ("bias", { $0.outcome.problem.bias ? "1" : "0" }),
    ("fill", { $0.fill }),
  ]

  /// benchdnn's names; axes that the problem does not have are neutral (1, or padding 0).
  private static let shapeColumns: [Column] = {
    var columns: [Column] = [
      ("rank", { "\($0.outcome.problem.rank)" }),
      ("mb", { "\($0.outcome.problem.batch)" }),
      ("g", { "\($0.outcome.problem.groups)" }),
      ("ic", { "\($0.outcome.problem.inChannels)" }),
    ]
    columns += axes("i%") { axis, _ in axis.input }
    columns.append(("oc", { "\($0.outcome.problem.outChannels)" }))
    columns += axes("o%") { axis, operation in axis.output(operation) }
    columns += axes("k%") { axis, _ in axis.kernel }
    columns += axes("s%") { axis, _ in axis.stride }
    columns += axes("p%") { axis, _ in axis.low }
    columns += axes("p%_r") { axis, operation in axis.farPadding(operation) }
    columns += axes("op%") { axis, _ in axis.outputPadding }
    columns += axes("d%") { axis, _ in axis.dilation - 1 }
    columns.append(("algorithm", { $0.outcome.algorithm.family }))
    columns.append(("variant", { $0.outcome.algorithm.variant }))
    columns.append(("threads", { "\($0.outcome.threads)" }))
    return columns
  }()

  private static func axes(
    _ name: String, _ value: @escaping @Sendable (Axis, Operation) -> Int
  ) -> [Column] {
    "dhw".enumerated().map { (index, letter) -> Column in
      let title = String(name.flatMap { $0 == "%" ? [letter] : [$0] })
      return (title, { "\(value($0.outcome.problem.axes[index], $0.outcome.problem.operation))" })
    }
  }

  private static let resultColumns: [Column] = [
    ("status", { $0.outcome.status.rawValue }),
    ("reason", { $0.outcome.reason }),
    ("plan_ms", { time($0, \.plan) }),
    ("prepare_ms", { time($0, \.prepare) }),
    ("min_ms", { time($0, \.minimum) }),
    ("median_ms", { time($0, \.median) }),
    ("q1_ms", { time($0, \.firstQuartile) }),
    ("q3_ms", { time($0, \.thirdQuartile) }),
    ("ci_low_ms", { time($0, \.low) }),
    ("ci_high_ms", { time($0, \.high) }),
    ("samples", { text($0.outcome.timing?.samples.count) }),
    ("noisy", { text($0.outcome.timing.map { $0.noisy ? 1 : 0 }) }),
    ("speedup", { text($0.outcome.timing?.speedup) }),
    ("speedup_low", { text($0.outcome.timing?.speedupLow) }),
    ("speedup_high", { text($0.outcome.timing?.speedupHigh) }),
    ("baseline", { $0.outcome.timing?.baseline?.description ?? "" }),
    ("gflop_nominal", { text($0.outcome.problem.nominalOperations * 1e-9) }),
    ("gflop_unpadded", { text($0.outcome.problem.unpaddedOperations * 1e-9) }),
    ("gflop_executed", { text($0.outcome.executedOperations.map { $0 * 1e-9 }) }),
    ("gflops", { text($0.rate) }),
    ("peak_fraction", { text($0.peakFraction) }),
    ("error_l2", { text($0.outcome.accuracy?.l2) }),
    ("error_max", { text($0.outcome.accuracy?.max) }),
    ("error_bound", { text($0.outcome.accuracy?.bound) }),
    ("error_ratio", { text($0.outcome.accuracy?.ratio) }),
    ("integer_exact", { flag($0.outcome.accuracy?.integerExact) }),
    ("oracle", { $0.outcome.accuracy?.oracle ?? "" }),
    ("workspace_bytes", { text($0.outcome.workspaceBytes) }),
    ("workspace_predicted_bytes", { text($0.outcome.predictedWorkspaceBytes) }),
    ("same_runs", { flag($0.outcome.determinism?.runs) }),
    ("same_threads", { flag($0.outcome.determinism?.threads) }),
    ("same_batch", { flag($0.outcome.determinism?.batch) }),
  ]

  /// Shortest text that reads back as the same number; empty where there is none.
  private static func text(_ value: Double?) -> String {
    value.flatMap { $0.isNaN ? nil : "\($0)" } ?? ""
  }

  private static func flag(_ value: Bool?) -> String { value.map { $0 ? "1" : "0" } ?? "" }

  /// NaN stands for an interval that too few samples have.
  private static func time(_ row: ResultsRow, _ value: (Timing) -> Double) -> String {
    text(row.outcome.timing.map(value))
  }

  private static func text(_ value: Int?) -> String { value.map { "\($0)" } ?? "" }

  /// Nominal operations over the median time, in 10^9 a second.
  public var rate: Double? {
    guard let median = outcome.timing?.median, median > 0 else { return nil }
    return outcome.problem.nominalOperations / median * 1e-6
  }

  /// Executed operations over the median time, relative to the measured peak.
  public var peakFraction: Double? {
    guard let median = outcome.timing?.median, median > 0, let peak, peak > 0,
      let executed = outcome.executedOperations
    else { return nil }
    return executed / median * 1e-6 / peak
  }
}

extension Axis {
  /// benchdnn's far-side padding: what windows read beyond the last input element, negative where
  /// the stride leaves elements unread; for a transposed convolution what is cropped.
  func farPadding(_ operation: Operation) -> Int {
    operation == .convolution ? (output(operation) - 1) * stride + reach - input - low : high
  }
}
