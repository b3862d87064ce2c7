import ConvCore

/// Rows of results that differ in one thing: the kernel, the size, the channels or the batch.
struct ResultsSeries {
  let along: ResultsCrossover.Along
  let rows: [ResultsRecord]
  let foot: String

  /// The distinct values, ascending.
  var values: [Int] { Set(rows.compactMap(value)).sorted() }

  /// Algorithms in order of appearance.
  var algorithms: [String] { grouped(rows) { $0.algorithm }.map(\.key) }

  /// The value of a row.
  func value(_ row: ResultsRecord) -> Int? { row.integer(along.columns[0]) }

  /// All series of at least `least` values in rows that `isUsable` accepts.
  static func all(
    _ records: [ResultsRecord], foot: String, least: Int,
    where isUsable: (ResultsRecord) -> Bool
  ) -> [ResultsSeries] {
    let usable = records.filter { isUsable($0) && $0["algorithm"] != "auto" }
    return ResultsCrossover.Along.allCases.flatMap { along -> [ResultsSeries] in
      var varying = Set(along.columns)
      varying.formUnion(["problem", "name", "multiplicity", "algorithm", "variant"])
      // Without padding the inputs grow with the kernel, and the outputs tell the size.
      if along == .kernel { varying.formUnion(["iw", "ih", "id"]) }
      let shared = varying
      return grouped(usable) { record in
        zip(ResultsRow.columns, record.identity).filter { !shared.contains($0.0) }.map(\.1)
      }
      .map { ResultsSeries(along: along, rows: $0.rows, foot: foot) }
      .filter { $0.values.count >= least }
    }
  }

  /// What all rows share, for titles.
  var fixed: String {
    let row = rows[0]
    func extents(_ letter: String) -> String {
      (["\(letter)d", "\(letter)h", "\(letter)w"].suffix(max(1, Int(row["rank"]) ?? 2)))
        .map { row[$0] }.joined(separator: "x")
    }
    var parts: [String] = []
    if along != .batch { parts.append("batch \(row["mb"])") }
    if along != .channels { parts.append("\(row["ic"]) to \(row["oc"]) channels") }
    if along != .size { parts.append("\(extents("i")) to \(extents("o"))") }
    if along != .kernel { parts.append("kernel \(extents("k"))") }
    if row["pass"] != "forward" { parts.append(row["pass"]) }
    return (parts + [row["dtype"]]).joined(separator: ", ")
  }

  /// `kernel extent`, for an axis.
  var axisTitle: String {
    switch along {
    case .kernel: "kernel extent"
    case .size: "extent of the input"
    case .channels: "channels"
    case .batch: "batch"
    }
  }
}
