import ConvCore
import ConvTestSupport
import DirectConv
import SpectralConv
import Testing

/// Far inside a half, where rounding would no longer give the exact integer.
private let margin = 0.05

/// `fft` and `fft-tiled:fftw` share their kernel; what holds for both is here.
@Suite struct WholeImageTests {
  private static let algorithms: [any ConvAlgorithm] = [
    WholeImageFFT(), OverlapSave(), OverlapSave(tile: 32),
  ]

  private func check(_ p: ConvProblem, isa: ISA = .best) throws {
    for algorithm in Self.algorithms {
      let resources = try Resources()
      if case .unsupported = algorithm.support(p, resources) { continue }
      let d = try FFTWCheck.deviation(algorithm, p, isa: isa)
      #expect(d < margin, "\(algorithm.name) on \(isa.name): \(p)")
    }
  }

  @Test("random problems of every kind, on integers", arguments: 0..<12)
  func random(_ block: Int) throws {
    for seed in (block * 20)..<(block * 20 + 20) {
      if let p = FFTWCheck.problem(seed) { try check(p) }
    }
  }

  @Test("every instruction set", arguments: ISA.available)
  func instructionSets(_ isa: ISA) throws {
    for seed in 1000..<1030 {
      if let p = FFTWCheck.problem(seed) { try check(p, isa: isa) }
    }
  }

  @Test("channel counts around the register blocks", arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 13])
  func channels(_ k: Int) throws {
    for (c, batch) in [(1, 2), (3, 1), (5, 3), (4, 7)] {
      for pass in [Pass.forward, .inputGradient, .weightGradient] {
        let axis = Axis(11, kernel: 4, low: 1, high: 2)
        try check(
          ConvProblem(batch: batch, inChannels: c, outChannels: k, axes: [axis, axis], pass: pass))
      }
    }
  }

  @Test("kernels larger than the image", arguments: Border.allCases)
  func largeKernels(_ border: Border) throws {
    for pass in [Pass.forward, .inputGradient, .weightGradient] {
      let axis = Axis(9, kernel: 13, low: 6, high: 6)
      try check(
        ConvProblem(
          batch: 2, inChannels: 2, outChannels: 3, axes: [axis, axis], pass: pass, border: border))
    }
  }
}
