/// Runs any problem and pass on a kernel that knows the normal form only.
///
/// The pipeline of each part and slot: gather the input (1), call the kernel (2), place what it
/// computed in the result (3); then, once, fold the border back (4) and add the bias (5). Which steps
/// happen is in `Lowering`. Allocates in `init` only.
public struct LoweredPlan<K: ConvKernel & ~Copyable>: ConvPlan, ~Copyable {
  /// The kernel's.
  public typealias Scalar = K.Scalar

  private let lowering: Lowering
  private let problem: ConvProblem
  private let underlying: ConvProblem
  private let kernels: FixedArray<K>
  private let gathered: Buffer<K.Scalar>
  private let gatheredSecond: Buffer<K.Scalar>
  private let spread: Buffer<K.Scalar>
  private let full: Buffer<K.Scalar>
  private let unfolded: Buffer<K.Scalar>
  private let bias: Buffer<K.Scalar>
  private let scratch: Buffer<UInt8>
  private let resources: Resources

  /// Plans the kernels and allocates everything.
  ///
  /// - Throws: `ConvError.overBudget` where the estimate exceeds the workspace limit, before
  ///   anything is allocated; `ConvError.unsupported` where the kernel refuses.
  public init(
    _ problem: ConvProblem, _ options: K.Options, _ resources: Resources
  ) throws(ConvError) {
    let lowering = Lowering(problem, native: K.native(options))
    let need = try Self.estimate(problem, lowering, options, resources).workspaceBytes
    guard need <= resources.workspaceLimit else {
      throw .overBudget(needs: need, limit: resources.workspaceLimit)
    }
    // Everything that throws comes first: a noncopyable value cannot be half made.
    let kernels = try FixedArray(lowering.parts.count) { (i) throws(ConvError) in
      let part = lowering.parts[i]
      return try K(part.core, part.role, slots: lowering.slots, options, resources)
    }
    let bytes = lowering.stepBytes(problem)
    let poison = resources.poison
    let gathered = try Buffer<Scalar>(bytes.gathered, poison: poison)
    let gatheredSecond = try Buffer<Scalar>(bytes.gatheredSecond, poison: poison)
    let spread = try Buffer<Scalar>(bytes.spread, poison: poison)
    let full = try Buffer<Scalar>(bytes.full, poison: poison)
    let unfolded = try Buffer<Scalar>(bytes.unfolded, poison: poison)
    let bias = try Buffer<Scalar>(
      problem.bias && problem.pass == .forward ? problem.outChannels : 0, poison: poison)
    var most = 0
    for i in 0..<kernels.count { most = max(most, kernels[i].scratchBytes) }
    let scratch = try Buffer<UInt8>(most, poison: poison)
    self.kernels = kernels
    self.gathered = gathered
    self.gatheredSecond = gatheredSecond
    self.spread = spread
    self.full = full
    self.unfolded = unfolded
    self.bias = bias
    self.scratch = scratch
    self.lowering = lowering
    self.problem = problem
    underlying = problem.underlying
    self.resources = resources
  }

  /// Of the shared steps' buffers, the scratch and the kernels.
  public var workspaceBytes: Int {
    var sum = gathered.byteCount + gatheredSecond.byteCount + spread.byteCount + full.byteCount
    sum += unfolded.byteCount + bias.byteCount + scratch.byteCount
    for i in 0..<kernels.count { sum += kernels[i].ownedBytes }
    return sum
  }

  /// Prepares every part's weights.
  public mutating func prepare(weights: Span<Scalar>, bias values: Span<Scalar>?) throws(ConvError)
  {
    weights.withUnsafeBufferPointer { prepare($0.baseAddress!) }
    if let values {
      for i in 0..<values.count { bias.base[i] = values[i] }
    }
  }

  /// Runs the pipeline.
  public mutating func apply(
    _ first: Span<Scalar>, _ second: Span<Scalar>?, into result: inout MutableSpan<Scalar>
  ) throws(ConvError) {
    first.withUnsafeBufferPointer { a in
      result.withUnsafeMutableBufferPointer { y in
        if let second {
          second.withUnsafeBufferPointer { b in run(a.baseAddress!, b.baseAddress!, y.baseAddress!)
          }
        } else {
          run(a.baseAddress!, nil, y.baseAddress!)
        }
      }
    }
  }

  private mutating func run(
    _ first: UnsafePointer<Scalar>, _ second: UnsafePointer<Scalar>?,
    _ result: UnsafeMutablePointer<Scalar>
  ) {
    let x = lowering.swapsOperands ? second! : first
    let dy = lowering.swapsOperands ? first : second
    if lowering.weightsAreSecond { prepare(dy!) }
    let target = lowering.fold == nil ? result : unfolded.base
    if lowering.clears {
      target.update(
        repeating: 0,
        count: lowering.fold == nil ? problem.operandCounts.result : unfolded.count)
    }
    for i in 0..<kernels.count {
      for slot in 0..<lowering.slots { run(i, slot, x, dy, target) }
    }
    finish(result)
  }

