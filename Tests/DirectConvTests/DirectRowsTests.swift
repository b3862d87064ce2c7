import ConvCore
import ConvTestSupport
import DirectConv
import Testing

/// Images and depthwise problems, whose tiles walk down a strip or stand tall: against the oracle on
/// integers, every result equal.
@Suite struct DirectRowsTests {
  private func check<S: ConvScalar>(_ p: ConvProblem, as: S.Type) throws {
    let inputs = Inputs<S>(p, integers: true)
    let expected = try Reference().run(p, inputs)
    for isa in ISA.available {
      #expect(try Direct().run(p, inputs, isa: isa) == expected, "\(p) on \(isa.name)")
    }
    #expect(try Direct().run(p, inputs, threads: 3) == expected, "\(p) on three threads")
  }

  /// Every number of rows of taps that a walk takes at once, and sums that meet of several.
  @Test("walks of every height", arguments: [3, 4, 5, 6, 7, 8, 11, 12, 13, 19])
  func walks(_ height: Int) throws {
    for (columns, groups, width) in [(17, 1, 3), (33, 2, 1), (70, 1, 2), (37, 1, 7)] {
      let p = try ConvProblem(
        batch: 1, inChannels: groups, outChannels: groups, groups: groups,
        axes: [
          Axis(23, kernel: height, low: height / 2, high: height / 2),
          Axis(columns, kernel: width, low: width / 2, high: width / 2),
        ])
      try check(p, as: Float.self)
      try check(p, as: Double.self)
    }
  }

  /// Planes no larger than their kernel, whose rows all meet every row of the input.
  @Test("tall tiles of small planes", arguments: 4...9)
  func tall(_ size: Int) throws {
    for width in [size, 12, 19] {
      let kernel = 2 * size - 1
      let p = try ConvProblem(
        batch: 2, inChannels: 5, outChannels: 5, groups: 5,
        axes: [
          Axis(size, kernel: kernel, low: size - 1, high: size - 1),
          Axis(width, kernel: 5, low: 2, high: 2),
        ])
      try check(p, as: Float.self)
      try check(p, as: Double.self)
    }
  }

  /// Short and strided rows of depthwise problems, whose lanes are groups: one vector and parts of one.
  @Test("vectors of groups", arguments: [4, 8, 17, 40])
  func lanes(_ groups: Int) throws {
    func axis(_ n: Int, _ kernel: Int, stride: Int = 1, dilation: Int = 1, low: Int = 1) -> Axis {
      Axis(n, kernel: kernel, stride: stride, dilation: dilation, low: low, high: 1)
    }
    let all: [[Axis]] = [
      [axis(7, 3), axis(7, 3)], [axis(14, 5, stride: 2, low: 2), axis(13, 5, stride: 2)],
      [axis(9, 3, dilation: 2), axis(11, 3, stride: 3)], [axis(31, 4, stride: 2)],
      [axis(5, 3), axis(6, 2, stride: 2), axis(7, 3, stride: 2)],
      // Bands, and rows that are cropped.
      [axis(150, 3, stride: 2, low: -2), axis(160, 3, stride: 2, low: -3)],
    ]
    for axes in all {
      for (border, layout) in [(Border.zeros, DataLayout.nchw), (.reflect, .nchw), (.zeros, .nhwc)]
      {
        if border == .reflect && axes.contains(where: { $0.low < 0 }) { continue }
        let p = try ConvProblem(
          batch: 2, inChannels: groups, outChannels: groups, groups: groups, axes: axes,
          border: border, layout: layout)
        try check(p, as: Float.self)
        try check(p, as: Double.self)
      }
    }
  }

  /// Results too many for the caches go past them; the last of a row are no whole cache line.
  @Test("results that are streamed")
  func streamed() throws {
    let p = try ConvProblem(
      batch: 1, inChannels: 1, outChannels: 1,
      axes: [
        Axis(2051, kernel: 3, low: 1, high: 1), Axis(2057, kernel: 3, low: 1, high: 1),
      ])
    let inputs = Inputs<Float>(p, integers: true)
    #expect(try Direct().run(p, inputs, threads: 2) == Im2col().run(p, inputs, threads: 2))
  }
}
