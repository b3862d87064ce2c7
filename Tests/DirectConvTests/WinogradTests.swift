import ConvCore
import ConvTestSupport
import Testing

@testable import DirectConv

/// Problems with tails everywhere: channels about a vector, extents about a tile, every rank.
private struct WinogradCase: CustomTestStringConvertible, Sendable {
  var batch = 2
  var channels = (3, 5), groups = 1
  var axes: [Axis]
  var border = Border.zeros
  var convention = Convention.crossCorrelation
  var layout = DataLayout.nchw
  var bias = false

  var testDescription: String {
    "\(channels) g\(groups) "
      + "\(axes.map { "\($0.input)k\($0.kernel)s\($0.stride)p\($0.low),\($0.high)" }) "
      + "\(border) \(convention) \(layout)"
  }

  func problem(_ pass: Pass, _ scalar: ScalarKind) throws -> ConvProblem {
    try ConvProblem(
      batch: batch, inChannels: channels.0, outChannels: channels.1, groups: groups, axes: axes,
      pass: pass, border: border, convention: convention, bias: bias, layout: layout,
      scalar: scalar)
  }

  static func square(_ h: Int, _ w: Int, kernel: Int = 3, stride: Int = 1, pad: Int = 1) -> [Axis] {
    [h, w].map { Axis($0, kernel: kernel, stride: stride, low: pad, high: pad) }
  }

  static let all: [WinogradCase] =
    [
      // Channels of one vector, less and more, on every width of vector.
      (1, 1), (3, 7), (15, 8), (16, 16), (17, 33), (8, 4), (2, 31),
    ].map { WinogradCase(channels: $0, axes: square(9, 10)) }
    + [(1, 1), (2, 3), (5, 6), (7, 50), (25, 4), (13, 14)].map {
      WinogradCase(axes: square($0, $1))
    }
    + Border.allCases.map { WinogradCase(axes: square(8, 11), border: $0) }
    + [
      WinogradCase(axes: square(9, 8), convention: .convolution, bias: true),
      WinogradCase(axes: square(9, 8), layout: .nhwc),
      WinogradCase(channels: (6, 4), groups: 2, axes: square(7, 9)),
      WinogradCase(channels: (17, 18), axes: square(9, 20), layout: .nhwc),
      // Unequal padding, cropping, none.
      WinogradCase(
        axes: [Axis(9, kernel: 3, low: 2, high: -1), Axis(12, kernel: 3, low: -2, high: 3)]),
      WinogradCase(axes: square(9, 14, pad: 0)),
      // Five taps, mixed taps, taps along one axis.
      WinogradCase(axes: square(9, 13, kernel: 5, pad: 2)),
      WinogradCase(axes: [Axis(9, kernel: 3, low: 1, high: 1), Axis(13, kernel: 5)]),
      WinogradCase(axes: [Axis(9), Axis(23, kernel: 3, low: 1, high: 1)]),
      WinogradCase(axes: [Axis(23, kernel: 5, low: 2, high: 2), Axis(4)]),
      // Even numbers of taps.
      WinogradCase(axes: square(9, 13, kernel: 2)),
      WinogradCase(channels: (5, 17), axes: square(11, 8, kernel: 4)),
      WinogradCase(axes: [Axis(9, kernel: 4), Axis(13, kernel: 3)]),
      // Strides, in phases of 2, 3 and 4 taps; a stride that leaves taps out, and one along one axis.
      WinogradCase(axes: square(13, 16, stride: 2)),
      WinogradCase(channels: (3, 17), axes: square(23, 19, kernel: 7, stride: 2, pad: 3)),
      WinogradCase(
        channels: (3, 9), axes: square(35, 31, kernel: 11, stride: 4, pad: 0), bias: true),
      WinogradCase(axes: square(17, 19, kernel: 2, stride: 3)),
      WinogradCase(axes: [Axis(17, kernel: 5, stride: 2, low: 2, high: 2), Axis(9, kernel: 4)]),
      WinogradCase(channels: (6, 4), groups: 2, axes: square(15, 12, stride: 2), layout: .nhwc),
      WinogradCase(axes: square(14, 15, kernel: 5, stride: 3, pad: 2), border: .reflect),
      WinogradCase(axes: square(14, 15, stride: 2), convention: .convolution),
      WinogradCase(batch: 1, axes: square(7, 9, stride: 2) + [Axis(9, kernel: 3, low: 1, high: 1)]),
      // Rank 1 and 3.
      WinogradCase(axes: [Axis(40, kernel: 3, low: 1, high: 1)]),
      WinogradCase(channels: (17, 3), axes: [Axis(301, kernel: 5, low: 2, high: 2)]),
      WinogradCase(batch: 1, axes: square(5, 6) + [Axis(7, kernel: 3, low: 1, high: 1)]),
      WinogradCase(batch: 1, axes: [Axis(5, kernel: 3), Axis(3), Axis(4)]),
      WinogradCase(
        batch: 1, axes: [Axis(4, kernel: 3, low: 1, high: 1), Axis(3), Axis(8, kernel: 3)]),
      // Enough tiles for blocks of their own on several threads, and parts of shared ones.
      WinogradCase(channels: (20, 20), axes: square(70, 90)),
    ]
}

