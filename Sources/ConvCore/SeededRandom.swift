/// A random sequence that is read at any index: value i depends on the seed, the stream and i alone.
///
/// So data are the same on any number of threads and in any order of filling, and one element can
/// be had without the others. SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", 2014) with a counter for state.
public struct SeededRandom: Sendable, Hashable {
  private let start: UInt64

  /// The sequence of a seed; streams of one seed are independent of each other.
  public init(seed: UInt64, stream: UInt64 = 0) {
    start = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15 &* (stream &+ 1))
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// 64 random bits.
  @inline(__always)
  public func bits(at index: Int) -> UInt64 {
    Self.mix(start &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(bitPattern: Int64(index)) &+ 1))
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  @inline(__always)
  public func unit(at index: Int) -> Double { Double(bits(at: index) >> 11) * 0x1p-53 }

  /// Uniform among the integers of a range.
  @inline(__always)
  public func integer(at index: Int, in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(bits(at: index).multipliedFullWidth(by: UInt64(range.count)).high)
  }
}
