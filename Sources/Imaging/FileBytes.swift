import ConvCore
import Glibc

/// Whole files in and out, with one line for everything that can go wrong.
enum FileBytes {
  /// The most bytes that a file may have, 1 GiB.
  static let most = 1 << 30

  /// Every byte of a file. `fits` sees the first 64 KiB or less and may refuse the rest, so that an
  /// endless device is not read to the limit.
  static func read(_ path: String, fits: ([UInt8]) -> Bool = { _ in true }) throws(ConvError)
    -> [UInt8]
  {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(path) }
    defer { close(file) }
    var status = stat()
    if fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw .invalid("\(path): a folder, but a file is needed")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let n = Glibc.read(file, &chunk, chunk.count)
      if n < 0 && errno == EINTR { continue }
      guard n >= 0 else { throw failure(path) }
      if n == 0 { break }
      let isFirst = bytes.isEmpty
      bytes.append(contentsOf: chunk.prefix(n))
      if isFirst && n >= 8 && !fits(bytes) { break }
      guard bytes.count <= most else {
        throw .invalid("\(path): larger than \(byteCount(most)), the most that is read")
      }
    }
    guard !bytes.isEmpty else { throw .invalid("\(path): an empty file") }
    return bytes
  }

  /// Writes a file; a regular file that could not be written whole is removed.
  static func write(_ bytes: [UInt8], _ path: String) throws(ConvError) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw failure(path) }
    var done = 0
    var failed: ConvError?
    while done < bytes.count && failed == nil {
      let n = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, $0.count - done) }
      if n > 0 {
        done += n
      } else if errno != EINTR {
        failed = failure(path)
      }
    }
    var status = stat()
    let isRegular = fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    if close(file) != 0 && failed == nil { failed = failure(path) }
    if let failed {
      if isRegular { unlink(path) }
      throw failed
    }
  }

  /// A new folder, or one that is there already.
  static func makeFolder(_ path: String) throws(ConvError) {
    if mkdir(path, 0o777) == 0 { return }
    let code = errno
    var status = stat()
    guard code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      errno = code
      throw failure(path)
    }
  }

  /// What the last system call says, behind the path.
  private static func failure(_ path: String) -> ConvError {
    .system("\(path): \(String(cString: strerror(errno)))")
  }
}

extension ConvError {
  /// The same with its subject in front.
  func prefixed(_ subject: String) -> ConvError {
    switch self {
    case .invalid(let what): .invalid("\(subject): \(what)")
    case .unsupported(let what): .unsupported("\(subject): \(what)")
    case .system(let what): .system("\(subject): \(what)")
    case .overBudget, .interrupted: self
    }
  }
}
