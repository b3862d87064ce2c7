import ConvCore
import Glibc
import Kernels

/// Predicts the time of algorithms, without trying any.
///
/// For each algorithm and regime, seconds = exp(correction) x sum over terms of coefficient x count /
/// rate, where the rate is the machine's peak of multiply-adds, so that coefficients are numbers
/// without units: how many multiply-adds at peak one unit of a term costs. They come from least squares
/// on measured small problems (`Calibration`), none negative; the correction interpolates between what
/// these problems took and what the sum says of them. Without a fit there are default coefficients
/// and no correction.
public struct CostModel: Codable, Sendable, Equatable {
  /// What is known of one algorithm in one regime.
  public struct Entry: Codable, Sendable, Equatable {
    /// A coefficient for each term of `Work`.
    public var coefficients: [Double]
    /// What the sum leaves out.
    public var correction: Interpolation?
    /// Typical relative error of a prediction: the root mean square of the logarithm of predicted
    /// over measured time where the problem itself was left out; nil without a fit.
    public var error: Double?
    /// How many problems it was fitted on.
    public var problems: Int

    /// Coefficients as given.
    public init(
      _ coefficients: [Double], correction: Interpolation? = nil, error: Double? = nil,
      problems: Int = 0
    ) {
      self.coefficients = coefficients
      self.correction = correction
      self.error = error
      self.problems = problems
    }

    /// Whether it can be used: as many finite numbers as there are terms, none negative.
    var isSound: Bool {
      coefficients.count == Work.Term.allCases.count
        && coefficients.allSatisfy { $0.isFinite && $0 >= 0 } && correction?.isSound ?? true
    }

    /// Multiply-adds at peak that `work` takes as long as.
    func cost(_ work: Work) -> Double {
      let sum = zip(coefficients, work.counts).reduce(0) { $0 + $1.0 * $1.1 }
      let shift = correction?.value(at: work.place) ?? 0
      // Never trusted beyond a factor of four: far from all that was measured the sum knows better.
      return sum * exp2(max(-2, min(2, shift)))
    }
  }

  /// Threads that it was fitted on.
  public var threads: Int
  /// Instruction set that it was fitted on.
  public var isa: ISA
  /// Multiply-adds a second at peak, in single precision, on these threads.
  public var rate: Double
  /// Entries by `key`.
  public var entries: [String: Entry]

  /// A model of given entries.
  public init(threads: Int, isa: ISA, rate: Double, entries: [String: Entry]) {
    (self.threads, self.isa, self.rate, self.entries) = (threads, isa, rate, entries)
  }

  /// How entries are named: `winograd/channels`.
  static func key(_ name: String, _ regime: Work.Regime) -> String { "\(name)/\(regime.rawValue)" }

  /// The entry of an algorithm: its own, its family's, or the default one.
  func entry(_ name: AlgorithmName, _ regime: Work.Regime) -> Entry {
    for text in ["\(name)", name.family] {
      if let entry = entries[Self.key(text, regime)] { return entry }
    }
    return Self.defaultEntry(name.family, regime, isa)
  }

  /// Predicted seconds of one execution by algorithm `name`.
  ///
  /// On another number of threads or instruction set than fitted, rates are scaled by threads and
  /// lanes; double precision by the lanes, too.
  public func seconds(
    _ name: AlgorithmName, _ work: Work, _ scalar: ScalarKind, threads: Int, isa: ISA
  ) -> Double {
    let lanes = Double(isa.lanes(scalar)) / Double(self.isa.lanes(.f32))
    let scaled = rate * lanes * Double(threads) / Double(self.threads)
    return entry(name, work.regime).cost(work) / scaled
  }

  /// Whether every number in it can be used.
  var isSound: Bool {
    threads > 0 && rate.isFinite && rate > 0 && entries.values.allSatisfy(\.isSound)
  }
}

/// Interpolation of scattered values by a sum of Gaussian bumps (kernel ridge regression): smooth,
/// and zero far from all points.
public struct Interpolation: Codable, Sendable, Equatable {
  /// Where values are known.
  public var points: [[Double]]
  /// Height of the bump at each point.
  public var heights: [Double]
  /// Width of the bumps.
  public var width: Double

  /// Bumps as given.
  public init(points: [[Double]], heights: [Double], width: Double) {
    (self.points, self.heights, self.width) = (points, heights, width)
  }

  /// The value at a point; zero for points of another dimension.
  public func value(at point: [Double]) -> Double {
    zip(points, heights).reduce(0) { $0 + $1.1 * Self.bump($1.0, point, width) }
  }

  var isSound: Bool {
    points.count == heights.count && width.isFinite && width > 0
      && heights.allSatisfy(\.isFinite) && points.allSatisfy { $0.allSatisfy(\.isFinite) }
  }

  /// exp(-|a - b|^2 / 2 width^2).
  static func bump(_ a: [Double], _ b: [Double], _ width: Double) -> Double {
    guard a.count == b.count else { return 0 }
    let square = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return exp(-square / (2 * width * width))
  }
}
