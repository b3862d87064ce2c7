/// Where one algorithm overtakes another along a series of problems.
public struct ResultsCrossover: Sendable, Equatable {
  /// What the problems of a series differ in.
  public enum Along: String, Sendable, CaseIterable {
    case kernel, size, channels, batch

    /// Columns that may differ within a series; the first that does tells the value.
    var columns: [String] {
      switch self {
      case .kernel: ["kw", "kh", "kd", "pw", "ph", "pd", "pw_r", "ph_r", "pd_r"]
      case .size: ["iw", "ih", "id", "ow", "oh", "od", "pw_r", "ph_r", "pd_r"]
      case .channels: ["ic", "oc"]
      case .batch: ["mb"]
      }
    }

    /// As sentences write it: `k = 9`.
    public var symbol: String {
      switch self {
      case .kernel: "k"
      case .size: "size"
      case .channels: "channels"
      case .batch: "batch"
      }
    }
  }

  /// What the series runs along.
  public var along: Along
  /// A name for the series, where there are several: what its problems share.
  public var series: String
  /// Who is faster from here on, and than whom.
  public var winner: String, loser: String
  /// The last value at which the loser is ahead, and the first at which the winner is.
  public var before: Int, at: Int

  /// `fft-tiled overtakes direct at k = 9`.
  public var sentence: String {
    let place = series.isEmpty ? "" : " (\(series))"
    return "\(winner) overtakes \(loser) at \(along.symbol) = \(at)\(place)"
  }

  /// All crossovers along `along` in rows that were timed, in order of where they are.
  ///
  /// Somebody is ahead where the interval of the paired speed-up leaves out 1, if one of the two is
  /// the other's baseline; else where the 95 % intervals of the medians (quartiles, of few samples)
  /// do not touch. A winner is ahead at `at` and never behind after it; `auto`, which only chooses,
  /// takes no part.
  public static func find(_ records: [ResultsRecord], along: Along) -> [ResultsCrossover] {
    let timed = records.filter { $0.number("median_ms") != nil && $0["algorithm"] != "auto" }
    let series = grouped(timed) { record in
      let varying = Set(
        along.columns + ["problem", "name", "multiplicity", "algorithm", "variant"])
      return zip(ResultsRow.columns, record.identity).filter { !varying.contains($0.0) }.map(\.1)
    }
    .filter { _, rows in Set(rows.map { $0[along.columns[0]] }).count > 1 }
    var found: [ResultsCrossover] = []
    for (_, rows) in series {
      let name = series.count > 1 ? seriesName(rows, along) : ""
      let algorithms = grouped(rows) { [$0.algorithm] }
      for (i, a) in algorithms.enumerated() {
        for b in algorithms[(i + 1)...] {
          found += crossovers(along, name, curve(a.rows, along), curve(b.rows, along))
        }
      }
    }
    return found.sorted { ($0.at, $0.winner, $0.loser) < ($1.at, $1.winner, $1.loser) }
  }

  /// Intervals at each value: of the median, and of the speed-up over a baseline.
  private struct Curve {
    let algorithm: String
    var points: [Int: ClosedRange<Double>] = [:]
    var speedups: [Int: (baseline: String, ratio: ClosedRange<Double>)] = [:]

    /// Whether this is ahead of the other at `value`; nil where that is not known.
    func leads(_ other: Curve, at value: Int) -> Bool? {
      if let paired = speedups[value], paired.baseline == other.algorithm {
        return paired.ratio.contains(1) ? nil : paired.ratio.lowerBound > 1
      }
      if let paired = other.speedups[value], paired.baseline == algorithm {
        return paired.ratio.contains(1) ? nil : paired.ratio.upperBound < 1
      }
      guard let own = points[value], let its = other.points[value], !own.overlaps(its) else {
        return nil
      }
      return own.upperBound < its.lowerBound
    }
  }

  private static func curve(_ rows: [ResultsRecord], _ along: Along) -> Curve {
    var curve = Curve(algorithm: rows[0].algorithm)
    for row in rows {
      guard let spread = row.spread, let value = row.integer(along.columns[0]) else { continue }
      curve.points[value] = spread
      if let low = row.number("speedup_low"), let high = row.number("speedup_high"), low <= high {
        curve.speedups[value] = (row["baseline"], low...high)
      }
    }
    return curve
  }

  private static func crossovers(
    _ along: Along, _ series: String, _ a: Curve, _ b: Curve
  ) -> [ResultsCrossover] {
    // Values where the two differ, and whether a is ahead there.
    let leads: [(value: Int, aLeads: Bool)] = a.points.keys.sorted().compactMap { value in
      a.leads(b, at: value).map { (value, $0) }
    }
    guard let last = leads.last,
      let turn = leads.lastIndex(where: { $0.aLeads != last.aLeads })
    else { return [] }
    return [
      ResultsCrossover(
        along: along, series: series, winner: last.aLeads ? a.algorithm : b.algorithm,
        loser: last.aLeads ? b.algorithm : a.algorithm, before: leads[turn].value,
        at: leads[turn + 1].value)
    ]
  }

  /// What the names of a series share, or its extents.
  private static func seriesName(_ rows: [ResultsRecord], _ along: Along) -> String {
    let row = rows[0]
    let names = rows.map { $0["name"] }
    let shared = names.reduce(names[0]) { $0.commonPrefix(with: $1) }
    var parts = [String(shared.prefix { $0 != " " })]
    if parts[0].isEmpty {
      parts = ["mb\(row["mb"])", "ic\(row["ic"])", "oc\(row["oc"])"]
      if along != .size { parts.append("ih\(row["ih"])iw\(row["iw"])") }
      if along != .kernel { parts.append("kh\(row["kh"])kw\(row["kw"])") }
    }
    return parts.joined(separator: " ") + ", \(row["pass"]), \(row["threads"]) threads"
  }
}

extension String {
  fileprivate func commonPrefix(with other: String) -> String {
    String(zip(self, other).prefix { $0 == $1 }.map(\.0))
  }
}

/// Elements by key, both in the order of first appearance.
func grouped<Element, Key: Hashable>(
  _ elements: [Element], by key: (Element) -> Key
) -> [(key: Key, rows: [Element])] {
  var groups: [(key: Key, rows: [Element])] = []
  var places: [Key: Int] = [:]
  for element in elements {
    let key = key(element)
    if let place = places[key] {
      groups[place].rows.append(element)
    } else {
      places[key] = groups.count
      groups.append((key, [element]))
    }
  }
  return groups
}
