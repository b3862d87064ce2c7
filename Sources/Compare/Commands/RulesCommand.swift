import ConvCore
import Glibc
import Laboratory

extension Command {
  /// `compare rules`.
  static let rules = Command(
    "rules", "how published selection rules would have chosen, and what that costs here",
    operands: "CSV...", count: 1...Int.max,
    details: """
      Reads results of compare (time, sweep, the main job). Each rule names an algorithm for every
      problem that it speaks of; its cost is the median time of that algorithm over that of the
      fastest measured. `auto` is this toolkit's cost model, without what it has measured before.
      --verbose lists where auto costs more than a tenth.
      """,
    options: [Options.csv, Options.force, Options.verbose, Options.plain],
    examples: [
      ("compare rules results/time.csv", "every rule on one file"),
      ("compare rules a.csv b.csv --csv rules.csv", "two files together, as a table for others"),
    ]
  ) { arguments throws(ConvError) in
    var records: [ResultsRecord] = []
    for path in arguments.operands { records += try ResultsRecord.read(path) }
    let cases = try RuleTrial.cases(records)
    guard !cases.isEmpty else {
      throw .invalid(
        "\(arguments.operands.joined(separator: ", ")): no problem was timed by two algorithms or more"
      )
    }
    let loaded = ChoiceWisdom.load()
    if let fault = loaded.fault { Output.complain(fault) }
    let chooser = Chooser(try Auto.candidates(.inUse), wisdom: loaded.wisdom)
    let own = try CostModelRule(chooser, threads: Set(cases.map(\.threads)))
    let trials = (PublishedRules.all + [own]).map { RuleTrial($0, cases) }
    Output.line(table(trials).text(colour: Output.isTerminal && !arguments.has(Options.plain)))
    Output.line(
      "\(cases.count) problems; cost: median time of the choice over that of the fastest")
    if arguments.has(Options.verbose), let last = trials.last { Output.line(misses(last)) }
    if let path = arguments[Options.csv] { try write(trials, path, arguments) }
    return 0
  }

  private static func table(_ trials: [RuleTrial]) -> TextTable {
    var table = TextTable([
      "rule", "problems", "not measured", "fastest", "within 10 %", "median cost", "95 % cost",
      "worst",
    ])
    for trial in trials {
      let count = trial.verdicts.count
      func share(_ n: Int) -> String { count == 0 ? "-" : "\(n) (\(100 * n / count) %)" }
      func cost(_ p: Double) -> String { count == 0 ? "-" : fixed(trial.cost(p), 2) }
      table.add([
        trial.rule.name, "\(count)", "\(trial.unmeasured)", share(trial.hits),
        share(trial.within(0.1)), cost(0.5), cost(0.95), cost(1),
      ])
    }
    return table
  }

  /// Where a rule costs more than a tenth, the worst first.
  private static func misses(_ trial: RuleTrial) -> String {
    var table = TextTable(
      ["\(trial.rule.name) on", "chose", "fastest", "cost"], [.left, .left, .left, .right])
    for v in trial.verdicts.filter({ $0.cost > 1.1 }).sorted(by: { $0.cost > $1.cost }) {
      table.add([v.name, v.chosen, v.fastest, fixed(v.cost, 2)])
    }
    return table.text(colour: false)
  }

  private static func write(
    _ trials: [RuleTrial], _ path: String, _ arguments: Arguments
  ) throws(ConvError) {
    guard arguments.has(Options.force) || access(path, F_OK) != 0 else {
      throw .invalid("\(path) exists: give --force to write over it")
    }
    var text = CSV.record([
      "rule", "source", "problems", "outside", "not_measured", "fastest", "within_10_percent",
      "median_cost", "p95_cost", "worst_cost",
    ])
    for trial in trials {
      func cost(_ p: Double) -> String {
        trial.verdicts.isEmpty ? "" : "\(trial.cost(p))"
      }
      text += CSV.record([
        trial.rule.name, trial.rule.source, "\(trial.verdicts.count)", "\(trial.outside)",
        "\(trial.unmeasured)", "\(trial.hits)", "\(trial.within(0.1))", cost(0.5), cost(0.95),
        cost(1),
      ])
    }
    try writeFile(path, Array(text.utf8))
    Output.line("\(trials.count) rules in \(path)")
  }
}
