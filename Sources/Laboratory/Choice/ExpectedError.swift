import ConvCore
import Glibc

extension Estimate {
  /// The relative error in the Euclidean norm that the algorithm's error model expects of data and
  /// weights drawn uniformly from (-1, 1): what algorithms are compared by before there are data.
  ///
  /// A sum of n products in chunks of c errs by u sqrt((c + n / c) / 6) of its result (every partial
  /// sum is rounded, and partial sums grow like square roots); a transform by its growth factor,
  /// without the factor 8 that makes it a bound. An estimate within a factor of about five, not a
  /// bound: verification judges results.
  public func expectedError(_ scalar: ScalarKind) -> Double {
    scalar.unitRoundoff * max(0.5, Self.inRoundoffs(error))
  }

  private static func inRoundoffs(_ model: ErrorModel) -> Double {
    switch model {
    case .roundedOnce: return 0.5
    case .summation(let terms, let chunk):
      let (n, c) = (Double(max(1, terms)), Double(max(1, min(chunk, terms))))
      return ((c + n / c) / 6).squareRoot()
    case .transform(let t):
      let terms = Double(max(1, t.terms))
      switch t.norm {
      case .meanSquare:
        return t.growth / 4 * 2 + (terms / 6).squareRoot() + (terms / 3).squareRoot()
      case .maximum:
        // Largest magnitudes are 1; a result is sqrt(terms taps / 9) in the mean square.
        let taps = Double(
          (0..<3).reduce(1) { $0 * max(1, t.tileInput[$1] - t.tileOutput[$1] + 1) })
        let largest = 3 / taps.squareRoot()
        return t.growth * (1 / terms.squareRoot() + (1.0 / 6).squareRoot()) * largest
          + (terms / 3).squareRoot()
      }
    case .lowered(_, let parts): return parts.map(inRoundoffs).max() ?? 0.5
    case .sum(let steps):
      return steps.reduce(0) { $0 + inRoundoffs($1) * inRoundoffs($1) }.squareRoot()
    }
  }
}
