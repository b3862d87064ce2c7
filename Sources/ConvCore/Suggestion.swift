/// The candidate that a misspelt `word` most likely stands for, or nil where none is near.
///
/// Near is at most a third of the word's letters (at least one) changed, added, left out or
/// exchanged with a neighbour, or a candidate that begins with the word.
public func suggestion(for word: String, among candidates: [String]) -> String? {
  let limit = max(1, word.count / 3)
  let ranked = candidates.map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
  if let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= limit { return best.0 }
  return word.count >= 2 ? candidates.first { $0.hasPrefix(word) } : nil
}

/// `: did you mean "x"?`, or nothing where no candidate is near.
public func didYouMean(_ word: String, among candidates: [String]) -> String {
  suggestion(for: word, among: candidates).map { ": did you mean \"\($0)\"?" } ?? ""
}

/// Smallest number of insertions, deletions, substitutions and exchanges of neighbours between two
/// words (optimal string alignment). Cost: product of the lengths.
func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var rows = [Array(0...b.count)]
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, rows[i - 1][j - 1] + 1)
      }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
