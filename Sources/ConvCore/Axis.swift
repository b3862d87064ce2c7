/// One spatial axis of a problem. Dilation is counted from 1.
public struct Axis: Hashable, Codable, Sendable {
  /// Extent of the input.
  public var input: Int
  /// Number of taps of the kernel.
  public var kernel: Int
  /// Distance between the windows of two neighbouring outputs.
  public var stride: Int
  /// Distance between two neighbouring taps; 1 is an ordinary kernel.
  public var dilation: Int
  /// Padding before the first element; negative crops.
  public var low: Int
  /// Padding after the last element; negative crops.
  public var high: Int
  /// Extra outputs at the far side of a transposed convolution.
  public var outputPadding: Int

  /// An axis; whatever is left out is the neutral value.
  public init(
    _ input: Int = 1, kernel: Int = 1, stride: Int = 1, dilation: Int = 1, low: Int = 0,
    high: Int = 0, outputPadding: Int = 0
  ) {
    self.input = input
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.low = low
    self.high = high
    self.outputPadding = outputPadding
  }

  /// The largest extent that an axis may have, so that positions fit 32 bits.
  public static let largest = Int(Int32.max)

  /// Extent of the input with its padding.
  public var paddedExtent: Int { input + low + high }

  /// Extent of what the kernel covers: (kernel - 1) dilation + 1.
  public var reach: Int { (kernel - 1) * dilation + 1 }

  /// Extent of the output of `operation`.
  public func output(_ operation: Operation) -> Int {
    switch operation {
    case .convolution: (input + low + high - reach) / stride + 1
    case .transposedConvolution: (input - 1) * stride + reach - low - high + outputPadding
    }
  }
}

/// Extents of depth, height and width; absent axes count 1.
public struct Extents: Hashable, Codable, Sendable {
  /// Depth.
  public var d: Int
  /// Height.
  public var h: Int
  /// Width.
  public var w: Int

  /// Depth, height and width.
  public init(_ d: Int, _ h: Int, _ w: Int) {
    self.d = d
    self.h = h
    self.w = w
  }

  /// 1 x 1 x 1.
  public static let one = Extents(1, 1, 1)

  /// Number of positions.
  public var count: Int { d * h * w }

  /// Depth, height and width, by index 0, 1, 2.
  public subscript(axis: Int) -> Int {
    get { axis == 0 ? d : axis == 1 ? h : w }
    set {
      switch axis {
      case 0: d = newValue
      case 1: h = newValue
      default: w = newValue
      }
    }
  }

  /// Made from a function of the axis index 0, 1, 2.
  public init(_ value: (Int) -> Int) { self.init(value(0), value(1), value(2)) }
}
