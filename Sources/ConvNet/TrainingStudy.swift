import ConvCore
import Laboratory

/// The same network from the same seed, trained once with each algorithm.
///
/// Rounding differs between algorithms, and training amplifies it. How much rounding alone explains
/// is measured, not guessed. A shadow of the first algorithm starts from weights that differ by one
/// rounding (relative 2^-24): the largest difference of its losses so far shows how training amplifies
/// a difference of the shadow's size. What an algorithm's own rounding is, relative to the shadow's, is
/// seen before the first step, in the network's outputs. The product, times `margin`, is what two
/// correct algorithms may differ by.
public struct TrainingStudy: Sendable {
  /// What came of one algorithm.
  public struct Run: Sendable {
    /// Who computed the convolutions; the shadow has the first one's name.
    public let algorithm: AlgorithmName
    /// Epoch by epoch.
    public let history: [EpochResult]
    /// Loss of each step.
    public let stepLosses: [Double]
    /// Of the validation data at the end.
    public let metrics: Metrics
    /// Loss of the validation data at the end.
    public let loss: Double
    /// Layers with the seconds spent in each, forward and backward.
    public let layers: [LayerTime]
    /// Distance of the untrained network's outputs from exact ones, see `Network.rounding`.
    public let rounding: Double

    /// All of it.
    public init(
      algorithm: AlgorithmName, history: [EpochResult], stepLosses: [Double], metrics: Metrics,
      loss: Double, layers: [LayerTime], rounding: Double
    ) {
      self.algorithm = algorithm
      self.history = history
      self.stepLosses = stepLosses
      self.metrics = metrics
      self.loss = loss
      self.layers = layers
      self.rounding = rounding
    }

    /// Seconds of training, without validation.
    public var seconds: Double { history.reduce(0) { $0 + $1.seconds } }
  }

  /// Time in one layer.
  public struct LayerTime: Sendable {
    /// What it is, and who computed it.
    public let title: String, computedBy: [String]
    /// Seconds.
    public let forward: Double, backward: Double
  }

  /// Times the expected difference that is still explained by rounding.
  public static let margin = 8.0

  /// The run of each algorithm, and the shadow of the first; nil without one.
  public let runs: [Run]
  /// The first algorithm from weights one rounding away.
  public let shadow: Run?

  /// From finished runs.
  public init(runs: [Run], shadow: Run?) {
    self.runs = runs
    self.shadow = shadow
  }

  /// The first step, from 1, at which the losses of run `i` and of the first run differ by more than
  /// rounding explains; nil where they never do.
  public func divergence(of i: Int) -> Int? {
    guard i > 0, let shadow, let first = runs.first else { return nil }
    let scale =
      shadow.rounding > 0
      ? max(1, (runs[i].rounding + first.rounding) / shadow.rounding) : 1
    var explained = 0.0
    for (step, (a, b)) in zip(runs[i].stepLosses, first.stepLosses).enumerated() {
      if step < shadow.stepLosses.count {
        explained = max(explained, abs(shadow.stepLosses[step] - b))
      }
      // A loss itself carries some dozens of roundings.
      let floor = 64 * 0x1p-24 * max(1, abs(b))
      if !(abs(a - b) <= scale * max(floor, Self.margin * explained)) { return step + 1 }
    }
    return nil
  }
}

extension TrainingStudy.Run {
  /// What a finished trainer gave, and how its network rounded before the first step.
  ///
  /// - Throws: what evaluating throws.
  public init<S: ConvScalar>(_ trainer: Trainer<S>, rounding: Double, validation: Dataset)
    throws(ConvError)
  {
    let network = trainer.network
    // Before the evaluation adds to them.
    let layers = zip(network.layers, network.times).map { layer, time in
      TrainingStudy.LayerTime(
        title: layer.spec.title, computedBy: layer.computedBy, forward: time.forward.inSeconds,
        backward: time.backward.inSeconds)
    }
    let (loss, metrics) = try trainer.evaluate(validation)
    self.init(
      algorithm: network.options.algorithm.name, history: trainer.history,
      stepLosses: trainer.stepLosses, metrics: metrics, loss: loss, layers: layers,
      rounding: rounding)
  }
}

extension Network {
  /// Moves every trained value by one rounding, up or down at random: a network that differs from
  /// this one by rounding alone.
  public func disturb(seed: UInt64) {
    let random = SeededRandom(seed: seed, stream: 0xD15)
    var index = 0
    for p in parameters where p.isTrained {
      for i in p.values.indices {
        let up = random.bits(at: index) & 1 == 1
        p.values[i] *= S(up ? 1 + 0x1p-23 : 1 - 0x1p-24)
        index += 1
      }
    }
    parametersChanged()
  }
}

extension Network {
  /// Outputs in inference for the first `count` examples, computed by the plain loops in Double from
  /// this network's weights: exact but for roundings of 2^-53.
  ///
  /// - Throws: what planning throws.
  public func exactOutputs(_ data: Dataset, first count: Int) throws(ConvError) -> [Double] {
    guard let reference = try Registry.standard.select("reference").first else { return [] }
    let exact = try Network<Double>(
      model, .init(algorithm: reference, fallback: reference, loss: options.loss), Resources())
    for (p, q) in zip(parameters, exact.parameters) { q.values = p.values.map { Double($0) } }
    exact.parametersChanged()
    let values = data.pixels.prefix(count * data.shape.count).map { Double($0) }
    return try exact.forward(values.span, batch: count)
  }

  /// Distance (L2, relative) of the outputs for the first examples from exact ones.
  ///
  /// - Throws: what a plan throws.
  public func rounding(_ data: Dataset, from exact: [Double]) throws(ConvError) -> Double {
    let count = exact.count / max(1, outputs)
    let values = data.pixels.prefix(count * data.shape.count).map { S($0) }
    let got = try forward(values.span, batch: count)
    var (error, norm) = (0.0, 0.0)
    for (a, b) in zip(got, exact) {
      error += (Double(a) - b) * (Double(a) - b)
      norm += b * b
    }
    return norm > 0 ? (error / norm).squareRoot() : 0
  }
}
