import ConvCore

extension Verification {
  /// Whether a result of integer data is the exact integers, or nil where rounding may rightly make
  /// it another: no proof, no verdict.
  ///
  /// Sums of products must be equal as they are, if no partial sum can leave the integers that the
  /// scalar holds; results of transforms must be equal after rounding to the nearest integer, if
  /// their bound is below a half.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func isExact(_ result: UnsafeBufferPointer<S>, _ model: ErrorModel) -> Bool? {
    // Every term is an integer, so its magnitude is at most its square; 2^24 - 2^23: a margin of two.
    let limit = 0.5 / S.kind.unitRoundoff
    let bounds = model.isSummation ? nil : evaluator(result, model)
    let chunk = 4096
    let chunks = (oracle.count + chunk - 1) / chunk
    var verdicts = [IntegerVerdict](repeating: .exact, count: chunks)
    verdicts.withUnsafeMutableBufferPointer { verdicts in
      let verdicts = verdicts.baseAddress!
      pool.run(chunks) { item, _ in
        for i in item * chunk..<min(oracle.count, (item + 1) * chunk) {
          let (index, sum) = (oracle.index(i), oracle.sums[i])
          let value = Double(result[index])
          let isProved = bounds.map { $0.bound(index, sum) < 0.5 } ?? (sum.squares <= limit)
          if !isProved {
            verdicts[item] = .unproved
            return
          }
          let isEqual = (bounds == nil ? value : value.rounded()) == sum.value
          if !isEqual { verdicts[item] = .wrong }
        }
      }
    }
    if verdicts.contains(.unproved) { return nil }
    return !verdicts.contains(.wrong)
  }
}

/// What integers say of some results.
private enum IntegerVerdict {
  case exact, wrong, unproved
}

extension ErrorModel {
  /// Whether results are plain sums of products.
  fileprivate var isSummation: Bool {
    switch self {
    case .roundedOnce, .summation: true
    case .transform: false
    case .lowered(_, let models), .sum(let models): models.allSatisfy(\.isSummation)
    }
  }
}
