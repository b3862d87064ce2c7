/// The scalar types that problems are computed in.
public enum ScalarKind: String, Hashable, Codable, Sendable, CaseIterable {
  case f32, f64

  /// Size of one element in bytes.
  public var byteCount: Int { self == .f32 ? 4 : 8 }

  /// Unit roundoff u: half the distance from 1 to the next number, 2^-24 or 2^-53.
  public var unitRoundoff: Double { self == .f32 ? 0x1p-24 : 0x1p-53 }
}

/// A scalar that convolutions are computed in: `Float` or `Double`.
public protocol ConvScalar: BinaryFloatingPoint, SIMDScalar, BitwiseCopyable, Codable, Sendable
where SIMDMaskScalar: Sendable {
  /// Which of the two it is, as a value.
  static var kind: ScalarKind { get }

  /// The value in Double, exactly. A witness, since `Double(x)` of an unspecialised generic x takes
  /// its bits apart.
  var inDouble: Double { get }

  /// Asks `algorithm` for a plan in this scalar.
  ///
  /// A witness for each type, so that the algorithm's factory is compiled for a concrete scalar:
  /// code reached through an erased generic runs hundreds of times slower.
  static func plan(
    _ algorithm: any ConvAlgorithm, _ problem: ConvProblem, _ resources: Resources
  ) throws(ConvError) -> Plan<Self>
}

extension Float: ConvScalar {
  /// `f32`.
  public static var kind: ScalarKind { .f32 }

  /// The value in Double, exactly.
  @inlinable public var inDouble: Double { Double(self) }

  /// Asks for a plan in this scalar.
  public static func plan(
    _ algorithm: any ConvAlgorithm, _ problem: ConvProblem, _ resources: Resources
  ) throws(ConvError) -> Plan<Float> {
    try algorithm.plan(problem, resources, as: Float.self)
  }
}

extension Double: ConvScalar {
  /// `f64`.
  public static var kind: ScalarKind { .f64 }

  /// The value itself.
  @inlinable public var inDouble: Double { self }

  /// Asks for a plan in this scalar.
  public static func plan(
    _ algorithm: any ConvAlgorithm, _ problem: ConvProblem, _ resources: Resources
  ) throws(ConvError) -> Plan<Double> {
    try algorithm.plan(problem, resources, as: Double.self)
  }
}
