import ConvCore

/// Kernels written as sums of products of vectors along the axes:
/// w[k, d, h, x] = sum over r < rank of a[k, r, d] b[k, r, h] c[k, r, x].
///
/// For kernels of one channel for each output (images, depthwise). In two dimensions the terms are
/// the singular values of the kernel as a matrix; in three only rank 1 is looked for.
struct KernelFactors {
  /// Terms that every kernel is given; kernels of lower rank get zeros.
  let rank: Int
  /// Factors along depth, height and width: [k][r][tap], flattened.
  let factors: [[Double]]

  /// Factors `weights`, K kernels of extents `e`.
  ///
  /// A singular value counts where it exceeds max(e) u times the largest: below, it is rounding.
  /// - Throws: `ConvError.unsupported` where more than `limit` terms are needed.
  init(_ weights: [Double], _ e: Extents, unitRoundoff u: Double, limit: Int) throws(ConvError) {
    let count = weights.count / e.count
    let tolerance = Double(max(e.d, e.h, e.w)) * u
    var perKernel: [[(d: [Double], h: [Double], w: [Double])]] = []
    for k in 0..<count {
      let kernel = Array(weights[(k * e.count)..<((k + 1) * e.count)])
      perKernel.append(try Self.terms(kernel, e, tolerance))
    }
    let rank = max(1, perKernel.map(\.count).max() ?? 1)
    guard rank <= limit else {
      throw .unsupported(
        "the kernel has rank \(rank) to working precision, and more than \(limit) column-row "
          + "pairs take more multiplications than the kernel itself")
    }
    self.rank = rank
    var lists: [[Double]] = [[], [], []]
    for terms in perKernel {
      for r in 0..<rank {
        let t = r < terms.count ? terms[r] : nil
        lists[0] += t?.d ?? Array(repeating: 0, count: e.d)
        lists[1] += t?.h ?? Array(repeating: 0, count: e.h)
        lists[2] += t?.w ?? Array(repeating: 0, count: e.w)
      }
    }
    factors = lists
  }

  private static func terms(_ kernel: [Double], _ e: Extents, _ tolerance: Double)
    throws(ConvError) -> [(d: [Double], h: [Double], w: [Double])]
  {
    guard e.d > 1 else {
      let s = SingularValues(kernel, rows: e.h, columns: e.w)
      return (0..<s.rank(tolerance: tolerance)).map { ([1], s.columns[$0], s.rows[$0]) }
    }
    let outer = SingularValues(kernel, rows: e.d, columns: e.h * e.w)
    let outerRank = outer.rank(tolerance: tolerance)
    if outerRank == 0 { return [] }
    let inner = SingularValues(outer.rows[0], rows: e.h, columns: e.w)
    guard outerRank == 1, inner.rank(tolerance: tolerance) == 1 else {
      throw .unsupported(
        "a kernel of three axes must be one product of three vectors, and it is not")
    }
    return [(outer.columns[0], inner.columns[0], inner.rows[0])]
  }
}
