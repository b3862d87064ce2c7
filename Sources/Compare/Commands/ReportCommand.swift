import ConvCore
import Laboratory

extension Command {
  private static let folder = Option(
    "output", "FOLDER", .command, "where index.html and the pictures go (default report)"
  ) { text throws(ConvError) in text }

  /// `compare report`.
  static let report = Command(
    "report", "one page with tables and pictures of results files",
    operands: "CSV...", count: 1...1000,
    details: """
      Reads results, phases (X.phases.csv beside X.csv by itself), studies and trainings, and draws what
      they have data for: time against the kernel, size, channels or batch with intervals and
      crossovers, speed-ups, time against error and memory, the roofline, phases, error growth,
      planning, training curves. The page holds its pictures; each also lies beside it as PNG and SVG
      with the script that gnuplot drew it from. Without gnuplot the page has tables alone.
      """,
    options: [folder, Options.quiet],
    examples: [
      ("compare report results/main.csv --output page", "page/index.html"),
      ("compare report n.csv c.csv e.csv --output page", "several files on one page"),
    ]
  ) { arguments throws(ConvError) in
    let written = try Report(arguments.operands).write(to: arguments[folder, default: "report"])
    for warning in written.warnings { Output.complain(warning) }
    if !arguments.has(Options.quiet) {
      Output.line("\(written.pictures.count) pictures and their page in \(written.page)")
    }
    return 0
  }
}
