import ConvCore
import Glibc
import Laboratory

extension Command {
  private static let along = Option(
    "along", "WHAT", .command, "what varies: kernel, size, channels or batch"
  ) { text throws(ConvError) in try OptionValue.choice(text, ResultsCrossover.Along.self) }
  private static let from = bound("from", "the lowest value probed")
  private static let to = bound("to", "the highest value probed")
  private static let step = bound("step", "distance of the values (default: as suits what varies)")

  private static func bound(_ name: String, _ help: String) -> Option<Int> {
    Option(name, "N", .command, help) { text throws(ConvError) in
      try OptionValue.integer(text, atLeast: 1)
    }
  }

  /// `compare crossover`.
  static let crossover = Command(
    "crossover", "bisects for where one algorithm overtakes another, with its confidence",
    operands: "[PROBLEM]", count: 0...1,
    details: """
      Two algorithms (direct and fft-tiled unless --algorithms says others) are verified and timed in
      pairs at a few values over the range, then by bisection, at each until one of them is known to
      be faster or they are known to tie. What the sentence at the end says holds with 95 %, all
      probes together. Along the kernel outputs keep their extents; along the channels there are as
      many out as in. Without a PROBLEM: one image of 512 x 512, one channel.
      """,
    options: [along, from, to, step] + Options.problem + Options.execution
      + Options.verification + [Options.noVerify, Options.cold, Options.pin]
      + [Options.csv, Options.force, Options.quiet, Options.plain],
    examples: [
      ("compare crossover --along kernel mb1_ic1ih512oc1oh512kh3ph1", "direct against fft-tiled"),
      (
        "compare crossover --along channels mb4_ic8ih56oc8oh56kh3ph1 --algorithms im2col,winograd",
        "from how many channels on Winograd pays"
      ),
    ]
  ) { arguments throws(ConvError) in
    guard let along = arguments[along] else {
      throw .invalid("--along is missing: kernel, size, channels or batch")
    }
    let series = CrossoverSeries(try problem(arguments), along: along)
    let pair = try Registry.inUse.select(
      arguments[Options.algorithms, default: "direct,fft-tiled"])
    guard pair.count == 2 else {
      throw .invalid("a crossover is between two algorithms, not \(pair.count)")
    }
    var measurement = Measurement("crossover", arguments)
    // Thirteen probes or so.
    measurement.options.seconds = arguments[Options.seconds, default: 6]
    measurement.options.baseline = pair[0].name
    guard measurement.options.threads.count == 1 else {
      throw .invalid("a crossover is searched on one number of threads")
    }
    return try CrossoverSession(measurement, series, pair[0], pair[1])
      .run(among: try values(arguments, series))
  }

  private static func problem(_ arguments: Arguments) throws(ConvError) -> ConvProblem {
    guard let text = arguments.operands.first else {
      return try ConvProblem(
        descriptor: "mb1_ic1ih512oc1oh512kh3ph1", arguments.problemSettings())
    }
    let problems = try Workloads.problems(text, arguments.problemSettings()) {
      Output.complain("\(text): \($0)")
    }
    guard problems.count == 1 else {
      throw .invalid("a crossover runs through one problem, but \(text) is \(problems.count)")
    }
    return problems[0].problem
  }

  private static func values(
    _ arguments: Arguments, _ series: CrossoverSeries
  ) throws(ConvError) -> [Int] {
    let usual = series.defaultValues
    let low = arguments[from, default: usual.first ?? 1]
    let high = arguments[to] ?? max(usual.last ?? 1, arguments[from].map { 4 * $0 } ?? 1)
    guard low < high else { throw .invalid("--from \(low) is not less than --to \(high)") }
    guard arguments[step] != nil || arguments[to] != nil || arguments[from] != nil else {
      return usual
    }
    let within = usual.filter { $0 >= low && $0 <= high }
    if arguments[step] == nil, within.count >= 2, high <= usual.last ?? 0 { return within }
    let distance = arguments[step, default: max(1, (high - low) / 32)]
    guard (high - low) / distance < 100_000 else {
      throw .invalid("--step \(distance) makes too many values from \(low) to \(high)")
    }
    return Array(Swift.stride(from: low, through: high, by: distance))
  }
}

/// One search: its files, its progress and what it prints.
private struct CrossoverSession {
  private let measurement: Measurement
  private let series: CrossoverSeries
  private let first: any ConvAlgorithm, second: any ConvAlgorithm

  init(
    _ measurement: Measurement, _ series: CrossoverSeries, _ first: any ConvAlgorithm,
    _ second: any ConvAlgorithm
  ) {
    self.measurement = measurement
    self.series = series
    (self.first, self.second) = (first, second)
  }

