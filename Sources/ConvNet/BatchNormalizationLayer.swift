import ConvCore

/// y = scale (x - mean) / sqrt(variance + epsilon) + shift for each channel (Ioffe and Szegedy
/// 2015): over the batch in training, with running estimates in inference.
///
/// Momentum 0.99 and epsilon 0.001 as in Keras; the running variance is the biased one, as there.
final class BatchNormalizationLayer<S: ConvScalar>: Layer<S> {
  private let scale: Parameter<S>, shift: Parameter<S>
  private let runningMean: Parameter<S>, runningVariance: Parameter<S>
  private var mean: [S], inverseDeviation: [S]
  private let momentum = 0.99, epsilon = 0.001

  init(_ shape: FeatureShape, index: Int, _ pool: ThreadPool) {
    let (c, name) = (shape.channels, "layer \(index + 1)")
    func filled(_ value: S) -> [S] { Array(repeating: value, count: c) }
    scale = Parameter("\(name) scale", [c], filled(1))
    shift = Parameter("\(name) shift", [c], filled(0))
    runningMean = Parameter("\(name) running mean", [c], filled(0), isTrained: false)
    runningVariance = Parameter("\(name) running variance", [c], filled(1), isTrained: false)
    (mean, inverseDeviation) = (filled(0), filled(1))
    super.init(.batchNormalization, shape, shape, pool)
  }

  override var parameters: [Parameter<S>] { [scale, shift, runningMean, runningVariance] }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    let run = ChannelRun(shape: input, batch: batch)
    if isTraining {
      mean.withUnsafeMutableBufferPointer { mean in
        inverseDeviation.withUnsafeMutableBufferPointer { inverse in
          Normalization.statistics(run, x, mean.baseAddress!, inverse.baseAddress!, pool)
        }
      }
      for c in 0..<input.channels {
        // `inverseDeviation` holds the variance until here.
        let variance = Double(inverseDeviation[c])
        inverseDeviation[c] = S(1 / (variance + epsilon).squareRoot())
        runningMean.values[c] = S(
          momentum * Double(runningMean.values[c]) + (1 - momentum) * Double(mean[c]))
        runningVariance.values[c] = S(
          momentum * Double(runningVariance.values[c]) + (1 - momentum) * variance)
      }
    } else {
      for c in 0..<input.channels {
        mean[c] = runningMean.values[c]
        inverseDeviation[c] = S(1 / (Double(runningVariance.values[c]) + epsilon).squareRoot())
      }
    }
    let factors = (0..<input.channels).map { scale.values[$0] * inverseDeviation[$0] }
    let offsets = (0..<input.channels).map { shift.values[$0] - mean[$0] * factors[$0] }
    Normalization.affine(run, x, y, factors, offsets, pool)
  }

  /// With n values a channel and z the normalised value: dx = scale / deviation
  /// (dy - sum dy / n - z sum (dy z) / n).
  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    let run = ChannelRun(shape: input, batch: batch)
    let (mean, inverse) = (mean, inverseDeviation)
    shift.gradient.withUnsafeMutableBufferPointer { sums in
      scale.gradient.withUnsafeMutableBufferPointer { products in
        Normalization.gradientSums(
          run, x, dy, mean, inverse, sums.baseAddress!, products.baseAddress!, pool)
      }
    }
    guard let dx else { return }
    let n = S(batch * input.height * input.width)
    let factors = (0..<input.channels).map { scale.values[$0] * inverse[$0] }
    let slopes = (0..<input.channels).map { -factors[$0] * inverse[$0] * scale.gradient[$0] / n }
    let offsets = (0..<input.channels).map {
      -factors[$0] * shift.gradient[$0] / n - slopes[$0] * mean[$0]
    }
    Normalization.gradient(run, x, dy, dx, factors, slopes, offsets, pool)
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

/// The loops of batch normalisation, a channel an item: sums do not depend on the threads.
private enum Normalization {
  /// Mean, and variance in two passes.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func statistics<S: ConvScalar>(
    _ run: ChannelRun, _ x: UnsafePointer<S>, _ mean: UnsafeMutablePointer<S>,
    _ variance: UnsafeMutablePointer<S>, _ pool: ThreadPool
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
    }
  }

  /// y = factor x + offset of its channel.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func affine<S: ConvScalar>(
    _ run: ChannelRun, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ factors: [S],
    _ offsets: [S], _ pool: ThreadPool
  ) {
    pool.run(run.channels) { c, _ in
      let (factor, offset) = (factors[c], offsets[c])
      for n in 0..<run.batch {
        let (p, q) = (x + run.start(n, c), y + run.start(n, c))
        for i in 0..<run.plane { q[i] = factor * p[i] + offset }
      }
    }
  }

  /// Sums of dy, and of dy times the normalised value.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func gradientSums<S: ConvScalar>(
    _ run: ChannelRun, _ x: UnsafePointer<S>, _ dy: UnsafePointer<S>, _ mean: [S], _ inverse: [S],
    _ sums: UnsafeMutablePointer<S>, _ products: UnsafeMutablePointer<S>, _ pool: ThreadPool
  ) {
    pool.run(run.channels) { c, _ in
      var (sum, product) = (0.0, 0.0)
      for n in 0..<run.batch {
        let start = run.start(n, c)
        sum += Reduction.sum(dy + start, run.plane)
        product += Reduction.product(x + start, minus: mean[c], dy + start, run.plane)
      }
      sums[c] = S(sum)
      products[c] = S(product * Double(inverse[c]))
    }
  }

  /// dx = factor dy + slope x + offset of its channel.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func gradient<S: ConvScalar>(
    _ run: ChannelRun, _ x: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>, _ factors: [S], _ slopes: [S], _ offsets: [S],
    _ pool: ThreadPool
  ) {
    pool.run(run.channels) { c, _ in
      let (factor, slope, offset) = (factors[c], slopes[c], offsets[c])
      for n in 0..<run.batch {
        let start = run.start(n, c)
        let (p, d, q) = (x + start, dy + start, dx + start)
        for i in 0..<run.plane { q[i] = factor * d[i] + slope * p[i] + offset }
      }
    }
  }
}
