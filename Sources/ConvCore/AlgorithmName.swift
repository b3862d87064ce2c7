/// The name of an algorithm: a family and a variant of it, written `winograd:f4`.
public struct AlgorithmName: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The family: `direct`, `im2col`, `fft`.
  public let family: String
  /// What distinguishes it within the family; empty for the default.
  public let variant: String

  /// A name from its parts.
  public init(_ family: String, variant: String = "") {
    self.family = family
    self.variant = variant
  }

  /// `family` or `family:variant`.
  public var description: String { variant.isEmpty ? family : "\(family):\(variant)" }
}
