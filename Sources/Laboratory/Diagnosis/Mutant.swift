import ConvCore
import DirectConv

/// A sound algorithm with one fault put in: what verification is there to catch, and what the
/// mismatch doctor is tried on.
public struct Mutant: ConvAlgorithm {
  /// What is wrong.
  public enum Fault: String, CaseIterable, Sendable {
    case flippedKernel, padShiftedByOne, zeroBasedDilation, wrongBorder, wrongStridePhase
    case swappedGroups, transposedKernel, missingBias, biasTwice, droppedChannel, swappedChannels
    case lostTileTail, unwrittenRow, batchMixedUp, gradientScaledByBatch, oneWrongElement
    case oneWrongTap, accumulatesIntoResult, halfPrecisionInput, negativesCut, staleWeights
    case unfinishedThread, lastOutputsSwapped
  }

  /// The fault.
  public let fault: Fault

  /// `direct` with a fault.
  public init(fault: Fault) { self.fault = fault }

  /// `mutant:flippedKernel`.
  public var name: AlgorithmName { AlgorithmName("mutant", variant: fault.rawValue) }

  /// What `direct` does, where the fault makes a difference.
  public func support(_ p: ConvProblem, _ r: Resources) -> Support {
    if let missing = fault.missing(in: p) { return .unsupported("this fault needs \(missing)") }
    return Direct().support(p, r)
  }

  /// Plans `direct` with the fault, in single precision.
  ///
  /// - Throws: what `direct` throws.
  public func plan(_ p: ConvProblem, _ r: Resources, as: Float.Type) throws(ConvError)
    -> Plan<Float>
  { .make(name, p, try MutantPlan<Float>(fault, p, r)) }

  /// Plans `direct` with the fault, in double precision.
  ///
  /// - Throws: what `direct` throws.
  public func plan(_ p: ConvProblem, _ r: Resources, as: Double.Type) throws(ConvError)
    -> Plan<Double>
  { .make(name, p, try MutantPlan<Double>(fault, p, r)) }
}

extension Family {
  /// Algorithms with a fault each, `mutant:flippedKernel`: never among `all`, only where named, to
  /// see that a fault is caught and what the doctor says of it.
  public static let mutants = Family(
    "mutant", "direct with a fault put in, to see it caught",
    variants: Mutant.Fault.allCases.map(\.rawValue), isContender: false
  ) { (variant) throws(ConvError) in
    guard let fault = Mutant.Fault(rawValue: variant) else {
      let names = Mutant.Fault.allCases.map(\.rawValue)
      throw .invalid(
        "mutant has no fault \"\(variant)\"\(didYouMean(variant, among: names)) "
          + "(\(names.joined(separator: ", ")))")
    }
    return Mutant(fault: fault)
  }
}

extension Mutant.Fault {
  /// What a problem must have for the fault to be one; nil where it has it.
  func missing(in p: ConvProblem) -> String? {
    let needsWeights: [Self] = [
      .swappedGroups, .transposedKernel, .droppedChannel, .oneWrongTap, .staleWeights,
    ]
    if needsWeights.contains(self), !p.hasStationaryWeights { return "a pass with weights" }
    let shape = Terms(p).shape
    switch self {
    case .swappedGroups where p.groups < 2: return "two groups"
    case .transposedKernel where p.kernel.d > 1 || p.kernel.h != p.kernel.w || p.kernel.h == 1:
      return "a square kernel"
    case .missingBias, .biasTwice:
      return p.bias && p.pass == .forward ? nil : "a bias (--bias)"
    case .batchMixedUp, .gradientScaledByBatch: return p.batch < 2 ? "a batch of two" : nil
    case .swappedChannels where shape.innerCount < 2: return "two channels"
    case .lostTileTail where shape.extents.w % 3 == 0: return "a width that 3 does not divide"
    case .lastOutputsSwapped where p.operandCounts.result < 2: return "two results"
    case .zeroBasedDilation where p.spatialAxes[p.rank - 1].kernel == 1: return "two taps"
    default: break
    }
    return (try? misread(p)) == nil ? "room to misread the problem" : nil
  }

