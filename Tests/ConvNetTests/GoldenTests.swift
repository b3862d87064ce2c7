import ConvCore
import ConvNet
import ConvTestSupport
import DirectConv
import Testing

/// Layers, losses and optimisers against PyTorch's numbers.
@Suite struct GoldenTests {
  @Test("the golden files are there")
  func complete() {
    #expect(GoldenLayers.layers.count == 33)
    #expect(GoldenLayers.losses.count == Loss.allCases.count)
    #expect(GoldenLayers.optimizers.count == 5)
  }

  @Test("forward, backward, running values and inference in f64", arguments: GoldenLayers.layers)
  func double(_ golden: GoldenLayers.LayerCase) throws {
    try check(golden, Reference(), within: 1e-12, as: Double.self)
  }

  @Test("the same in f32", arguments: GoldenLayers.layers)
  func single(_ golden: GoldenLayers.LayerCase) throws {
    try check(golden, Direct(), within: 2e-5, as: Float.self)
  }

  private func check<S: ConvScalar>(
    _ golden: GoldenLayers.LayerCase, _ algorithm: any ConvAlgorithm, within limit: Double,
    as: S.Type
  ) throws {
    let input = FeatureShape(channels: 4, height: 6, width: 7)
    let net = try Network<S>(
      Model(parsing: golden.line, input: input, classes: 3),
      .init(algorithm: algorithm, fallback: Reference(), loss: .meanSquaredError),
      Resources(threads: 2))
    var numbers = try GoldenLayers.Numbers(golden.name)
    let x: [S] = numbers.take(golden.batch * input.count)
    for p in net.parameters { p.values = numbers.take(p.values.count) }
    net.parametersChanged()
    let outputs = golden.batch * net.outputs
    let y: [S] = numbers.take(outputs)
    let dy: [S] = numbers.take(outputs)
    // Targets whose squared error has the gradient dy.
    let targets = zip(y, dy).map { $0 - $1 * S(outputs) / 2 }
    _ = try net.lossAndGradient(x.span, targets: targets, batch: golden.batch)
    expect(try net.inputGradient(golden.batch), numbers.take(x.count), limit, "dL/dx")
    for p in net.parameters where p.isTrained {
      expect(p.gradient, numbers.take(p.values.count), limit, p.name)
    }
    for p in net.parameters where !p.isTrained {
      expect(p.values, numbers.take(p.values.count), limit, p.name)
    }
    let inference = try net.forward(x.span, batch: golden.batch)
    expect(inference, numbers.take(outputs), limit, "inference")
    #expect(numbers.isEmpty)
    // Last, since a pass in training changes the running values.
    let training = try net.forward(x.span, batch: golden.batch, isTraining: true)
    expect(training, y, limit, "y")
  }

  /// Within `limit` of the largest magnitude, of at least 0.01: a bias before a batch norm has no
  /// gradient but rounding.
  private func expect<S: ConvScalar>(
    _ got: [S], _ golden: [S], _ limit: Double, _ what: String,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let error = relativeError(got + [0.01], golden + [0.01])
    #expect(error <= limit, "\(what)", sourceLocation: location)
  }

  @Test("losses and their gradients", arguments: GoldenLayers.losses)
  func loss(_ golden: GoldenLayers.LossCase) throws {
    let loss = try #require(Loss(rawValue: golden.loss))
    var numbers = try GoldenLayers.Numbers(golden.name)
    let classes = golden.name == "cross-entropy" ? 5 : 3
    // A layer that changes nothing: the network's output is its input.
    let net = try Network<Double>(
      Model(parsing: "leakyrelu:1", input: FeatureShape(channels: classes), classes: classes),
      .init(algorithm: Reference(), fallback: Reference(), loss: loss), Resources())
    let z: [Double] = numbers.take(golden.batch * classes)
    let targets: [Double] = numbers.take(z.count)
    let value = try net.lossAndGradient(z.span, targets: targets, batch: golden.batch)
    expect([value], numbers.take(1), 1e-13, "loss")
    expect(try net.inputGradient(golden.batch), numbers.take(z.count), 1e-12, "dL/dz")
    #expect(numbers.isEmpty)
  }

