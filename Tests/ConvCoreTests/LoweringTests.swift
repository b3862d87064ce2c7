import ConvCore
import DirectConv
import Testing

/// A small problem of every kind: each value is drawn from a seeded generator, tails everywhere.
struct Variant: CustomTestStringConvertible, Sendable {
  let problem: ConvProblem
  let native: Native

  var testDescription: String {
    let p = problem
    return "\(p.operation) \(p.pass) \(p.border) \(p.convention) \(p.layout) rank \(p.rank) "
      + "g\(p.groups) axes \(p.spatialAxes) native \(native.rawValue)"
  }

  static func all(seed: UInt64, count: Int) -> [Variant] {
    var random = Seeded(seed)
    var list: [Variant] = []
    while list.count < count {
      if let variant = make(&random) { list.append(variant) }
    }
    return list
  }

  private static func make(_ random: inout Seeded) -> Variant? {
    let rank = Int.random(in: 1...3, using: &random)
    let operation = Operation.allCases.randomElement(using: &random)!
    let axes = (0..<rank).map { _ in
      let stride = Int.random(in: 1...3, using: &random)
      let dilation = Int.random(in: 1...3, using: &random)
      let extra =
        operation == .transposedConvolution
        ? Int.random(in: 0..<max(stride, dilation), using: &random) : 0
      return Axis(
        Int.random(in: 1...7, using: &random), kernel: Int.random(in: 1...4, using: &random),
        stride: stride, dilation: dilation, low: Int.random(in: -1...4, using: &random),
        high: Int.random(in: -1...4, using: &random), outputPadding: extra)
    }
    let groups = Int.random(in: 1...3, using: &random)
    return try? Variant(
      problem: ConvProblem(
        batch: Int.random(in: 1...2, using: &random),
        inChannels: groups * Int.random(in: 1...2, using: &random),
        outChannels: groups * Int.random(in: 1...3, using: &random), groups: groups, axes: axes,
        operation: operation, pass: Pass.allCases.randomElement(using: &random)!,
        border: Border.allCases.randomElement(using: &random)!,
        convention: Convention.allCases.randomElement(using: &random)!,
        bias: Bool.random(using: &random),
        layout: DataLayout.allCases.randomElement(using: &random)!),
      native: Native(rawValue: Int.random(in: 0..<64, using: &random)))
  }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

private func integers(_ count: Int, _ seed: UInt64) -> [Float] {
  var random = Seeded(seed)
  return (0..<count).map { _ in Float(Int.random(in: -4...4, using: &random)) }
}

private func run(_ plan: Plan<Float>) throws -> [Float] {
  let p = plan.problem
  let counts = p.operandCounts
  if p.hasStationaryWeights {
    let bias = p.bias && p.pass == .forward ? integers(p.outChannels, 4) : nil
    try plan.prepare(weights: integers(p.weightCount, 3).span, bias: bias?.span)
  }
  var result = [Float](repeating: .nan, count: counts.result)
  var span = result.mutableSpan
  let second = counts.second.map { integers($0, 2) }
  try plan.apply(integers(counts.first, 1).span, second?.span, into: &span)
  return result
}

@Test("Every pass lowered to any native set equals the plain loops", arguments: 0..<12)
func loweringEqualsReference(block: Int) throws {
  for threads in [1, 3] {
    var resources = try Resources(threads: threads)
    resources.poison = true
    for variant in Variant.all(seed: UInt64(block), count: 30) {
      let p = variant.problem
      let expected = try run(Reference().plan(p, resources, as: Float.self))
      let plan: Plan<Float> = try .lowered(
        PlainKernel.self, variant.native, AlgorithmName("plain"), p, resources)
      #expect(try run(plan) == expected, "\(variant.testDescription)")
      if p.pass != .biasGradient {
        let estimate = try LoweredPlan<PlainKernel>.estimate(p, variant.native, resources)
        #expect(estimate.workspaceBytes == plan.workspaceBytes)
      }
    }
  }
}
