import ConvCore

/// A function of each value (CLASSROOM D12).
final class ActivationLayer<S: ConvScalar>: Layer<S> {
  private let kind: LayerSpec.Activation

  init(_ kind: LayerSpec.Activation, _ shape: FeatureShape, _ pool: ThreadPool) {
    self.kind = kind
    super.init(.activation(kind), shape, shape, pool)
  }

  /// Slope of the two straight pieces, or nil for a curve.
  private var slope: S? {
    switch kind {
    case .relu: 0
    case .leakyReLU(let slope): S(slope)
    default: nil
    }
  }

  override var overwritesInput: Bool { true }
  override var overwritesGradient: Bool { true }
  override var readsOutput: Bool { true }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    let count = batch * input.count
    if let slope {
      Elementwise.leaky(x, y, count, slope: slope, pool)
    } else {
      Elementwise.curve(kind, x, y, count, pool)
    }
  }

  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    guard let dx else { return }
    let count = batch * input.count
    if let slope {
      Elementwise.leakyGradient(y, dy, dx, count, slope: slope, pool)
    } else {
      Elementwise.curveGradient(kind, y, dy, dx, count, pool)
    }
  }
}

/// x where positive, else a slope learnt for each channel times x (He et al. 2015).
final class PReLULayer<S: ConvScalar>: Layer<S> {
  private let slopes: Parameter<S>

  init(_ shape: FeatureShape, index: Int, _ pool: ThreadPool) {
    slopes = Parameter(
      "layer \(index + 1) slopes", [shape.channels],
      Array(repeating: 0.25, count: shape.channels))
    super.init(.activation(.prelu), shape, shape, pool)
  }

  override var parameters: [Parameter<S>] { [slopes] }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    let plane = input.height * input.width
    let slopes = slopes.values
    pool.run(batch * input.channels) { item, _ in
      let slope = slopes[item % input.channels]
      for i in (item * plane)..<((item + 1) * plane) { y[i] = x[i] > 0 ? x[i] : slope * x[i] }
    }
  }

  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    let plane = input.height * input.width
    for c in 0..<input.channels {
      let slope = slopes.values[c]
      var sum = 0.0
      for n in 0..<batch {
        let start = (n * input.channels + c) * plane
        for i in start..<(start + plane) {
          if x[i] <= 0 { sum += Double(dy[i] * x[i]) }
          if let dx { dx[i] = x[i] > 0 ? dy[i] : slope * dy[i] }
        }
      }
      slopes.gradient[c] = S(sum)
    }
  }
}

/// Probabilities over the classes, exp(x) / sum exp(x), when it is not part of the loss.
final class SoftmaxLayer<S: ConvScalar>: Layer<S> {
  init(_ shape: FeatureShape, _ pool: ThreadPool) {
    super.init(.softmax, shape, shape, pool)
  }

  override var readsOutput: Bool { true }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    for n in 0..<batch { Loss.softmax(x + n * input.count, y + n * input.count, input.count) }
  }

  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    guard let dx else { return }
    for n in 0..<batch {
      let row = (n * input.count)..<((n + 1) * input.count)
      var inner: S = 0
      for i in row { inner += dy[i] * y[i] }
      for i in row { dx[i] = y[i] * (dy[i] - inner) }
    }
  }
}

/// Sets values to zero at random in training (Srivastava et al. 2014), scaling the others so that
/// inference needs nothing ("inverted").
final class DropoutLayer<S: ConvScalar>: Layer<S> {
  private let rate: Double
  private let seed: UInt64
  /// Number of training passes so far: each has a mask of its own.
  private var pass: UInt64 = 0
  private var isTraining = false
  /// What the last training pass multiplied by: 0, or 1 / (1 - rate).
  private var mask: [S] = []

  init(_ rate: Double, _ shape: FeatureShape, index: Int, seed: UInt64, _ pool: ThreadPool) {
    self.rate = rate
    self.seed = seed &+ UInt64(index) &* 0x1_0000_0001
    super.init(.dropout(rate), shape, shape, pool)
  }

  override var overwritesInput: Bool { true }
  override var overwritesGradient: Bool { true }
  override func resume(afterSteps steps: Int) { pass = UInt64(steps) }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    self.isTraining = isTraining
    let count = batch * input.count
    if isTraining {
      pass += 1
      if mask.count < count { mask = Array(repeating: 1, count: count) }
      let random = SeededRandom(seed: seed, stream: pass)
      mask.withUnsafeMutableBufferPointer {
        Elementwise.draw(
          $0.baseAddress!, count, rate: rate, scale: S(1 / (1 - rate)), random, pool)
      }
    }
    carry(x, y, count)
  }

  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    if let dx { carry(dy, dx, batch * input.count) }
  }

  /// The same either way: what the mask lets through, or everything.
  private func carry(_ from: UnsafePointer<S>, _ to: UnsafeMutablePointer<S>, _ count: Int) {
    if isTraining {
      mask.withUnsafeBufferPointer {
        Elementwise.product(from, $0.baseAddress!, to, count, pool)
      }
    } else if from != UnsafePointer(to) {
      to.update(from: from, count: count)
    }
  }
}

/// Forgets the plane; elements stay where they are.
final class FlattenLayer<S: ConvScalar>: Layer<S> {
  init(_ shape: FeatureShape, _ pool: ThreadPool) {
    super.init(.flatten, shape, FeatureShape(channels: shape.count), pool)
  }

  override var keepsValues: Bool { true }
  override var overwritesGradient: Bool { true }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    if x != UnsafePointer(y) { y.update(from: x, count: batch * input.count) }
  }

  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    if let dx, dy != UnsafePointer(dx) { dx.update(from: dy, count: batch * input.count) }
  }
}
