import ConvCore

extension Trial {
  /// Times every contender that is not settled, in blocks; as many at once as memory holds.
  func time(
    _ contenders: inout [Contender<S>], _ operands: Operands<S>, _ resources: Resources,
    _ deadline: Double, _ report: (String) -> Void
  ) throws(ConvError) {
    let sentinel = Sentinel(options.isa, resources.pool)
    let data = try BenchData(operands, problem, isCold: options.isCold)
    let groups = groups(contenders)
    for (i, group) in groups.enumerated() {
      let end = elapsed + max(0, deadline - elapsed) / Double(groups.count - i)
      try time(group, &contenders, data, resources, end, sentinel, report)
    }
  }

  /// Contenders that fit into memory together; each group with the baseline, if it fits, so that
  /// ratios are paired.
  private func groups(_ contenders: [Contender<S>]) -> [[Int]] {
    let active = contenders.indices.filter { !contenders[$0].isSettled }
    func bytes(_ i: Int) -> Int { contenders[i].outcome.predictedWorkspaceBytes ?? 0 }
    let baseline = active.first { contenders[$0].outcome.algorithm == options.baseline }
    var groups = [baseline.map { [$0] } ?? []]
    for i in active where i != baseline {
      let used = groups[groups.count - 1].reduce(0) { $0 + bytes($1) }
      if used > 0 && used + bytes(i) > planBytes { groups.append(baseline.map { [$0] } ?? []) }
      groups[groups.count - 1].append(i)
    }
    return groups.filter { !$0.isEmpty }
  }

  private func time(
    _ group: [Int], _ contenders: inout [Contender<S>], _ data: BenchData<S>,
    _ resources: Resources, _ deadline: Double, _ sentinel: Sentinel, _ report: (String) -> Void
  ) throws(ConvError) {
    var benches: [Bench<S>] = []
    var members: [Int] = []
    for i in group {
      try cancellation.check()
      report("preparing \(contenders[i].outcome.algorithm)")
      do {
        benches.append(try bench(contenders[i], data, resources))
        members.append(i)
      } catch {
        contenders[i].settle(error)
      }
    }
    let baseline = members.firstIndex { contenders[$0].outcome.algorithm == options.baseline }
    let schedule = BlockSchedule(
      baseline: baseline, precision: options.precision, seed: options.seed)
    let samples = try schedule.run(
      expected: benches.map(\.expected), remaining: { deadline - elapsed }
    ) { (i) throws(ConvError) in
      try cancellation.check()
      report("timing")
      return try benches[i].turn(data)
    } isDisturbed: {
      sentinel.isDisturbed()
    }
    for (m, i) in members.enumerated() {
      contenders[i].outcome.workspaceBytes = benches[m].plan.workspaceBytes
      contenders[i].outcome.timing = Timing(
        plan: 1000 * (contenders[i].planning ?? benches[m].planning),
        prepare: 1000 * benches[m].preparing, samples: samples[m], fewest: schedule.fewest)
    }
    guard let baseline, let base = contenders[members[baseline]].outcome.timing else { return }
    for i in members { contenders[i].outcome.timing?.pair(with: base, of: options.baseline) }
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
