import ConvCore
import Glibc

/// Numbers that are trained, with their gradient, or that are only tracked.
public final class Parameter<S: ConvScalar> {
  /// What they are: `conv 1 weights`.
  public let name: String
  /// Shape, for files.
  public let shape: [Int]
  /// The numbers.
  public var values: [S]
  /// dL/d values of the last backward pass.
  public var gradient: [S]
  /// Whether an optimiser changes them; running means and variances are only tracked.
  public let isTrained: Bool

  init(_ name: String, _ shape: [Int], _ values: [S], isTrained: Bool = true) {
    self.name = name
    self.shape = shape
    self.values = values
    gradient = Array(repeating: 0, count: isTrained ? values.count : 0)
    self.isTrained = isTrained
  }
}

/// A layer at work: maps a batch of examples and carries gradients back.
///
/// Examples are N C H W. What `backward` needs of `forward` beyond its input and output, the layer
/// keeps; a backward pass belongs to the forward pass before it.
public class Layer<S: ConvScalar> {
  /// What it is.
  public let spec: LayerSpec
  /// Shape of one example before and after it.
  public let input: FeatureShape, output: FeatureShape
  let pool: ThreadPool

  init(_ spec: LayerSpec, _ input: FeatureShape, _ output: FeatureShape, _ pool: ThreadPool) {
    self.spec = spec
    self.input = input
    self.output = output
    self.pool = pool
  }

  /// Weights, biases, scales; empty for most.
  public var parameters: [Parameter<S>] { [] }

  /// Who computes what, for layers that are planned: `forward: winograd`.
  public var computedBy: [String] { [] }

  /// Whether `forward` writes y over x, which `backward` then never reads.
  var overwritesInput: Bool { false }

  /// Whether y holds the very values of x.
  var keepsValues: Bool { false }

  /// Whether `backward` writes dx over dy.
  var overwritesGradient: Bool { false }

  /// Whether `backward` reads y, so that the next layer must not write over it.
  var readsOutput: Bool { false }

  /// y = layer(x) for `batch` examples; x and y are one place where the layer overwrites its input
  /// and nobody needs what stood there, else apart.
  func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {}

  /// dx from dy and gradients of the parameters; `dx` is nil for the first layer, and `dy` where the
  /// layer overwrites the gradient.
  func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {}

  /// Takes up after `steps` training passes: layers that draw random numbers count them.
  func resume(afterSteps steps: Int) {}

  /// Called once after parameters changed.
  func parametersChanged() {}
}

/// What layers are built with.
struct Construction<S: ConvScalar> {
  let resources: Resources
  /// For convolutions, and what takes their place where they do not support one.
  let algorithm: any ConvAlgorithm, fallback: any ConvAlgorithm
  let initialization: Initialization
  let seed: UInt64
  let classes: Int
}

/// How weights start: uniform or normal with a variance that keeps signals at their size.
public enum Initialization: String, Sendable, CaseIterable {
  /// Uniform in +-sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010), Keras' default.
  case xavier
  /// Normal with variance 2 / fan in (He et al. 2015), for ReLU.
  case he

  /// `count` values; `stream` distinguishes layers.
  func values<S: ConvScalar>(
    _ count: Int, fanIn: Int, fanOut: Int, seed: UInt64, stream: UInt64
  ) -> [S] {
    let random = SeededRandom(seed: seed, stream: stream)
    switch self {
    case .xavier:
      let limit = (6 / Double(fanIn + fanOut)).squareRoot()
      return (0..<count).map { S(limit * (2 * random.unit(at: $0) - 1)) }
    case .he:
      let deviation = (2 / Double(fanIn)).squareRoot()
      return (0..<count).map { S(deviation * random.normal(at: $0)) }
    }
  }
}

extension SeededRandom {
  /// Normal with mean 0 and variance 1 (Box and Muller 1958).
  func normal(at index: Int) -> Double {
    let radius = (-2 * log(1 - unit(at: 2 * index))).squareRoot()
    return radius * cos(2 * .pi * unit(at: 2 * index + 1))
  }
}
