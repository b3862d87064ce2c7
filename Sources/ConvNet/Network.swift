import ConvCore

/// A model at work: layers, their parameters and the activations of one batch.
///
/// Convolutions and dense layers are plans of the protocol; everything is allocated for the largest
/// batch seen. The same model, seed, data and scalar give the same numbers with the same
/// algorithm, on any number of threads.
public final class Network<S: ConvScalar> {
  /// How a network is made.
  public struct Options: Sendable {
    /// Computes the convolutions.
    public var algorithm: any ConvAlgorithm
    /// Computes those that `algorithm` does not support, and the dense layers.
    public var fallback: any ConvAlgorithm
    /// How weights start.
    public var initialization: Initialization
    /// Of weights and dropout.
    public var seed: UInt64
    /// What training minimises.
    public var loss: Loss

    /// Keras' defaults where the model is silent.
    public init(
      algorithm: any ConvAlgorithm, fallback: any ConvAlgorithm,
      initialization: Initialization = .xavier, seed: UInt64 = 1, loss: Loss = .crossEntropy
    ) {
      self.algorithm = algorithm
      self.fallback = fallback
      self.initialization = initialization
      self.seed = seed
      self.loss = loss
    }
  }

  /// What it is.
  public let model: Model
  /// In order, without a softmax that the loss contains.
  public let layers: [Layer<S>]
  /// How it was made.
  public let options: Options
  /// Time spent in each layer, forward and backward, since the last reset.
  public private(set) var times: [(forward: Duration, backward: Duration)]

  /// Where the examples and the output of each layer stand: layers that overwrite their input share
  /// its place.
  private let places: [Int]
  private var activations: [Storage<S>] = []
  /// What comes back to a layer and what it hands on, in turn.
  private var gradients: [Storage<S>] = []
  private var current = 0
  private var capacity = 0

  /// Builds and initialises a model.
  ///
  /// - Throws: `ConvError` where a layer does not fit, or no algorithm supports one.
  public init(_ model: Model, _ options: Options, _ resources: Resources) throws(ConvError) {
    let shapes = try model.shapes()
    let construction = Construction<S>(
      resources: resources, algorithm: options.algorithm, fallback: options.fallback,
      initialization: options.initialization, seed: options.seed, classes: model.classes)
    var specs = model.layers
    if options.loss == .crossEntropy, specs.last == .softmax { specs.removeLast() }
    if options.loss == .binaryCrossEntropy, specs.last == .activation(.sigmoid) {
      specs.removeLast()
    }
    var layers: [Layer<S>] = []
    for (i, spec) in specs.enumerated() {
      layers.append(
        try LayerFactory.make(spec, shapes[i], shapes[i + 1], index: i, construction))
    }
    self.model = model
    self.options = options
    self.layers = layers
    places = Self.places(layers)
    times = Array(repeating: (.zero, .zero), count: layers.count)
  }

  /// All parameters in order, tracked ones included.
  public var parameters: [Parameter<S>] { layers.flatMap(\.parameters) }

  /// Number of outputs for each example.
  public var outputs: Int { layers.last?.output.count ?? model.input.count }

  /// Starts the times again.
  public func resetTimes() { times = Array(repeating: (.zero, .zero), count: layers.count) }

  /// Tells the layers that parameters were changed from outside.
  public func parametersChanged() { for layer in layers { layer.parametersChanged() } }

  /// A new place for each output, but where a layer may write over its input.
  private static func places(_ layers: [Layer<S>]) -> [Int] {
    var places = [0]
    var isRead = false
    for layer in layers {
      let shares = layer.keepsValues || (layer.overwritesInput && !isRead)
      places.append(shares ? places[places.count - 1] : (places.max() ?? 0) + 1)
      isRead = layer.readsOutput || (layer.keepsValues && isRead)
    }
    return places
  }

