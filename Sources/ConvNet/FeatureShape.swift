/// Shape of one example as it flows through a network: channels and a plane.
public struct FeatureShape: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Channels; all features of a flat shape.
  public var channels: Int
  /// Plane; 1 x 1 for a flat shape.
  public var height: Int, width: Int

  /// Channels on a plane.
  public init(channels: Int, height: Int = 1, width: Int = 1) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Number of features.
  public var count: Int { channels * height * width }

  /// Whether it has no plane.
  public var isFlat: Bool { height == 1 && width == 1 }

  /// Height x width x channels, as the lecture notes write it; the count where it is flat.
  public var description: String { isFlat ? "\(channels)" : "\(height)x\(width)x\(channels)" }
}
