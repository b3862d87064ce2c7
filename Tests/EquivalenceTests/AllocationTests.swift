import CAllocations
import ConvCore
import ConvTestSupport
import Laboratory
import Testing

@Suite struct AllocationTests {
  @Test func allocationsAreCounted() {
    let before = callocations_count()
    let array = [Int](unsafeUninitializedCapacity: 1000) { $1 = min(1000, $0.count) }
    #expect(array.count == 1000)
    #expect(before == -1 || callocations_count() > before)
  }

  /// `apply` asks for no memory: neither the caller nor, with more threads, what the caller does for
  /// them. Workers run the same closures as the caller.
  @Test(.enabled(if: isOptimised, "unoptimised code boxes values"), arguments: [1, 2])
  func applyAllocatesNothing(threads: Int) throws {
    let axis = Axis(19, kernel: 3, low: 1, high: 2)
    let strided = Axis(19, kernel: 3, stride: 2, dilation: 2, low: 3, high: 2)
    for pass in Pass.allCases {
      for (axes, border, groups) in [
        ([axis, axis], Border.zeros, 1), ([axis, strided], .reflect, 2), ([strided], .zeros, 4),
      ] {
        let problem = try ConvProblem(
          batch: 2, inChannels: 8, outChannels: 4, groups: groups, axes: axes, pass: pass,
          border: border, bias: true, layout: groups == 2 ? .nhwc : .nchw)
        for algorithm in try everything.select("all,*:*") where algorithm.name.family != "outside" {
          let count = try allocations(algorithm, problem, threads)
          #expect(count <= 0, "\(algorithm.name) \(problem.summary)")
        }
      }
    }
  }

  private func allocations(_ algorithm: any ConvAlgorithm, _ problem: ConvProblem, _ threads: Int)
    throws -> Int
  {
    let resources = try Resources(threads: threads)
    guard case .supported = algorithm.support(problem, resources) else { return 0 }
    let inputs = Inputs<Float>(problem, integers: false)
    let plan = try Float.plan(algorithm, problem, resources)
    if let weights = inputs.weights {
      do {
        try plan.prepare(weights: weights.span, bias: inputs.bias?.span)
      } catch .unsupported {
        return 0  // these weights, not this problem
      }
    }
    var result = [Float](repeating: 0, count: problem.operandCounts.result)
    var counts: [Int] = []
    counts.reserveCapacity(2)
    for _ in 0..<2 {
      var span = result.mutableSpan
      let before = callocations_count()
      try plan.apply(inputs.first.span, inputs.second?.span, into: &span)
      counts.append(callocations_count() - before)
    }
    return counts[1]
  }
}
