import ConvCore
import ConvNet
import ConvTestSupport
import DirectConv
import Testing

/// Every layer's gradients against finite differences in Double.
@Suite struct GradientTests {
  private func network(
    _ line: String, _ input: FeatureShape, loss: Loss = .meanSquaredError, seed: UInt64 = 3
  ) throws -> Network<Double> {
    try Network(
      Model(parsing: line, input: input, classes: 3),
      .init(algorithm: Reference(), fallback: Reference(), seed: seed, loss: loss),
      Resources(threads: 2))
  }

  @Test(
    arguments: [
      "conv:5", "conv:4,3x2,stride=2,valid", "conv:4,3,dilation=2", "conv:8,3,groups=2",
      "conv:3,3,border=reflect", "conv:3,3,border=circular,stride=2", "transposed:3,3,stride=2",
      "separable:5,3", "pool", "pool:3,stride=2,same", "avgpool", "avgpool:3,stride=2,same",
      "globalmax", "globalavg", "relu", "leakyrelu:0.1", "prelu", "elu:0.7", "sigmoid", "tanh",
      "bn", "flatten -> dense:7 -> relu", "flatten -> softmax", "conv:3 -> bn -> relu -> pool",
    ])
  func layer(_ line: String) throws {
    let input = FeatureShape(channels: 4, height: 6, width: 7)
    let batch = 3
    let net = try network(line + " -> dense", input)
    let x: [Double] = Sample.uniform(batch * input.count, seed: 5)
    let targets: [Double] = Sample.uniform(batch * 3, seed: 6)
    func loss(_ x: [Double]) throws -> Double {
      try net.lossAndGradient(x.span, targets: targets, batch: batch)
    }
    _ = try loss(x)
    let dx = try net.inputGradient(batch)
    let gradients = net.parameters.map(\.gradient)
    // Central differences err by h^2 and by rounding / h.
    let h = 1e-5
    for i in stride(from: 0, to: x.count, by: 17) {
      var (a, b) = (x, x)
      a[i] += h
      b[i] -= h
      let difference = (try loss(a) - (try loss(b))) / (2 * h)
      #expect(abs(difference - dx[i]) < 1e-6 * (1 + abs(difference)), "\(line) input \(i)")
    }
    for (p, gradient) in zip(net.parameters, gradients) where p.isTrained {
      for i in stride(from: 0, to: p.values.count, by: max(1, p.values.count / 9)) {
        let value = p.values[i]
        func at(_ v: Double) throws -> Double {
          p.values[i] = v
          net.parametersChanged()
          return try loss(x)
        }
        let difference = (try at(value + h) - (try at(value - h))) / (2 * h)
        _ = try at(value)
        #expect(
          abs(difference - gradient[i]) < 1e-6 * (1 + abs(difference)), "\(line) \(p.name) \(i)")
      }
    }
  }

  @Test("losses", arguments: Loss.allCases)
  func losses(_ loss: Loss) throws {
    let net = try network("dense", FeatureShape(channels: 5), loss: loss)
    let x: [Double] = Sample.uniform(10, seed: 1)
    let targets = [1.0, 0, 0, 0, 0, 1]
    _ = try net.lossAndGradient(x.span, targets: targets, batch: 2)
    let dx = try net.inputGradient(2)
    for i in x.indices {
      var (a, b) = (x, x)
      a[i] += 1e-5
      b[i] -= 1e-5
      let difference =
        (try net.lossAndGradient(a.span, targets: targets, batch: 2)
          - (try net.lossAndGradient(b.span, targets: targets, batch: 2))) / 2e-5
      #expect(abs(difference - dx[i]) < 1e-8)
    }
  }

  @Test("dropout keeps the expectation, and passes everything in inference")
  func dropout() throws {
    let net = try network("dropout:0.25 -> dense", FeatureShape(channels: 20_000))
    let layer = net.layers[0]
    #expect(layer.spec == .dropout(0.25))
    let ones = [Double](repeating: 1, count: 20_000)
    let weights = net.parameters[0]
    weights.values = Array(repeating: 1.0 / 20_000, count: weights.values.count)
    net.parametersChanged()
    let inference = try net.forward(ones.span, batch: 1)
    #expect(abs(inference[0] - 1) < 1e-12)
    let training = try net.forward(ones.span, batch: 1, isTraining: true)
    // A mean of 20,000 values of deviation 0.58: 0.0041; five of them.
    #expect(training[0] != 1 && abs(training[0] - 1) < 0.021)
  }

  @Test("batch norm in inference uses what it tracked")
  func batchNorm() throws {
    let net = try network("bn -> dense", FeatureShape(channels: 2))
    let tracked = net.parameters.filter { !$0.isTrained }
    #expect(tracked.map(\.values) == [[0, 0], [1, 1]])
    _ = try net.forward([1, 10, 3, 10].span, batch: 2, isTraining: true)
    // Means 2 and 10, variances 1 and 0, momentum 0.99.
    for (got, expected) in zip(tracked.flatMap(\.values), [0.02, 0.1, 1, 0.99]) {
      #expect(abs(got - expected) < 1e-12)
    }
  }
}
