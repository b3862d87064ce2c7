import ConvCore

/// A whole network from the rows of its layers: sum of median time x multiplicity, by algorithm and
/// for the best choice in each layer, with the error that it accumulates.
public struct NetworkTotals: Codable, Sendable, Equatable {
  /// The sum over the layers that one algorithm computes.
  public struct Total: Codable, Sendable, Equatable {
    /// Who computes them.
    public var algorithm: String
    /// Milliseconds of the layers that it computes.
    public var milliseconds: Double
    /// Distinct layers that it computes, and those that it does not.
    public var layers: Int, missing: [String]
    /// Milliseconds of the network if `im2col` computes the missing layers; nil if it cannot.
    public var completed: Double?
    /// Estimated relative L2 error of the network's result, sqrt(sum of multiplicity error^2) over the
    /// layers that it computes; nil where nothing was verified.
    public var error: Double?
  }

  /// The network, and what else its rows have in common: batch, pass, threads.
  public var name: String, batch: Int, pass: String, threads: Int
  /// Distinct layers, and layers counted with their multiplicity.
  public var layers: Int, count: Int
  /// A total for each algorithm, in the order of the rows.
  public var totals: [Total]
  /// The fastest algorithm in each layer.
  public var best: Total
  /// Of how many distinct layers each algorithm is the fastest.
  public var fastest: [String: Int]

  /// Who computes what others do not: every problem is a matrix product.
  static let stopgap = "im2col"

  /// The networks of which at least two distinct layers were timed.
  ///
  /// Relative errors of layers are taken for independent and passed on undiminished, so that their
  /// squares add up, once for each time that a layer occurs; a layer of which one algorithm's row is
  /// missing altogether counts as not computed.
  public static func all(_ records: [ResultsRecord]) -> [NetworkTotals] {
    var groups: [(key: [String], rows: [ResultsRecord])] = []
    for record in records where record["name"].contains("/") {
      let network = String(record["name"].prefix { $0 != "/" })
      guard Network.named(network) != nil else { continue }
      let columns = [
        "mb", "pass", "operation", "dtype", "layout", "border", "convention", "fill", "threads",
      ]
      let key = [network] + columns.map { record[$0] }
      if let i = groups.firstIndex(where: { $0.key == key }) {
        groups[i].rows.append(record)
      } else {
        groups.append((key, [record]))
      }
    }
    return groups.compactMap { NetworkTotals($0.key[0], $0.rows) }
  }

  private init?(_ name: String, _ rows: [ResultsRecord]) {
    var layers: [(name: String, multiplicity: Int, rows: [ResultsRecord])] = []
    var algorithms: [String] = []
    for row in rows {
      if !algorithms.contains(row.algorithm) { algorithms.append(row.algorithm) }
      if let i = layers.firstIndex(where: { $0.name == row["name"] }) {
        layers[i].rows.append(row)
      } else {
        layers.append((row["name"], Int(row["multiplicity"]) ?? 1, [row]))
      }
    }
    func timed(_ rows: [ResultsRecord]) -> [ResultsRecord] {
      rows.filter {
        ($0.status == .ok || $0.status == .unverified) && $0.number("median_ms") != nil
      }
    }
    layers = layers.filter { !timed($0.rows).isEmpty }
    guard layers.count > 1 else { return nil }
    self.name = name
    batch = Int(rows[0]["mb"]) ?? 1
    pass = rows[0]["pass"]
    threads = Int(rows[0]["threads"]) ?? 1
    self.layers = layers.count
    count = layers.reduce(0) { $0 + $1.multiplicity }
    let fill = layers.map { layer in
      timed(layer.rows).first { $0.algorithm == Self.stopgap }?.number("median_ms")
    }
    totals = algorithms.map { algorithm in
      Self.total(algorithm, layers, fill) { rows in
        timed(rows).first { $0.algorithm == algorithm }
      }
    }
    func fastestRow(_ rows: [ResultsRecord]) -> ResultsRecord? {
      timed(rows).filter { $0["algorithm"] != "auto" }
        .min { ($0.number("median_ms") ?? 0) < ($1.number("median_ms") ?? 0) }
    }
    best = Self.total("best of each", layers, fill, fastestRow)
    fastest = [:]
    for layer in layers {
      if let row = fastestRow(layer.rows) { fastest[row.algorithm, default: 0] += 1 }
    }
  }

  private static func total(
    _ algorithm: String,
    _ layers: [(name: String, multiplicity: Int, rows: [ResultsRecord])], _ fill: [Double?],
    _ row: ([ResultsRecord]) -> ResultsRecord?
  ) -> Total {
    var total = Total(
      algorithm: algorithm, milliseconds: 0, layers: 0, missing: [], completed: 0, error: nil)
    var squares = 0.0
    var isVerified = true
    for (layer, other) in zip(layers, fill) {
      let times = Double(layer.multiplicity)
      guard let row = row(layer.rows), let median = row.number("median_ms") else {
        total.missing.append(String(layer.name.drop { $0 != "/" }.dropFirst()))
        total.completed = other.flatMap { o in total.completed.map { $0 + times * o } }
        continue
      }
      total.layers += 1
      total.milliseconds += times * median
      total.completed = total.completed.map { $0 + times * median }
      if let error = row.number("error_l2") {
        squares += times * error * error
      } else {
        isVerified = false
      }
    }
    if isVerified && total.layers > 0 { total.error = squares.squareRoot() }
    return total
  }
}
