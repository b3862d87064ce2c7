import ConvCore
import ConvTestSupport
import Testing

@testable import DirectConv

/// im2col against the oracle, on integers: every result equal, on every instruction set.
@Suite(.serialized) struct Im2colTests {
  /// Panels as they are, and so small that every problem has several of each kind.
  static let sizes = [
    Im2colLimits(), Im2colLimits(depth: 7, bytes: 4000, columns: 40, programBytes: 2000),
  ]

  private func check<S: ConvScalar>(_ p: ConvProblem, as: S.Type) throws {
    let inputs = Inputs<S>(p, integers: true)
    let expected = try Reference().run(p, inputs)
    for limits in Self.sizes {
      for isa in ISA.available {
        let got = try Im2col(limits).run(p, inputs, isa: isa)
        #expect(got == expected, "\(p) on \(isa.name), depth \(limits.depth)")
        if got != expected { return }
      }
      let threaded = try Im2col(limits).run(p, inputs, threads: 3)
      #expect(threaded == expected, "\(p) on three threads, depth \(limits.depth)")
    }
  }

  private func check(_ p: ConvProblem) throws {
    switch p.scalar {
    case .f32: try check(p, as: Float.self)
    case .f64: try check(p, as: Double.self)
    }
  }

  @Test("random problems of every kind", arguments: 0..<20)
  func random(_ block: Int) throws {
    for seed in (block * 20)..<(block * 20 + 20) {
      if let p = Sample.problem(seed: seed) { try check(p) }
    }
  }

  @Test("numbers of rows around a panel", arguments: [1, 2, 3, 4, 6, 7, 13, 14, 15, 28, 29, 43])
  func rows(_ k: Int) throws {
    for c in [1, 3, 15, 33] {
      for scalar in ScalarKind.allCases {
        for pass in [Pass.forward, .weightGradient] {
          let axis = Axis(13, kernel: 3, low: 1, high: 1)
          try check(
            ConvProblem(
              batch: 2, inChannels: c, outChannels: k, axes: [axis, axis], pass: pass,
              scalar: scalar))
        }
      }
    }
  }

  @Test(
    "numbers of pixels around a vector", arguments: [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 129])
  func pixels(_ n: Int) throws {
    for k in [1, 2, 3, 4, 17] {
      for pass in [Pass.forward, .weightGradient] {
        for border in [Border.zeros, .circular] {
          try check(
            ConvProblem(
              batch: 2, inChannels: 2, outChannels: k,
              axes: [Axis(n + 2, kernel: 3, low: 1, high: 1)], pass: pass, border: border))
        }
      }
    }
  }

  @Test("kernels of more taps than a panel has rows")
  func manyTaps() throws {
    let axis = Axis(40, kernel: 23, low: 11, high: 11)
    for (c, k, border) in [(1, 1, Border.zeros), (2, 3, .reflect)] {
      for pass in [Pass.forward, .inputGradient, .weightGradient] {
        try check(
          ConvProblem(
            inChannels: c, outChannels: k, axes: [axis, axis], pass: pass, border: border))
      }
    }
  }

  @Test("uniform data: the same bits on any number of threads")
  func threads() throws {
    for (c, k, groups) in [(40, 50, 1), (1, 1, 1), (12, 24, 12), (8, 8, 2)] {
      for pass in [Pass.forward, .inputGradient, .weightGradient] {
        let axis = Axis(37, kernel: 5, low: 2, high: 2)
        let p = try ConvProblem(
          batch: 3, inChannels: c, outChannels: k, groups: groups, axes: [axis, axis], pass: pass)
        let inputs = Inputs<Float>(p, integers: false)
        let expected = try Reference().run(p, inputs)
        for limits in Self.sizes {
          let one = try Im2col(limits).run(p, inputs)
          for threads in [2, 3] {
            #expect(try Im2col(limits).run(p, inputs, threads: threads) == one)
          }
          #expect(relativeError(one, expected) < 1e-4)
        }
      }
    }
  }

  @Test("what is predicted is what is allocated", arguments: [1, 2])
  func workspace(_ threads: Int) throws {
    for seed in 0..<200 {
      guard let p = Sample.problem(seed: seed) else { continue }
      let resources = try Resources(threads: threads)
      guard case .supported(let estimate) = Im2col().support(p, resources) else {
        Issue.record("unsupported: \(p)")
        continue
      }
      let bytes =
        p.scalar == .f32
        ? try Im2col().plan(p, resources, as: Float.self).workspaceBytes
        : try Im2col().plan(p, resources, as: Double.self).workspaceBytes
      #expect(bytes == estimate.workspaceBytes, "\(p)")
    }
  }
}