  /// The problem as a program with this fault reads it; of the same extents.
  func misread(_ p: ConvProblem) throws(ConvError) -> ConvProblem {
    var axes = p.spatialAxes
    let last = axes.count - 1
    switch self {
    case .flippedKernel:
      return try p.with(convention: p.convention == .convolution ? .crossCorrelation : .convolution)
    case .padShiftedByOne:
      axes[last].low += 1
      axes[last].high -= 1
    case .zeroBasedDilation:
      // One tap too far apart; the padding hides it in the extents.
      axes[last].dilation += 1
      axes[last].high += axes[last].kernel - 1
    case .wrongBorder: return try p.with(border: p.border == .reflect ? .symmetric : .reflect)
    case .wrongStridePhase:
      axes[last].low -= 1
      axes[last].high += 1
    default: return p
    }
    return try p.with(axes: axes)
  }
}

private struct MutantPlan<S: ConvScalar>: ConvPlan, ~Copyable {
  private let fault: Mutant.Fault
  private let problem: ConvProblem
  private let shape: ResultShape
  private let inner: Plan<S>
  private var prepared = false

  init(_ fault: Mutant.Fault, _ problem: ConvProblem, _ resources: Resources) throws(ConvError) {
    let inner = try S.plan(Direct(), fault.misread(problem), resources)
    self.fault = fault
    self.problem = problem
    shape = Terms(problem).shape
    self.inner = inner
  }

  var workspaceBytes: Int { inner.workspaceBytes }

  mutating func prepare(weights: Span<S>, bias: Span<S>?) throws(ConvError) {
    if fault == .staleWeights && prepared { return }
    prepared = true
    var w = weights.withUnsafeBufferPointer { Array($0) }
    var b: [S]?
    if let bias { b = bias.withUnsafeBufferPointer { Array($0) } }
    let taps = problem.kernel.count
    let perGroup = problem.outChannels / problem.groups * (problem.inChannels / problem.groups)
    switch fault {
    case .swappedGroups:
      for i in 0..<(perGroup * taps) { w.swapAt(i, perGroup * taps + i) }
    case .transposedKernel:
      let k = problem.kernel
      for start in stride(from: 0, to: w.count, by: taps) {
        for h in 0..<k.h { for x in 0..<h { w.swapAt(start + h * k.w + x, start + x * k.w + h) } }
      }
    case .missingBias: b = b?.map { _ in 0 }
    case .biasTwice: b = b?.map { 2 * $0 }
    case .droppedChannel:
      w.replaceSubrange(w.count - taps..<w.count, with: repeatElement(0, count: taps))
    case .oneWrongTap: w[w.count / 2] = -w[w.count / 2]
    default: break
    }
    try inner.prepare(weights: w.span, bias: b?.span)
  }

  mutating func apply(_ first: Span<S>, _ second: Span<S>?, into result: inout MutableSpan<S>)
    throws(ConvError)
  {
    var x = first.withUnsafeBufferPointer { Array($0) }
    if fault == .halfPrecisionInput { x = x.map { S(Float16(Float($0))) } }
    if fault == .batchMixedUp {
      let one = x.count / problem.batch
      x.replaceSubrange(one..<2 * one, with: x[0..<one])
    }
    let before = result.withUnsafeBufferPointer { Array($0) }
    try inner.apply(x.span, second, into: &result)
    for i in 0..<result.count { spoil(&result, i, before) }
    if fault == .swappedChannels {
      let steps = shape.steps
      for p in 0..<shape.extents.count {
        let i = p * steps.w
        swap(&result, i, i + steps.inner)
      }
    }
    if fault == .lastOutputsSwapped { swap(&result, result.count - 1, result.count - 2) }
  }

  private func spoil(_ result: inout MutableSpan<S>, _ i: Int, _ before: [S]) {
    let place = shape.place(i)
    switch fault {
    case .lostTileTail where place.w >= shape.extents.w / 3 * 3: result[i] = 0
    case .unwrittenRow where place.h == shape.extents.h - 1: result[i] = before[i]
    case .gradientScaledByBatch: result[i] /= S(problem.batch)
    case .oneWrongElement where i == result.count / 3: result[i] += S(0.01) * (1 + abs(result[i]))
    case .accumulatesIntoResult: result[i] += before[i]
    case .negativesCut: result[i] = max(0, result[i])
    case .unfinishedThread where i >= result.count / 8 * 7: result[i] = before[i]
    default: break
    }
  }

  private func swap(_ result: inout MutableSpan<S>, _ i: Int, _ j: Int) {
    let value = result[i]
    result[i] = result[j]
    result[j] = value
  }
}
