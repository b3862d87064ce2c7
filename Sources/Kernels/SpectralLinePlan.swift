import ConvCore
import Glibc
import KernelShapes

/// Which passes transform a line of so many points.
public enum LinePasses {
  /// Points of the transforms that one codelet does.
  public static let codelets = [4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24]
  /// Points of the first of two passes.
  public static let firstPasses = [4, 6, 8, 16]

  /// Points of the first pass, 1 where there is one pass alone, nil where there is no such transform.
  ///
  /// The first pass of 8 points, where there is one, was the fastest in measurements of all.
  public static func first(_ size: Int) -> Int? {
    if size == 1 || codelets.contains(size) { return 1 }
    return [8, 6, 4, 16].first { size % $0 == 0 && codelets.contains(size / $0) }
  }

  /// Even sizes up to `largest`, for the axes of tiles.
  public static func evenSizes(upTo largest: Int) -> [Int] {
    stride(from: 4, through: largest, by: 2).filter { first($0) != nil }
  }

  /// Multiples of `unit` up to `largest`.
  public static func sizes(upTo largest: Int, unit: Int) -> [Int] {
    stride(from: unit, through: largest, by: unit).filter { first($0) != nil }
  }
}

/// The twiddle factors of a line of points.
public struct LinePlan<S: ConvScalar>: ~Copyable {
  private let size: Int, first: Int
  private let twiddles: Buffer<S>

  /// Plans `size` points, which must be one that `LinePasses` knows, or 1.
  ///
  /// - Throws: `ConvError.unsupported` for other sizes.
  public init(_ size: Int) throws(ConvError) {
    guard let first = LinePasses.first(size) else {
      throw .unsupported("there is no transform of \(size) points")
    }
    let twiddles = try Buffer<S>(Self.count(size, first))
    var next = 0
    for last in first > 1 ? [first, first / 2] : [] {
      for j in 0..<size / first {
        for k in 1..<last {
          let angle = -2 * Double.pi * Double(j * k) / Double(size)
          twiddles.base[next] = S(cos(angle))
          twiddles.base[next + 1] = S(sin(angle))
          next += 2
        }
      }
    }
    self.size = size
    self.first = first
    self.twiddles = twiddles
  }

  private static func count(_ size: Int, _ first: Int) -> Int {
    first == 1 ? 0 : 2 * (size / first) * (first - 1 + first / 2 - 1)
  }

  /// Bytes of the factors of a line of `size` points.
  public static func bytes(_ size: Int) -> Int {
    count(size, LinePasses.first(size) ?? 1) * MemoryLayout<S>.stride
  }

  /// As the kernels take it; valid as long as this plan.
  public var shape: LineShape<S> {
    let base = UnsafePointer(twiddles.base)
    return LineShape(
      size: size, first: first, twiddles: base,
      realTwiddles: base + 2 * (size / first) * (first - 1))
  }
}