  private func reserve(_ batch: Int) throws(ConvError) {
    guard batch > capacity else { return }
    var counts = [model.input.count]
    for (layer, place) in zip(layers, places.dropFirst()) where place == counts.count {
      counts.append(layer.output.count)
    }
    var made: [Storage<S>] = []
    for count in counts { made.append(try Storage(batch * count)) }
    let most = batch * (([model.input] + layers.map(\.output)).map(\.count).max() ?? 0)
    gradients = [try Storage(most), try Storage(most)]
    (activations, capacity) = (made, batch)
  }

  /// Where the output of layer i - 1, or the examples, stand.
  private func values(_ i: Int) -> UnsafeMutablePointer<S> { activations[places[i]].base }

  /// Outputs (logits) of `batch` examples.
  ///
  /// - Throws: `ConvError.invalid` unless there are that many; what a plan throws.
  public func forward(_ examples: Span<S>, batch: Int, isTraining: Bool = false)
    throws(ConvError) -> [S]
  {
    guard batch >= 1, examples.count == batch * model.input.count else {
      throw .invalid(
        "\(batch) examples of \(model.input) are \(batch * model.input.count) values, "
          + "not \(examples.count)")
    }
    try reserve(batch)
    examples.withUnsafeBufferPointer {
      values(0).update(from: $0.baseAddress!, count: $0.count)
    }
    for (i, layer) in layers.enumerated() {
      let start = ContinuousClock.now
      try layer.forward(values(i), values(i + 1), batch: batch, isTraining: isTraining)
      times[i].forward += ContinuousClock.now - start
    }
    return Array(UnsafeBufferPointer(start: values(layers.count), count: batch * outputs))
  }

  /// What layer `i` put out in the last forward pass; after the layers behind it that write over their
  /// input.
  public func output(ofLayer i: Int, batch: Int) -> [S] {
    Array(UnsafeBufferPointer(start: values(i + 1), count: batch * layers[i].output.count))
  }

  /// The most probable class of each example of the last forward pass.
  public func lastPredictions(_ batch: Int) -> [Int] {
    let z = values(layers.count)
    return (0..<batch).map { n in
      let row = (n * outputs)..<((n + 1) * outputs)
      return (row.max { z[$0] < z[$1] } ?? row.lowerBound) - row.lowerBound
    }
  }

  /// Loss of the last forward pass for the given classes.
  func lastLoss(_ labels: [Int], _ batch: Int) -> Double {
    var targets = [S](repeating: 0, count: batch * outputs)
    for (i, label) in labels.enumerated() { targets[i * outputs + label] = 1 }
    return lastLoss(targets: targets, batch)
  }

  /// Loss of the last forward pass; leaves dL/d outputs where `backward` begins.
  private func lastLoss(targets: [S], _ batch: Int) -> Double {
    current = 0
    return targets.withUnsafeBufferPointer {
      options.loss.gradient(
        values(layers.count), targets: $0.baseAddress!, batch: batch, outputs: outputs,
        into: gradients[0].base)
    }
  }

  /// Loss of a batch and the gradients of all parameters.
  ///
  /// - Throws: as `forward`.
  public func lossAndGradient(_ examples: Span<S>, targets: [S], batch: Int)
    throws(ConvError) -> Double
  {
    guard targets.count == batch * outputs else {
      throw .invalid("\(batch * outputs) targets are needed, not \(targets.count)")
    }
    _ = try forward(examples, batch: batch, isTraining: true)
    let loss = lastLoss(targets: targets, batch)
    try backward(batch)
    return loss
  }

  private func backward(_ batch: Int) throws(ConvError) {
    for i in layers.indices.reversed() {
      let start = ContinuousClock.now
      let next = layers[i].overwritesGradient ? current : 1 - current
      try layers[i].backward(
        values(i), values(i + 1), gradients[current].base, i > 0 ? gradients[next].base : nil,
        batch: batch)
      if i > 0 { current = next }
      times[i].backward += ContinuousClock.now - start
    }
  }

