import ConvCore
import Glibc

/// Finds where one contender overtakes another along a series of values: a coarse look over the whole
/// range, then bisection of the last stretch over which the lead changes.
///
/// Knows nothing of convolutions or clocks, so that it is tested with invented times.
public struct CrossoverSearch: Sendable {
  /// The values that may be probed, in ascending order.
  public let values: [Int]
  /// Values probed before bisection, the ends among them.
  public var coarse = 5
  /// Probability that everything the result says of who leads where is true.
  public var confidence = 0.95
  /// When a probe stops; its confidence follows from the search's.
  public var rule = PairedComparison.Rule()

  /// A search among `values`.
  ///
  /// - Throws: `ConvError.invalid` for fewer than two values.
  public init(_ values: [Int]) throws(ConvError) {
    self.values = Set(values).sorted()
    guard self.values.count >= 2 else {
      throw .invalid("a crossover is searched among at least two values, not \(values)")
    }
  }

  /// The most probes that a search makes: the coarse look, and two bisections where there are ties.
  public var mostProbes: Int {
    let stretch = max(1, values.count / max(1, coarse - 1) + 1)
    return coarse + 2 * Int(log2(Double(stretch)).rounded(.up))
  }

  /// The rule that each probe must follow: every one of `mostProbes` gets an equal share of the error.
  public var probeRule: PairedComparison.Rule {
    var rule = rule
    rule.confidence = 1 - (1 - confidence) / Double(mostProbes)
    return rule
  }

  /// Searches; `probe` compares the two contenders at a value, and returns nil where it cannot or
  /// when time is up: such a value is left out.
  public func run(
    probe: (Int, PairedComparison.Rule) throws(ConvError) -> PairedComparison?
  ) throws(ConvError) -> FoundCrossover {
    var points: [Int: PairedComparison] = [:]
    var tried: Set<Int> = []
    func look(_ index: Int) throws(ConvError) {
      guard tried.insert(index).inserted else { return }
      points[index] = try probe(values[index], probeRule)
    }
    for index in coarseIndices { try look(index) }
    while tried.count < mostProbes, let next = nextIndex(points, tried) { try look(next) }
    return FoundCrossover(
      values, points.map { (values[$0.key], $0.value) }.sorted { $0.0 < $1.0 })
  }

  /// Spread over the logarithms of the values.
  private var coarseIndices: [Int] {
    let (low, high) = (
      log(Double(max(1, values[0]))), log(Double(max(1, values[values.count - 1])))
    )
    var indices: [Int] = []
    for i in 0..<max(2, coarse) {
      let wanted = exp(low + (high - low) * Double(i) / Double(max(2, coarse) - 1))
      let nearest = values.indices.min {
        abs(Double(values[$0]) - wanted) < abs(Double(values[$1]) - wanted)
      }
      if let nearest, !indices.contains(nearest) { indices.append(nearest) }
    }
    return indices
  }

  /// The middle of the widest stretch that the crossover may still lie in, or nil where none is left.
  private func nextIndex(_ points: [Int: PairedComparison], _ tried: Set<Int>) -> Int? {
    let known = points.keys.sorted()
    guard let last = known.last(where: { points[$0]?.lead != 0 }),
      let lead = points[last]?.lead,
      let low = known.last(where: { points[$0]?.lead == -lead }),
      let high = known.first(where: { $0 > low && points[$0]?.lead == lead })
    else { return nil }
    let stretch = known.filter { $0 >= low && $0 <= high }
    var best: (width: Int, index: Int)?
    for (a, b) in zip(stretch, stretch.dropFirst()) where points[a]?.lead != points[b]?.lead {
      let middle = (a + b) / 2
      // Where the middle could not be measured, its nearest neighbours are as good.
      let free = (a + 1..<max(a + 1, b)).filter { !tried.contains($0) }
      guard let index = free.min(by: { abs($0 - middle) < abs($1 - middle) }) else { continue }
      if b - a > best?.width ?? 0 { best = (b - a, index) }
    }
    return best?.index
  }
}

extension PairedComparison {
  /// -1 where the first leads, 1 where the second does, 0 where neither is known to.
  var lead: Int {
    switch verdict {
    case .first: -1
    case .second: 1
    case .tie, .undecided: 0
    }
  }
}

/// What a search for a crossover found.
public struct FoundCrossover: Sendable, Equatable {
  /// One value that was probed.
  public struct Point: Sendable, Equatable {
    /// Of the kernel, the size, the channels or the batch.
    public let value: Int
    /// The comparison there.
    public let comparison: PairedComparison
  }

  /// Where the lead changes for the last time.
  public struct Place: Sendable, Equatable {
    /// Whether it is the second contender that leads from here on.
    public let secondWins: Bool
    /// Where the ratio of medians passes 1, between the bounds, as the next value of the series.
    public let estimate: Int
    /// The place lies among these values, with the search's confidence: the lowest comes after the
    /// last at which the loser is known to lead, the highest is the first from which on the winner is.
    public let bounds: ClosedRange<Int>
  }

  /// Everything that was probed, by value.
  public let points: [Point]
  /// The crossover; nil where nobody is overtaken.
  public let place: Place?

  init(_ values: [Int], _ points: [(Int, PairedComparison)]) {
    self.points = points.map { Point(value: $0.0, comparison: $0.1) }
    place = Self.place(values, self.points)
  }

  /// Who leads wherever anybody is known to: -1, 1, or 0 where the lead changes or nobody's is known.
  public var onlyLead: Int {
    let leads = Set(points.map(\.comparison.lead)).subtracting([0])
    return leads.count == 1 ? leads.first ?? 0 : 0
  }

  private static func place(_ values: [Int], _ points: [Point]) -> Place? {
    guard let lead = points.last(where: { $0.comparison.lead != 0 })?.comparison.lead,
      let low = points.lastIndex(where: { $0.comparison.lead == -lead }),
      let high = points.indices.first(where: { $0 > low && points[$0].comparison.lead == lead }),
      let next = values.first(where: { $0 > points[low].value })
    else { return nil }
    // The last change of sign of the logarithm of the ratio, interpolated between neighbours.
    var crossing = Double(points[high].value)
    for i in (low..<high).reversed() {
      let (a, b) = (
        log(points[i].comparison.ratio) * Double(lead),
        log(points[i + 1].comparison.ratio) * Double(lead)
      )
      guard a <= 0, b > 0 else { continue }
      let (x, y) = (Double(points[i].value), Double(points[i + 1].value))
      crossing = x + (y - x) * (a / (a - b))
      break
    }
    let bounds = next...points[high].value
    let estimate = values.first { Double($0) > crossing } ?? bounds.upperBound
    return Place(
      secondWins: lead == 1, estimate: min(max(estimate, bounds.lowerBound), bounds.upperBound),
      bounds: bounds)
  }
}
