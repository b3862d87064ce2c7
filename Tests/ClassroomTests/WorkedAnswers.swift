import ConvCore
import ConvTestSupport
import DirectConv
import Laboratory
import Testing

/// CLASSROOM sections 1 and 2: the answers worked by hand, by every algorithm.
@Suite struct WorkedAnswers {
  /// All registered families in their default variants, and the oracle.
  static let algorithms: [any ConvAlgorithm] = Registry.standard.families.compactMap {
    try? $0.make("")
  }

  static let examples: [WorkedExample] = (try? WorkedExample.all()) ?? []

  @Test func allAreThere() { #expect(Self.examples.count == 17) }

  @Test("answer", arguments: examples)
  func answer(_ example: WorkedExample) throws {
    let resources = try Resources(threads: 2)
    for algorithm in Self.algorithms {
      guard case .supported = algorithm.support(example.problem, resources) else { continue }
      do {
        let got: [Double] = try run(algorithm, example, resources)
        for (value, expected) in zip(got, example.expected) {
          #expect(abs(value - expected) < 1e-9, "\(example.id) by \(algorithm.name)")
        }
        #expect(got.count == example.expected.count)
      } catch ConvError.unsupported {
        // A kernel without a separable form says so when it is prepared.
        #expect(algorithm.name.family == "separable")
      }
    }
  }

  private func run(
    _ algorithm: any ConvAlgorithm, _ example: WorkedExample, _ resources: Resources
  ) throws -> [Double] {
    let p = example.problem
    let plan = try algorithm.plan(p, resources, as: Double.self)
    if p.hasStationaryWeights {
      try plan.prepare(
        weights: example.weights.span, bias: example.bias.isEmpty ? nil : example.bias.span)
    }
    var result = [Double](repeating: .nan, count: p.operandCounts.result)
    var span = result.mutableSpan
    try plan.apply(
      example.first.span, example.second.isEmpty ? nil : example.second.span, into: &span)
    return result
  }

  @Test("W12 against finite differences", arguments: [Pass.weightGradient, .inputGradient])
  func finiteDifferences(_ pass: Pass) throws {
    // L = sum of dZ * Z: linear in each operand, so a difference of any size is the derivative.
    let example = try WorkedExample.named(pass == .weightGradient ? "W12k" : "W12x")
    let forward = try WorkedExample.named("W12")
    let resources = try Resources()
    let dz = [1.0, 2, 3, 4]
    func loss(_ x: [Double], _ k: [Double]) throws -> Double {
      let plan = try Reference().plan(forward.problem, resources, as: Double.self)
      try plan.prepare(weights: k.span, bias: forward.bias.span)
      var z = [Double](repeating: 0, count: 4)
      var span = z.mutableSpan
      try plan.apply(x.span, into: &span)
      return zip(z, dz).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for i in example.expected.indices {
      var (x, k) = (forward.first, forward.weights)
      let before = try loss(x, k)
      if pass == .weightGradient { k[i] += 1 } else { x[i] += 1 }
      #expect(try loss(x, k) - before == example.expected[i])
    }
  }

  @Test("D2: rectangular image and kernel")
  func rectangular() throws {
    let p = try ConvProblem(axes: [Axis(6, kernel: 2), Axis(9, kernel: 3)], scalar: .f64)
    #expect(p.outputShape == [1, 1, 5, 7])
    let image = (0..<54).map { Double($0 * $0 % 23) }
    let kernel = [1.0, 2, 3, 4, 5, 6]
    let out: [Double] = try Reference().run(
      p, Inputs(p, first: image, weights: kernel))
    // O(5,7) = I57 K11 + I58 K12 + I59 K13 + I67 K21 + I68 K22 + I69 K23, counted from 1.
    func at(_ r: Int, _ c: Int) -> Double { image[(r - 1) * 9 + c - 1] }
    #expect(
      out[34] == at(5, 7) + 2 * at(5, 8) + 3 * at(5, 9) + 4 * at(6, 7) + 5 * at(6, 8)
        + 6 * at(6, 9))
  }

  @Test("D5, W8: dilation covers more with the same taps")
  func dilation() throws {
    #expect(Axis(kernel: 3, dilation: 2).reach == 5)
    let stacked = [1, 2, 4].reduce(into: [1]) { $0.append($0.last! + 2 * $1) }
    #expect(Array(stacked.dropFirst()) == [3, 7, 15])
    let p = try ConvProblem(
      inChannels: 32, outChannels: 64, axes: [Axis(10, kernel: 3, dilation: 2)])
    #expect(p.outputShape == [1, 64, 6])
  }

  @Test("W9, W10, W11: shapes")
  func shapes() throws {
    func image(_ n: Int, _ c: Int, _ k: Int, _ f: Int, _ padding: Padding) throws -> ConvProblem {
      let axis = Axis(n, kernel: f)
      let (low, high) = try padding.sides(of: axis, index: 0, rank: 2)
      return try ConvProblem(
        inChannels: c, outChannels: k,
        axes: Array(repeating: Axis(n, kernel: f, low: low, high: high), count: 2))
    }
    #expect(try image(32, 3, 12, 3, .same).outputShape == [1, 12, 32, 32])
    #expect(try image(6, 1, 1, 3, .explicit([1])).outputShape == [1, 1, 6, 6])
    #expect(try image(5, 1, 1, 3, .valid).outputShape == [1, 1, 3, 3])
    #expect(try image(5, 1, 1, 3, .same).outputShape == [1, 1, 5, 5])
    let up = Axis(16, kernel: 3, stride: 2, low: 1, high: 1, outputPadding: 1)
    let transposed = try ConvProblem(
      inChannels: 32, outChannels: 64, axes: [up, up], operation: .transposedConvolution)
    #expect(transposed.outputShape == [1, 64, 32, 32])
    let far = Axis(16, kernel: 3, stride: 2, high: 1)
    let tensorFlow = try ConvProblem(
      inChannels: 32, outChannels: 64, axes: [far, far], operation: .transposedConvolution)
    #expect(tensorFlow.outputShape == [1, 64, 32, 32])
  }

  @Test("W13: same with an even kernel, at either side")
  func evenSame() throws {
    let axis = Axis(4, kernel: 2)
    #expect(try Padding.same.sides(of: axis, index: 0, rank: 1) == (0, 1))
    #expect(try Padding.sameLower.sides(of: axis, index: 0, rank: 1) == (1, 0))
  }

  @Test("D7, W7: multiplications")
  func multiplications() throws {
    func count(_ p: ConvProblem) -> Int { Int(p.nominalOperations / 2) }
    let plain = try ConvProblem(
      inChannels: 3, outChannels: 128, axes: [Axis(7, kernel: 3), Axis(7, kernel: 3)])
    #expect(count(plain) == 86_400)
    let depthwise = try ConvProblem(
      inChannels: 3, outChannels: 3, groups: 3, axes: [Axis(7, kernel: 3), Axis(7, kernel: 3)])
    let pointwise = try ConvProblem(inChannels: 3, outChannels: 128, axes: [Axis(5), Axis(5)])
    #expect(depthwise.outputShape == [1, 3, 5, 5])
    #expect(pointwise.outputShape == [1, 128, 5, 5])
    #expect(count(depthwise) == 675)
    #expect(count(pointwise) == 9_600)

    // W7: the notes' 72 = 45 + 27 on a 5x5 image, columns first, against 81.
    let column = try ConvProblem(axes: [Axis(5, kernel: 3), Axis(5)])
    let row = try ConvProblem(axes: [Axis(3), Axis(5, kernel: 3)])
    #expect(count(column) == 45 && count(row) == 27)
    #expect(count(try ConvProblem(axes: [Axis(5, kernel: 3), Axis(5, kernel: 3)])) == 81)
    let whole = try ConvProblem(axes: [Axis(5, kernel: 3), Axis(5, kernel: 3)])
    guard case .supported(let e) = Separable().support(whole, try Resources()) else {
      Issue.record("separable refuses W7")
      return
    }
    #expect(e.executedOperations == 2 * 72)
  }

  @Test("D8: kernel as deep as the input; 1-D and 3-D")
  func depth() throws {
    let volume = try ConvProblem(
      inChannels: 3, outChannels: 5, axes: [Axis(7, kernel: 3), Axis(7, kernel: 3)])
    #expect(volume.outputShape == [1, 5, 5, 5] && volume.weightShape == [5, 3, 3, 3])
    let three = try ConvProblem(axes: Array(repeating: Axis(7, kernel: 3), count: 3))
    #expect(three.outputShape == [1, 1, 5, 5, 5])
  }

  @Test("D9: weights against a dense layer; a kernel as large as the image is one")
  func dense() throws {
    let small = try ConvProblem(
      axes: [Axis(4, kernel: 2, stride: 2), Axis(4, kernel: 2, stride: 2)])
    #expect(small.weightCount == 4 && small.inputCount * small.outputCount == 64)
    let matrix = try StepByStep(
      small, input: (1...16).map(Double.init), weights: [1, 2, 3, 4]
    ).lines(.toeplitz)
    #expect(matrix.contains("  1 2 . . 3 4 . . . . . . . . . ."))
    #expect(matrix.contains("  . . 1 2 . . 3 4 . . . . . . . ."))
    let rgb = try ConvProblem(inChannels: 3, axes: [Axis(1000), Axis(1000)])
    #expect(rgb.inputCount == 3_000_000)
    #expect(try ConvProblem(inChannels: 3, axes: [Axis(224), Axis(224)]).inputCount == 150_528)
    let whole = try ConvProblem(
      inChannels: 3, outChannels: 10, axes: [Axis(4, kernel: 4), Axis(4, kernel: 4)])
    #expect(whole.weightCount == whole.inputCount * whole.outputCount)
  }

  @Test("D10: the wrap-around, shown and removed")
  func wrapAround() throws {
    let x = [1.0, 2, 3, 4]
    let w = [1.0, 10, 100]
    func run(_ low: Int, _ border: Border) throws -> [Double] {
      let p = try ConvProblem(
        axes: [Axis(4, kernel: 3, low: low)], border: border, convention: .convolution,
        scalar: .f64)
      return try Reference().run(p, Inputs(p, first: x, weights: w))
    }
    // Circular: the end of the signal is heard at its beginning; with zeros it is not.
    #expect(try run(2, .circular) == [341, 412, 123, 234])
    #expect(try run(2, .zeros) == [1, 12, 123, 234])
  }

  @Test("D17: a shift of the input shifts the map")
  func equivariance() throws {
    let axis = Axis(12, kernel: 3, low: 1, high: 1)
    let p = try ConvProblem(axes: [axis, axis], border: .circular, scalar: .f64)
    let inputs = Inputs<Double>(p, integers: true)
    let plain: [Double] = try Reference().run(p, inputs)
    /// Every row moved by one to the right, around the end.
    func shift(_ image: [Double]) -> [Double] {
      image.indices.map { i in
        let (row, column) = (i / 12, i % 12)
        return image[row * 12 + (column + 11) % 12]
      }
    }
    var shifted = inputs
    shifted.first = shift(inputs.first)
    let moved: [Double] = try Reference().run(p, shifted)
    #expect(moved == shift(plain))
  }
}

extension Inputs {
  /// Given numbers.
  init(_ problem: ConvProblem, first: [S], weights: [S]) {
    self.init(problem, integers: true)
    self.first = first
    self.weights = weights
  }
}
