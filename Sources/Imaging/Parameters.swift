import ConvCore

/// The parameters of one step as they were written: `sigma=1.4,size=7`, or values alone in the order
/// of the catalogue, `300x300`.
struct Parameters {
  /// Whose they are, for messages.
  let step: String
  private var named: [String: String] = [:]
  private var positional: [String] = []
  private var known: [String] = []

  /// None.
  init(step: String) { self.step = step }

  /// What stands behind the colon.
  init(step: String, _ text: Substring) throws(ConvError) {
    self.step = step
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = sides[0].trimmed
      if sides.count == 2 {
        guard named.updateValue(sides[1].trimmed, forKey: name) == nil else {
          throw .invalid("\(step): \(name) is given twice")
        }
      } else {
        positional += name.split(separator: "x", omittingEmptySubsequences: false).map(String.init)
      }
    }
  }

  /// The value of a parameter, in the order in which the step asks for them.
  private mutating func text(_ name: String) -> String? {
    known.append(name)
    if let value = named.removeValue(forKey: name) { return value }
    return positional.isEmpty ? nil : positional.removeFirst()
  }

  /// A finite number.
  mutating func number(_ name: String, or otherwise: Double) throws(ConvError) -> Double {
    guard let text = text(name) else { return otherwise }
    guard let value = Double(text), value.isFinite else {
      throw .invalid("\(step): \(name) is '\(text)', but must be a number")
    }
    return value
  }

  /// A whole number of at least 1, or nil where it is not given.
  mutating func whole(_ name: String) throws(ConvError) -> Int? {
    guard let text = text(name) else { return nil }
    guard let value = Int(text), value >= 1 else {
      throw .invalid("\(step): \(name) is '\(text)', but must be a whole number of at least 1")
    }
    return value
  }

  /// One of the cases of `C`, or nil where it is not given.
  mutating func choice<C: RawRepresentable & CaseIterable>(_ name: String, _: C.Type)
    throws(ConvError) -> C? where C.RawValue == String
  {
    guard let text = text(name) else { return nil }
    guard let value = C(rawValue: text) else {
      let all = C.allCases.map(\.rawValue).joined(separator: " or ")
      throw .invalid("\(step): \(name) is '\(text)', but must be \(all)")
    }
    return value
  }

  /// Refuses what no step asked for.
  func finish() throws(ConvError) {
    guard let left = named.keys.min() ?? positional.first else { return }
    let all = known.isEmpty ? "none" : known.joined(separator: ", ")
    throw .invalid("\(step): unknown parameter '\(left)'; it takes \(all)")
  }
}

extension StringProtocol {
  /// Without spaces, tabs and line ends on either side.
  var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
