import ConvCore

extension Trial {
  /// Times every contender that is not settled, in blocks; as many at once as memory holds.
  func time(
    _ contenders: inout [Contender<S>], _ operands: Operands<S>, _ resources: Resources,
    _ deadline: Double, _ report: (String) -> Void
  ) throws(ConvError) {
    let sentinel = Sentinel(options.isa, resources.pool, isRemembering: options.patience > 0)
    let groups = groups(contenders)
    for (i, group) in groups.enumerated() {
      let end = elapsed + max(0, deadline - elapsed) / Double(groups.count - i)
      try time(group, &contenders, operands, resources, end, sentinel, report)
    }
  }

  /// Bytes up to which the plans and data of all rounds stay allocated.
  private static var mostKept: Int { 1 << 28 }

  /// Workspace of a group's plans.
  private func bytes(_ group: [Int], _ contenders: [Contender<S>]) -> Int {
    group.reduce(0) { $0 + (contenders[$1].outcome.predictedWorkspaceBytes ?? 0) }
  }

  /// How many rounds a group is timed in, each with plans and data in memory of their own: four, so
  /// that the intervals hold what their places do to the times; one where executions are too long
  /// for that.
  private func rounds(_ group: [Int], _ contenders: [Contender<S>], seconds: Double) -> Int {
    let expected = group.map { contenders[$0].expected }
    // Not yet known where nothing was verified.
    guard expected.allSatisfy({ $0 > 0 }) else { return 1 }
    return seconds >= 60 * expected.reduce(0, +) ? 4 : 1
  }

  /// Contenders that fit into memory together; each group with the baseline, if it fits, so that
  /// ratios are paired.
  private func groups(_ contenders: [Contender<S>]) -> [[Int]] {
    let active = contenders.indices.filter { !contenders[$0].isSettled }
    let baseline = active.first { contenders[$0].outcome.algorithm == options.baseline }
    var groups = [baseline.map { [$0] } ?? []]
    for i in active where i != baseline {
      let used = bytes(groups[groups.count - 1], contenders)
      if used > 0 && used + bytes([i], contenders) > planBytes {
        groups.append(baseline.map { [$0] } ?? [])
      }
      groups[groups.count - 1].append(i)
    }
    return groups.filter { !$0.isEmpty }
  }

  private func time(
    _ group: [Int], _ contenders: inout [Contender<S>], _ operands: Operands<S>,
    _ resources: Resources, _ deadline: Double, _ sentinel: Sentinel, _ report: (String) -> Void
  ) throws(ConvError) {
    let rounds = rounds(group, contenders, seconds: deadline - elapsed)
    var samples: [Int: [BlockSchedule.Sample]] = [:]
    var first: [Int: (planning: Double, preparing: Double)] = [:]
    // What is freed would be given again: then all rounds would lie in the same places.
    var kept: [(BenchData<S>, [Bench<S>])] = []
    sentinel.startOver()
    let keeps = rounds * (dataBytes + bytes(group, contenders)) <= Self.mostKept
    for round in 0..<rounds {
      let data = try BenchData(operands, problem, isCold: options.isCold)
      var benches: [Bench<S>] = []
      var members: [Int] = []
      for i in group where !contenders[i].isSettled {
        try cancellation.check()
        report("preparing \(contenders[i].outcome.algorithm)")
        do {
          benches.append(try bench(contenders[i], data, resources))
          members.append(i)
        } catch {
          contenders[i].settle(error)
        }
      }
      if keeps { kept.append((data, benches)) }
      for (m, i) in members.enumerated() where first[i] == nil {
        first[i] = (contenders[i].planning ?? benches[m].planning, benches[m].preparing)
        contenders[i].outcome.workspaceBytes = benches[m].plan.workspaceBytes
      }
      let baseline = members.firstIndex { contenders[$0].outcome.algorithm == options.baseline }
      var schedule = BlockSchedule(
        baseline: baseline, precision: options.precision * Double(rounds).squareRoot(),
        seed: options.seed &+ UInt64(round))
      schedule.mostBlocks /= rounds
      let end = elapsed + max(0, deadline - elapsed) / Double(rounds - round)
      try patience.awaitQuiet(sentinel, cancellation)
      let taken = try schedule.run(
        expected: benches.map(\.expected), remaining: { end - elapsed }
      ) { (i) throws(ConvError) in
        try cancellation.check()
        report("timing")
        return try benches[i].turn(data)
      } isDisturbed: { () throws(ConvError) in
        let isDisturbed = sentinel.isDisturbed()
        if isDisturbed { try patience.awaitQuiet(sentinel, cancellation) }
        return isDisturbed
      }
      for (m, i) in members.enumerated() {
        samples[i, default: []] += taken[m].map { $0.inRound(round) }
      }
    }
    finish(group, &contenders, samples, first, sentinel.drift)
  }

  /// Figures from all rounds' samples.
  private func finish(
    _ group: [Int], _ contenders: inout [Contender<S>], _ samples: [Int: [BlockSchedule.Sample]],
    _ first: [Int: (planning: Double, preparing: Double)], _ drift: Drift
  ) {
    let members = group.filter { !contenders[$0].isSettled }
    for i in members {
      guard let own = samples[i], let costs = first[i] else { continue }
      contenders[i].outcome.timing = Timing(
        plan: 1000 * costs.planning, prepare: 1000 * costs.preparing, samples: own,
        fewest: BlockSchedule.fewest, drift: drift)
    }
    guard
      let baseline = members.first(where: {
        contenders[$0].outcome.algorithm == options.baseline
      }), let base = contenders[baseline].outcome.timing
    else { return }
    for i in members {
      contenders[i].outcome.timing?.pair(
        with: base, of: options.baseline, drift: i == baseline ? .none : drift)
    }
  }

  /// A plan ready for its turns. What it computes is judged once more, since it is not the plan that
  /// was verified: unless one execution takes long.
  func bench(_ contender: Contender<S>, _ data: BenchData<S>, _ resources: Resources)
    throws(ConvError) -> Bench<S>
  {
    let bench = try Bench(
      contender.algorithm, expected: contender.expected, data, problem, resources,
      isCold: options.isCold)
    if let truth, let estimate = contender.estimate, bench.expected < options.seconds / 20 {
      try data.apply(bench.plan)
      let judgement = truth.judge(data.result, estimate.error)
      if !judgement.passes {
        throw .system("verified, but wrong when planned again: " + judgement.reason)
      }
    }
    return bench
  }
}
