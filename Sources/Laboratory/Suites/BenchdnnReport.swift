import ConvCore

/// Results as benchdnn's performance mode prints them, so that tables of both can be joined.
///
/// The template is benchdnn's default one: engine, implementation, name, problem, 10^9 operations
/// without padded taps, milliseconds to create, least milliseconds and 10^9 operations a second,
/// mean milliseconds and 10^9 operations a second. The mean is given because the format has it.
public struct BenchdnnReport: Sendable {
  private let rows: [(row: ResultsRecord, mean: Double?)]

  /// A report of rows; `samples` are the times of each.
  public init(_ rows: [(row: ResultsRecord, samples: [Double])]) {
    self.rows = rows.map { row, samples in
      (row, samples.isEmpty ? nil : samples.reduce(0, +) / Double(samples.count))
    }
  }

  /// The names of the template's fields.
  public static let header =
    "perf,engine,impl,name,prb,Gops,max_ctime,min_time,min_Gflops,avg_time,avg_Gflops"

  /// All lines.
  public var lines: [String] {
    var lines = ["Template entries: " + Self.header]
    lines += rows.compactMap { Self.line($0.row, $0.mean) }
    let statuses = rows.map(\.row.status)
    func count(_ wanted: Outcome.Status...) -> Int {
      statuses.count { status in wanted.contains { $0 == status } }
    }
    lines.append(
      "tests:\(rows.count) passed:\(count(.ok, .unverified)) "
        + "skipped:\(count(.overBudget, .interrupted)) mistrusted:0 "
        + "unimplemented:\(count(.unsupported)) invalid_arguments:0 failed:\(count(.failed)) "
        + "listed:0")
    let least = rows.reduce(0) { $0 + ($1.row.number("min_ms") ?? 0) }
    let mean = rows.reduce(0) { $0 + ($1.mean ?? 0) }
    lines.append("total perf: min(ms):\(Self.text(least)) avg(ms):\(Self.text(mean))")
    return lines
  }

  private static func line(_ row: ResultsRecord, _ mean: Double?) -> String? {
    guard let least = row.number("min_ms"), let mean, let work = row.number("gflop_unpadded")
    else { return nil }
    let creation = (row.number("plan_ms") ?? 0) + (row.number("prepare_ms") ?? 0)
    let fields = [
      "perf", "cpu", row.algorithm, plain(row["name"]), problem(row), text(work), text(creation),
      text(least), text(1000 * work / least), text(mean), text(1000 * work / mean),
    ]
    return fields.joined(separator: ",")
  }

  /// The problem as benchdnn's command line has it: driver, options that are not defaults,
  /// descriptor.
  private static func problem(_ row: ResultsRecord) -> String {
    var parts = [row["operation"] == Operation.convolution.rawValue ? "--conv" : "--deconv"]
    parts.append("--dir=\(direction(row))")
    if row["dtype"] != ScalarKind.f32.rawValue { parts.append("--dt=\(row["dtype"])") }
    if row["layout"] == DataLayout.nhwc.rawValue { parts.append("--stag=axb --dtag=axb") }
    parts.append(row["problem"] + (row["name"].isEmpty ? "" : "n\"\(plain(row["name"]))\""))
    return parts.joined(separator: " ")
  }

  private static func direction(_ row: ResultsRecord) -> String {
    switch Pass(rawValue: row["pass"]) {
    case .inputGradient: "BWD_D"
    case .weightGradient: "BWD_W"
    case .biasGradient: "BWD_WB"
    case .forward, nil: row["bias"] == "1" ? "FWD_B" : "FWD_D"
    }
  }

  /// The format has no quotes: what would end a field is replaced.
  private static func plain(_ name: String) -> String {
    String(name.map { $0 == "," || $0 == "\"" || $0.isWhitespace ? "_" : $0 })
  }

  /// Six significant digits, as a C++ stream prints.
  private static func text(_ value: Double) -> String {
    guard abs(value) > 1e-290, abs(value) < 1e290 else { return value == 0 ? "0" : "\(value)" }
    var scale = 1.0
    while abs(value) * scale < 1e5 { scale *= 10 }
    while abs(value) * scale >= 1e6 { scale /= 10 }
    let shown = (value * scale).rounded() / scale
    return shown == shown.rounded() && abs(shown) < 1e15 ? "\(Int(shown))" : "\(shown)"
  }
}