  @Test("ten steps of every optimiser", arguments: GoldenLayers.optimizers)
  func optimizer(_ golden: GoldenLayers.OptimizerCase) throws {
    let optimizer: Optimizer =
      switch golden.optimizer {
      case "sgd": .sgd()
      case "momentum": .sgd(momentum: 0.9)
      case "rmsprop": .rmsProp()
      case "adagrad": .adagrad()
      default: .adam()
      }
    var numbers = try GoldenLayers.Numbers(golden.name)
    let data = try Dataset(
      shape: FeatureShape(channels: 5), classes: 3, pixels: numbers.take(30),
      labels: (0..<6).map { $0 % 3 })
    let net = try Network<Double>(
      Model(parsing: "dense", input: data.shape, classes: 3),
      .init(algorithm: Reference(), fallback: Reference()), Resources())
    for p in net.parameters { p.values = numbers.take(p.values.count) }
    net.parametersChanged()
    var options = TrainingOptions()
    options.optimizer = optimizer
    let trainer = Trainer(net, options)
    for step in 1...golden.steps {
      _ = try trainer.epoch(data, validation: data)
      for p in net.parameters {
        expect(p.values, numbers.take(p.values.count), 1e-12, "\(p.name) after step \(step)")
      }
    }
    #expect(numbers.isEmpty)
  }

  @Test("weights start with the variance they should", arguments: Initialization.allCases)
  func initialization(_ kind: Initialization) throws {
    let net = try Network<Double>(
      Model(
        parsing: "conv:48,3x5", input: FeatureShape(channels: 32, height: 5, width: 5), classes: 2),
      .init(algorithm: Reference(), fallback: Reference(), initialization: kind), Resources())
    let w = net.parameters[0].values
    let fan = (into: 32.0 * 15, out: 48.0 * 15)
    let variance = kind == .xavier ? 2 / (fan.into + fan.out) : 2 / fan.into
    let n = Double(w.count)
    let mean = w.reduce(0, +) / n
    let measured = w.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    // Five standard errors; those of the variance are of a normal distribution, the larger ones.
    #expect(abs(mean) < 5 * (variance / n).squareRoot())
    #expect(abs(measured / variance - 1) < 5 * (2 / n).squareRoot())
    if kind == .xavier {
      let limit = (3 * variance).squareRoot()
      #expect(w.allSatisfy { abs($0) <= limit } && w.contains { abs($0) > 0.99 * limit })
    }
    #expect(net.parameters[1].values.allSatisfy { $0 == 0 })
  }

  @Test("dropout zeroes a share, scales the others, and the gradient goes the same way")
  func dropout() throws {
    let count = 3000
    let net = try Network<Double>(
      Model(parsing: "dropout:0.3", input: FeatureShape(channels: count), classes: 3),
      .init(algorithm: Reference(), fallback: Reference(), loss: .meanSquaredError), Resources())
    let x: [Double] = Sample.uniform(2 * count).map { $0 + 2 }
    let zeros = [Double](repeating: 0, count: x.count)
    var masks: [[Bool]] = []
    for _ in 0..<2 {
      _ = try net.lossAndGradient(x.span, targets: zeros, batch: 2)
      // dL/dz = 2 z / n and dz/dx = the mask, so dL/dx = 2 mask^2 x / n.
      let dx = try net.inputGradient(2)
      let factors = zip(dx, x).map { $0 * Double(x.count) / 2 / $1 }
      #expect(factors.allSatisfy { $0 == 0 || abs($0 - 1 / 0.49) < 1e-12 })
      masks.append(factors.map { $0 != 0 })
    }
    #expect(masks[0] != masks[1])
    // Five standard errors of a share of 0.7.
    let kept = Double(masks[0].count(where: \.self)) / Double(x.count)
    #expect(abs(kept - 0.7) < 5 * (0.21 / Double(x.count)).squareRoot())
  }
}
