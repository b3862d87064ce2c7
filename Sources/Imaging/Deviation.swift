import ConvCore

/// How far one picture is from another of the same extents.
public struct Deviation: Hashable, Sendable {
  /// Largest difference of two samples; NaN where one of them is.
  public var maximum: Double
  /// Euclidean norm of the differences over that of the other picture.
  public var relative: Double
  /// Samples that differ once both are mapped and rounded to 8 bits, as they would be written.
  public var pixels: Int

  /// All values.
  public init(maximum: Double, relative: Double, pixels: Int) {
    self.maximum = maximum
    self.relative = relative
    self.pixels = pixels
  }
}

extension Picture {
  /// How far this picture is from `other`, which counts as the true one.
  ///
  /// - Throws: `ConvError.invalid` where extents differ.
  public func deviation(from other: Picture, _ mapping: PixelMapping) throws(ConvError)
    -> Deviation
  {
    guard (width, height, channels) == (other.width, other.height, other.channels) else {
      throw .invalid(
        "\(width) x \(height) pixels of \(channels) channels cannot be held against "
          + "\(other.width) x \(other.height) of \(other.channels)")
    }
    var (maximum, squares, norm) = (0.0, 0.0, 0.0)
    for (mine, theirs) in zip(samples, other.samples) {
      let difference = abs(Double(mine) - Double(theirs))
      if !(difference <= maximum) { maximum = maximum.isNaN ? maximum : difference }
      squares += difference * difference
      norm += Double(theirs) * Double(theirs)
    }
    let pairs = zip(mapping(self).levels(UInt8.self), mapping(other).levels(UInt8.self))
    return Deviation(
      maximum: maximum, relative: norm > 0 ? (squares / norm).squareRoot() : squares.squareRoot(),
      pixels: pairs.reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) })
  }
}
