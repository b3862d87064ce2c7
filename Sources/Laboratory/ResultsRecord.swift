import ConvCore

/// A row of a results file as its text: of this run, or of a file that was read.
public struct ResultsRecord: Sendable, Equatable {
  /// One field for each column of schema 1.
  public let fields: [String]

  /// A record of a row.
  public init(_ row: ResultsRow) { fields = row.fields }

  /// A record of a file's fields; nil unless there are as many as columns.
  public init?(fields: [String]) {
    guard fields.count == ResultsRow.columns.count else { return nil }
    self.fields = fields
  }

  private static let positions = Dictionary(
    uniqueKeysWithValues: ResultsRow.columns.enumerated().map { ($1, $0) })

  /// The field of a column; empty where the figure or the column does not exist.
  public subscript(column: String) -> String { Self.positions[column].map { fields[$0] } ?? "" }

  /// The number in a column, or nil where there is none.
  public func number(_ column: String) -> Double? { Double(self[column]) }

  /// Family and variant.
  public var algorithm: String {
    self["variant"].isEmpty ? self["algorithm"] : self["algorithm"] + ":" + self["variant"]
  }

  /// How it ended.
  public var status: Outcome.Status? { Outcome.Status(rawValue: self["status"]) }

  /// Fields up to `threads`: what tells rows apart.
  public var identity: ArraySlice<String> { fields.prefix(ResultsRow.identityCount) }

  /// What tells problems and numbers of threads apart: the identity without the algorithm.
  public var problemKey: [String] {
    identity.enumerated().filter { !Self.algorithmColumns.contains($0.offset) }.map(\.element)
  }

  private static let algorithmColumns = Set(["algorithm", "variant"].compactMap { positions[$0] })

  /// Reads a results file: its complete rows.
  ///
  /// - Throws: `ConvError.invalid` for a file that is not of schema 1.
  public static func read(_ path: String) throws(ConvError) -> [ResultsRecord] {
    let records: [(fields: [String], end: Int)]
    do throws(ConvError) { records = try CSV.parse(try readFile(path)) } catch {
      throw .invalid("\(path): \(error)")
    }
    guard let header = records.first?.fields else { throw .invalid("\(path): is empty") }
    // Columns may come in any order, and others may stand beside them. Those that were added to the
    // schema later are empty in files from before.
    let source = ResultsRow.columns.map { header.firstIndex(of: $0) }
    let missing = zip(ResultsRow.columns, source).filter {
      $0.1 == nil && !ResultsRow.addedColumns.contains($0.0)
    }.map(\.0)
    guard missing.isEmpty else {
      throw .invalid("\(path): has no column \(missing.joined(separator: ", "))")
    }
    return records.dropFirst().compactMap { record in
      guard record.fields.count == header.count else { return nil }
      return ResultsRecord(fields: source.map { $0.map { record.fields[$0] } ?? "" })
    }
  }
}