  /// Steps 1 to 3 of one part and slot.
  private mutating func run(
    _ i: Int, _ slot: Int, _ x: UnsafePointer<Scalar>, _ dy: UnsafePointer<Scalar>?,
    _ y: UnsafeMutablePointer<Scalar>
  ) {
    let part = lowering.parts[i]
    let core = part.core
    let result = Target(y, part.result.moved(toGroup: slot))
    let data = gather(part, Source(x, part.first.moved(toGroup: slot)))
    let isCorrelation = part.role == .correlation
    let computed =
      part.places ? Target(full.base, Self.plainResult(core, part.role)) : result
    let work = UnsafeMutableRawPointer(scratch.base)
    if isCorrelation {
      kernels[i].apply(data, slot: slot, scratch: work, into: computed)
    } else {
      let gradient = gatherSecond(part, Source(dy!, part.second.moved(toGroup: slot)))
      kernels[i].weightGradient(data, gradient, scratch: work, into: computed)
    }
    if part.places {
      resources.timed(.crop) {
        place(part, Source(UnsafePointer(full.base), computed.layout), result)
      }
    }
  }

  /// Step 3: outputs, or the taps of every phase.
  private func place(_ part: Part, _ full: Source<Scalar>, _ result: Target<Scalar>) {
    let core = part.core
    if part.role == .correlation {
      return Steps.copy(
        batch: core.batch, groups: core.groups, channels: core.outChannels, part.placed, full,
        into: result, resources.pool)
    }
    copyTaps(part) { phases, phase in
      (
        Source(full.base, phases.places(phase, of: full.layout)),
        Target(result.base, phases.taps(phase, of: result.layout))
      )
    }
  }

  /// Copies the taps of every phase between weights and kernels, from and to where `between` says.
  private func copyTaps(
    _ part: Part, between: (Phases, Int) -> (from: Source<Scalar>, to: Target<Scalar>)
  ) {
    let (core, phases) = (part.core, part.phases)
    for phase in 0..<phases.count {
      let (from, to) = between(phases, phase)
      Steps.copy(
        batch: core.outChannels, groups: core.groups, channels: core.inChannels / phases.count,
        phases.tapCounts(phase), from, into: to, resources.pool)
    }
  }

  private func gather(_ part: Part, _ x: Source<Scalar>) -> Source<Scalar> {
    guard part.gathers else { return x }
    let core = part.core
    let to = Layout(
      channels: core.groups * core.inChannels, groups: core.groups, core.input)
    resources.timed(.pad) {
      Steps.gather(x, part, into: Target(gathered.base, to), resources.pool)
    }
    return Source(UnsafePointer(gathered.base), to)
  }

  private func gatherSecond(_ part: Part, _ dy: Source<Scalar>) -> Source<Scalar> {
    guard part.gathersSecond else { return dy }
    let core = part.core
    let to = Layout(
      channels: core.groups * core.outChannels, groups: core.groups, core.output)
    resources.timed(.pad) {
      Steps.copy(
        batch: core.batch, groups: core.groups, channels: core.outChannels, core.output, dy,
        into: Target(gatheredSecond.base, to), resources.pool)
    }
    return Source(UnsafePointer(gatheredSecond.base), to)
  }

  /// Steps 4 and 5.
  private func finish(_ result: UnsafeMutablePointer<Scalar>) {
    let q = underlying
    if let fold = lowering.fold {
      resources.timed(.crop) {
        Steps.fold(
          batch: q.batch, channels: q.inChannels, fold.extents, fold.maps,
          Source(UnsafePointer(unfolded.base), Layout(channels: q.inChannels, fold.extents)),
          into: Target(result, Layout(channels: q.inChannels, q.input, q.layout)),
          resources.pool)
      }
    }
    if bias.count > 0 {
      resources.timed(.crop) {
        Steps.addBias(
          UnsafePointer(bias.base), batch: problem.batch, channels: problem.outChannels,
          problem.output,
          into: Target(
            result, Layout(channels: problem.outChannels, problem.output, problem.layout)),
          resources.pool)
      }
    }
  }

  private mutating func prepare(_ weights: UnsafePointer<Scalar>) {
    for i in 0..<kernels.count {
      let part = lowering.parts[i]
      for slot in 0..<lowering.slots {
        var source = Source(weights, part.second.moved(toGroup: slot))
        if part.spreads { source = spreadWeights(part, source) }
        kernels[i].prepare(source, slot: slot, scratch: UnsafeMutableRawPointer(scratch.base))
      }
    }
  }

  private func spreadWeights(_ part: Part, _ weights: Source<Scalar>) -> Source<Scalar> {
    let to = Self.plainResult(part.core, .weightGradient)
    spread.fill(0)
    copyTaps(part) { phases, phase in
      (
        Source(weights.base, phases.taps(phase, of: weights.layout)),
        Target(spread.base, phases.places(phase, of: to))
      )
    }
    return Source(UnsafePointer(spread.base), to)
  }

  /// Where a kernel writes when its result is placed afterwards.
  private static func plainResult(_ core: CoreProblem, _ role: Role) -> Layout {
    role == .correlation
      ? Layout(channels: core.groups * core.outChannels, groups: core.groups, core.output)
      : Layout(
        weights: core.kernel, outChannels: core.groups * core.outChannels,
        inChannels: core.inChannels, groups: core.groups)
  }
}
