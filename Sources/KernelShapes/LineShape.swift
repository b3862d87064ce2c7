/// A one-dimensional transform of a fixed number of points: one codelet, or two passes of them.
///
/// In two passes n = a b: b transforms of a points, every b-th one, turned by twiddle factors, then a
/// transforms of b points.
public struct LineShape<S> {
  /// n; 1 for an axis that is not transformed.
  public let size: Int
  /// a, or 1 where one codelet does it.
  public let first: Int
  /// For each j < b the factors exp(-2 pi i j k / n), cosine and sine: of k = 1..<a, and for real
  /// lines of k = 1..<a / 2. Not read where `first` is 1.
  public let twiddles: UnsafePointer<S>, realTwiddles: UnsafePointer<S>

  /// All values.
  public init(
    size: Int, first: Int, twiddles: UnsafePointer<S>, realTwiddles: UnsafePointer<S>
  ) {
    self.size = size
    self.first = first
    self.twiddles = twiddles
    self.realTwiddles = realTwiddles
  }

  /// b.
  @inlinable public var second: Int { size / first }
}
