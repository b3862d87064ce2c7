import CSystem
import ConvCore

extension Trial {
  /// Verifies every contender that is not settled, on real and on integer data; those that fail are
  /// settled.
  func verify(
    _ contenders: inout [Contender<S>], _ operands: Operands<S>, _ resources: Resources,
    _ report: (String, Int, Int) -> Void
  ) throws(ConvError) {
    if options.oracle == .identities {
      try verifyIdentities(&contenders, resources, report)
      return
    }
    report("computing the oracle", 0, contenders.count)
    // Oracles know denormals, whatever the algorithms do.
    let pool = try oraclePool(resources.threads)
    var effort = Oracle<S>.Effort()
    // Where nothing is timed, a projection may take some seconds.
    if !options.times { effort.projectionProducts *= 10 }
    let real = try Verification(
      problem, operands, pool, seed: options.seed, flushesDenormals: options.flushesDenormals,
      effort: effort)
    truth = real
    try cancellation.check()
    let integers = try Verification(
      problem, Operands<S>(problem, .integers, seed: options.seed), pool, seed: options.seed,
      isBrief: true)
    for i in contenders.indices where !contenders[i].isSettled {
      try cancellation.check()
      report("verifying \(contenders[i].outcome.algorithm)", i, contenders.count)
      do {
        try verify(&contenders[i], real, integers, resources)
        if options.audits, !contenders[i].isSettled, isAudited(contenders[i]) {
          report("repeating \(contenders[i].outcome.algorithm)", i, contenders.count)
          try audit(&contenders[i], operands, resources)
        }
      } catch {
        contenders[i].settle(error)
      }
    }
  }

  /// Judges every contender by what must hold between results.
  private func verifyIdentities(
    _ contenders: inout [Contender<S>], _ resources: Resources,
    _ report: (String, Int, Int) -> Void
  ) throws(ConvError) {
    for i in contenders.indices where !contenders[i].isSettled {
      try cancellation.check()
      report("verifying \(contenders[i].outcome.algorithm)", i, contenders.count)
      do {
        var poisoned = resources
        poisoned.poison = true
        let identities = try Identities<S>(
          contenders[i].algorithm, problem, poisoned, seed: options.seed,
          check: { () throws(ConvError) in try self.cancellation.check() })
        let violation = try identities.violation()
        contenders[i].outcome.accuracy = Accuracy(
          l2: .nan, max: .nan, bound: .nan, ratio: .nan, integerExact: violation == nil,
          oracle: "identities")
        if let violation { contenders[i].fail("\(violation.identity): \(violation.reason)") }
      } catch {
        contenders[i].settle(error)
      }
    }
  }

  /// Whether running it some more times takes little time and memory.
  private func isAudited(_ contender: Contender<S>) -> Bool {
    contender.expected < options.auditSeconds && problem.operandCounts.result <= 1 << 25
  }

  /// Runs what passed again, and compares bits.
  private func audit(
    _ contender: inout Contender<S>, _ operands: Operands<S>, _ resources: Resources
  ) throws(ConvError) {
    let plan = try S.plan(contender.algorithm, problem, resources)
    if let weights = operands.weights {
      try plan.prepare(weights: weights.span, bias: operands.bias?.span)
    }
    var result = [S](repeating: .nan, count: problem.operandCounts.result)
    var span = result.mutableSpan
    try plan.apply(operands.first.span, operands.second?.span, into: &span)
    contender.outcome.determinism = try determinism(
      contender.algorithm, plan, operands, result, resources)
  }

  private func oraclePool(_ width: Int) throws(ConvError) -> ThreadPool {
    guard options.flushesDenormals else { return try ThreadPool(width: width) }
    let was = csystem_set_flush_denormals(0)
    defer { csystem_set_flush_denormals(was) }
    return try ThreadPool(width: width)
  }

  private func verify(
    _ contender: inout Contender<S>, _ real: Verification<S>, _ integers: Verification<S>,
    _ resources: Resources
  ) throws(ConvError) {
    guard let estimate = contender.estimate else { return }
    guard estimate.workspaceBytes <= planBytes else {
      throw .overBudget(needs: estimate.workspaceBytes, limit: planBytes)
    }
    // Planned once for the time that it takes, and once with poisoned workspaces.
    contender.planning = try seconds { () throws(ConvError) in
      let plan = try S.plan(contender.algorithm, problem, resources)
      contender.outcome.workspaceBytes = plan.workspaceBytes
    }
    var poisoned = resources
    poisoned.poison = true
    let plan = try S.plan(contender.algorithm, problem, poisoned)
    let result = try Buffer<S>(problem.operandCounts.result, poison: true)
    let view = UnsafeBufferPointer(start: result.base, count: result.count)
    contender.expected = try execute(plan, real.operands, into: result)
    var judgement = real.judge(view, estimate.error)
    result.fill(.nan)
    _ = try execute(plan, integers.operands, into: result)
    judgement.accuracy.integerExact = integers.isExact(view, estimate.error)
    contender.outcome.accuracy = judgement.accuracy
    if !judgement.passes {
      contender.fail(judgement.reason)
    } else if judgement.accuracy.integerExact == false {
      contender.fail("integer data did not give the exact integers")
    }
  }

  /// Prepares and applies; returns the seconds of the execution.
  private func execute(_ plan: Plan<S>, _ operands: Operands<S>, into result: borrowing Buffer<S>)
    throws(ConvError) -> Double
  {
    if let weights = operands.weights {
      try plan.prepare(weights: weights.span, bias: operands.bias?.span)
    }
    let (base, count) = (result.base, result.count)
    return try seconds { () throws(ConvError) in
      var span = MutableSpan(_unsafeStart: base, count: count)
      try plan.apply(operands.first.span, operands.second?.span, into: &span)
    }
  }
}
