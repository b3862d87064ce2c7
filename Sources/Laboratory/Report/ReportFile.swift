import ConvCore

/// A file that a report is made of, told by its columns.
struct ReportFile {
  /// What its rows are.
  enum Content {
    /// Schema 1.
    case results([ResultsRecord])
    /// `compare time --phases`.
    case phases([[String: String]])
    /// `compare study fft`.
    case planning([[String: String]])
    /// `compare train`, an epoch a row.
    case training([[String: String]])
  }

  /// Its path, and the last part of it.
  let path: String, name: String
  /// How it was made, if that is known.
  let sidecar: ResultsSidecar?
  /// Its rows.
  let content: Content

  /// Reads a file.
  ///
  /// - Throws: `ConvError.invalid` for a file that cannot be read or is none of these.
  init(_ path: String) throws(ConvError) {
    self.path = path
    name = path.split(separator: "/").last.map(String.init) ?? path
    let records: [(fields: [String], end: Int)]
    do throws(ConvError) { records = try CSV.parse(try readFile(path)) } catch {
      throw .invalid("\(error)".hasPrefix(path) ? "\(error)" : "\(path): \(error)")
    }
    guard let header = records.first?.fields else { throw .invalid("\(path): is empty") }
    let columns = Set(header)
    func rows() -> [[String: String]] {
      records.dropFirst().filter { $0.fields.count == header.count }.map {
        Dictionary(zip(header, $0.fields)) { first, _ in first }
      }
    }
    if columns.isSuperset(of: Set(ResultsRow.columns).subtracting(ResultsRow.addedColumns)) {
      content = .results(try ResultsRecord.read(path))
    } else if columns.isSuperset(of: PhaseSplit.columns) {
      content = .phases(rows())
    } else if columns.isSuperset(of: FFTStudy.columns) {
      content = .planning(rows())
    } else if columns.isSuperset(of: ["epoch", "algorithm", "validation_loss"]) {
      content = .training(rows())
    } else if columns.isSuperset(of: ["block", "ms"]) {
      throw .invalid("\(path): has raw samples; give the results file beside it")
    } else {
      throw .invalid(
        "\(path): its columns are neither those of results nor of phases, a study or a training")
    }
    let stem = path.hasSuffix(".phases.csv") ? String(path.dropLast(11)) + ".csv" : path
    sidecar = ResultsSidecar.beside(stem)
  }

  /// Machine, build and day in one line, for the foot of every picture.
  var provenance: String {
    guard let sidecar else { return "\(name); how it was made is not known" }
    let m = sidecar.machine
    let commit = sidecar.build.commit.map { ", commit \($0.prefix(9))" } ?? ""
    return
      "\(m.cpu), \(m.cores) cores, \(m.isa.name)\(commit), \(sidecar.start.prefix(10)); \(name)"
  }
}

extension [String: String] {
  /// The number in a column, if there is a finite one.
  func number(_ column: String) -> Double? {
    self[column].flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
  }

  /// Family and variant.
  var algorithmName: String {
    let (family, variant) = (self["algorithm"] ?? "", self["variant"] ?? "")
    return variant.isEmpty ? family : family + ":" + variant
  }
}

extension ResultsRecord {
  /// The whole number in a column, if there is one of a usable size.
  func integer(_ column: String) -> Int? {
    number(column).flatMap { abs($0) < 1e15 ? Int(exactly: $0) : nil }
  }

  /// The number in a column, if there is a positive one of a usable size: what logarithmic axes take.
  func positive(_ column: String) -> Double? {
    number(column).flatMap { $0 > 1e-200 && $0 < 1e200 ? $0 : nil }
  }

  /// The name, or the descriptor where it has none.
  var label: String { self["name"].isEmpty ? self["problem"] : self["name"] }

  /// The interval of the median, or the quartiles where samples were too few.
  var spread: ClosedRange<Double>? {
    guard let low = positive("ci_low_ms") ?? positive("q1_ms"),
      let high = positive("ci_high_ms") ?? positive("q3_ms"), low <= high
    else { return nil }
    return low...high
  }
}
