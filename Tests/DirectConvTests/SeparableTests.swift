import ConvCore
import ConvTestSupport
import DirectConv
import Testing

/// Kernels of low rank as passes along the axes.
@Suite struct SeparableTests {
  /// K kernels, each a sum of `rank` products of integer vectors.
  private func kernels(_ k: Int, _ e: Extents, rank: Int) -> [Double] {
    var all = [Double](repeating: 0, count: k * e.count)
    for r in 0..<rank {
      let seed = UInt64(r + 1)
      let d: [Double] = Sample.integers(k * e.d, in: 1...3, seed: seed, stream: 1)
      let h: [Double] = Sample.integers(k * e.h, in: -3...3, seed: seed, stream: 2)
      let w: [Double] = Sample.integers(k * e.w, in: -3...3, seed: seed, stream: 3)
      for i in all.indices {
        let (kernel, t) = (i / e.count, i % e.count)
        all[i] +=
          d[kernel * e.d + t / (e.h * e.w)] * h[kernel * e.h + t / e.w % e.h]
          * w[kernel * e.w + t % e.w]
      }
    }
    return all
  }

  private func check(_ p: ConvProblem, rank: Int, threads: Int = 1) throws {
    var inputs = Inputs<Double>(p, integers: true)
    if p.hasStationaryWeights {
      inputs.weights = kernels(p.weightCount / p.kernel.count, p.kernel, rank: rank)
    }
    let expected = try Reference().run(p, inputs)
    let got = try Separable().run(p, inputs, threads: threads)
    for (a, b) in zip(got, expected) { #expect(abs(a - b) < 1e-9 * 1000, "\(p)") }
  }

  @Test(arguments: Border.allCases, Pass.allCases.filter { $0 != .weightGradient })
  func image(_ border: Border, _ pass: Pass) throws {
    for convention in Convention.allCases {
      let p = try ConvProblem(
        batch: 2,
        axes: [
          Axis(9, kernel: 5, low: 2, high: 1), Axis(11, kernel: 4, stride: 2, low: 3, high: 2),
        ],
        pass: pass, border: border, convention: convention, scalar: .f64)
      try check(p, rank: 1)
    }
  }

  @Test("depthwise with a multiplier, both operations", arguments: Operation.allCases)
  func depthwise(_ operation: Operation) throws {
    for pass in [Pass.forward, .inputGradient] {
      let transposed = operation == .transposedConvolution
      let p = try ConvProblem(
        inChannels: transposed ? 6 : 3, outChannels: transposed ? 3 : 6, groups: 3,
        axes: [
          Axis(8, kernel: 3, stride: 2, dilation: 2, low: 1, high: 1),
          Axis(7, kernel: 5, low: 2, high: 2),
        ], operation: operation, pass: pass, bias: pass == .forward, scalar: .f64)
      try check(p, rank: 1, threads: 2)
    }
  }

  @Test("a sum of two pairs")
  func rankTwo() throws {
    let axis = Axis(20, kernel: 7, low: 3, high: 3)
    try check(try ConvProblem(axes: [axis, axis], scalar: .f64), rank: 2)
    try check(
      try ConvProblem(inChannels: 2, outChannels: 4, groups: 2, axes: [axis, axis], scalar: .f64),
      rank: 2)
  }

  @Test("three axes")
  func volume() throws {
    let axis = Axis(7, kernel: 3, low: 1, high: 1)
    try check(try ConvProblem(axes: [axis, axis, axis], scalar: .f64), rank: 1)
  }

  @Test("Sobel is found, a random kernel refused with its rank")
  func found() throws {
    let axis = Axis(8, kernel: 3, low: 1, high: 1)
    let p = try ConvProblem(axes: [axis, axis])
    let plan = try Separable().plan(p, Resources(), as: Float.self)
    try plan.prepare(weights: [-1, 0, 1, -2, 0, 2, -1, 0, 1].span)
    #expect(throws: ConvError.self) {
      try plan.prepare(weights: Sample.uniform(9, as: Float.self).span)
    }
    guard
      case .unsupported(let why) = Separable().support(
        try ConvProblem(inChannels: 4, axes: [axis, axis]), try Resources())
    else {
      Issue.record("four channels for each group were taken")
      return
    }
    #expect(why.contains("not 4"))
  }
}
