import ConvCore
import Laboratory

/// The same network from the same seed, trained once with each algorithm.
///
/// Rounding differs between algorithms, and training amplifies it. How much rounding alone explains
/// is measured, not guessed: a shadow of the first algorithm starts from weights that differ by one
/// rounding (relative 2^-24), and the largest difference of its losses so far, times `margin`, is
/// what any two correct algorithms may differ by.
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

  /// Times the shadow's difference that is still explained by rounding.
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
    var explained = 0.0
    for (step, (a, b)) in zip(runs[i].stepLosses, first.stepLosses).enumerated() {
      if step < shadow.stepLosses.count {
        explained = max(explained, abs(shadow.stepLosses[step] - b))
      }
      // A loss itself carries some dozens of roundings.
      let floor = 64 * 0x1p-24 * max(1, abs(b))
      if !(abs(a - b) <= max(floor, Self.margin * explained)) { return step + 1 }
    }
    return nil
  }
}

extension TrainingStudy.Run {
  /// What a finished trainer gave.
  ///
  /// - Throws: what evaluating throws.
  public init<S: ConvScalar>(_ trainer: Trainer<S>, validation: Dataset) throws(ConvError) {
    let network = trainer.network
    // Before the evaluation adds to them.
    layers = zip(network.layers, network.times).map { layer, time in
      TrainingStudy.LayerTime(
        title: layer.spec.title, computedBy: layer.computedBy, forward: time.forward.inSeconds,
        backward: time.backward.inSeconds)
    }
    algorithm = network.options.algorithm.name
    history = trainer.history
    stepLosses = trainer.stepLosses
    (loss, metrics) = try trainer.evaluate(validation)
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