  func run(among values: [Int]) throws(ConvError) -> Int32 {
    let arguments = measurement.arguments
    let isQuiet = arguments.has(Options.quiet)
    let path: String
    if let given = arguments[Options.csv] {
      path = given
    } else {
      path = try measurement.defaultPath()
    }
    let file = try ResultsFile(path, existing: try arguments.existingFiles())
    let machine = try Machine.measure(
      threads: measurement.options.threads, isa: measurement.options.isa)
    var sidecar = measurement.sidecar(machine)
    if let path = file.sidecarPath { try sidecar.write(to: path) }
    Cancellation.catchInterrupts()
    let bar = ProgressLine(isQuiet: isQuiet, isPlain: arguments.has(Options.plain))
    let search = CrossoverRun(series, first, second, measurement.options, machine)
    var rows: [ResultsRow] = []
    var found: FoundCrossover?
    var failure: ConvError?
    do throws(ConvError) {
      found = try search.run(
        among: values, cancellation: .interrupt,
        progress: bar.show,
        finished: { row throws(ConvError) in
          rows.append(row)
          try file.append(row)
        })
    } catch { failure = error }
    bar.clear()
    sidecar.end = utcTime()
    sidecar.result = failure.map { "\($0)" } ?? "complete"
    if let path = file.sidecarPath { try? sidecar.write(to: path) }
    if let failure { throw failure }
    guard let found else { return 2 }
    let failed = rows.filter { $0.outcome.status == .failed }
    for row in failed {
      Output.complain(
        "\(row.outcome.algorithm) failed at \(row.outcome.problem.descriptor): "
          + row.outcome.reason)
    }
    if !isQuiet {
      let colour = Output.isTerminal && !arguments.has(Options.plain)
      Output.line(CrossoverCurve(found, rows, series, first.name, second.name).text(colour: colour))
      Output.line("\n" + found.sentence(first.name, second.name, series) + threads)
      Output.line("\n\(rows.count) rows in \(path)")
    }
    return failed.isEmpty ? 0 : 1
  }

  private var threads: String {
    let count = measurement.options.threads.first ?? 1
    return count == 1 ? ", 1 thread" : ", \(count) threads"
  }
}

/// Ratios along the values, as a table with a picture of the intervals.
private struct CrossoverCurve {
  private let found: FoundCrossover
  private let rows: [ResultsRow]
  private let series: CrossoverSeries
  private let names: (first: AlgorithmName, second: AlgorithmName)
  private static let width = 41

  init(
    _ found: FoundCrossover, _ rows: [ResultsRow], _ series: CrossoverSeries,
    _ first: AlgorithmName, _ second: AlgorithmName
  ) {
    self.found = found
    self.rows = rows
    self.series = series
    names = (first, second)
  }

  func text(colour: Bool) -> String {
    let spread =
      found.points.flatMap { [$0.comparison.ratio, 1 / $0.comparison.ratio] }
      .filter(\.isFinite).max() ?? 2
    let most = max(1.25, spread)
    var table = TextTable([
      series.along.noun, "\(names.first) ms", "\(names.second) ms", "ratio", "interval", "pairs",
      axis(most),
    ])
    for point in found.points {
      let c = point.comparison
      table.add([
        "\(point.value)", median(point.value, names.first), median(point.value, names.second),
        significant(c.ratio),
        c.interval.map { "\(significant($0.lowerBound)) to \(significant($0.upperBound))" } ?? "",
        "\(c.ratios.count)", bar(c, most),
      ])
    }
    return table.text(colour: colour)
      + "\nratio: \(names.first) / \(names.second), above 1 where \(names.second) is faster; "
      + "the intervals hold all together with 95 %"
  }

  private func median(_ value: Int, _ name: AlgorithmName) -> String {
    guard let problem = try? series.problem(at: value),
      let row = rows.first(where: { $0.outcome.problem == problem && $0.outcome.algorithm == name }
      ),
      let timing = row.outcome.timing
    else { return "" }
    return significant(timing.median)
  }

  /// `0.2 ... 1 ... 5` over the width of the bars.
  private func axis(_ most: Double) -> String {
    let (low, high) = (significant(1 / most, 2), significant(most, 2))
    let half = Self.width / 2
    let left = low + String(repeating: " ", count: max(1, half - low.count)) + "1"
    return left + String(repeating: " ", count: max(1, Self.width - left.count - high.count)) + high
  }

  private func bar(_ c: PairedComparison, _ most: Double) -> String {
    func column(_ ratio: Double) -> Int {
      guard ratio > 0, ratio.isFinite else { return Self.width / 2 }
      let part = (log(ratio) / log(most) + 1) / 2
      return min(Self.width - 1, max(0, Int((part * Double(Self.width - 1)).rounded())))
    }
    var letters = [Character](repeating: " ", count: Self.width)
    letters[Self.width / 2] = "|"
    if let interval = c.interval {
      for i in column(interval.lowerBound)...column(interval.upperBound) { letters[i] = "-" }
    }
    letters[column(c.ratio)] = "*"
    return String(letters)
  }
}
