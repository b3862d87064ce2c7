import ConvCore

extension ToomCook {
  /// How much the transforms of several axes may enlarge rounding errors, multiplied over the axes:
  /// max over i of sqrt(sum over f of A_if^2 |G_f|^2 |B_f|^2), and in a weight gradient
  /// max over k of sqrt(sum over f of G_fk^2 |A_f|^2 |B_f|^2). docs/Winograd.md derives it.
  static func growth(_ axes: [ToomCook], _ role: Role) -> Double {
    axes.reduce(1) { product, f in
      let a = f.output.map { $0.map(\.value) }
      let g = f.weight.map { $0.map(\.value) }
      let points = 0..<f.points
      let columns = points.map { j in a.map { $0[j] } }
      // Rows of what is applied last, and of what is applied to the two operands.
      let last = role == .correlation ? a : (0..<f.taps).map { k in g.map { $0[k] } }
      let second = (role == .correlation ? g : columns).map(norm)
      let first = f.input.map { norm($0.map(\.value)) }
      let rows = last.map { row in norm(points.map { row[$0] * second[$0] * first[$0] }) }
      return product * (rows.max() ?? 1)
    }
  }

  private static func norm(_ row: [Double]) -> Double {
    row.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Operations of one line of B^T: an addition for each entry after the first in a row, and a
  /// multiplication for each that is not +-1.
  var inputOperations: Double { Self.operations(input) }

  /// Of A^T.
  var outputOperations: Double { Self.operations(output) }

  /// Of A.
  var adjointOperations: Double { Self.operations(Self.transposed(output)) }

  /// Of G^T.
  var weightAdjointOperations: Double { Self.operations(Self.transposed(weight)) }

  private static func transposed(_ matrix: [[Fraction]]) -> [[Fraction]] {
    matrix[0].indices.map { column in matrix.map { $0[column] } }
  }

  private static func operations(_ matrix: [[Fraction]]) -> Double {
    let entries = matrix.map { $0.filter { $0 != Fraction(0) } }
    return entries.reduce(0) { sum, row in
      let factors = row.filter { $0 != Fraction(1) && $0 != Fraction(-1) }
      return sum + Double(max(0, row.count - 1) + factors.count)
    }
  }
}
