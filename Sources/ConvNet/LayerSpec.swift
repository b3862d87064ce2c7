import ConvCore

/// A layer as a value: what a model is written in, before anything is planned.
public enum LayerSpec: Hashable, Sendable {
  /// A convolution with a bias.
  case convolution(Filters)
  /// A transposed convolution with a bias; `same` gives stride times the extents.
  case transposedConvolution(Filters)
  /// A depthwise convolution without and a 1x1 convolution with a bias (CLASSROOM D7).
  case separableConvolution(Filters)
  /// The largest, or the mean, of each window (D11).
  case pooling(PoolingKind, Window)
  /// One value for each channel.
  case globalPooling(PoolingKind)
  /// A function of each value (D12).
  case activation(Activation)
  /// Over the classes.
  case softmax
  /// Mean 0 and variance 1 for each channel over the batch, then scale and shift (D13).
  case batchNormalization
  /// Sets a fraction of the values to zero in training, and scales the others up (D13).
  case dropout(Double)
  /// Forgets the plane.
  case flatten
  /// Every output from every input; nil units means as many as classes.
  case dense(Int?)

  /// Filters of a convolution.
  public struct Filters: Hashable, Sendable {
    /// Output channels.
    public var count: Int
    /// Taps along height and width.
    public var height: Int, width: Int
    /// Distance of outputs, and of taps (counted from 1).
    public var stride: Int, dilation: Int
    /// Padding by rule.
    public var padding: Padding
    /// Groups of channels.
    public var groups: Int
    /// What stands outside.
    public var border: Border

    /// Square or other filters; `same` unless said.
    public init(
      _ count: Int, height: Int = 3, width: Int? = nil, stride: Int = 1, dilation: Int = 1,
      padding: Padding = .same, groups: Int = 1, border: Border = .zeros
    ) {
      self.count = count
      self.height = height
      self.width = width ?? height
      self.stride = stride
      self.dilation = dilation
      self.padding = padding
      self.groups = groups
      self.border = border
    }
  }

  /// Which value stands for a window.
  public enum PoolingKind: String, Hashable, Sendable { case max, average }

  /// A pooling window.
  public struct Window: Hashable, Sendable {
    /// Its side, and the distance of windows.
    public var size: Int, stride: Int
    /// Whether partial windows at the far side count: ceil(n / stride) outputs.
    public var isSame: Bool

    /// Windows that touch unless a stride is given.
    public init(_ size: Int, stride: Int? = nil, isSame: Bool = false) {
      self.size = size
      self.stride = stride ?? size
      self.isSame = isSame
    }
  }

  /// Functions of one value.
  public enum Activation: Hashable, Sendable {
    /// max(x, 0).
    case relu
    /// x, or slope x where negative.
    case leakyReLU(Double)
    /// The same with a slope learnt for each channel.
    case prelu
    /// x, or alpha (exp(x) - 1) where negative.
    case elu(Double)
    /// 1 / (1 + exp(-x)).
    case sigmoid
    /// The hyperbolic tangent.
    case tanh
  }
}

/// A network as a value: input shape, layers, number of classes.
public struct Model: Hashable, Sendable {
  /// Its name.
  public var name: String
  /// Shape of one example.
  public var input: FeatureShape
  /// Layers in order; a softmax at the end is part of the loss in training.
  public var layers: [LayerSpec]
  /// Number of classes.
  public var classes: Int

  /// All of it.
  public init(name: String, input: FeatureShape, classes: Int, layers: [LayerSpec]) {
    self.name = name
    self.input = input
    self.classes = classes
    self.layers = layers
  }
}
