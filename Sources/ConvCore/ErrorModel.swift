/// How an algorithm's rounding errors arise: what the laboratory needs, together with the data, to
/// bound the error of every output (docs/Method.md derives the bounds).
///
/// A *model*, not a number: the same algorithm errs little on a smooth picture and much on one with
/// a spike, and the bound follows the data. u is the scalar's unit roundoff; lambda = 8 turns the
/// spread of independent roundings into a bound (it fails with a probability below 3e-14).
public enum ErrorModel: Sendable, Hashable {
  /// Computed in Double or better and rounded once: |error| <= u |y|.
  case roundedOnce
  /// Each output is one sum of products in the problem's scalar, `terms` of them, in chunks of
  /// `chunk` whose sums are then added up (`chunk` = `terms` for a plain running sum):
  /// |error| <= lambda u R, R^2 = the sum of all squared partial sums. Give the largest chunk.
  case summation(terms: Int, chunk: Int)
  /// Each output belongs to a tile and comes from transforms of it; see `TransformModel`.
  case transform(TransformModel)
  /// A lowered problem: a model for each part of `Lowering(problem, native:)`, in coordinates of
  /// the part's core problem.
  indirect case lowered(Native, parts: [ErrorModel])
  /// Errors of several steps, each on the result of the one before, added up.
  indirect case sum([ErrorModel])
}

/// Errors of an algorithm that transforms tiles of the input, multiplies in the transform domain,
/// sums over channels there and transforms back (FFT, Winograd).
///
/// With x_c what the tile reads of channel c, w_kc the kernel, y the tile's outputs in channel k,
/// |.| as `norm` says, and lambda = 8:
///
/// | norm          | bound of each output of the tile                                              |
/// |---------------|-------------------------------------------------------------------------------|
/// | `.meanSquare` | lambda u ((growth + sqrt(terms / 6)) X + (growth + sqrt(terms / 3)) Y) + u \|y\| |
/// | `.maximum`    | lambda u (growth (1 + sqrt(terms / 6)) X + sqrt(terms / 3) Y) + u \|y\|          |
///
/// where X^2 = sum over c of |x_c|^2 |w_kc|^2 and Y = |y|. In a weight gradient the tiles are those
/// of the reduction: X^2 = sum over batch and tiles of |x_c|^2 |dy_k|^2, Y = |w_kc| of the result.
///
/// `growth` is thus the root mean square of an output's error, in units of u, of one channel with
/// |x| = |w| = 1; lambda covers its tail, so it need not be generous.
public struct TransformModel: Sendable, Hashable {
  /// Which norm of a tile the growth factor multiplies.
  public enum Norm: Sendable, Hashable {
    /// |x|^2 = sum x^2 / N over the N points of `tileInput`, |w|^2 = max(sum w^2, (sum w)^2),
    /// |y|^2 the mean of y^2: for orthogonal transforms (FFT), whose errors spread evenly over the
    /// tile.
    case meanSquare
    /// Largest magnitudes: for transforms whose rows differ in scale (Winograd).
    case maximum
  }

  /// Extents of what a tile reads of the virtual (padded) input of the normal form: tile t reads
  /// from t * tileOutput on, zeros beyond the input. May exceed the input.
  public var tileInput: Extents
  /// Extents of the outputs that a tile yields, at stride 1: tile t covers outputs
  /// t * tileOutput ..< (t + 1) * tileOutput on each axis. In a weight gradient (`Role`) the part of
  /// the output gradient that a tile takes.
  public var tileOutput: Extents
  /// Root mean square error for unit norms: about 0.6 sqrt(log2 N) for each FFT of N points, a norm
  /// of the transformation matrices for Winograd.
  public var growth: Double
  /// Products summed in the transform domain: channels, or tiles times batch for a weight gradient.
  public var terms: Int
  /// Norm in which the tile is measured.
  public var norm: Norm

  /// All values.
  public init(
    tileInput: Extents, tileOutput: Extents, growth: Double, terms: Int, norm: Norm
  ) {
    self.tileInput = tileInput
    self.tileOutput = tileOutput
    self.growth = growth
    self.terms = terms
    self.norm = norm
  }
}
