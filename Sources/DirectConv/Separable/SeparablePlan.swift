import ConvCore

/// Runs the passes of `SeparableStages` one after the other; made again when a kernel of another
/// rank is prepared.
struct SeparablePlan<S: ConvScalar>: ConvPlan, ~Copyable {
  private let problem: ConvProblem
  private let inner: any ConvAlgorithm
  private let resources: Resources
  private var stages: SeparableStages
  private var plans: [Plan<S>]
  /// Two buffers that passes read from and write to in turn.
  private var between: FixedArray<Buffer<S>>
  private var rank = 1

  init(_ problem: ConvProblem, _ inner: any ConvAlgorithm, _ resources: Resources)
    throws(ConvError)
  {
    let stages = try SeparableStages(problem, rank: 1)
    let plans: [Plan<S>] = try Self.plans(stages, inner, resources)
    let between = try Self.buffers(stages, resources)
    self.problem = problem
    self.inner = inner
    self.resources = resources
    self.stages = stages
    self.plans = plans
    self.between = between
  }

  private static func plans(
    _ stages: SeparableStages, _ inner: any ConvAlgorithm, _ resources: Resources
  ) throws(ConvError) -> [Plan<S>] {
    var list: [Plan<S>] = []
    for stage in stages.problems { list.append(try S.plan(inner, stage, resources)) }
    return list
  }

  private static func buffers(_ stages: SeparableStages, _ resources: Resources)
    throws(ConvError) -> FixedArray<Buffer<S>>
  {
    // With two passes one buffer stands between them.
    let count = min(2, stages.problems.count - 1)
    return try FixedArray(count) { (_) throws(ConvError) in
      try Buffer<S>(stages.intermediateCount, poison: resources.poison)
    }
  }

  var workspaceBytes: Int {
    var sum = plans.reduce(0) { $0 + $1.workspaceBytes }
    for i in 0..<between.count { sum += between[i].byteCount }
    return sum
  }

  mutating func prepare(weights: Span<S>, bias: Span<S>?) throws(ConvError) {
    var values: [Double] = []
    values.reserveCapacity(weights.count)
    for i in 0..<weights.count { values.append(Double(weights[i])) }
    let e = problem.kernel
    // One pair costs the sum of the taps along the axes, the kernel itself their product.
    let limit = max(1, (e.count - 1) / max(1, stages.axes.reduce(0) { $0 + e[$1] }))
    let found = try KernelFactors(
      values, e, unitRoundoff: problem.scalar.unitRoundoff, limit: limit)
    if found.rank != rank { try replan(rank: found.rank) }
    for (stage, axis) in stages.axes.enumerated() {
      let factors = found.factors[axis].map { S($0) }
      let isLast = stage == stages.axes.count - 1
      try plans[stage].prepare(
        weights: factors.span, bias: isLast && problem.bias ? bias : nil)
    }
  }

  private mutating func replan(rank: Int) throws(ConvError) {
    let stages = try SeparableStages(problem, rank: rank)
    plans = try Self.plans(stages, inner, resources)
    between = try Self.buffers(stages, resources)
    self.stages = stages
    self.rank = rank
  }

  mutating func apply(_ first: Span<S>, _ second: Span<S>?, into result: inout MutableSpan<S>)
    throws(ConvError)
  {
    // Gradients run the adjoint passes in reverse order.
    let isForward = problem.pass == .forward
    let count = plans.count
    for step in 0..<count {
      let stage = isForward ? step : count - 1 - step
      let counts = plans[stage].problem.operandCounts
      let source =
        step == 0
        ? first : UnsafeBufferPointer(start: between[(step - 1) % 2].base, count: counts.first).span
      if step == count - 1 {
        try plans[stage].apply(source, into: &result)
      } else {
        var target = UnsafeMutableBufferPointer(start: between[step % 2].base, count: counts.result)
          .mutableSpan
        try plans[stage].apply(source, into: &target)
      }
    }
  }
}
