import Glibc

/// `CodeletGenerator FOLDER` writes every codelet file into FOLDER.
@main
struct Main {
  static func main() {
    guard CommandLine.arguments.count == 2 else {
      return stop("usage: CodeletGenerator FOLDER")
    }
    for (name, text) in Catalogue.files {
      let path = CommandLine.arguments[1] + "/" + name
      guard write(text, to: path) else { return stop("\(path) cannot be written") }
    }
  }

  private static func write(_ text: String, to path: String) -> Bool {
    guard let file = fopen(path, "w") else { return false }
    let isWritten = fputs(text, file) >= 0
    return fclose(file) == 0 && isWritten
  }

  private static func stop(_ message: String) {
    let line = message + "\n"
    line.withCString { _ = Glibc.write(2, $0, line.utf8.count) }
    exit(2)
  }
}
