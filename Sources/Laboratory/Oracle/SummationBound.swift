import ConvCore

/// Bounds of sums of products (docs/Method.md derives them).
///
/// Roundings are taken as independent and of zero mean (Higham and Mary, "A new approach to
/// probabilistic rounding error analysis", SIAM J. Sci. Comput. 41, 2019): a sum with partial sums
/// s_j errs by at most lambda u sqrt(sum of s_j^2), but for a probability of 2 exp(-lambda^2 / 2).
struct SummationBound {
  /// Turns the root of a sum of squares into a bound: exceeded with a probability below 3e-14.
  static let lambda = 8.0

  /// Unit roundoff of the scalar, of sums in Double, and of the oracle.
  private let unit: Double, oracleUnit: Double
  /// What one operation may lose by underflow.
  private let tiny: Double

  init<S: ConvScalar>(_: S.Type, flushesDenormals: Bool = false) {
    unit = S.kind.unitRoundoff
    oracleUnit = Oracle<S>.roundoff
    tiny = Double(flushesDenormals ? S.leastNormalMagnitude : S.leastNonzeroMagnitude)
  }

  /// Of `terms` products in the scalar, added up in chunks of `chunk`.
  func sum(_ s: TermSum, terms n: Double, chunk: Double) -> Double {
    let r = chunked(s, n, min(chunk, n)) * orderFactor(s, n) + s.squares
    return Self.lambda * unit * r.squareRoot() + common(s, n)
  }

  /// Of a sum of `members` results with random signs, and of its projection in Double. `s` holds the
  /// root of the sum of their squared values, and the sum of all their squares of terms.
  func projected(_ s: TermSum, terms n: Double, chunk: Double, members m: Double, order: Double)
    -> Double
  {
    let r = chunked(s, n, min(chunk, n)) * order + s.squares
    return Self.lambda * unit * r.squareRoot()
      + projectedCommon(s, terms: n, members: m, order: order)
  }

  /// Of such a sum of results that were rounded once, plus what the projection itself errs: in its
  /// own sum, in the sums of weights, and in the sum of results.
  func projectedCommon(_ s: TermSum, terms n: Double, members m: Double, order: Double) -> Double {
    let own = chunked(s, n, n) * order + m * (s.squares + s.value * s.value)
    return unit * s.value + tiny * (n + 1) * m + 2 * Self.lambda * 0x1p-53 * own.squareRoot()
  }

  /// Of the same computed in Double and rounded once.
  func once(_ s: TermSum, terms n: Double) -> Double {
    Self.lambda * 0x1p-53 * plain(s, n) + common(s, n)
  }

  /// The final rounding, underflow, and the oracle's own error.
  func common(_ s: TermSum, _ n: Double) -> Double {
    unit * abs(s.value) + tiny * (n + 1) + Self.lambda * oracleUnit * plain(s, n)
  }

  private func plain(_ s: TermSum, _ n: Double) -> Double {
    (chunked(s, n, n) * orderFactor(s, n) + s.squares).squareRoot()
  }

  /// How much larger the partial sums are in the order of the data than in a random one; at least 1.
  func orderFactor(_ s: TermSum, _ n: Double) -> Double {
    let expected = chunked(s, n, n)
    return expected > 0 ? max(1, s.partials / expected) : 1
  }

  /// Expectation, over random orders, of the sum of squared partial sums of n terms in chunks of q.
  ///
  /// One run over terms with sum T1 and sum of squares T2 has n (T2 / 6 + T1^2 / 3). Chunks of q have
  /// sums whose squares add up to T2 (1 - q / n) + T1^2 q / n, and are the terms of a run themselves.
  private func chunked(_ s: TermSum, _ n: Double, _ q: Double) -> Double {
    let (total, squares) = (s.value * s.value, s.squares)
    guard q < n else { return n * (squares / 6 + total / 3) }
    let chunkSquares = squares * (1 - q / n) + total * q / n
    let within = q * (squares / 6 + chunkSquares / 3)
    return within + (n / q).rounded(.up) * (chunkSquares / 6 + total / 3)
  }
}