private let passes: [Pass] = [.forward, .inputGradient, .weightGradient]

/// Bounds for data in [-1, 1], relative to the largest result, in multiples of u; several times what was
/// seen. The derived bounds are checked by the laboratory's tests.
private let loss: [Int: Double] = [0: 4000, 2: 64, 4: 1000, 6: 4000]

/// Whether tiles of `tile` outputs are known for the taps of every part.
private func fits(_ p: ConvProblem, _ tile: Int) -> Bool {
  let native = WinogradKernel<Float>.native(WinogradOptions())
  return Lowering(p, native: native).parts.allSatisfy { part in
    (0..<3).allSatisfy {
      part.core.kernel[$0] == 1 || ToomCook(outputs: tile, taps: part.core.kernel[$0]) != nil
    }
  }
}

@Test("Every variant and pass agrees with the plain loops", arguments: WinogradCase.all)
private func agrees(_ c: WinogradCase) throws {
  for pass in passes {
    let p = try c.problem(pass, .f32)
    let inputs = Inputs<Float>(p, integers: false)
    let expected = try Reference().run(p, inputs)
    for algorithm in Winograd.all {
      let tile = Int(algorithm.name.variant.dropFirst()) ?? 0
      guard case .supported(let estimate) = algorithm.support(p, try Resources(threads: 3)) else {
        #expect(tile > 0 && !fits(p, tile))
        continue
      }
      let taps = c.axes.filter { $0.kernel > 1 }.count
      let limit = loss[tile]! * (taps == 3 ? 10 : 1) * 0x1p-24
      // The codelets of each variant have their own test on every instruction set.
      for isa in tile == 0 ? ISA.available : [.best] {
        let one = try algorithm.run(p, inputs, isa: isa)
        #expect(relativeError(one, expected) < limit, "\(algorithm.name) \(pass) \(isa)")
        if isa == .best { #expect(try algorithm.run(p, inputs, threads: 3) == one) }
      }
      let plan = try Float.plan(algorithm, p, try Resources(threads: 3))
      #expect(plan.workspaceBytes == estimate.workspaceBytes)
    }
  }
}

@Test(
  "F(2, 3) is exact on integers and weights that are multiples of 4", arguments: WinogradCase.all)
private func exact(_ c: WinogradCase) throws {
  // Along two axes of three taps; the halves of G meet weights that are multiples of 4.
  guard c.axes.filter({ $0.kernel > 1 }).count < 3,
    c.axes.allSatisfy({ [1, 3].contains($0.kernel) && $0.stride == 1 })
  else { return }
  for pass in [Pass.forward, .inputGradient] {
    let p = try c.problem(pass, .f32)
    let inputs = Inputs<Float>(p, integers: true)
    let expected = try Reference().run(p, inputs)
    for isa in ISA.available {
      #expect(try Winograd(tile: 2).run(p, inputs, isa: isa) == expected)
    }
  }
}

@Test("Double precision", arguments: WinogradCase.all)
private func double(_ c: WinogradCase) throws {
  for pass in passes {
    let p = try c.problem(pass, .f64)
    let inputs = Inputs<Double>(p, integers: false)
    let expected = try Reference().run(p, inputs)
    for isa in ISA.available {
      let result = try Winograd().run(p, inputs, isa: isa)
      #expect(relativeError(result, expected) < 40000 * 0x1p-53, "\(pass) \(isa)")
    }
  }
}

@Test("What winograd does not do is refused in words that name what does")
private func refusals() throws {
  let resources = try Resources()
  func reason(_ a: Axis, _ b: Axis, _ tile: Int? = nil) throws -> String {
    let p = try ConvProblem(axes: [a, b])
    guard case .unsupported(let why) = Winograd(tile: tile).support(p, resources) else { return "" }
    #expect(throws: ConvError.unsupported(why)) {
      _ = try Winograd(tile: tile).plan(p, resources, as: Float.self)
    }
    return why
  }
  let three = Axis(9, kernel: 3)
  #expect(try reason(Axis(39, kernel: 11, stride: 2), three).contains("up to 5 taps"))
  #expect(try reason(Axis(9, kernel: 3, dilation: 2), three).contains("dilation 1"))
  #expect(try reason(Axis(9, kernel: 7), three).contains("fft-tiled"))
  #expect(try reason(Axis(9, kernel: 2), Axis(9, kernel: 2), 6).contains("3, 5, 7 outputs"))
  #expect(try reason(Axis(9), Axis(9)).contains("one tap"))
  #expect(try reason(Axis(9, kernel: 5), three, 6).contains("2, 4 outputs"))
}

