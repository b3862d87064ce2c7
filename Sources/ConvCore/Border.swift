/// What stands outside the input: the values that padding takes.
///
/// For the row `a b c d`, with the names that others use:
///
/// | case        | row                     | NumPy       | SciPy ndimage       | PyTorch     | OpenCV        |
/// |-------------|-------------------------|-------------|---------------------|-------------|---------------|
/// | `zeros`     | `0 0 \| a b c d \| 0 0` | `constant`  | `constant`          | `zeros`     | `CONSTANT`    |
/// | `reflect`   | `c b \| a b c d \| c b` | `reflect`   | `mirror`            | `reflect`   | `REFLECT_101` |
/// | `symmetric` | `b a \| a b c d \| d c` | `symmetric` | `reflect`           | -           | `REFLECT`     |
/// | `replicate` | `a a \| a b c d \| d d` | `edge`      | `nearest`           | `replicate` | `REPLICATE`   |
/// | `circular`  | `c d \| a b c d \| a b` | `wrap`      | `grid-wrap`, `wrap` | `circular`  | `WRAP`        |
public enum Border: String, Hashable, Codable, Sendable, CaseIterable {
  case zeros, reflect, symmetric, replicate, circular

  /// The input element that stands at position `i` of an axis of `n`, or nil for a zero.
  ///
  /// The one place that knows borders: everything else asks here. `i` may lie at most
  /// `widest(n)` outside.
  public func source(_ i: Int, _ n: Int) -> Int? {
    if i >= 0 && i < n { return i }
    switch self {
    case .zeros: return nil
    case .replicate: return i < 0 ? 0 : n - 1
    case .circular: return ((i % n) + n) % n
    case .reflect: return i < 0 ? -i : 2 * (n - 1) - i
    case .symmetric: return i < 0 ? -i - 1 : 2 * n - 1 - i
    }
  }

  /// How far outside an axis of `n` elements this border is defined.
  public func widest(_ n: Int) -> Int {
    switch self {
    case .zeros, .replicate: Int.max
    case .reflect: n - 1
    case .symmetric, .circular: n
    }
  }
}
