import ConvCore

/// The second operand of a pass with the channels of each group replaced by one: their sum with
/// signs, and the sum of their squares.
struct SignedSums {
  let sums: [Double]
  let squares: [Double]

  /// Weights [outer][inner][tap], the channels of a group being `members` values of the outer index,
  /// or all of the inner one. Signs are those of the channels.
  init<S: ConvScalar>(
    weights w: [S], outer: Int, inner: Int, taps: Int, groups: Int, overOuter: Bool,
    _ signs: [Double]
  ) {
    let perGroup = outer / groups
    var sums = [Double](repeating: 0, count: (overOuter ? groups * inner : outer) * taps)
    var squares = sums
    for o in 0..<outer {
      let group = o / perGroup
      for i in 0..<inner {
        let sign = signs[overOuter ? o : group * inner + i]
        let to = (overOuter ? group * inner + i : o) * taps
        let from = (o * inner + i) * taps
        for t in 0..<taps {
          let value = Double(w[from + t])
          sums[to + t] += sign * value
          squares[to + t] += value * value
        }
      }
    }
    (self.sums, self.squares) = (sums, squares)
  }

  /// Data of as many channels as there are signs.
  init<S: ConvScalar>(
    data x: [S], _ layout: DataLayout, batch: Int, positions: Int, groups: Int, _ signs: [Double]
  ) {
    let channels = signs.count
    let perGroup = channels / groups
    var sums = [Double](repeating: 0, count: batch * groups * positions)
    var squares = sums
    for n in 0..<batch {
      for c in 0..<channels {
        let g = c / perGroup
        for p in 0..<positions {
          let isPlanar = layout == .nchw
          let from =
            isPlanar ? (n * channels + c) * positions + p : (n * positions + p) * channels + c
          let to = isPlanar ? (n * groups + g) * positions + p : (n * positions + p) * groups + g
          let value = Double(x[from])
          sums[to] += signs[c] * value
          squares[to] += value * value
        }
      }
    }
    (self.sums, self.squares) = (sums, squares)
  }
}
