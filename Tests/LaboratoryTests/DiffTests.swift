import ConvCore
import Testing

@testable import Laboratory

/// A row of `algorithm` with the median and interval given, in ms.
private func record(
  _ algorithm: String, _ median: Double?, _ interval: ClosedRange<Double>? = nil,
  error: Double? = 1e-7, status: Outcome.Status = .ok
) throws -> ResultsRecord {
  let problem = try ConvProblem(descriptor: "mb1_ic1ih8oc1kh3")
  let outcome = Outcome(
    problem: problem, algorithm: AlgorithmName(algorithm), threads: 1, status: status)
  var fields = ResultsRow(NamedProblem(problem), outcome, fill: "uniform").fields
  func set(_ column: String, _ value: Double?) {
    guard let i = ResultsRow.columns.firstIndex(of: column) else { return }
    fields[i] = value.map { "\($0)" } ?? ""
  }
  set("median_ms", median)
  set("ci_low_ms", interval?.lowerBound)
  set("ci_high_ms", interval?.upperBound)
  set("error_l2", error)
  return try #require(ResultsRecord(fields: fields))
}

@Suite("Comparing two results files") struct DiffTests {
  /// By hand: sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1 are 0.02, 0.03, 0.06, 0.04, and what
  /// comes after 0.06 is at least that.
  @Test func holmByHand() {
    let adjusted = Statistics.holm([0.01, 0.04, 0.03, 0.005])
    #expect(zip(adjusted, [0.03, 0.06, 0.06, 0.02]).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(Statistics.holm([]).isEmpty)
    #expect(Statistics.holm([0.7, 0.6]) == [1, 1])
    #expect(Statistics.holm([.nan, 0.01]) == [1, 0.02])
  }

  /// From tables of the normal distribution.
  @Test(arguments: [(0.0, 1.0), (1.959964, 0.05), (-2.575829, 0.01), (3.290527, 0.001)])
  func twoSided(_ z: Double, _ p: Double) { #expect(abs(Statistics.twoSided(z) - p) < 1e-7) }

  /// Two intervals of 4 % about 1 and 1.2: each logarithm has the deviation 0.04 / 3.92, the
  /// difference sqrt(2) times that, and ln 1.2 is 12.6 of these.
  @Test func slowerAndFaster() throws {
    let wide = 0.9801986733067553...1.0202013400267558  // exp(-0.02) to exp(0.02)
    let later = 1.2 * wide.lowerBound...1.2 * wide.upperBound
    let diff = ResultsDiff(
      [try record("a", 1, wide), try record("b", 1.2, later)],
      [try record("a", 1.2, later), try record("b", 1, wide)])
    #expect(diff.rows.map(\.verdicts) == [[.slower], [.faster]])
    #expect(diff.hasRegression)
    let row = diff.rows[0]
    #expect(abs(try #require(row.ratio) - 1.2) < 1e-12)
    let interval = try #require(row.interval)
    #expect(abs(interval.upperBound / 1.2 - 1.0286884) < 1e-6)  // exp(0.02 sqrt 2)
    #expect(try #require(row.p) < 1e-30)
  }

  /// What does not count: less than 5 %, intervals that touch, and what one of twenty rows shows by
  /// chance (p about 0.02, and 0.4 after the correction).
  @Test func smallUncertainAndChance() throws {
    let small = ResultsDiff(
      [try record("a", 1, 0.999...1.001)], [try record("a", 1.04, 1.039...1.041)])
    #expect(small.rows[0].verdicts == [.unchanged])
    let touching = ResultsDiff([try record("a", 1, 0.9...1.1)], [try record("a", 1.2, 1.1...1.3)])
    #expect(touching.rows[0].verdicts == [.unchanged])
    // z = ln 1.1 sqrt 2 / ... = 2.3 for the first of twenty.
    let chance = (old: 0.955...1.047, new: 1.0505...1.1517)
    let alone = ResultsDiff([try record("a0", 1, chance.old)], [try record("a0", 1.1, chance.new)])
    #expect(alone.rows[0].verdicts == [.slower])
    let p = try #require(alone.rows[0].p)
    #expect(p > 0.0025 && p < 0.05)
    var old = [try record("a0", 1, chance.old)], new = [try record("a0", 1.1, chance.new)]
    for i in 1..<20 {
      old.append(try record("a\(i)", 1, chance.old))
      new.append(try record("a\(i)", 1, chance.old))
    }
    let many = ResultsDiff(old, new)
    #expect(many.rows.allSatisfy { $0.verdicts == [.unchanged] })
    #expect(!many.hasRegression)
    #expect(abs(try #require(many.rows[0].adjusted) - min(1, 20 * p)) < 1e-12)
  }

  @Test func errorsAndStatuses() throws {
    let diff = ResultsDiff(
      [
        try record("worse", nil, error: 1e-7), try record("better", nil, error: 1e-7),
        try record("same", nil, error: 1e-7), try record("broke", nil),
        try record("mended", nil, status: .failed),
        try record("refused", nil, status: .unsupported),
        try record("now fails", nil, status: .unsupported), try record("stopped", nil),
      ],
      [
        try record("worse", nil, error: 2.1e-7), try record("better", nil, error: 0.4e-7),
        try record("same", nil, error: 1.9e-7), try record("broke", nil, status: .failed),
        try record("mended", nil), try record("refused", nil, status: .unsupported),
        try record("now fails", nil, status: .failed),
        try record("stopped", nil, status: .interrupted),
      ])
    #expect(
      diff.rows.map(\.verdicts) == [
        [.lessAccurate], [.moreAccurate], [.unchanged], [.broken], [.mended], [.unchanged],
        [.broken], [.undecided],
      ])
  }

  @Test func rowsOfOneFileOnly() throws {
    let diff = ResultsDiff(
      [try record("a", 1), try record("b", 1)], [try record("b", 1), try record("c", 1)])
    #expect(diff.onlyOld.map(\.algorithm) == ["a"])
    #expect(diff.onlyNew.map(\.algorithm) == ["c"])
    #expect(diff.rows.map(\.verdicts) == [[.undecided]])
  }

  @Test func numbersThatCannotBe() throws {
    for median in [0, -1, .infinity, .nan] {
      let diff = ResultsDiff(
        [try record("a", median, 1...2, error: .nan)], [try record("a", 1, 0...0, error: .infinity)]
      )
      #expect(diff.rows[0].ratio == nil)
    }
  }

  @Test func machinesDiffer() {
    let machine = Machine.described
    let one = ResultsSidecar(command: [], seed: 1, threads: [1], pinned: false, machine: machine)
    var other = one
    other.build.commit = "another"
    #expect(one.differences(from: other).isEmpty)
    other.machine.cpu = "Another"
    other.seed = 2
    let differences = one.differences(from: other)
    #expect(differences.count == 2)
    #expect(differences[0].hasPrefix("machine: \(machine.cpu)"))
    #expect(differences[1] == "seed: 1 / 2")
  }
}
