import ConvCore
import ConvTestSupport
import DirectConv
import SpectralConv
import Testing

@Suite struct OverlapSaveTests {
  private static let passes = [Pass.forward, .inputGradient, .weightGradient]

  /// A problem of many tiles in both axes, none of which they divide.
  private static func many(_ pass: Pass, stride: Int = 1, channels: Int = 1) throws -> ConvProblem {
    let axis = Axis(61, kernel: 6, stride: stride, low: 2, high: 3)
    return try ConvProblem(
      batch: 2, inChannels: channels, outChannels: channels, axes: [axis, axis], pass: pass)
  }

  @Test(
    "every tile size gives the same integers", arguments: [8, 9, 15, 16, 27, 32, 64, 75])
  func tiles(_ n: Int) throws {
    for pass in Self.passes {
      for stride in 1...3 {
        for channels in [1, 3] {
          let p = try Self.many(pass, stride: stride, channels: channels)
          let d = try FFTWCheck.deviation(OverlapSave(tile: n), p)
          #expect(d < 0.05, "tile \(n): \(p)")
        }
      }
    }
  }

  @Test("a tile smaller than the kernel is refused with the reason")
  func small() throws {
    let p = try Self.many(.forward)
    #expect(
      OverlapSave(tile: 4).support(p, try Resources())
        == .unsupported(
          "a tile of 4 is too small for a kernel that covers 6; at least 6 are needed"))
  }

  @Test("long signals, on integers", arguments: [(3000, 31), (9000, 300), (1025, 1000)])
  func signals(_ n: Int, _ k: Int) throws {
    for scalar in ScalarKind.allCases {
      let p = try ConvProblem(
        inChannels: 2, outChannels: 2, axes: [Axis(n, kernel: k, low: k / 2, high: k / 2)],
        scalar: scalar)
      for algorithm in [OverlapSave(), OverlapSave(tile: 1024)] {
        if case .unsupported = algorithm.support(p, try Resources()) { continue }
        #expect(try FFTWCheck.deviation(algorithm, p) < 0.05)
      }
    }
  }

  @Test("the same bits on any number of threads")
  func threads() throws {
    let algorithms: [any ConvAlgorithm] = [WholeImageFFT(), OverlapSave(), OverlapSave(tile: 16)]
    for pass in Self.passes {
      for (c, k, groups) in [(1, 1, 1), (3, 5, 1), (12, 24, 12), (4, 4, 2)] {
        let axis = Axis(43, kernel: 5, low: 2, high: 2)
        let p = try ConvProblem(
          batch: 2, inChannels: c, outChannels: k, groups: groups, axes: [axis, axis], pass: pass)
        let inputs = Inputs<Float>(p, integers: false)
        let expected = try Reference().run(p, inputs)
        for algorithm in algorithms {
          let one = try algorithm.run(p, inputs)
          #expect(try algorithm.run(p, inputs, threads: 3) == one, "\(algorithm.name): \(p)")
          #expect(relativeError(one, expected) < 1e-5)
        }
      }
    }
  }

  @Test("what is predicted is what is allocated")
  func workspace() throws {
    var resources = try Resources(threads: 2)
    resources.planner = .estimate
    let algorithms: [any ConvAlgorithm] = [WholeImageFFT(), OverlapSave(), OverlapSave(tile: 16)]
    for seed in 0..<80 {
      guard let p = FFTWCheck.problem(seed) else { continue }
      for algorithm in algorithms {
        guard case .supported(let estimate) = algorithm.support(p, resources) else { continue }
        let bytes =
          p.scalar == .f32
          ? try algorithm.plan(p, resources, as: Float.self).workspaceBytes
          : try algorithm.plan(p, resources, as: Double.self).workspaceBytes
        #expect(estimate.workspaceBytes == bytes, "\(algorithm.name): \(p)")
        #expect(estimate.executedOperations > 0)
      }
    }
  }
}
