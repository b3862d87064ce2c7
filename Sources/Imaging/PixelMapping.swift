import ConvCore

/// How the results of a filter, which may be negative or beyond 1, become pixels from 0 to 1.
public enum PixelMapping: String, Sendable, CaseIterable {
  /// min(max(v, 0), 1).
  case clip
  /// min(|v|, 1): edges of both directions are bright.
  case abs
  /// (v - low) / (high - low) over all channels together: zero becomes some grey, the smallest
  /// value black and the largest white. Where all values are equal there is nothing to stretch, and
  /// they are clipped.
  case rescale

  /// The mapping of that name.
  ///
  /// - Throws: `ConvError.invalid` with the names that there are.
  public init(named name: String) throws(ConvError) {
    guard let mapping = Self(rawValue: name) else {
      throw .invalid("--map \(name): it must be clip, abs or rescale")
    }
    self = mapping
  }

  /// Every sample mapped to 0...1; NaN stays NaN, and is written as black.
  public func callAsFunction(_ picture: Picture) -> Picture {
    switch self {
    case .clip: return picture.map { min(max($0, 0), 1) }
    case .abs: return picture.map { min(Swift.abs($0), 1) }
    case .rescale:
      let (low, high) = picture.range
      guard high > low else { return PixelMapping.clip(picture) }
      return picture.map { min(max(($0 - low) / (high - low), 0), 1) }
    }
  }
}
