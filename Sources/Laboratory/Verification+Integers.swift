import ConvCore

extension Verification {
  /// Whether a result of integer data is the exact integers, or nil where rounding may rightly make
  /// it another: no proof, no verdict.
  ///
  /// Sums of products must be equal as they are, if no partial sum can leave the integers that the
  /// scalar holds; results of transforms must be equal after rounding to the nearest integer, if
  /// their bound is below a half.
  func isExact(_ result: UnsafeBufferPointer<S>, _ model: ErrorModel) -> Bool? {
    let bounds = evaluator(result, model)
    let isSummed = model.isSummation
    let limit = 0.5 / S.kind.unitRoundoff  // 2^24 - 2^23: a margin of two
    var exact = true
    for i in 0..<oracle.count {
      let (index, sum) = (oracle.index(i), oracle.sums[i])
      let value = Double(result[index])
      if isSummed {
        // Every term is an integer, so its magnitude is at most its square.
        guard sum.squares <= limit else { return nil }
        exact = exact && value == sum.value
      } else {
        guard bounds.bound(index, sum) < 0.5 else { return nil }
        exact = exact && value.rounded() == sum.value
      }
    }
    return exact
  }
}

extension ErrorModel {
  /// Whether results are plain sums of products.
  var isSummation: Bool {
    switch self {
    case .roundedOnce, .summation: true
    case .transform: false
    case .lowered(_, let models), .sum(let models): models.allSatisfy(\.isSummation)
    }
  }
}
