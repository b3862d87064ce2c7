import ConvCore
import Glibc

/// A results file that grows row by row: `X.csv`, `X.samples.csv` with every raw time, and
/// `X.json` that says how they were made.
///
/// Each row is written with one call when it is final. A row that does not fit on the disk is taken
/// back whole, so that the file stays valid whatever happens.
public final class ResultsFile {
  /// What to do with files that are there already.
  public enum Existing: Sendable {
    /// Refuse.
    case refuse
    /// Keep complete rows and skip their problems; drop a truncated last line.
    case resume
    /// Write over them.
    case replace
  }

  /// The path of the table.
  public let path: String
  /// The path of the description beside it; nil where the table is a device or a pipe.
  public let sidecarPath: String?
  /// Rows that a resumed file held already.
  public private(set) var kept = 0
  /// Rows written since.
  public private(set) var written = 0
  private var finished: Set<[String]> = []
  private let table: AppendedFile
  private let samples: AppendedFile?

  /// Opens the files and writes the header.
  ///
  /// - Throws: `ConvError.invalid` for a path that exists and may not be touched, is a folder, or
  ///   (to be resumed) holds something else; `ConvError.system` where the system refuses.
  public init(_ path: String, existing: Existing = .refuse) throws(ConvError) {
    self.path = path
    let isFile = try Self.check(path)
    let stem = path.hasSuffix(".csv") ? String(path.dropLast(4)) : path
    sidecarPath = isFile ? stem + ".json" : nil
    let samplesPath = stem + ".samples.csv"
    if existing == .refuse, isFile {
      for file in [path, stem + ".json", samplesPath] where access(file, F_OK) == 0 {
        throw .invalid(
          "\(file) exists: give --resume to go on with it, or --force to write over it")
      }
    }
    if existing == .resume, access(path, F_OK) == 0 {
      finished = try Self.cleaned(path, ResultsRow.columns, rows: ResultsRow.identityCount) {
        $0[Self.statusColumn] != Outcome.Status.interrupted.rawValue
      }
      kept = finished.count
      if access(samplesPath, F_OK) == 0 {
        let keys = Set(finished.map(Self.sampleKey))
        _ = try Self.cleaned(samplesPath, Self.sampleColumns, rows: Self.sampleColumns.count) {
          keys.contains(Array($0.dropLast(2)))
        }
      }
    }
    let fresh = existing != .resume || kept == 0
    table = try AppendedFile(path, header: CSV.record(ResultsRow.columns), fresh: fresh)
    samples =
      isFile
      ? try AppendedFile(samplesPath, header: CSV.record(Self.sampleColumns), fresh: fresh) : nil
  }

  /// Whether a resumed file has this row already.
  public func contains(_ row: ResultsRow) -> Bool { finished.contains(row.identity) }

  /// Writes a final row with its samples.
  ///
  /// - Throws: `ConvError.system` where the system refuses; the rows before are on disk.
  public func append(_ row: ResultsRow) throws(ConvError) {
    let fields = row.fields
    do throws(ConvError) {
      if let times = row.outcome.timing?.samples, let samples, !times.isEmpty {
        let key = Self.sampleKey(fields)
        try samples.append(
          times.enumerated().map { CSV.record(key + ["\($0 + 1)", "\($1)"]) }.joined())
      }
      try table.append(CSV.record(fields))
    } catch {
      throw .system("\(error); the \(kept + written) rows before are safe in \(path)")
    }
    finished.insert(Array(fields.prefix(ResultsRow.identityCount)))
    written += 1
  }

  private static let statusColumn = ResultsRow.columns.firstIndex(of: "status") ?? 0

  /// Columns of the samples file: what tells rows apart, the block and its time.
  public static let sampleColumns = sampleKey(ResultsRow.columns) + ["block", "ms"]

  /// What tells samples apart: the fields that are not spelt out again by the descriptor, and what
  /// the descriptor cannot say.
  private static func sampleKey(_ fields: [String]) -> [String] {
    zip(ResultsRow.columns, fields).filter { keyColumns.contains($0.0) }.map(\.1)
  }

  private static let keyColumns: Set<String> = [
    "problem", "name", "operation", "pass", "dtype", "layout", "border", "convention", "bias",
    "fill", "opd", "oph", "opw", "algorithm", "variant", "threads",
  ]

  /// Whether `path` is, or will be, an ordinary file.
  private static func check(_ path: String) throws(ConvError) -> Bool {
    guard !path.isEmpty else { throw .invalid("the path of the CSV is empty") }
    var status = stat()
    guard stat(path, &status) == 0 else { return true }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw .invalid("\(path): is a folder, not a file to write a CSV to")
    }
    return status.st_mode & S_IFMT == S_IFREG
  }

  /// Rewrites a file with its complete rows that `keep` accepts; returns their first fields.
  private static func cleaned(
    _ path: String, _ columns: [String], rows count: Int, keep: ([String]) -> Bool
  ) throws(ConvError) -> Set<[String]> {
    let bytes = try readFile(path)
    let records: [(fields: [String], end: Int)]
    do { records = try CSV.parse(bytes) } catch { throw .invalid("\(path): \(error)") }
    guard records.isEmpty || records[0].fields == columns else {
      throw .invalid("\(path): its columns are not those of schema 1, so it cannot be resumed")
    }
    let rows = records.dropFirst().map(\.fields).filter { $0.count == columns.count && keep($0) }
    try writeFile(path, Array(([columns] + rows).map(CSV.record).joined().utf8))
    return Set(rows.map { Array($0.prefix(count)) })
  }
}

/// A file that only grows, by whole records.
private final class AppendedFile {
  private let path: String
  private let file: Int32
  private var length: off_t

  init(_ path: String, header: String, fresh: Bool) throws(ConvError) {
    self.path = path
    file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (fresh ? O_TRUNC : 0), 0o666)
    guard file >= 0 else { throw .system("\(path): \(systemMessage(errno))") }
    length = max(0, lseek(file, 0, SEEK_END))
    if length == 0 { try append(header) }
  }

  deinit { close(file) }

  func append(_ text: String) throws(ConvError) {
    let bytes = Array(text.utf8)
    do throws(ConvError) { try writeAll(file, bytes, path) } catch {
      // Takes back what was written of it.
      ftruncate(file, length)
      throw error
    }
    length += off_t(bytes.count)
  }
}
