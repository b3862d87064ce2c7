import ConvCore
import ConvNet
import ConvTestSupport
import DirectConv
import Testing

@Suite struct TrainingTests {
  /// Two classes of 6x6 pictures: a bright left or right half, with noise.
  private func halves(_ count: Int, seed: UInt64) throws -> Dataset {
    let noise: [Float] = Sample.uniform(count * 36, seed: seed)
    let labels = (0..<count).map { $0 % 2 }
    let pixels = (0..<(count * 36)).map { i -> Float in
      let isRight = i % 6 >= 3
      return 0.5 + 0.2 * noise[i] + (isRight == (labels[i / 36] == 1) ? 0.3 : 0)
    }
    return try Dataset(
      shape: FeatureShape(channels: 1, height: 6, width: 6), classes: 2, pixels: pixels,
      labels: labels)
  }

  private func trainer(
    _ optimizer: Optimizer = .adam(rate: 0.01), threads: Int = 1, batch: Int = 8
  ) throws -> Trainer<Float> {
    let model = try Model(
      parsing: "conv:4 -> relu -> bn -> pool -> dropout:0.1 -> dense",
      input: FeatureShape(channels: 1, height: 6, width: 6), classes: 2)
    var options = TrainingOptions()
    options.optimizer = optimizer
    options.batch = batch
    options.augmentation = Augmentation(shift: 0.2)
    return Trainer(
      try Network(
        model, .init(algorithm: Direct(), fallback: Direct()), Resources(threads: threads)),
      options)
  }

  @Test(
    "every optimiser learns the halves",
    arguments: [
      Optimizer.sgd(rate: 0.1), .sgd(rate: 0.05, momentum: 0.9), .rmsProp(rate: 0.01),
      .adagrad(rate: 0.1), .adam(rate: 0.01),
    ])
  func learns(_ optimizer: Optimizer) throws {
    let (data, validation) = (try halves(100, seed: 1), try halves(40, seed: 2))
    let trainer = try trainer(optimizer)
    for _ in 0..<12 { _ = try trainer.epoch(data, validation: validation) }
    #expect(try trainer.evaluate(validation).metrics.accuracy >= 0.95)
    #expect(trainer.history.last!.loss < trainer.history[0].loss)
  }

  @Test("the same seed gives the same numbers on any number of threads")
  func deterministic() throws {
    let data = try halves(30, seed: 1)
    let losses = try [1, 3].map { threads in
      let trainer = try trainer(threads: threads)
      for _ in 0..<2 { _ = try trainer.epoch(data, validation: data) }
      return trainer.stepLosses
    }
    #expect(losses[0] == losses[1])
  }

  @Test("a checkpoint goes on as if nothing had happened")
  func checkpoint() throws {
    let data = try halves(30, seed: 1)
    let whole = try trainer()
    for _ in 0..<3 { _ = try whole.epoch(data, validation: data) }
    let first = try trainer()
    _ = try first.epoch(data, validation: data)
    let path = "/tmp/spectralconv-checkpoint-\(UInt64.random(in: 0...(.max)))"
    try Checkpoint(first).write(path)
    let second = try trainer()
    let checkpoint = try Checkpoint(reading: path)
    try checkpoint.restore(second)
    for _ in 0..<2 { _ = try second.epoch(data, validation: data) }
    #expect(second.stepLosses == whole.stepLosses)
    #expect(try checkpoint.model.layers == whole.network.model.layers)

    let bytes = try readFile(path)
    for cut in [0, 10, 30, 200, bytes.count - 4, bytes.count - 1] {
      try writeFile(path, Array(bytes[..<cut]))
      #expect(throws: ConvError.self) { try Checkpoint(reading: path).restore(try trainer()) }
    }
  }

  @Test("early stopping")
  func patience() throws {
    let data = try halves(20, seed: 1)
    // A validation set with the labels exchanged gets worse while training gets better.
    let wrong = try Dataset(
      shape: data.shape, classes: 2, pixels: data.pixels, labels: data.labels.map { 1 - $0 })
    let base = try trainer()
    var options = base.options
    options.patience = 2
    let trainer = Trainer(base.network, options)
    for _ in 0..<20 where !trainer.hasStopped { _ = try trainer.epoch(data, validation: wrong) }
    #expect(trainer.hasStopped && trainer.history.count < 20)
  }

  @Test("a cosine lets the rate fall to zero")
  func schedule() throws {
    let data = try halves(8, seed: 1)
    let net = try Network<Double>(
      Model(parsing: "dense", input: data.shape, classes: 2),
      .init(algorithm: Direct(), fallback: Direct()), Resources())
    var options = TrainingOptions()
    options.optimizer = .sgd(rate: 0.1)
    options.schedule = .cosine
    options.epochs = 4
    let trainer = Trainer(net, options)
    // One step an epoch: its length over the gradient is the rate.
    for expected in [0.1, 0.1 * (1 + 0.5.squareRoot()) / 2, 0.05, 0.1 * (1 - 0.5.squareRoot()) / 2]
    {
      let before = net.parameters[0].values
      _ = try trainer.epoch(data, validation: data)
      for ((a, b), g) in zip(zip(before, net.parameters[0].values), net.parameters[0].gradient) {
        #expect(abs(a - b - expected * g) < 1e-15)
      }
    }
  }

  @Test("losses that differ in proportion to the roundings do not diverge")
  func divergence() {
    func run(_ losses: [Double], rounding: Double) -> TrainingStudy.Run {
      TrainingStudy.Run(
        algorithm: AlgorithmName("direct"), history: [], stepLosses: losses,
        metrics: Metrics(labels: [], predictions: [], classes: 1), loss: 0, layers: [],
        rounding: rounding)
    }
    let base = [2.0, 1.5, 1.2, 1.0]
    let first = run(base, rounding: 1e-7)
    let shadow = run([2.0, 1.5 + 1e-6, 1.2 - 1e-5, 1.0], rounding: 2e-7)
    // Ten times the shadow's rounding: 8 x 11 / 2 = 44 times its largest difference so far.
    let near = run([2.0, 1.5 + 4e-5, 1.2 + 4e-4, 1.0 + 4e-4], rounding: 1e-6)
    let far = run([2.0, 1.5 + 4e-5, 1.2 + 5e-4, 1.0], rounding: 1e-6)
    let study = TrainingStudy(runs: [first, near, far], shadow: shadow)
    #expect(study.divergence(of: 0) == nil)
    #expect(study.divergence(of: 1) == nil)
    #expect(study.divergence(of: 2) == 3)
    let wrong = run([2.0, .nan], rounding: 1e-7)
    #expect(TrainingStudy(runs: [first, wrong], shadow: shadow).divergence(of: 1) == 2)
  }

  @Test("named models print lines that read back", arguments: Model.names)
  func lines(_ name: String) throws {
    let model = try Model.named(name)
    let again = try Model(parsing: model.line, input: model.input, classes: model.classes)
    #expect(again.layers == model.layers)
  }

  @Test("metrics by hand")
  func metrics() {
    let m = Metrics(
      labels: [0, 0, 0, 1, 1, 2], predictions: [0, 0, 1, 1, 1, 0], classes: 3)
    #expect(m.confusion == [[2, 1, 0], [0, 2, 0], [1, 0, 0]])
    #expect(m.accuracy == 4.0 / 6)
    #expect(m.precision(0) == 2.0 / 3 && m.recall(0) == 2.0 / 3)
    #expect(m.precision(1) == 2.0 / 3 && m.recall(1) == 1)
    #expect(m.precision(2) == 0 && m.recall(2) == 0)
  }
}
