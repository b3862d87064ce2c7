/// How an algorithm's rounding errors arise: what the laboratory needs, together with the data's
/// norms, to bound the error of every output (docs/Method.md derives the bounds).
///
/// A *model*, not a number: the same algorithm errs little on a smooth picture and much on one with
/// a spike, and the bound follows the data.
public enum ErrorModel: Sendable, Hashable {
  /// Computed in Double or better and rounded once.
  case roundedOnce
  /// Each output is one sum of products in the problem's scalar, `terms` of them, in chunks of
  /// `chunk` whose sums are then added up (`chunk` = `terms` for a plain running sum).
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
/// The error of an output is modelled as
/// u (growth sqrt(sum_c |x_c|^2 |w_c|^2) + sqrt(terms) |y|) where |x_c| is a norm of what the tile
/// reads of channel c, and terms the number of products summed in the transform domain.
public struct TransformModel: Sendable, Hashable {
  /// Which norm of a tile the growth factor multiplies.
  public enum Norm: Sendable, Hashable {
    /// Euclidean norm over the tile divided by the root of the number of its points: for
    /// orthogonal transforms (FFT), whose errors spread evenly over the tile.
    case meanSquare
    /// Largest magnitude: for transforms whose rows differ in scale (Winograd).
    case maximum
  }

  /// Extents of what a tile reads of the virtual (padded) input of the normal form.
  public var tileInput: Extents
  /// Extents of the outputs that a tile yields, at stride 1: tile t covers outputs
  /// t * tileOutput ..< (t + 1) * tileOutput on each axis.
  public var tileOutput: Extents
  /// Factor from the transforms: c sqrt(log2 N) for an FFT of N points, a norm of the
  /// transformation matrices for Winograd.
  public var growth: Double
  /// Products summed in the transform domain: channels, times tiles and batch for a weight gradient.
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
