import ConvCore
import Glibc

extension ImageKernel {
  /// A kernel from rows of weights, or from the text file of that path.
  init(rowsOrFile text: String) throws(ConvError) {
    if text.hasPrefix("[") || text.contains(";") || Self.weight(text.prefix { $0 != "," }) != nil {
      self = try Self.parse(text)
      return
    }
    guard unsafe access(text, F_OK) == 0 else {
      let names = Catalogue.entries.flatMap(\.names)
      let near = didYouMean(String(text.prefix { $0 != ":" }), among: names)
      throw .invalid(
        "\"\(text)\" is no kernel, step or file"
          + (near.isEmpty ? "; there are \(names.joined(separator: ", "))" : near))
    }
    self = try Self.read(text)
  }

  /// A kernel from a text file: rows on lines of their own, weights between commas or spaces, and
  /// what follows a `#` left out.
  ///
  /// - Throws: `ConvError` in one line that begins with the path.
  public static func read(_ path: String) throws(ConvError) -> ImageKernel {
    let bytes = try readFile(path, limit: 1 << 28)
    guard !bytes.contains(0) else {
      throw .invalid("\(path): not a text file of weights such as '1 0 -1' on three lines")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    return try parse(text, named: path)
  }

  /// A kernel from text: rows between `;` or line ends, weights between commas or spaces. A weight
  /// is a number or a fraction, `1/9`.
  ///
  /// - Throws: `ConvError.invalid` naming the row and the weight that is no number.
  public static func parse(_ text: String, named name: String? = nil) throws(ConvError)
    -> ImageKernel
  {
    var rows: [[Double]] = []
    let inner = text.trimmed.drop { $0 == "[" }
    let end = inner.lastIndex { $0 != "]" }.map { inner.index(after: $0) } ?? inner.startIndex
    let lines = inner[..<end].split { $0.isNewline }.flatMap { line in
      line.prefix { $0 != "#" }.split(separator: ";")
    }
    for line in lines where !line.trimmed.isEmpty {
      var row: [Double] = []
      for word in line.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
        guard let weight = weight(word) else {
          throw .invalid(
            "\(name ?? "kernel"): row \(rows.count + 1): '\(word.prefix(40))' is not a weight; "
              + "it must be a number such as -1, 0.5 or 1/9")
        }
        row.append(weight)
      }
      rows.append(row)
    }
    return try ImageKernel(name ?? "kernel", rows)
  }

  /// A number or a fraction.
  private static func weight<S: StringProtocol>(_ text: S) -> Double? {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let above = parts.first.flatMap({ Double($0.trimmed) }) else { return nil }
    guard parts.count == 2 else { return above }
    guard let below = Double(parts[1].trimmed), below != 0 else { return nil }
    return above / below
  }
}
