import ConvCore
import DirectConv

/// A sound algorithm with one fault put in: what verification is there to catch.
struct Mutant: ConvAlgorithm {
  /// What is wrong.
  enum Fault: String, CaseIterable, Sendable {
    case flippedKernel, padShiftedByOne, zeroBasedDilation, wrongBorder, wrongStridePhase
    case swappedGroups, transposedKernel, missingBias, biasTwice, droppedChannel, swappedChannels
    case lostTileTail, unwrittenRow, batchMixedUp, gradientScaledByBatch, oneWrongElement
    case oneWrongTap, accumulatesIntoResult, halfPrecisionInput, negativesCut, staleWeights
    case unfinishedThread, lastOutputsSwapped
  }

  let fault: Fault
  var name: AlgorithmName { AlgorithmName("mutant", variant: fault.rawValue) }

  func support(_ p: ConvProblem, _ r: Resources) -> Support { Direct().support(p, r) }

  func plan(_ p: ConvProblem, _ r: Resources, as: Float.Type) throws(ConvError) -> Plan<Float> {
    .make(name, p, try MutantPlan<Float>(fault, p, r))
  }

  func plan(_ p: ConvProblem, _ r: Resources, as: Double.Type) throws(ConvError) -> Plan<Double> {
    .make(name, p, try MutantPlan<Double>(fault, p, r))
  }
}

struct MutantPlan<S: ConvScalar>: ConvPlan, ~Copyable {
  private let fault: Mutant.Fault
  private let problem: ConvProblem
  private let inner: Plan<S>
  private var prepared = false

  init(_ fault: Mutant.Fault, _ problem: ConvProblem, _ resources: Resources) throws(ConvError) {
    let inner = try S.plan(Direct(), Self.misread(problem, fault), resources)
    self.fault = fault
    self.problem = problem
    self.inner = inner
  }

  var workspaceBytes: Int { inner.workspaceBytes }

  /// The problem as a program with this fault reads it; of the same extents.
  private static func misread(_ p: ConvProblem, _ fault: Mutant.Fault) throws(ConvError)
    -> ConvProblem
  {
    var axes = p.spatialAxes
    let last = axes.count - 1
    switch fault {
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
    let width = problem.output.w
    for i in 0..<result.count {
      switch fault {
      case .lostTileTail where i % width >= width / 3 * 3: result[i] = 0
      case .unwrittenRow where i / width == problem.output.h - 1: result[i] = before[i]
      case .gradientScaledByBatch: result[i] /= S(problem.batch)
      case .oneWrongElement where i == result.count / 3: result[i] += S(0.01) * (1 + abs(result[i]))
      case .accumulatesIntoResult: result[i] += before[i]
      case .negativesCut: result[i] = max(0, result[i])
      case .unfinishedThread where i >= result.count / 8 * 7: result[i] = before[i]
      default: break
      }
    }
    let positions = problem.output.count
    if fault == .swappedChannels {
      for i in 0..<positions { swap(&result, i, positions + i) }
    }
    if fault == .lastOutputsSwapped { swap(&result, result.count - 1, result.count - 2) }
  }

  private func swap(_ result: inout MutableSpan<S>, _ i: Int, _ j: Int) {
    let value = result[i]
    result[i] = result[j]
    result[j] = value
  }
}
