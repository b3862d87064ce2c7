import ConvCore

/// A convolution or transposed convolution by any algorithm of the registry.
///
/// One plan for each pass and batch size; where the algorithm does not support a pass, the fallback
/// computes it, and `computedBy` says so.
final class ConvolutionLayer<S: ConvScalar>: Layer<S> {
  private let problem: (_ batch: Int, _ pass: Pass) throws(ConvError) -> ConvProblem
  private let weights: Parameter<S>
  private let bias: Parameter<S>?
  private let construction: Construction<S>
  private var plans: [Int: Plans] = [:]

  /// The plans of one batch size; gradients are planned when first needed.
  private struct Plans {
    let forward: Plan<S>
    var inputGradient: Plan<S>?
    var weightGradient: Plan<S>?
    var biasGradient: Plan<S>?
  }

  init(
    _ spec: LayerSpec, _ input: FeatureShape, _ output: FeatureShape, index: Int,
    _ construction: Construction<S>,
    problem: @escaping (_ batch: Int, _ pass: Pass) throws(ConvError) -> ConvProblem
  ) throws(ConvError) {
    let p = try problem(1, .forward)
    let receptive = p.kernel.count
    let values: [S] = construction.initialization.values(
      p.weightCount, fanIn: p.inChannels / p.groups * receptive,
      fanOut: p.outChannels / p.groups * receptive, seed: construction.seed,
      stream: UInt64(2 * index))
    weights = Parameter("layer \(index + 1) weights", p.weightShape, values)
    bias =
      p.bias
      ? Parameter(
        "layer \(index + 1) bias", [p.outChannels], Array(repeating: 0, count: p.outChannels))
      : nil
    self.problem = problem
    self.construction = construction
    super.init(spec, input, output, construction.resources.pool)
  }

  override var parameters: [Parameter<S>] { [weights] + (bias.map { [$0] } ?? []) }

  override var computedBy: [String] {
    guard let any = plans.values.first else { return [] }
    return [
      "forward: \(any.forward.name)", any.inputGradient.map { "input gradient: \($0.name)" },
      any.weightGradient.map { "weight gradient: \($0.name)" },
    ].compactMap(\.self)
  }

  override func parametersChanged() {
    // Prepared weights are stale; each plan is prepared again before it is next applied.
    stale = Set(plans.keys)
    staleGradient = stale
  }

  private var stale: Set<Int> = []
  private var staleGradient: Set<Int> = []

  private func plan(_ batch: Int, _ pass: Pass) throws(ConvError) -> Plan<S> {
    let p = try problem(batch, pass)
    for algorithm in [construction.algorithm, construction.fallback] {
      if case .supported = algorithm.support(p, construction.resources) {
        return try S.plan(algorithm, p, construction.resources)
      }
    }
    throw .unsupported(
      "neither \(construction.algorithm.name) nor its fallback does \(p.descriptor)")
  }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    if plans[batch] == nil {
      plans[batch] = Plans(forward: try plan(batch, .forward))
      stale.insert(batch)
    }
    guard let forward = plans[batch]?.forward else { return }
    if stale.remove(batch) != nil {
      // Copies, since a span of a class's property would not outlive the access.
      let w = weights.values
      let b = bias?.values
      try forward.prepare(weights: w.span, bias: b?.span)
    }
    try forward.apply(x, nil, into: y)
  }

  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    if plans[batch]?.weightGradient == nil {
      plans[batch]?.weightGradient = try plan(batch, .weightGradient)
      if bias != nil { plans[batch]?.biasGradient = try plan(batch, .biasGradient) }
    }
    if dx != nil, plans[batch]?.inputGradient == nil {
      plans[batch]?.inputGradient = try plan(batch, .inputGradient)
      staleGradient.insert(batch)
    }
    guard let plans = plans[batch] else { return }
    try plans.weightGradient?.apply(x, dy, into: &weights.gradient)
    if let bias { try plans.biasGradient?.apply(dy, nil, into: &bias.gradient) }
    if let dx, let inputGradient = plans.inputGradient {
      if staleGradient.remove(batch) != nil {
        let w = weights.values
        try inputGradient.prepare(weights: w.span)
      }
      try inputGradient.apply(dy, nil, into: dx)
    }
  }
}

extension Plan {
  /// `apply` on pointers, whose counts follow from the problem.
  fileprivate func apply(
    _ first: UnsafePointer<Scalar>, _ second: UnsafePointer<Scalar>?,
    into result: UnsafeMutablePointer<Scalar>
  ) throws(ConvError) {
    let counts = problem.operandCounts
    let a = UnsafeBufferPointer(start: first, count: counts.first).span
    var span = UnsafeMutableBufferPointer(start: result, count: counts.result).mutableSpan
    if let second, let count = counts.second {
      try apply(a, UnsafeBufferPointer(start: second, count: count).span, into: &span)
    } else {
      try apply(a, into: &span)
    }
  }

  fileprivate func apply(
    _ first: UnsafePointer<Scalar>, _ second: UnsafePointer<Scalar>?, into result: inout [Scalar]
  ) throws(ConvError) {
    let counts = problem.operandCounts
    let a = UnsafeBufferPointer(start: first, count: counts.first).span
    var span = result.mutableSpan
    if let second, let count = counts.second {
      try apply(a, UnsafeBufferPointer(start: second, count: count).span, into: &span)
    } else {
      try apply(a, into: &span)
    }
  }
}