@Test(
  "F(6x6, 3x3) errs by less than 1e-4 of the output's root mean square, within 100 times its bound",
  arguments: [16, 256])
private func accuracy(channels: Int) throws {
  let p = try ConvProblem(
    batch: 1, inChannels: channels, outChannels: 16, axes: WinogradCase.square(18, 18))
  let inputs = Inputs<Float>(p, integers: false)
  let expected = try Reference().run(p, inputs)
  let result = try Winograd(tile: 6).run(p, inputs)
  let error = zip(result, expected).map { Double(abs($0 - $1)) }.max() ?? .nan
  let squares = expected.reduce(0) { $0 + Double($1) * Double($1) }
  #expect(error < 1e-4 * (squares / Double(expected.count)).squareRoot())
  // `TransformModel` with |x| = |w| = 1: X is the root of the number of channels.
  let axes = try (0..<2).map { _ in try #require(ToomCook(outputs: 6, taps: 3)) }
  let terms = Double(channels)
  let largest = expected.map { Double(abs($0)) }.max() ?? 0
  let bound =
    8 * 0x1p-24
    * (ToomCook.growth(axes, .correlation) * (1 + (terms / 6).squareRoot()) * terms.squareRoot()
      + (terms / 3).squareRoot() * largest) + 0x1p-24 * largest
  #expect((error...100 * error).contains(bound))
}

@Test("Operands beyond the caches, in rows that can be streamed and in rows that cannot")
private func large() throws {
  for width in [256, 250] {
    let p = try ConvProblem(
      batch: 1, inChannels: 3, outChannels: 17, axes: WinogradCase.square(1700, width))
    let inputs = Inputs<Float>(p, integers: true)
    let same =
      try Direct().run(p, inputs, threads: 2) == Winograd(tile: 2).run(p, inputs, threads: 2)
    #expect(same, "width \(width)")
  }
}
