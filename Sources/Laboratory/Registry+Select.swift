import ConvCore

extension Registry {
  /// The algorithm that `text` names: `direct`, `winograd:f4`.
  ///
  /// - Throws: `ConvError.invalid` with the nearest name where there is none.
  public func algorithm(_ text: String) throws(ConvError) -> any ConvAlgorithm {
    let (name, variant) = Self.split(text)
    guard let family = families.first(where: { $0.name == name }) else {
      throw .invalid(
        "there is no algorithm \"\(name)\"" + didYouMean(name, among: families.map(\.name)))
    }
    return try family.make(variant ?? "")
  }

  /// The algorithms of a list such as `direct,fft*,winograd:f4`, each once, in the list's order.
  ///
  /// `all` is every contender in its default variant. `*` and `?` are wildcards: before a colon they
  /// range over the contenders, after it over the variants listed (`winograd:*`).
  ///
  /// - Throws: `ConvError.invalid` where a name is unknown (with the nearest one) or a wildcard
  ///   matches nothing.
  public func select(_ list: String) throws(ConvError) -> [any ConvAlgorithm] {
    var chosen: [any ConvAlgorithm] = []
    for part in list.split(separator: ",", omittingEmptySubsequences: false) {
      let text = part.trimmingSpaces
      guard !text.isEmpty else { throw .invalid("an empty name among the algorithms \"\(list)\"") }
      for algorithm in try matches(text)
      where !chosen.contains(where: { $0.name == algorithm.name }) {
        chosen.append(algorithm)
      }
    }
    return chosen
  }

  private func matches(_ text: String) throws(ConvError) -> [any ConvAlgorithm] {
    let isPattern = text == "all" || text.contains("*") || text.contains("?")
    guard isPattern else { return [try algorithm(text)] }
    let (name, variant) = Self.split(text == "all" ? "*" : text)
    var found: [any ConvAlgorithm] = []
    for family in families
    where family.isContender && glob(name, family.name) || family.name == name {
      guard let variant else {
        found.append(try family.make())
        continue
      }
      for candidate in family.variants where glob(variant, candidate) {
        found.append(try family.make(candidate))
      }
    }
    guard !found.isEmpty else {
      let contenders = families.filter(\.isContender).map(\.name).joined(separator: ", ")
      throw .invalid("no algorithm matches \(text); there are \(contenders)")
    }
    return found
  }

  private static func split(_ text: String) -> (String, variant: String?) {
    guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
    return (String(text[..<colon]), String(text[text.index(after: colon)...]))
  }
}

/// Whether `text` matches a pattern with `*` (any letters) and `?` (one letter).
private func glob(_ pattern: String, _ text: String) -> Bool {
  let (p, t) = (Array(pattern), Array(text))
  // reach[j]: the pattern so far matches the first j letters.
  var reach = [true] + Array(repeating: false, count: t.count)
  for letter in p {
    var next = Array(repeating: false, count: t.count + 1)
    for j in 0...t.count {
      if letter == "*" {
        next[j] = reach[j] || (j > 0 && next[j - 1])
      } else if j > 0 {
        next[j] = reach[j - 1] && (letter == "?" || letter == t[j - 1])
      }
    }
    reach = next
  }
  return reach[t.count]
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
