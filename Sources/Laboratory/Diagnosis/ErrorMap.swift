import ConvCore

/// Where the wrong results lie.
struct ErrorMap {
  private let shape: ResultShape
  private let places: [Terms.Place]
  private let total: Int
  private let outerCount: Int
  /// What outer and inner index are called.
  private let outerName: String, innerName: String

  init<S>(_ mismatch: Mismatch<S>) {
    shape = mismatch.shape
    total = mismatch.result.count
    let shape = shape
    places = mismatch.wrong.map { shape.place($0) }
    outerCount = max(1, total / max(1, shape.innerCount * shape.extents.count))
    if case .weights = shape {
      (outerName, innerName) = ("row", "column")
    } else {
      (outerName, innerName) = ("image", "channel")
    }
  }

  /// One coordinate of a result.
  struct Side {
    var name: String
    var extent: Int
    /// Wrong results at each value.
    var counts: [Int]
    /// Results at each value.
    var each: Int

    /// Values at which something is wrong.
    var wrong: [Int] { counts.indices.filter { counts[$0] > 0 } }

    /// Whether exactly the last values are wrong, all of them from the first on.
    var tail: Int? {
      guard let first = wrong.first, first > 0, wrong.count == extent - first else { return nil }
      return first
    }
  }

  /// Batch and channel (or the two channels of weights), then depth, height and width.
  var sides: [Side] {
    let e = shape.extents
    let all: [(String, Int, (Terms.Place) -> Int)] = [
      (outerName, outerCount, { $0.outer }), (innerName, shape.innerCount, { $0.inner }),
      ("d", e.d, { $0.d }), ("h", e.h, { $0.h }), ("w", e.w, { $0.w }),
    ]
    return all.map { name, extent, value in
      var counts = Array(repeating: 0, count: extent)
      for place in places { counts[value(place)] += 1 }
      return Side(name: name, extent: extent, counts: counts, each: total / max(1, extent))
    }
  }

  /// `only h 12 (the last of 13)` for each coordinate that does not have errors everywhere.
  var concentrations: [String] {
    sides.compactMap { side in
      let wrong = side.wrong
      guard side.extent > 1, wrong.count < side.extent else { return nil }
      return "only \(side.name) \(Self.list(wrong)) of 0...\(side.extent - 1)"
    }
  }

  private static func list(_ values: [Int]) -> String {
    guard let first = values.first, let last = values.last else { return "none" }
    if values.count == 1 { return "\(first)" }
    if values.count == last - first + 1 { return "\(first)...\(last)" }
    let step = values[1] - values[0]
    if values.count > 2, zip(values, values.dropFirst()).allSatisfy({ $1 - $0 == step }) {
      return "\(first), \(first + step), ... \(last)"
    }
    let shown = values.prefix(8).map(String.init).joined(separator: ", ")
    return values.count > 8 ? shown + ", ..." : shown
  }

  /// A line on border and interior: results whose windows read beyond the input, in a forward pass.
  func borderLine(_ p: ConvProblem) -> String? {
    guard p.pass == .forward, p.operation == .convolution else { return nil }
    func isBorder(_ place: Terms.Place) -> Bool {
      for (axis, o) in zip(p.axes, [place.d, place.h, place.w]) {
        let start = o * axis.stride - axis.low
        if start < 0 || start + axis.reach > axis.input { return true }
      }
      return false
    }
    let border = (0..<total).count { isBorder(shape.place($0)) }
    guard border > 0 else { return nil }
    let wrong = places.count { isBorder($0) }
    return "border: \(wrong) of \(border) wrong; interior: \(places.count - wrong) of "
      + "\(total - border)"
  }

  /// The plane as characters: `.` where nothing is wrong, `#` where all of the planes are, else the
  /// tenths that are. Larger planes have several results to a character.
  func picture(rows mostRows: Int = 24, columns mostColumns: Int = 64) -> [String] {
    let e = shape.extents
    let (height, width) = (e.d * e.h, e.w)
    let (tall, wide) = (
      (height + mostRows - 1) / mostRows, (width + mostColumns - 1) / mostColumns
    )
    let (rows, columns) = ((height + tall - 1) / tall, (width + wide - 1) / wide)
    var wrong = Array(repeating: 0, count: rows * columns)
    for place in places {
      wrong[(place.d * e.h + place.h) / tall * columns + place.w / wide] += 1
    }
    let planes = total / max(1, height * width)
    return (0..<rows).map { row in
      String(
        (0..<columns).map { column -> Character in
          let cell =
            (min(height, (row + 1) * tall) - row * tall)
            * (min(width, (column + 1) * wide) - column * wide) * planes
          let count = wrong[row * columns + column]
          if count == 0 { return "." }
          if count == cell { return "#" }
          return Character("\(min(9, max(1, 10 * count / cell)))")
        })
    }
  }
}
