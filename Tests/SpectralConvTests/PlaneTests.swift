import ConvCore
import ConvTestSupport
import DirectConv
import SpectralConv
import Testing

/// Signals in blocks, and large images in tiles, that are transformed in pairs.
@Suite struct PlaneTests {
  private static let margin = 0.05

  @Test("signals of every kind", arguments: [2, 17, 101, 256])
  func signals(_ taps: Int) throws {
    for (length, groups, dilation) in [(taps, 1, 1), (1000, 1, 1), (2503, 2, 3)] {
      for stride in [1, 3] {
        for scalar in ScalarKind.allCases {
          let p = try ConvProblem(
            batch: 2, inChannels: groups, outChannels: groups, groups: groups,
            axes: [
              Axis(
                length, kernel: taps, stride: stride, dilation: dilation, low: taps / 2, high: 1)
            ],
            border: groups == 1 ? .reflect : .zeros, scalar: scalar)
          for isa in ISA.available {
            #expect(
              try FFTWCheck.deviation(TiledFFT(), p, threads: groups, isa: isa) < Self.margin,
              "\(p) on \(isa.name)")
          }
        }
      }
    }
  }

  @Test("an image of a million pixels")
  func image() throws {
    let p = try ConvProblem(
      batch: 1, inChannels: 1, outChannels: 1,
      axes: [Axis(1027, kernel: 9, low: 4, high: 4), Axis(1041, kernel: 8, low: 3, high: 4)])
    let inputs = Inputs<Float>(p, integers: false)
    let expected = try Direct().run(p, inputs, threads: 2)
    let got = try TiledFFT().run(p, inputs, threads: 2)
    #expect(relativeError(got, expected) < 2e-6)
  }
}
