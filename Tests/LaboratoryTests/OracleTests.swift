import ConvCore
import ConvTestSupport
import DirectConv
import Testing

@testable import Laboratory

@Suite struct OracleTests {
  /// `Oracle` itself compares the gathered sums with the plain loops and throws if they differ.
  @Test(arguments: 0..<10)
  func gatheredSumsEqualThePlainLoops(block: Int) throws {
    let pool = try ThreadPool(width: 2)
    for problem in RandomProblem.list(30, seed: UInt64(block)) {
      if problem.scalar == .f32 {
        try confirm(problem, Float.self, pool)
      } else {
        try confirm(problem, Double.self, pool)
      }
    }
  }

  private func confirm<S: ConvScalar>(_ problem: ConvProblem, _: S.Type, _ pool: ThreadPool) throws
  {
    for fill in [Fill.uniform, .integers, .nan] {
      let operands = Operands<S>(problem, fill, seed: 7)
      let full = try Oracle(problem, operands, pool, seed: 1)
      #expect(full.name == "reference")
      #expect(full.count == problem.operandCounts.result)
      // A sample knows the same values.
      var effort = Oracle<S>.Effort()
      effort.fullProducts = -1
      effort.sampleProducts = 200
      let sample = try Oracle(problem, operands, pool, seed: 1, effort: effort)
      #expect(sample.name.hasPrefix("sample"))
      for i in 0..<sample.count {
        let (a, b) = (sample.sums[i].value, full.sums[sample.index(i)].value)
        #expect(a == b || (a.isNaN && b.isNaN), "\(problem.summary)")
      }
      if problem.bias { continue }
      let all = full.terms
      let places = (0..<full.count).map { all.termCount(all.place($0)) }
      #expect(Double(places.reduce(0, +)) == all.totalTerms)
    }
  }

  /// By hand: y = 1 2 + 2 3 + 3 (-4) = -4; terms 2, 6, -12; partial sums 2, 8, -4.
  @Test func sumsOfOneOutputByHand() throws {
    let problem = try ConvProblem(axes: [Axis(3, kernel: 3)])
    let operands = try Operands<Float>(problem, first: [1, 2, 3], weights: [2, 3, -4])
    let sum = try Oracle(problem, operands, ThreadPool(width: 1), seed: 1).sums[0]
    #expect(sum.value == -4)
    #expect(sum.squares == 4 + 36 + 144)
    #expect(sum.partials == 4 + 64 + 16)
    #expect(sum.rest == 0)
  }

  /// Two channels of two taps: as stored 1 1 -1 -1, channels within taps 1 -1 1 -1.
  @Test func bothOrdersCount() throws {
    let problem = try ConvProblem(inChannels: 2, axes: [Axis(2, kernel: 2)])
    let stored = try Operands<Float>(problem, first: [1, 1, 1, 1], weights: [1, 1, -1, -1])
    let pool = try ThreadPool(width: 1)
    #expect(try Oracle(problem, stored, pool, seed: 1).sums[0].partials == 1 + 4 + 1)
    // Taps within channels 1 -1 1 -1 has 1 + 0 + 1 + 0; channels within taps 1 1 -1 -1 has 6, which
    // 2 (0 + 0 + 4/3) + 2 (4 - 4 + 4/3) + 2/6 4 = 20/3 estimates.
    let other = try Operands<Float>(problem, first: [1, 1, 1, 1], weights: [1, -1, 1, -1])
    let partials = try Oracle(problem, other, pool, seed: 1).sums[0].partials
    #expect(abs(partials - 20.0 / 3) < 1e-12)
  }

  @Test func doubleSumsKeepWhatRoundingLeaves() throws {
    let problem = try ConvProblem(axes: [Axis(3, kernel: 3)], scalar: .f64)
    let operands = try Operands<Double>(problem, first: [1, 0x1p-60, 0], weights: [1, 1, 1])
    let sum = try Oracle(problem, operands, ThreadPool(width: 1), seed: 1).sums[0]
    #expect(sum.value == 1)
    #if arch(x86_64)
      #expect(sum.rest == 0x1p-60)
    #endif
  }

  @Test func samplesHoldCornersBordersAndEveryChannel() {
    let shape = ResultShape.data(channels: 16, Extents(1, 40, 50), .nchw)
    let total = 4 * 16 * 2000
    let chosen = Sampling.indices(shape, total: total, count: 2000, seed: 3)
    #expect(chosen == chosen.sorted() && Set(chosen).count == chosen.count)
    #expect(abs(chosen.count - 2000) < 100)
    let places = chosen.map { shape.place($0) }
    #expect(Set(places.map(\.inner)).count == 16 && Set(places.map(\.outer)).count == 4)
    for h in [0, 39] {
      for w in [0, 49] {
        #expect(places.filter { $0.h == h && $0.w == w }.count >= 64)
      }
    }
    #expect(Set(places.map(\.h)) == Set(0..<40))
  }
}
