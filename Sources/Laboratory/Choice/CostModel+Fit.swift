import ConvCore
import Glibc

/// One measured execution: what an algorithm did and how long it took.
public struct CostSample: Sendable, Equatable {
  /// Who.
  public var algorithm: AlgorithmName
  /// What it did.
  public var work: Work
  /// Seconds of one execution.
  public var seconds: Double

  /// A measured execution.
  public init(_ algorithm: AlgorithmName, _ work: Work, seconds: Double) {
    (self.algorithm, self.work, self.seconds) = (algorithm, work, seconds)
  }
}

extension CostModel {
  /// Fits a model on `samples`, measured on these threads and this instruction set in single
  /// precision, where `rate` multiply-adds a second are the peak.
  ///
  /// What has too few samples keeps the default coefficients, scaled to what was measured. Without
  /// `corrects` the sums are all there is.
  public init(
    fitting samples: [CostSample], threads: Int, isa: ISA, rate: Double, corrects: Bool = true
  ) {
    var groups: [String: [CostSample]] = [:]
    for sample in samples where sample.seconds > 0 && sample.seconds.isFinite {
      groups[Self.key("\(sample.algorithm)", sample.work.regime), default: []].append(sample)
    }
    self.init(
      threads: threads, isa: isa, rate: rate,
      entries: groups.mapValues { Self.entry(of: $0, isa, rate: rate, corrects) })
  }

  private static func entry(
    of samples: [CostSample], _ isa: ISA, rate: Double, _ corrects: Bool
  ) -> Entry {
    let first = samples[0]
    let prior = defaultEntry(first.algorithm.family, first.work.regime, isa).coefficients
    let rows = samples.map(\.work.counts)
    let costs = samples.map { $0.seconds * rate }
    // Defaults describe another machine: only their proportions are a prior.
    let level = Statistics.median(
      zip(rows, costs).map { row, cost in cost / max(1e-300, sum(prior, row)) })
    let coefficients = LeastSquares.relative(
      rows, costs, prior: prior.map { $0 * level }, strength: 0.5)
    let left = zip(rows, costs).map { row, cost in
      log2(cost / max(1e-300, sum(coefficients, row)))
    }
    var entry = Entry(coefficients, error: spread(left), problems: samples.count)
    guard corrects, samples.count >= 6 else { return entry }
    for width in [0.5, 0.75, 1, 1.5] {
      for noise in [0.1, 0.2, 0.4, 0.8] {
        guard
          let (fit, errors) = LeastSquares.interpolation(
            samples.map(\.work.place), left, width: width, noise: noise),
          spread(errors) < entry.error ?? .infinity
        else { continue }
        entry.correction = fit
        entry.error = spread(errors)
      }
    }
    return entry
  }

  private static func sum(_ coefficients: [Double], _ counts: [Double]) -> Double {
    zip(coefficients, counts).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Root mean square of logarithms to base 2, as a natural one: a relative error while it is small.
  private static func spread(_ values: [Double]) -> Double {
    let mean = values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))
    return mean.squareRoot() * log(2)
  }
}
