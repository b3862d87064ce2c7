import ConvCore

/// What following a rule would have cost, judged by rows that were measured.
public struct RuleTrial: Sendable {
  /// One problem on one number of threads, as it was measured.
  public struct Case: Sendable {
    /// What people call it.
    public var name: String
    /// What was computed.
    public var problem: ConvProblem
    /// On how many threads.
    public var threads: Int
    /// Median milliseconds and the upper and lower end of their interval, by algorithm.
    public var times: [String: (median: Double, low: Double, high: Double)]

    /// A measured problem.
    public init(
      name: String, problem: ConvProblem, threads: Int,
      times: [String: (median: Double, low: Double, high: Double)]
    ) {
      (self.name, self.problem, self.threads, self.times) = (name, problem, threads, times)
    }

    /// The algorithm of the smallest median.
    public var fastest: String? {
      times.min { ($0.value.median, $0.key) < ($1.value.median, $1.key) }?.key
    }
  }

  /// What a rule chose for a case, and the price.
  public struct Verdict: Sendable {
    /// What people call the problem.
    public var name: String
    /// What the rule chose, and what was fastest.
    public var chosen: String, fastest: String
    /// Median time of the choice over that of the fastest, at least 1.
    public var cost: Double
    /// Whether the choice is the fastest, or its interval touches the fastest's.
    public var isFastest: Bool
  }

  /// The rule.
  public let rule: any SelectionRule
  /// A verdict for each case that the rule speaks of and whose choice was measured.
  public private(set) var verdicts: [Verdict] = []
  /// Cases that the rule does not speak of.
  public private(set) var outside = 0
  /// Cases in which what it chose was not measured, or did not pass.
  public private(set) var unmeasured = 0

  /// Judges `rule` by `cases`. `auto`, which is itself a choice, is never the fastest.
  public init(_ rule: any SelectionRule, _ cases: [Case]) {
    self.rule = rule
    for one in cases {
      guard let choice = rule.choice(one.problem, threads: one.threads) else {
        outside += 1
        continue
      }
      guard let chosen = Self.measured(choice, one), let fastest = one.fastest,
        let time = one.times[chosen], let best = one.times[fastest], best.median > 0
      else {
        unmeasured += 1
        continue
      }
      verdicts.append(
        Verdict(
          name: one.name, chosen: chosen, fastest: fastest, cost: time.median / best.median,
          isFastest: chosen == fastest || time.low <= best.high))
    }
  }

  /// The first of the choices that was measured, else a variant of it.
  private static func measured(_ choice: [String], _ one: Case) -> String? {
    for name in choice {
      if one.times[name] != nil { return name }
      let variants = one.times.keys.filter { $0.hasPrefix(name + ":") }.sorted()
      if let variant = variants.first { return variant }
    }
    return nil
  }

  /// How many verdicts name the fastest, or one that cannot be told from it.
  public var hits: Int { verdicts.count { $0.isFastest } }

  /// How many verdicts cost at most the fraction `more` beyond the fastest.
  public func within(_ more: Double) -> Int { verdicts.count { $0.cost <= 1 + more } }

  /// A quantile of time over best; NaN without verdicts.
  public func cost(_ p: Double) -> Double { Statistics.quantile(verdicts.map(\.cost), p) }

  /// The cases of measured rows: a problem and number of threads of which at least two algorithms
  /// passed and were timed.
  ///
  /// - Throws: `ConvError.invalid` for a row that is no problem.
  public static func cases(_ records: [ResultsRecord]) throws(ConvError) -> [Case] {
    var cases: [Case] = []
    var places: [[String]: Int] = [:]
    for record in records where record.status == .ok || record.status == .unverified {
      guard let median = record.number("median_ms"), median > 0,
        record["algorithm"] != "auto", record["algorithm"] != "reference"
      else { continue }
      let times = (
        median: median, low: record.number("ci_low_ms") ?? median,
        high: record.number("ci_high_ms") ?? median
      )
      let key = record.problemKey
      if let place = places[key] {
        cases[place].times[record.algorithm] = times
        continue
      }
      places[key] = cases.count
      let name = record["name"].isEmpty ? record["problem"] : record["name"]
      let pass = record["pass"] == "forward" ? "" : " \(record["pass"])"
      cases.append(
        Case(
          name: name + pass, problem: try record.problem(), threads: Int(record["threads"]) ?? 1,
          times: [record.algorithm: times]))
    }
    return cases.filter { $0.times.count > 1 }
  }
}

extension ResultsRecord {
  /// The problem that the row's columns spell out.
  ///
  /// - Throws: `ConvError.invalid` for columns that are no problem.
  public func problem() throws(ConvError) -> ConvProblem {
    func integer(_ column: String) throws(ConvError) -> Int {
      guard let value = Int(self[column]) else {
        throw .invalid("\(self["problem"]): \(column) is \"\(self[column])\", not a whole number")
      }
      return value
    }
    func choice<E: RawRepresentable>(_ column: String) throws(ConvError) -> E
    where E.RawValue == String {
      guard let value = E(rawValue: self[column]) else {
        throw .invalid("\(self["problem"]): \(column) cannot be \"\(self[column])\"")
      }
      return value
    }
    let rank = try integer("rank")
    guard (1...3).contains(rank) else {
      throw .invalid("\(self["problem"]): the rank is 1 to 3, not \(rank)")
    }
    var axes: [Axis] = []
    for letter in ["d", "h", "w"].suffix(rank) {
      axes.append(
        Axis(
          try integer("i" + letter), kernel: try integer("k" + letter),
          stride: try integer("s" + letter), dilation: try integer("d" + letter) + 1,
          low: try integer("p" + letter), high: try integer("p\(letter)_r"),
          outputPadding: try integer("op" + letter)))
    }
    return try ConvProblem(
      batch: try integer("mb"), inChannels: try integer("ic"), outChannels: try integer("oc"),
      groups: try integer("g"), axes: axes, operation: try choice("operation"),
      pass: try choice("pass"), border: try choice("border"), convention: try choice("convention"),
      bias: self["bias"] == "1", layout: try choice("layout"), scalar: try choice("dtype"))
  }
}
