/// A table of aligned columns for people.
struct TextTable {
  /// How a column stands.
  enum Alignment {
    case left, right
  }

  private var rows: [[Cell]]
  private let alignments: [Alignment]

  /// Text with a style that does not count in its width.
  struct Cell {
    var text: String
    var style: Style?

    init(_ text: String, _ style: Style? = nil) {
      self.text = text
      self.style = style
    }
  }

  /// A table of a header and no rows; the first column is left-aligned, the rest right-aligned
  /// unless said otherwise.
  init(_ header: [String], _ alignments: [Alignment]? = nil) {
    rows = [header.map { Cell($0, .bold) }]
    self.alignments =
      alignments ?? [.left] + Array(repeating: .right, count: max(0, header.count - 1))
  }

  /// Adds a row; missing cells are empty.
  mutating func add(_ cells: [Cell]) { rows.append(cells) }

  /// Adds a row of plain text.
  mutating func add(_ texts: [String]) { add(texts.map { Cell($0) }) }

  /// Its lines; where they are wider than `width`, columns go to further blocks that repeat the
  /// first column.
  func text(colour: Bool, width: Int? = nil) -> String {
    let widths = alignments.indices.map { column in
      rows.map { column < $0.count ? $0[column].text.count : 0 }.max() ?? 0
    }
    return blocks(widths, width ?? .max).map { columns in
      rows.map { line($0, columns, widths, colour) }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private func blocks(_ widths: [Int], _ limit: Int) -> [[Int]] {
    guard let first = widths.first else { return [] }
    var blocks: [[Int]] = []
    var columns = [0]
    var used = first
    for column in widths.indices.dropFirst() {
      if columns.count > 1, used + 2 + widths[column] > limit {
        blocks.append(columns)
        columns = [0]
        used = first
      }
      columns.append(column)
      used += 2 + widths[column]
    }
    return blocks + [columns]
  }

  private func line(_ row: [Cell], _ columns: [Int], _ widths: [Int], _ colour: Bool) -> String {
    var text = columns.map { column in
      let cell = column < row.count ? row[column] : Cell("")
      let space = String(repeating: " ", count: widths[column] - cell.text.count)
      let shown = cell.style.map { $0(cell.text, colour && !cell.text.isEmpty) } ?? cell.text
      return alignments[column] == .left ? shown + space : space + shown
    }.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return text
  }
}
