import Glibc

/// What the system says about error `code`: `No space left on device`.
public func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Reads a whole file of at most `limit` bytes, so that an endless device ends too.
///
/// - Throws: `ConvError.invalid` for a file that is missing, a folder, not readable or too large.
public func readFile(_ path: String, limit: Int = 1 << 36) throws(ConvError) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw .invalid("\(path): \(systemMessage(errno))") }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw .system("\(path): \(systemMessage(errno))") }
  guard status.st_mode & S_IFMT != S_IFDIR else {
    throw .invalid("\(path): is a folder, not a file")
  }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(max(0, Int(status.st_size)) + 1)
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(file, &chunk, chunk.count)
    if count == 0 { return bytes }
    if count < 0 {
      if errno == EINTR { continue }
      throw .system("\(path): \(systemMessage(errno))")
    }
    bytes.append(contentsOf: chunk[..<count])
    guard bytes.count <= limit else {
      throw .invalid("\(path): has more than \(byteCount(limit)), the most that is read")
    }
  }
}

/// Writes a whole file under a temporary name beside it and renames it, so that `path` holds either
/// what it held before or all of `bytes`. Devices and pipes are written to directly.
///
/// - Throws: `ConvError.system` where the system refuses, a full disk for one.
public func writeFile(_ path: String, _ bytes: [UInt8]) throws(ConvError) {
  var status = stat()
  let exists = stat(path, &status) == 0
  if exists, status.st_mode & S_IFMT == S_IFDIR {
    throw .invalid("\(path): is a folder, not a file")
  }
  if exists, status.st_mode & S_IFMT != S_IFREG {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw .system("\(path): \(systemMessage(errno))") }
    defer { close(file) }
    return try writeAll(file, bytes, path)
  }
  // A link stays a link: what it points to is replaced.
  var target = path
  if let resolved = realpath(path, nil) {
    target = String(cString: resolved)
    free(resolved)
  }
  let temporary = "\(target).\(getpid()).tmp"
  let mode = exists ? status.st_mode & 0o777 : 0o666
  let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
  guard file >= 0 else { throw .system("\(path): \(systemMessage(errno))") }
  do throws(ConvError) {
    defer { close(file) }
    try writeAll(file, bytes, path)
    guard fsync(file) == 0 else { throw ConvError.system("\(path): \(systemMessage(errno))") }
  } catch {
    unlink(temporary)
    throw error
  }
  guard rename(temporary, target) == 0 else {
    let code = errno
    unlink(temporary)
    throw .system("\(path): \(systemMessage(code))")
  }
}

/// Writes all of `bytes` to an open file; `path` is for the message.
///
/// - Throws: `ConvError.system` where the system refuses.
public func writeAll(_ file: Int32, _ bytes: [UInt8], _ path: String) throws(ConvError) {
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes { write(file, $0.baseAddress! + done, bytes.count - done) }
    if count < 0 {
      if errno == EINTR { continue }
      throw .system("\(path): \(systemMessage(errno))")
    }
    done += count
  }
}

/// Makes a folder and those above it where they are missing.
///
/// - Throws: `ConvError.system` where the system refuses.
public func makeFolder(_ path: String) throws(ConvError) {
  var made = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
    guard mkdir(made, 0o777) == 0 || errno == EEXIST || errno == EISDIR else {
      throw .system("\(made): \(systemMessage(errno))")
    }
  }
  var status = stat()
  guard path.isEmpty || (stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR) else {
    throw .invalid("\(path): is a file, not a folder")
  }
}
