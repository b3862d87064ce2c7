import ConvCore
import ConvTestSupport
import DirectConv
import Testing

/// Direct convolution against the oracle, on integers: every result equal, on every instruction set.
@Suite struct DirectTests {
  /// A seeded problem with tails everywhere.
  private static func problem(_ seed: Int) -> ConvProblem? {
    let random = SeededRandom(seed: UInt64(seed), stream: 9)
    var drawn = 0
    func pick<T>(_ values: [T]) -> T {
      drawn += 1
      return values[random.integer(at: drawn, in: 0...(values.count - 1))]
    }
    func draw(_ range: ClosedRange<Int>) -> Int {
      drawn += 1
      return random.integer(at: drawn, in: range)
    }
    let rank = draw(1...3)
    let operation = pick(Operation.allCases + [.convolution, .convolution])
    let extents = rank == 1 ? 1...70 : rank == 2 ? 1...19 : 1...7
    let axes = (0..<rank).map { _ in
      let (stride, dilation) = (pick([1, 1, 1, 2, 3]), pick([1, 1, 1, 2, 3]))
      return Axis(
        draw(extents), kernel: draw(1...(rank == 3 ? 3 : 7)), stride: stride, dilation: dilation,
        low: draw(-1...4), high: draw(-1...4),
        outputPadding: operation == .convolution ? 0 : draw(0...(max(stride, dilation) - 1)))
    }
    let groups = pick([1, 1, 1, 2, 3, 5, 17])
    let depthwise = groups > 2 && draw(0...1) == 0
    let channels = groups > 1 ? [1, 2, 3, 4] : [1, 2, 3, 5, 8, 15, 16, 17, 33, 70]
    return try? ConvProblem(
      batch: pick([1, 1, 2, 3]), inChannels: groups * (depthwise ? 1 : pick(channels)),
      outChannels: groups * (depthwise ? draw(1...2) : pick(channels)), groups: groups, axes: axes,
      operation: operation, pass: pick([.forward, .forward, .inputGradient, .weightGradient]),
      border: pick([.zeros, .zeros] + Border.allCases), convention: pick(Convention.allCases),
      bias: pick([true, false]), layout: pick([.nchw, .nchw, .nhwc]),
      scalar: pick(ScalarKind.allCases))
  }

  private func check<S: ConvScalar>(_ p: ConvProblem, as: S.Type) throws {
    let inputs = Inputs<S>(p, integers: true)
    let expected = try Reference().run(p, inputs)
    for isa in ISA.available {
      let got = try Direct().run(p, inputs, isa: isa)
      #expect(got == expected, "\(p) on \(isa.name)")
      if got != expected { return }
    }
    let threaded = try Direct().run(p, inputs, threads: 3)
    #expect(threaded == expected, "\(p) on three threads")
  }

  private func check(_ p: ConvProblem) throws {
    switch p.scalar {
    case .f32: try check(p, as: Float.self)
    case .f64: try check(p, as: Double.self)
    }
  }

  @Test("random problems of every kind", arguments: 0..<40)
  func random(_ block: Int) throws {
    for seed in (block * 20)..<(block * 20 + 20) {
      if let p = Self.problem(seed) { try check(p) }
    }
  }

  @Test("channel counts around a vector", arguments: [1, 2, 3, 15, 16, 17, 31, 33, 64, 65])
  func channels(_ k: Int) throws {
    for c in [1, 3, 17] {
      for scalar in ScalarKind.allCases {
        for stride in 1...2 {
          let axis = Axis(15, kernel: 3, stride: stride, low: 1, high: 1)
          try check(
            ConvProblem(
              batch: 2, inChannels: c, outChannels: k, axes: [axis, axis], scalar: scalar)
          )
        }
      }
    }
  }

  /// Tiles of every width and height, with and without masks at the ends of rows, and runs of tiles.
  @Test(
    "one channel, widths around tiles", arguments: [31, 40, 56, 57, 63, 65, 127, 130, 140, 250])
  func widths(_ n: Int) throws {
    for k in [1, 2, 3, 4, 5, 9] {
      for scalar in ScalarKind.allCases {
        let axes = [
          Axis(7, kernel: k, low: k / 2, high: k / 2), Axis(n, kernel: k, low: k / 2, high: k / 2),
        ]
        try check(ConvProblem(batch: 1, inChannels: 1, outChannels: 1, axes: axes, scalar: scalar))
        try check(
          ConvProblem(
            batch: 2, inChannels: 3, outChannels: 3, groups: 3, axes: axes, scalar: scalar))
      }
    }
  }

  @Test("no extent is too small", arguments: [1, 2, 5, 7, 16])
  func extents(_ n: Int) throws {
    for (batch, c, k) in [(1, 1, 1), (5, 3, 40), (20, 2, 70), (3, 40, 3)] {
      for pass in [Pass.forward, .inputGradient, .weightGradient] {
        let whole = Axis(n, kernel: n)
        try check(
          ConvProblem(
            batch: batch, inChannels: c, outChannels: k, axes: [whole, whole], pass: pass))
        try check(
          ConvProblem(
            batch: batch, inChannels: c, outChannels: k, axes: [Axis(1), Axis(n)], pass: pass))
        try check(
          ConvProblem(
            batch: batch, inChannels: c, outChannels: k, axes: [Axis(n), Axis(1)], pass: pass))
      }
    }
  }

  /// The parts of a transposed convolution differ in padding and use one scratch after the other.
  @Test("what one part leaves in scratch does not reach the next", arguments: [20, 31, 40, 57, 90])
  func sharedScratch(_ n: Int) throws {
    let axis = Axis(n, kernel: 5, stride: 2, low: 3, high: 0)
    for scalar in ScalarKind.allCases {
      for axes in [[axis], [Axis(9, kernel: 3, stride: 2, low: 2, high: 1), axis]] {
        try check(
          ConvProblem(
            batch: 2, inChannels: 3, outChannels: 1, axes: axes, operation: .transposedConvolution,
            scalar: scalar))
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
        let one = try Direct().run(p, inputs)
        #expect(try Direct().run(p, inputs, threads: 3) == one, "\(p)")
        #expect(relativeError(one, try Reference().run(p, inputs)) < 1e-4)
      }
    }
  }

  @Test("what is predicted is what is allocated")
  func workspace() throws {
    for seed in 0..<200 {
      guard let p = Self.problem(seed) else { continue }
      let resources = try Resources(threads: 2)
      guard case .supported(let estimate) = Direct().support(p, resources) else {
        Issue.record("unsupported: \(p)")
        continue
      }
      let bytes =
        p.scalar == .f32
        ? try Direct().plan(p, resources, as: Float.self).workspaceBytes
        : try Direct().plan(p, resources, as: Double.self).workspaceBytes
      #expect(bytes == estimate.workspaceBytes, "\(p)")
    }
  }
}
