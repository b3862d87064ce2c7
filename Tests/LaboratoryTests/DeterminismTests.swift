import ConvCore
import DirectConv
import Synchronization
import Testing

@testable import Laboratory

/// `direct`, with a last digit that depends on what should not matter.
private struct Unsteady: ConvAlgorithm {
  enum Cause: String, CaseIterable, Sendable { case runs, threads, batch }

  let cause: Cause
  var name: AlgorithmName { AlgorithmName("unsteady", variant: cause.rawValue) }
  func support(_ p: ConvProblem, _ r: Resources) -> Support { Direct().support(p, r) }
  func plan(_ p: ConvProblem, _ r: Resources, as: Float.Type) throws(ConvError) -> Plan<Float> {
    .make(name, p, try UnsteadyPlan(cause, p, r))
  }
  func plan(_ p: ConvProblem, _ r: Resources, as: Double.Type) throws(ConvError) -> Plan<Double> {
    .make(name, p, try UnsteadyPlan(cause, p, r))
  }
}

private let calls = Atomic<Int>(0)

private struct UnsteadyPlan<S: ConvScalar>: ConvPlan, ~Copyable {
  private let inner: Plan<S>
  private let cause: Unsteady.Cause
  private let number: Int

  init(_ cause: Unsteady.Cause, _ p: ConvProblem, _ r: Resources) throws(ConvError) {
    let inner = try S.plan(Direct(), p, r)
    self.inner = inner
    self.cause = cause
    number = cause == .threads ? r.threads : cause == .batch ? p.batch : 0
  }

  var workspaceBytes: Int { inner.workspaceBytes }

  mutating func prepare(weights: Span<S>, bias: Span<S>?) throws(ConvError) {
    try inner.prepare(weights: weights, bias: bias)
  }

  mutating func apply(_ first: Span<S>, _ second: Span<S>?, into result: inout MutableSpan<S>)
    throws(ConvError)
  {
    try inner.apply(first, second, into: &result)
    let number = cause == .runs ? calls.add(1, ordering: .relaxed).newValue : number
    if number % 2 == 1 { result[0] = result[0].nextUp }
  }
}

@Suite(.serialized) struct DeterminismTests {
  private func determinism(
    _ algorithm: any ConvAlgorithm, batch: Int, threads: Int = 2, pass: Pass = .forward
  ) throws -> Determinism? {
    var options = Experiment.Options()
    (options.threads, options.times, options.audits) = ([threads], false, true)
    let axis = Axis(9, kernel: 3, low: 1, high: 1)
    let problem = try ConvProblem(
      batch: batch, inChannels: 3, outChannels: 2, axes: [axis, axis], pass: pass)
    var found: Determinism?
    try Experiment(options).run(problem, [algorithm]) {
      #expect($0.status == .ok, "\($0.reason)")
      found = $0.determinism
    }
    return found
  }

  @Test(arguments: [1, 3], [1, 2])
  func directIsAlwaysTheSame(batch: Int, threads: Int) throws {
    let found = try #require(try determinism(Direct(), batch: batch, threads: threads))
    #expect(found.runs == true && found.threads == true && found.batch == true)
    let gradient = try #require(
      try determinism(Direct(), batch: batch, threads: threads, pass: .weightGradient))
    #expect(gradient.runs == true && gradient.threads == true && gradient.batch == nil)
  }

  @Test func eachCauseIsTold() throws {
    let runs = try #require(try determinism(Unsteady(cause: .runs), batch: 2))
    #expect(runs.runs == false)
    let threads = try #require(try determinism(Unsteady(cause: .threads), batch: 2))
    #expect(threads.runs == true && threads.threads == false && threads.batch == true)
    // One image of two: the batch of one changes the first result of the last image.
    let batch = try #require(try determinism(Unsteady(cause: .batch), batch: 2))
    #expect(batch.runs == true && batch.threads == true && batch.batch == false)
  }
}
