import ConvCore
import Laboratory

/// How a network is trained.
public struct TrainingOptions: Sendable {
  /// Passes over the training data, at most.
  public var epochs = 20
  /// Examples in a step.
  public var batch = 32
  /// How parameters follow their gradients.
  public var optimizer = Optimizer.rmsProp()
  /// How the learning rate goes on over all epochs.
  public var schedule = RateSchedule.constant
  /// Of the order of examples and of augmentation.
  public var seed: UInt64 = 1
  /// Random changes of the pictures.
  public var augmentation = Augmentation()
  /// Stops after this many epochs without a lower validation loss; nil trains on.
  public var patience: Int?

  /// Keras' defaults.
  public init() {}
}

/// What one epoch gave.
public struct EpochResult: Sendable, Codable, Equatable {
  /// From 1.
  public var epoch: Int
  /// Mean loss and accuracy over the training data, as they were met.
  public var loss: Double, accuracy: Double
  /// The same of the validation data after the epoch.
  public var validationLoss: Double, validationAccuracy: Double
  /// Training time in seconds, without validation.
  public var seconds: Double
}

/// Trains one network; a step at a time, so that it can be watched, stopped and resumed.
public final class Trainer<S: ConvScalar> {
  /// What is trained.
  public let network: Network<S>
  /// How.
  public let options: TrainingOptions
  /// Finished epochs.
  public private(set) var history: [EpochResult] = []
  /// Loss of every step.
  public private(set) var stepLosses: [Double] = []
  /// Whether early stopping has ended it.
  public private(set) var hasStopped = false

  let state: OptimizerState<S>
  private var best = Double.infinity
  private var epochsWithoutBetter = 0

  /// A trainer at its first epoch.
  public init(_ network: Network<S>, _ options: TrainingOptions) {
    self.network = network
    self.options = options
    state = OptimizerState(options.optimizer, network.parameters.filter(\.isTrained))
  }

  /// Takes up after finished epochs.
  func restore(history: [EpochResult], stepLosses: [Double]) {
    self.stepLosses = stepLosses
    for result in history { finish(result) }
  }

  /// Trains one epoch; `step` is told the number of steps done, of all, and the last loss.
  ///
  /// - Throws: `ConvError.interrupted` when cancelled; `ConvError.invalid` where the data do not fit
  ///   the model.
  public func epoch(
    _ data: Dataset, validation: Dataset, cancellation: Cancellation = Cancellation(),
    step: (_ done: Int, _ all: Int, _ loss: Double) -> Void = { _, _, _ in }
  ) throws(ConvError) -> EpochResult {
    for d in [data, validation] {
      guard d.shape == network.model.input, d.classes == network.model.classes else {
        throw .invalid(
          "the data are \(d.shape) in \(d.classes) classes, but the model takes "
            + "\(network.model.input) in \(network.model.classes)")
      }
    }
    guard network.outputs == data.classes else {
      throw .invalid(
        "the model ends in \(network.outputs) values for \(data.classes) classes: end it with dense"
      )
    }
    let number = history.count + 1
    let order = shuffled(data.count, epoch: number)
    let steps = (data.count + options.batch - 1) / options.batch
    let start = ContinuousClock.now
    var (total, correct) = (0.0, 0)
    for i in 0..<steps {
      if cancellation.isCancelled { throw .interrupted }
      let examples = order[(i * options.batch)..<min(data.count, (i + 1) * options.batch)]
      let (loss, right) = try self.step(data, examples, epoch: number)
      total += loss * Double(examples.count)
      correct += right
      stepLosses.append(loss)
      step(i + 1, steps, loss)
    }
    let seconds = (ContinuousClock.now - start).inSeconds
    let (validationLoss, metrics) = try evaluate(validation)
    let result = EpochResult(
      epoch: number, loss: total / Double(data.count),
      accuracy: Double(correct) / Double(data.count), validationLoss: validationLoss,
      validationAccuracy: metrics.accuracy, seconds: seconds)
    finish(result)
    return result
  }

  private func finish(_ result: EpochResult) {
    history.append(result)
    if result.validationLoss < best {
      best = result.validationLoss
      epochsWithoutBetter = 0
    } else {
      epochsWithoutBetter += 1
      if let patience = options.patience, epochsWithoutBetter >= patience { hasStopped = true }
    }
  }

  /// Fisher and Yates, from the seed and the epoch alone.
  private func shuffled(_ count: Int, epoch: Int) -> [Int] {
    let random = SeededRandom(seed: options.seed, stream: UInt64(2 * epoch))
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, random.integer(at: i, in: 0...i))
    }
    return order
  }

  private func step(_ data: Dataset, _ examples: ArraySlice<Int>, epoch: Int)
    throws(ConvError) -> (loss: Double, correct: Int)
  {
    let batch = examples.count
    let x = batchValues(data, examples, epoch: epoch)
    var targets = [S](repeating: 0, count: batch * data.classes)
    for (i, e) in examples.enumerated() { targets[i * data.classes + data.labels[e]] = 1 }
    let loss = try network.lossAndGradient(x.span, targets: targets, batch: batch)
    let predictions = network.lastPredictions(batch)
    let right = zip(examples, predictions).count { data.labels[$0] == $1 }
    let steps = (data.count + options.batch - 1) / options.batch * options.epochs
    state.update(
      network.parameters.filter(\.isTrained),
      factor: options.schedule.factor(step: state.step, of: steps))
    network.parametersChanged()
    return (loss, right)
  }

  private func batchValues(_ data: Dataset, _ examples: ArraySlice<Int>, epoch: Int) -> [S] {
    let n = data.shape.count
    let random = SeededRandom(seed: options.seed, stream: UInt64(2 * epoch + 1))
    var changed = [Float](repeating: 0, count: options.augmentation.isNone ? 0 : n)
    return [S](unsafeUninitializedCapacity: examples.count * n) { x, count in
      for (i, e) in examples.enumerated() {
        var picture = data.pixels[(e * n)..<((e + 1) * n)]
        if !options.augmentation.isNone {
          options.augmentation.write(picture, data.shape, index: e, random, into: &changed, at: 0)
          picture = changed[...]
        }
        Elementwise.convert(picture, into: x.baseAddress! + i * n)
      }
      count = examples.count * n
    }
  }

  /// Loss and metrics of data that the network is not trained on.
  ///
  /// - Throws: what a plan throws.
  public func evaluate(_ data: Dataset) throws(ConvError) -> (loss: Double, metrics: Metrics) {
    var predictions: [Int] = []
    var total = 0.0
    let n = data.shape.count
    for start in stride(from: 0, to: data.count, by: options.batch) {
      let batch = min(options.batch, data.count - start)
      let x = [S](unsafeUninitializedCapacity: batch * n) { x, count in
        Elementwise.convert(
          data.pixels[(start * n)..<((start + batch) * n)], into: x.baseAddress!)
        count = batch * n
      }
      _ = try network.forward(x.span, batch: batch)
      predictions += network.lastPredictions(batch)
      let labels = data.labels[start..<(start + batch)]
      total += network.lastLoss(Array(labels), batch) * Double(batch)
    }
    let metrics = Metrics(labels: data.labels, predictions: predictions, classes: data.classes)
    return (total / Double(data.count), metrics)
  }
}

extension Duration {
  /// As a number.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
