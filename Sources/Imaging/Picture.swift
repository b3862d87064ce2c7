import ConvCore

/// A picture: planes of Float, one for each channel, each row by row from top to bottom.
///
/// 0 is black and 1 is white. The result of a filter may lie outside; `PixelMapping` brings it back
/// before it is written. One channel is grey, three are red, green and blue.
public struct Picture: Hashable, Sendable {
  /// Pixels in a row.
  public let width: Int
  /// Number of rows.
  public let height: Int
  /// Number of planes.
  public let channels: Int
  /// Channel, row, column: `channels * height * width` values.
  public var samples: [Float]

  /// The most samples that a picture may have, 2^28: 1 GiB.
  public static let mostSamples = 1 << 28

  /// A picture of given samples, in the order channel, row, column.
  ///
  /// - Throws: `ConvError.invalid` unless the extents are positive, at most `mostSamples` in all,
  ///   and there are as many samples.
  public init(width: Int, height: Int, channels: Int = 1, samples: [Float]) throws(ConvError) {
    let count = try Self.count(width, height, channels)
    guard samples.count == count else {
      throw .invalid(
        "\(width) x \(height) pixels of \(channels) channels are \(count) samples, "
          + "but \(samples.count) were given")
    }
    self.init(unchecked: width, height, channels, samples)
  }

  /// A picture of one value.
  ///
  /// - Throws: `ConvError.invalid` as the other initialiser.
  public init(
    width: Int, height: Int, channels: Int = 1, filledWith value: Float = 0
  ) throws(ConvError) {
    let count = try Self.count(width, height, channels)
    self.init(unchecked: width, height, channels, Array(repeating: value, count: count))
  }

  init(unchecked width: Int, _ height: Int, _ channels: Int, _ samples: [Float]) {
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }

  /// Number of samples, checked without overflow.
  static func count(_ width: Int, _ height: Int, _ channels: Int) throws(ConvError) -> Int {
    let side = 1...mostSamples
    guard side.contains(width), side.contains(height), side.contains(channels),
      width * height <= mostSamples / channels
    else {
      throw .invalid(
        "a picture of \(width) x \(height) pixels with \(channels) channels: "
          + "it must have from 1 to \(mostSamples) samples")
    }
    return width * height * channels
  }

  /// Samples of one plane.
  public var planeCount: Int { width * height }

  /// One sample.
  public subscript(channel: Int, row: Int, column: Int) -> Float {
    get { samples[(channel * height + row) * width + column] }
    set { samples[(channel * height + row) * width + column] = newValue }
  }

  /// The same extents with other samples.
  func with(_ samples: [Float]) -> Picture { Picture(unchecked: width, height, channels, samples) }

  /// Each sample replaced by a function of it.
  public func map(_ change: (Float) -> Float) -> Picture { with(samples.map(change)) }

  /// Smallest and largest sample; NaN is passed over, and a picture of nothing else gives 0 and 0.
  public var range: (low: Float, high: Float) {
    var (low, high) = (Float.infinity, -Float.infinity)
    for v in samples where !v.isNaN {
      low = min(low, v)
      high = max(high, v)
    }
    return low <= high ? (low, high) : (0, 0)
  }
}

extension Picture {
  /// Height x width, channels x height x width, or 1 x channels x height x width.
  ///
  /// - Throws: `ConvError.invalid` for another shape.
  public init(_ tensor: Tensor<Float>) throws(ConvError) {
    let s = tensor.shape
    switch s.count {
    case 2: try self.init(width: s[1], height: s[0], samples: tensor.elements)
    case 3: try self.init(width: s[2], height: s[1], channels: s[0], samples: tensor.elements)
    case 4 where s[0] == 1:
      try self.init(width: s[3], height: s[2], channels: s[1], samples: tensor.elements)
    default:
      throw .invalid("shape \(s) is no picture: it must be [h, w], [c, h, w] or [1, c, h, w]")
    }
  }

  /// Shape 1, channels, height, width: an input of one picture.
  public var tensor: Tensor<Float> {
    var t = Tensor<Float>([1, channels, height, width])
    t.elements = samples
    return t
  }
}
