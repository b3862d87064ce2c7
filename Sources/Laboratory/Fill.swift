import ConvCore
import Glibc

/// What operands are filled with: ordinary data, and data that stress an algorithm.
///
/// The data operand of a pass takes the filling; weights, and the second operand of a weight
/// gradient, stay ordinary where otherwise results would be trivial. All values follow from the
/// seed, the operand and the index alone.
public enum Fill: String, Sendable, Codable, CaseIterable {
  /// Uniform in [-1, 1).
  case uniform
  /// Normal, mean 0, deviation 1: a larger dynamic range.
  case normal
  /// Small integers, so that sums are exact; weights are multiples of 4 (exact in F(2, 3) too).
  case integers
  /// Uniform, and one element of 1e6 in the middle.
  case spike
  /// Uniform plus a constant of 100; weights sum to zero in each channel (an offset that cancels).
  case dc
  /// Magnitudes about the smallest normal number, most of them denormal; ordinary weights.
  case denormal
  /// All zeros; ordinary weights.
  case zeros
  /// Uniform with one NaN, one infinity and one negative infinity.
  case nan
}

extension Fill {
  /// Largest magnitude of integer data; weights are 4 times an integer of at most
  /// `integerWeight / 4`.
  static let integerData = 2, integerWeight = 4

  /// Fills the operand that carries the filling.
  func data<S: ConvScalar>(_ count: Int, _ random: SeededRandom, as: S.Type) -> [S] {
    switch self {
    case .uniform: return Self.make(count) { S(2 * random.unit(at: $0) - 1) }
    case .normal: return Self.make(count) { S(Self.normal(random, $0)) }
    case .integers:
      let range = -Self.integerData...Self.integerData
      return Self.make(count) { S(random.integer(at: $0, in: range)) }
    case .spike:
      var values = Fill.uniform.data(count, random, as: S.self)
      if count > 0 { values[Self.middle(count)] = 1e6 }
      return values
    case .dc: return Self.make(count) { S(100 + 2 * random.unit(at: $0) - 1) }
    case .denormal:
      let unit = 4 * Double(S.leastNormalMagnitude)
      return Self.make(count) {
        let u = 2 * random.unit(at: $0) - 1
        return S(u * u * u * unit)
      }
    case .zeros: return Array(repeating: 0, count: count)
    case .nan:
      var values = Fill.uniform.data(count, random, as: S.self)
      for (i, special) in [S.nan, .infinity, -.infinity].enumerated() where count > 0 {
        values[random.integer(at: count + i, in: 0...(count - 1))] = special
      }
      return values
    }
  }

  /// Fills weights, or the second operand of a weight gradient. `taps` is the number of elements of
  /// one channel's kernel.
  func weights<S: ConvScalar>(_ count: Int, taps: Int, _ random: SeededRandom, as: S.Type) -> [S] {
    switch self {
    case .uniform, .spike, .denormal, .zeros, .nan:
      return Fill.uniform.data(count, random, as: S.self)
    case .normal: return data(count, random, as: S.self)
    case .integers:
      let range = -(Self.integerWeight / 4)...(Self.integerWeight / 4)
      return Self.make(count) { S(4 * random.integer(at: $0, in: range)) }
    case .dc:
      // Multiples of 2^-8, so that they cancel exactly.
      var values = Self.make(count) { S((random.unit(at: $0) * 512).rounded() / 256 - 1) }
      for start in stride(from: 0, to: count, by: max(1, taps)) where taps > 1 {
        let sum = values[(start + 1)..<(start + taps)].reduce(0, +)
        values[start] = -sum
      }
      return values
    }
  }

  private static func make<S>(_ count: Int, _ value: (Int) -> S) -> [S] {
    [S](unsafeUninitializedCapacity: count) { buffer, made in
      for i in 0..<count { buffer.initializeElement(at: i, to: value(i)) }
      made = count
    }
  }

  /// An index about the middle that is no multiple of a power of two.
  private static func middle(_ count: Int) -> Int { min(count - 1, count / 2 + count / 37) }

  /// Box and Muller's transformation of two uniform numbers.
  private static func normal(_ random: SeededRandom, _ i: Int) -> Double {
    let radius = (-2 * log(1 - random.unit(at: 2 * i))).squareRoot()
    return radius * cos(2 * Double.pi * random.unit(at: 2 * i + 1))
  }
}