  /// dL/d examples of the last `lossAndGradient`, which leaves it out because training needs none.
  ///
  /// - Throws: what a plan throws.
  public func inputGradient(_ batch: Int) throws(ConvError) -> [S] {
    var dx = Array(repeating: S(0), count: batch * model.input.count)
    guard let first = layers.first else { return dx }
    let dy = gradients[current].base
    try dx.withUnsafeMutableBufferPointer { (dx) throws(ConvError) in
      try first.backward(values(0), values(1), dy, dx.baseAddress!, batch: batch)
    }
    return dx
  }
}

/// Memory of an output or a gradient.
private final class Storage<S: ConvScalar> {
  private let buffer: Buffer<S>
  let base: UnsafeMutablePointer<S>

  init(_ count: Int) throws(ConvError) {
    let made = try Buffer<S>(count)
    base = made.base
    buffer = made
  }
}

/// From a layer's value to the layer at work.
private enum LayerFactory {
  static func make<S: ConvScalar>(
    _ spec: LayerSpec, _ input: FeatureShape, _ output: FeatureShape, index: Int,
    _ construction: Construction<S>
  ) throws(ConvError) -> Layer<S> {
    let pool = construction.resources.pool
    switch spec {
    case .convolution(let f):
      return try convolution(.convolution, f, spec, input, output, index, construction)
    case .transposedConvolution(let f):
      return try convolution(.transposedConvolution, f, spec, input, output, index, construction)
    case .separableConvolution(let f):
      return try SeparableLayer(spec, f, input, output, index: index, construction)
    case .dense:
      return try dense(spec, input, output, index, construction)
    case .pooling(let kind, let window):
      return PoolingLayer(kind, window, spec, input, output, pool)
    case .globalPooling(let kind):
      let window = LayerSpec.Window(max(input.height, input.width))
      return PoolingLayer(kind, window, spec, input, output, pool)
    case .activation(.prelu): return PReLULayer(input, index: index, pool)
    case .activation(let kind): return ActivationLayer(kind, input, pool)
    case .softmax: return SoftmaxLayer(input, pool)
    case .batchNormalization: return BatchNormalizationLayer(input, index: index, pool)
    case .dropout(let rate):
      return DropoutLayer(rate, input, index: index, seed: construction.seed, pool)
    case .flatten: return FlattenLayer(input, pool)
    }
  }

  private static func convolution<S: ConvScalar>(
    _ operation: Operation, _ f: LayerSpec.Filters, _ spec: LayerSpec, _ input: FeatureShape,
    _ output: FeatureShape, _ index: Int, _ construction: Construction<S>
  ) throws(ConvError) -> Layer<S> {
    try ConvolutionLayer(spec, input, output, index: index, construction) {
      (batch, pass) throws(ConvError) in
      try f.problem(operation, on: input, batch: batch, pass: pass, scalar: S.kind)
    }
  }

  /// y[n, k] = sum over c of x[n, c] w[k, c] + b[k]: a 1x1 convolution of one channels-last row
  /// whose positions are the examples, and so a matrix product.
  private static func dense<S: ConvScalar>(
    _ spec: LayerSpec, _ input: FeatureShape, _ output: FeatureShape, _ index: Int,
    _ construction: Construction<S>
  ) throws(ConvError) -> Layer<S> {
    let plain = Construction<S>(
      resources: construction.resources, algorithm: construction.fallback,
      fallback: construction.fallback, initialization: construction.initialization,
      seed: construction.seed, classes: construction.classes)
    return try ConvolutionLayer(spec, input, output, index: index, plain) {
      (batch, pass) throws(ConvError) in
      try ConvProblem(
        inChannels: input.channels, outChannels: output.channels, axes: [Axis(batch)],
        pass: pass, bias: pass == .forward, layout: .nhwc, scalar: S.kind)
    }
  }
}
