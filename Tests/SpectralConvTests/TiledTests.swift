import ConvCore
import ConvTestSupport
import DirectConv
import SpectralConv
import Testing

/// Tiles on the project's own transforms against the oracle, on integers: after rounding equal, with
/// a margin that leaves no doubt.
@Suite struct TiledTests {
  private static let margin = 0.05

  /// The random problems of the FFTW tests, which have tails everywhere.
  @Test("random problems of every kind", arguments: 0..<20)
  func random(_ block: Int) throws {
    for seed in (block * 10)..<(block * 10 + 10) {
      guard let p = FFTWCheck.problem(seed + 10_000) else { continue }
      let isa = ISA.available[seed % ISA.available.count]
      #expect(
        try FFTWCheck.deviation(TiledFFT(), p, threads: 1 + seed % 3, isa: isa) < Self.margin,
        "\(p) on \(isa.name)")
    }
  }

  @Test("channel counts around a vector", arguments: [1, 2, 3, 15, 16, 17, 33])
  func channels(_ k: Int) throws {
    for c in [1, 3, 16, 17] {
      for scalar in ScalarKind.allCases {
        for stride in 1...2 {
          let axis = Axis(23, kernel: 5, stride: stride, low: 2, high: 2)
          let p = try ConvProblem(
            batch: 2, inChannels: c, outChannels: k, axes: [axis, axis], scalar: scalar)
          for isa in ISA.available {
            #expect(try FFTWCheck.deviation(TiledFFT(), p, isa: isa) < Self.margin, "\(p)")
          }
        }
      }
    }
  }

  @Test(
    "every tile size gives the same", arguments: [8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 48, 64])
  func tiles(_ size: Int) throws {
    for pass in [Pass.forward, .inputGradient] {
      for border in Border.allCases {
        let p = try ConvProblem(
          batch: 2, inChannels: 3, outChannels: 2,
          axes: [Axis(37, kernel: 5, low: 2, high: 2), Axis(29, kernel: 4, low: 3, high: 0)],
          pass: pass, border: border)
        #expect(try FFTWCheck.deviation(TiledFFT(tile: size), p) < Self.margin, "\(p)")
      }
    }
  }

  @Test("axes that are not transformed: kernels of one row, one column, one tap")
  func flatKernels() throws {
    for kernel in [[1, 5], [5, 1], [1, 1], [1, 1, 4], [3, 1, 1], [1, 3, 1], [4, 1, 3]] {
      for stride in 1...2 {
        let p = try ConvProblem(
          batch: 2, inChannels: 5, outChannels: 18,
          axes: kernel.map { Axis(11, kernel: $0, stride: stride, low: $0 / 2, high: $0 / 2) })
        for isa in ISA.available {
          #expect(try FFTWCheck.deviation(TiledFFT(), p, isa: isa) < Self.margin, "\(p)")
        }
      }
    }
  }

  @Test("one tile, in which only zeros wrap around or the border does", arguments: Border.allCases)
  func wholeAxis(_ border: Border) throws {
    for (n, kernel, low) in [(16, 9, 4), (13, 3, 1), (20, 7, 6), (9, 9, 8), (24, 5, 0)] {
      let axis = Axis(n, kernel: kernel, low: low, high: kernel - 1 - low)
      let p = try ConvProblem(inChannels: 3, outChannels: 4, axes: [axis, axis], border: border)
      #expect(try FFTWCheck.deviation(TiledFFT(), p) < Self.margin, "\(p)")
    }
  }

  @Test("uniform data: the same bits on any number of threads, errors below direct's")
  func threads() throws {
    for (c, k, groups) in [(40, 50, 1), (3, 5, 1), (12, 24, 4)] {
      for pass in [Pass.forward, .inputGradient, .weightGradient] {
        let axis = Axis(37, kernel: 7, low: 3, high: 3)
        let p = try ConvProblem(
          batch: 3, inChannels: c, outChannels: k, groups: groups, axes: [axis, axis], pass: pass)
        let inputs = Inputs<Float>(p, integers: false)
        let one = try TiledFFT().run(p, inputs)
        #expect(try TiledFFT().run(p, inputs, threads: 3) == one, "\(p)")
        let exact = try Reference().run(p, inputs)
        #expect(relativeError(one, exact) < 1e-6)
      }
    }
  }

  @Test("what is predicted is what is allocated")
  func workspace() throws {
    let resources = try Resources(threads: 2)
    for seed in 0..<200 {
      guard let p = FFTWCheck.problem(seed) else { continue }
      guard case .supported(let estimate) = TiledFFT().support(p, resources) else { continue }
      let bytes =
        p.scalar == .f32
        ? try TiledFFT().plan(p, resources, as: Float.self).workspaceBytes
        : try TiledFFT().plan(p, resources, as: Double.self).workspaceBytes
      #expect(bytes == estimate.workspaceBytes, "\(p)")
    }
  }

  @Test("FFTW does what the tiles do not reach, and it is said")
  func fallback() throws {
    let resources = try Resources()
    let large = try ConvProblem(axes: [Axis(5000, kernel: 600), Axis(8, kernel: 3)])
    let small = try ConvProblem(axes: [Axis(5000, kernel: 60)])
    for (p, computedBy) in [(large, "tiles by FFTW"), (small, "native")] {
      guard case .supported(let estimate) = TiledFFT().support(p, resources) else {
        Issue.record("\(p)")
        continue
      }
      #expect(estimate.computedBy == computedBy)
      #expect(try FFTWCheck.deviation(TiledFFT(), p) < Self.margin)
    }
  }

  @Test("weight gradients of many channels, strides, dilations and borders")
  func weightGradients() throws {
    for (c, k, groups) in [(8, 8, 1), (17, 33, 1), (16, 32, 2)] {
      for (stride, dilation) in [(1, 1), (2, 1), (1, 2), (3, 2)] {
        for border in [Border.zeros, .circular] {
          let axis = Axis(27, kernel: 4, stride: stride, dilation: dilation, low: 2, high: 1)
          let p = try ConvProblem(
            batch: 2, inChannels: c, outChannels: k, groups: groups, axes: [axis, axis],
            pass: .weightGradient, border: border)
          for algorithm in [TiledFFT(), TiledFFT(tile: 16)] {
            #expect(try FFTWCheck.deviation(algorithm, p) < Self.margin, "\(p)")
          }
        }
      }
    }
  }

  @Test("a kernel beyond the tile asked for is refused with the reason")
  func refusal() throws {
    let p = try ConvProblem(axes: [Axis(64, kernel: 33), Axis(64, kernel: 3)])
    let resources = try Resources()
    guard case .unsupported(let reason) = TiledFFT(tile: 32).support(p, resources) else {
      Issue.record("a kernel of 33 points in a tile of 32")
      return
    }
    #expect(reason.contains("33"))
  }
}
