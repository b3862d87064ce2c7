import ConvCore

/// A rule that names an algorithm for a problem without trying any: published ones, trivial ones,
/// and this toolkit's own.
public protocol SelectionRule: Sendable {
  /// As tables name it: `scipy`.
  var name: String { get }
  /// Where it is published, and how its words are read here.
  var source: String { get }

  /// Families of this toolkit that stand for what the rule chooses, the best fitting one first; nil
  /// for problems that the rule does not speak of.
  func choice(_ problem: ConvProblem, threads: Int) -> [String]?
}

/// A rule that is a function.
public struct PublishedRule: SelectionRule {
  /// As tables name it.
  public let name: String
  /// Where it is published.
  public let source: String
  private let decide: @Sendable (ConvProblem) -> [String]?

  /// A rule of a name; `decide` returns nil for problems that it does not speak of.
  public init(
    _ name: String, source: String, _ decide: @escaping @Sendable (ConvProblem) -> [String]?
  ) {
    self.name = name
    self.source = source
    self.decide = decide
  }

  /// What the function says.
  public func choice(_ problem: ConvProblem, threads: Int) -> [String]? { decide(problem) }
}

/// One algorithm for everything.
public struct AlwaysRule: SelectionRule {
  private let family: String

  /// Always `family`.
  public init(_ family: String) { self.family = family }

  /// `always-direct`.
  public var name: String { "always-\(family)" }

  /// The algorithm.
  public var source: String { "\(family) for every problem" }

  /// Always the same.
  public func choice(_ problem: ConvProblem, threads: Int) -> [String]? { [family] }
}

/// This toolkit's own: the cost model, without what it remembers of measured problems.
public struct CostModelRule: SelectionRule {
  private let chooser: Chooser
  private let resources: [Int: Resources]

  /// The rule that `auto` follows where it has not measured the problem, for these numbers of threads.
  ///
  /// - Throws: `ConvError.system` where the system refuses the threads.
  public init(_ chooser: Chooser, threads: Set<Int>) throws(ConvError) {
    var plain = chooser
    plain.wisdom.answers = []
    self.chooser = plain
    var resources: [Int: Resources] = [:]
    for count in threads { resources[count] = try Resources(threads: count) }
    self.resources = resources
  }

  /// `auto`.
  public var name: String { "auto" }

  /// Whether the model is fitted to this machine.
  public var source: String {
    chooser.wisdom.models.isEmpty
      ? "the cost model of this toolkit, default coefficients"
      : "the cost model of this toolkit, fitted on this machine"
  }

  /// All that the model ranks, the fastest first.
  public func choice(_ problem: ConvProblem, threads: Int) -> [String]? {
    guard let resources = resources[threads] else { return nil }
    let names = chooser.ranking(problem, resources).ranked.map { "\($0.algorithm.name)" }
    return names.isEmpty ? nil : names
  }
}
