import ConvCore

extension LayerSpec {
  /// Shape after this layer.
  ///
  /// - Throws: `ConvError.invalid` where the layer does not fit the shape.
  public func output(of shape: FeatureShape, classes: Int) throws(ConvError) -> FeatureShape {
    switch self {
    case .convolution(let f), .separableConvolution(let f):
      let p = try f.problem(.convolution, on: shape)
      return FeatureShape(channels: f.count, height: p.output.h, width: p.output.w)
    case .transposedConvolution(let f):
      let p = try f.problem(.transposedConvolution, on: shape)
      return FeatureShape(channels: f.count, height: p.output.h, width: p.output.w)
    case .pooling(_, let window):
      return FeatureShape(
        channels: shape.channels, height: try window.outputs(shape.height),
        width: try window.outputs(shape.width))
    case .globalPooling: return FeatureShape(channels: shape.channels)
    case .activation(.leakyReLU(let slope)), .activation(.elu(let slope)):
      guard slope >= 0 else { throw .invalid("a slope is at least 0, not \(slope)") }
      return shape
    case .activation, .softmax, .batchNormalization: return shape
    case .dropout(let rate):
      guard rate >= 0, rate < 1 else {
        throw .invalid("a dropout rate lies in 0 ..< 1, not \(rate)")
      }
      return shape
    case .flatten: return FeatureShape(channels: shape.count)
    case .dense(let units):
      guard shape.isFlat else {
        throw .invalid("a dense layer needs a flat input: put flatten before it")
      }
      guard units ?? classes >= 1 else { throw .invalid("a dense layer has at least 1 unit") }
      return FeatureShape(channels: units ?? classes)
    }
  }

  /// Numbers of parameters that are trained, and that are only tracked.
  public func parameters(on shape: FeatureShape, classes: Int) -> (trained: Int, tracked: Int) {
    switch self {
    case .convolution(let f), .transposedConvolution(let f):
      return (f.count * (shape.channels / f.groups * f.height * f.width) + f.count, 0)
    case .separableConvolution(let f):
      return (shape.channels * f.height * f.width + f.count * shape.channels + f.count, 0)
    case .batchNormalization: return (2 * shape.channels, 2 * shape.channels)
    case .dense(let units): return ((units ?? classes) * (shape.channels + 1), 0)
    case .activation(.prelu): return (shape.channels, 0)
    default: return (0, 0)
    }
  }

  /// What a summary calls it.
  public var title: String {
    switch self {
    case .convolution(let f): "conv \(f.count) \(f.height)x\(f.width)\(f.strideText)"
    case .transposedConvolution(let f):
      "transposed \(f.count) \(f.height)x\(f.width)\(f.strideText)"
    case .separableConvolution(let f): "separable \(f.count) \(f.height)x\(f.width)\(f.strideText)"
    case .pooling(let kind, let w):
      "\(kind.rawValue) pool \(w.size) /\(w.stride)\(w.isSame ? " same" : "")"
    case .globalPooling(let kind): "global \(kind.rawValue) pool"
    case .activation(let a): a.title
    case .softmax: "softmax"
    case .batchNormalization: "batch norm"
    case .dropout(let rate): "dropout \(rate)"
    case .flatten: "flatten"
    case .dense(let units): units.map { "dense \($0)" } ?? "dense (classes)"
    }
  }
}

extension LayerSpec.Activation {
  var title: String {
    switch self {
    case .relu: "relu"
    case .leakyReLU(let slope): "leaky relu \(slope)"
    case .prelu: "prelu"
    case .elu(let alpha): "elu \(alpha)"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    }
  }
}

extension LayerSpec.Filters {
  var strideText: String {
    (stride > 1 ? " /\(stride)" : "") + (dilation > 1 ? " rate \(dilation)" : "")
  }

  /// The convolution problem of these filters on one example of `shape`.
  ///
  /// - Throws: `ConvError.invalid` where they do not fit.
  public func problem(
    _ operation: Operation, on shape: FeatureShape, batch: Int = 1, pass: Pass = .forward,
    bias: Bool = true, scalar: ScalarKind = .f32
  ) throws(ConvError) -> ConvProblem {
    guard height >= 1, width >= 1, stride >= 1, dilation >= 1 else {
      throw .invalid("filters, stride and dilation must be at least 1")
    }
    func axis(_ n: Int, _ taps: Int, _ index: Int) throws(ConvError) -> Axis {
      var a = Axis(n, kernel: taps, stride: stride, dilation: dilation)
      (a.low, a.high) = try padding.sides(of: a, index: index, rank: 2, operation: operation)
      return a
    }
    return try ConvProblem(
      batch: batch, inChannels: shape.channels, outChannels: count, groups: groups,
      axes: [try axis(shape.height, height, 0), try axis(shape.width, width, 1)],
      operation: operation, pass: pass, border: border, bias: bias && pass == .forward,
      scalar: scalar)
  }
}

extension LayerSpec.Window {
  /// Number of windows along an axis of n.
  func outputs(_ n: Int) throws(ConvError) -> Int {
    guard size >= 1, stride >= 1 else {
      throw .invalid("a pooling window and its stride are at least 1")
    }
    if isSame { return (n + stride - 1) / stride }
    guard n >= size else {
      throw .invalid("a pooling window of \(size) is larger than the plane's \(n)")
    }
    return (n - size) / stride + 1
  }

  /// Zero positions before the first element: what is odd goes to the far side.
  func low(_ n: Int) -> Int {
    isSame ? max(0, ((n + stride - 1) / stride - 1) * stride + size - n) / 2 : 0
  }
}

extension Model {
  /// Shapes before each layer and after the last.
  ///
  /// - Throws: `ConvError.invalid` naming the layer that does not fit.
  public func shapes() throws(ConvError) -> [FeatureShape] {
    var shapes = [input]
    for (i, layer) in layers.enumerated() {
      do {
        shapes.append(try layer.output(of: shapes[i], classes: classes))
      } catch {
        throw .invalid("layer \(i + 1) (\(layer.title)) on \(shapes[i]): \(error)")
      }
    }
    return shapes
  }
}
