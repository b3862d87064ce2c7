import ConvCore
import ConvTestSupport
import Laboratory
import Testing

import class Foundation.ProcessInfo

/// Every variant with every other, rather than a draw from them.
@Suite struct CrossProductTests {
  /// Runs take every so-manieth problem of a product, a step that has no factor in common with the
  /// product's; with `SPECTRALCONV_EFFORT=all` in the environment, all, which takes minutes.
  static let step: Int = {
    if ProcessInfo.processInfo.environment["SPECTRALCONV_EFFORT"] == "all" { return 1 }
    #if DEBUG
      return 293
    #else
      return 17
    #endif
  }()

  /// Rank x operation x pass x border x convention x stride x dilation x groups x scalar, on extents
  /// that fit nothing and paddings that differ by side.
  @Test(arguments: 1...3, Pass.allCases)
  func variants(rank: Int, pass: Pass) throws {
    var index = 0
    for operation in Operation.allCases {
      for border in Border.allCases {
        for convention in Convention.allCases {
          for (stride, dilation) in [(1, 1), (2, 1), (1, 2), (3, 2)] {
            for (groups, channels, filters) in [(1, 3, 2), (2, 4, 6), (3, 3, 6)] {
              for scalar in ScalarKind.allCases {
                index += 1
                guard index % Self.step == 0 else { continue }
                let axes = (0..<rank).map { a in
                  Axis(
                    [7, 6, 9][a], kernel: [3, 2, 4][a], stride: stride, dilation: dilation,
                    low: [2, 1, 0][a], high: [1, 2, 3][a])
                }
                let problem = try ConvProblem(
                  batch: 2, inChannels: channels, outChannels: filters, groups: groups, axes: axes,
                  operation: operation, pass: pass, border: border, convention: convention,
                  bias: index % 2 == 0, layout: index % 3 == 0 ? .nhwc : .nchw, scalar: scalar)
                try check(problem)
              }
            }
          }
        }
      }
    }
    #expect(index == 480)
  }

  /// Tails everywhere: channels about a vector's width, kernels of one element, even, and larger
  /// than the image.
  @Test(arguments: Pass.allCases, [1, 15, 16, 17])
  func tails(pass: Pass, channels: Int) throws {
    var index = 0
    for filters in [1, 15, 16, 17] {
      for (extent, kernel, padding) in [(5, 1, 0), (7, 2, 1), (9, 3, 1), (6, 4, 2), (5, 9, 4)] {
        for rank in 1...3 {
          index += 1
          guard index % (Self.step > 100 ? 29 : Self.step > 1 ? 13 : 1) == 0 else { continue }
          let axes = (0..<rank).map { a in
            Axis(
              extent + a, kernel: a == 0 && rank == 3 ? min(2, kernel) : kernel, low: padding,
              high: padding)
          }
          try check(
            ConvProblem(inChannels: channels, outChannels: filters, axes: axes, pass: pass))
        }
      }
    }
    #expect(index == 60)
  }

  /// Every algorithm that says it can is right, on real data and exactly on integers; every one
  /// that cannot says why; and two of them always can.
  private func check(_ problem: ConvProblem) throws {
    var served = 0
    for outcome in try verify(problem) {
      let who = "\(outcome.algorithm) on \(problem.summary)"
      if outcome.status == .unsupported {
        #expect(!outcome.reason.isEmpty, "\(who)")
        continue
      }
      #expect(
        outcome.status == .ok, "\(who): \(outcome.reason); ratio \(outcome.accuracy?.ratio ?? -1)")
      #expect(outcome.accuracy?.integerExact != false, "\(who)")
      #expect(!outcome.reason.contains("reference"), "\(who)")
      served += 1
    }
    #expect(served >= 6, "\(problem.summary)")
  }
}
