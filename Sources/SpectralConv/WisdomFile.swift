import Glibc

/// What FFTW's planner found out, kept between runs.
///
/// In `UserCache.folder`. Written to a temporary file and renamed, so that readers see the old or the new whole and writers that
/// meet lose at most what the other found. A file that is missing, cut short or of something else is
/// as none.
struct WisdomFile {
  /// The folder and the file in it.
  private let folder: String, path: String
  /// A wisdom file of some thousand plans has less; anything larger is something else.
  private static let largest = 16 << 20

  /// The file of that name in the user's cache folder; nil without one.
  init?(name: String) {
    guard let folder = UserCache.folder else { return nil }
    self.init(folder: folder, name: name)
  }

  /// The file of that name in `folder`.
  init(folder: String, name: String) {
    self.folder = folder
    path = folder + "/" + name
  }

  /// Adds the file's wisdom to the planner's; whether there was any.
  @discardableResult
  func load<S: FFTWScalar>(_: S.Type) -> Bool {
    guard let text = read() else { return false }
    return text.withUnsafeBufferPointer { S.importWisdom($0.baseAddress!) }
  }

  /// The content with a zero behind it.
  private func read() -> [CChar]? {
    let file = open(path, O_RDONLY | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size > 0, status.st_size <= Self.largest
    else { return nil }
    let size = Int(status.st_size)
    var text = [CChar](repeating: 0, count: size + 1)
    var done = 0
    while done < size {
      let n = text.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + done, size - done) }
      if n <= 0 { return nil }
      done += n
    }
    return text
  }

  /// Writes all that the planner knows, what others have saved meanwhile included; whether it could.
  @discardableResult
  func save<S: FFTWScalar>(_: S.Type) -> Bool {
    load(S.self)
    guard let text = S.exportWisdom() else { return false }
    defer { free(text) }
    makeFolders()
    var template = Array((path + ".XXXXXX").utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { return false }
    let written = write(text, strlen(text), to: file)
    let closed = close(file) == 0
    if written && closed && rename(template, path) == 0 { return true }
    unlink(template)
    return false
  }

  private func write(_ text: UnsafePointer<CChar>, _ count: Int, to file: CInt) -> Bool {
    var done = 0
    while done < count {
      let n = Glibc.write(file, text + done, count - done)
      if n <= 0 { return false }
      done += n
    }
    return true
  }

  /// The folder and those above it; errors show when the file is made.
  private func makeFolders() {
    var end = folder.startIndex
    while end < folder.endIndex {
      let from = folder.index(after: end)
      end = folder[from...].firstIndex(of: "/") ?? folder.endIndex
      mkdir(String(folder[..<end]), 0o755)
    }
  }
}
