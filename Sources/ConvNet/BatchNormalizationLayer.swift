import ConvCore

/// y = scale (x - mean) / sqrt(variance + epsilon) + shift for each channel (Ioffe and Szegedy
/// 2015): over the batch in training, with running estimates in inference.
///
/// Momentum 0.99 and epsilon 0.001 as in Keras; the running variance is the biased one, as there.
final class BatchNormalizationLayer<S: ConvScalar>: Layer<S> {
  private let scale: Parameter<S>, shift: Parameter<S>
  private let runningMean: Parameter<S>, runningVariance: Parameter<S>
  private var mean: [S], variance: [S], inverseDeviation: [S]
  private let momentum = 0.99, epsilon = 0.001

  init(_ shape: FeatureShape, index: Int, _ pool: ThreadPool) {
    let (c, name) = (shape.channels, "layer \(index + 1)")
    func filled(_ value: S) -> [S] { Array(repeating: value, count: c) }
    scale = Parameter("\(name) scale", [c], filled(1))
    shift = Parameter("\(name) shift", [c], filled(0))
    runningMean = Parameter("\(name) running mean", [c], filled(0), isTrained: false)
    runningVariance = Parameter("\(name) running variance", [c], filled(1), isTrained: false)
    (mean, variance, inverseDeviation) = (filled(0), filled(1), filled(1))
    super.init(.batchNormalization, shape, shape, pool)
  }

  override var parameters: [Parameter<S>] { [scale, shift, runningMean, runningVariance] }

  override var overwritesGradient: Bool { true }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    let run = ChannelRun(shape: input, batch: batch)
    if isTraining {
      let (scale, shift) = (scale.values, shift.values)
      mean.withUnsafeMutableBufferPointer { mean in
        variance.withUnsafeMutableBufferPointer { variance in
          inverseDeviation.withUnsafeMutableBufferPointer { inverse in
            Normalization.training(
              run, x, y, scale, shift, epsilon: epsilon, mean.baseAddress!, variance.baseAddress!,
              inverse.baseAddress!, pool)
          }
        }
      }
      track()
    } else {
      for c in 0..<input.channels {
        mean[c] = runningMean.values[c]
        inverseDeviation[c] = S(1 / (Double(runningVariance.values[c]) + epsilon).squareRoot())
      }
      let factors = (0..<input.channels).map { scale.values[$0] * inverseDeviation[$0] }
      let offsets = (0..<input.channels).map { shift.values[$0] - mean[$0] * factors[$0] }
      Normalization.inference(run, x, y, factors, offsets, pool)
    }
  }

  /// Moves the running estimates towards this batch's.
  private func track() {
    for c in 0..<input.channels {
      runningMean.values[c] = S(
        momentum * Double(runningMean.values[c]) + (1 - momentum) * Double(mean[c]))
      runningVariance.values[c] = S(
        momentum * Double(runningVariance.values[c]) + (1 - momentum) * Double(variance[c]))
    }
  }

  /// With n values a channel and z the normalised value: dx = scale / deviation
  /// (dy - sum dy / n - z sum (dy z) / n).
  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    let run = ChannelRun(shape: input, batch: batch)
    let (scale, mean, inverse) = (scale.values, mean, inverseDeviation)
    shift.gradient.withUnsafeMutableBufferPointer { sums in
      self.scale.gradient.withUnsafeMutableBufferPointer { products in
        Normalization.gradient(
          run, x, dy, dx, scale, mean, inverse, sums.baseAddress!, products.baseAddress!, pool)
      }
    }
  }
}

/// Where the values of a channel stand: `batch` planes, `channels` planes apart.
struct ChannelRun {
  let channels: Int, plane: Int, batch: Int

  init(shape: FeatureShape, batch: Int) {
    (channels, plane, self.batch) = (shape.channels, shape.height * shape.width, batch)
  }

  @inline(__always)
  func start(_ n: Int, _ c: Int) -> Int { (n &* channels &+ c) &* plane }
}

/// The loops of batch normalisation, a channel an item: its values come from memory once and stay in
/// the second-level cache for the passes after the first, and sums do not depend on the threads.
private enum Normalization {
  /// Mean, variance in a second pass, and y = scale (x - mean) / sqrt(variance + epsilon) + shift.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func training<S: ConvScalar>(
    _ run: ChannelRun, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ scale: [S],
    _ shift: [S], epsilon: Double, _ mean: UnsafeMutablePointer<S>,
    _ variance: UnsafeMutablePointer<S>, _ inverse: UnsafeMutablePointer<S>, _ pool: ThreadPool
  ) {
    pool.run(run.channels) { c, _ in
      var sum = 0.0
      for n in 0..<run.batch { sum += Reduction.sum(x + run.start(n, c), run.plane) }
      let count = Double(run.batch &* run.plane)
      mean[c] = S(sum / count)
      var squares = 0.0
      for n in 0..<run.batch {
        squares += Reduction.square(x + run.start(n, c), minus: mean[c], run.plane)
      }
      variance[c] = S(squares / count)
      inverse[c] = S(1 / (Double(variance[c]) + epsilon).squareRoot())
      let factor = scale[c] * inverse[c]
      affine(run, c, x, y, factor, shift[c] - mean[c] * factor)
    }
  }

  /// y = factor x + offset of its channel.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func inference<S: ConvScalar>(
    _ run: ChannelRun, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ factors: [S],
    _ offsets: [S], _ pool: ThreadPool
  ) {
    pool.run(run.channels) { c, _ in affine(run, c, x, y, factors[c], offsets[c]) }
  }

  @inline(__always)
  private static func affine<S: ConvScalar>(
    _ run: ChannelRun, _ c: Int, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ factor: S,
    _ offset: S
  ) {
    for n in 0..<run.batch {
      let (p, q) = (x + run.start(n, c), y + run.start(n, c))
      Lanes.map(p, p, q, 0..<run.plane) { u, _ in u * factor + offset }
    }
  }

  /// Sums of dy, and of dy times the normalised value; then dx, which may be dy, from them.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func gradient<S: ConvScalar>(
    _ run: ChannelRun, _ x: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, _ scale: [S], _ mean: [S], _ inverse: [S],
    _ sums: UnsafeMutablePointer<S>, _ products: UnsafeMutablePointer<S>, _ pool: ThreadPool
  ) {
    let count = S(run.batch &* run.plane)
    pool.run(run.channels) { c, _ in
      var (sum, product) = (0.0, 0.0)
      for n in 0..<run.batch {
        let start = run.start(n, c)
        let part = Reduction.products(x + start, minus: mean[c], dy + start, run.plane)
        sum += part.sum
        product += part.product
      }
      sums[c] = S(sum)
      products[c] = S(product * Double(inverse[c]))
      guard let dx else { return }
      // dx = factor dy + slope x + offset.
      let factor = scale[c] * inverse[c]
      let slope = -factor * inverse[c] * products[c] / count
      let offset = -factor * sums[c] / count - slope * mean[c]
      for n in 0..<run.batch {
        let start = run.start(n, c)
        Lanes.map(x + start, dy + start, dx + start, 0..<run.plane) { u, d in
          d * factor + u * slope + offset
        }
      }
    }
  }
}
