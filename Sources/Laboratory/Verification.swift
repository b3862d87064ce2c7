import ConvCore

/// The oracle for one problem and its data, against which any number of results is judged.
public struct Verification<S: ConvScalar> {
  /// What is computed.
  public let problem: ConvProblem
  /// From what.
  public let operands: Operands<S>
  let oracle: Oracle<S>
  let pool: ThreadPool
  private let flushesDenormals: Bool

  /// Computes the true results, as far as they can be had in about a second; in a fraction of it
  /// where `isBrief`.
  ///
  /// - Throws: `ConvError.system` where two ways of computing them disagree; `overBudget` without
  ///   memory.
  public init(
    _ problem: ConvProblem, _ operands: Operands<S>, _ pool: ThreadPool, seed: UInt64 = 1,
    isBrief: Bool = false, flushesDenormals: Bool = false
  ) throws(ConvError) {
    var effort = Oracle<S>.Effort()
    if isBrief { effort.scale(0.2) }
    try self.init(
      problem, operands, pool, seed: seed, flushesDenormals: flushesDenormals, effort: effort)
  }

  init(
    _ problem: ConvProblem, _ operands: Operands<S>, _ pool: ThreadPool, seed: UInt64 = 1,
    flushesDenormals: Bool = false, effort: Oracle<S>.Effort
  ) throws(ConvError) {
    self.problem = problem
    self.operands = operands
    self.pool = pool
    self.flushesDenormals = flushesDenormals
    oracle = try Oracle(problem, operands, pool, seed: seed, effort: effort)
  }

  /// What the `oracle` column says.
  public var oracleName: String { oracle.name }

  /// Compares a result with the truth, within the bounds of `model`.
  ///
  /// - Throws: `ConvError.invalid` where counts differ.
  public func judge(_ result: [S], _ model: ErrorModel) throws(ConvError) -> Judgement {
    let count = problem.operandCounts.result
    guard result.count == count else {
      throw .invalid("a result of \(count) elements is needed, not of \(result.count)")
    }
    return result.withUnsafeBufferPointer { judge($0, model) }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func judge(_ result: UnsafeBufferPointer<S>, _ model: ErrorModel) -> Judgement {
    let bounds = evaluator(result, model)
    let limit = Double(S.greatestFiniteMagnitude)
    let chunk = 4096
    let chunks = (oracle.count + chunk - 1) / chunk
    var tallies = [Tally](repeating: Tally(), count: chunks)
    tallies.withUnsafeMutableBufferPointer { tallies in
      let tallies = tallies.baseAddress!
      pool.run(chunks) { item, _ in
        var tally = Tally()
        for i in item * chunk..<min(oracle.count, (item + 1) * chunk) {
          let index = oracle.index(i)
          tally.add(index, Double(result[index]), oracle.sums[i], limit: limit) {
            bounds.bound(index, $0)
          }
        }
        tallies[item] = tally
      }
    }
    var tally = tallies.reduce(into: Tally()) { $0.merge($1) }
    if let projection = oracle.projection { judge(projection, result, bounds, &tally) }
    return tally.judgement(oracle.name)
  }

  /// Compares signed sums of results with those of the oracle.
  @specialized(where S == Float)
  @specialized(where S == Double)
  private func judge(
    _ projection: Projection, _ result: UnsafeBufferPointer<S>, _ bounds: BoundEvaluator,
    _ tally: inout Tally
  ) {
    let order = oracle.largestOrderFactor
    let (terms, shape) = (projection.terms, oracle.terms.shape)
    let chunk = 1024
    let chunks = (terms.count + chunk - 1) / chunk
    var worst = [(ratio: Double, index: Int)](repeating: (0, 0), count: chunks)
    worst.withUnsafeMutableBufferPointer { worst in
      let worst = worst.baseAddress!
      pool.run(chunks) { item, _ in
        for i in item * chunk..<min(terms.count, (item + 1) * chunk) {
          let place = terms.place(i)
          var sum = 0.0
          var known = TermSum(squares: projection.sums[i].squares)
          for m in 0..<projection.members {
            let (full, sign) = projection.member(place, m)
            var y = Double(
              result[shape.index(full.outer, full.inner, full.d, full.h, full.w)])
            if let bias = operands.bias {
              let b = Double(bias[full.inner])
              y -= b
              known.squares += b * b
            }
            sum += sign * y
            known.value += y * y
          }
          known.value.formSquareRoot()
          let truth = projection.sums[i].value
          guard truth.isFinite else { continue }
          let error = abs(sum - truth)
          let allowed = bounds.bound(projection, place, known, order: order)
          let ratio = error.isNaN ? .infinity : error == 0 ? 0 : error / allowed
          if ratio > worst[item].ratio { worst[item] = (ratio, i) }
        }
      }
    }
    if let most = worst.max(by: { $0.ratio < $1.ratio }) {
      tally.addProjection(most.ratio, terms.place(most.index))
    }
  }

  func evaluator(_ result: UnsafeBufferPointer<S>, _ model: ErrorModel) -> BoundEvaluator {
    BoundEvaluator(
      model, problem, oracle.terms, operands, result.baseAddress!,
      flushesDenormals: flushesDenormals, pool)
  }
}

/// What became of a comparison.
public struct Judgement: Sendable, Equatable {
  /// The figures; `integerExact` is not set.
  public var accuracy: Accuracy
  /// Whether every output is within its bound.
  public var passes: Bool
  /// Where it is worst, in one line, if it fails; else empty.
  public var reason: String
}

/// Errors and bounds of all results compared.
private struct Tally {
  private var errorSquares = 0.0, squares = 0.0, largest = 0.0
  private var worst = (ratio: 0.0, bound: 0.0, index: 0, value: 0.0, truth: 0.0)
  private var wrong = 0, count = 0
  private var projected = ""

  mutating func add(
    _ index: Int, _ value: Double, _ truth: TermSum, limit: Double,
    _ bound: (TermSum) -> Double
  ) {
    count += 1
    let y = truth.value
    guard y.isFinite, abs(y) <= limit else {
      // What is not finite, or not in the scalar, must be just so.
      let agrees = y.isNaN ? value.isNaN : value == (y > 0 ? .infinity : -.infinity)
      if !agrees { fail(index, value, y) }
      return
    }
    guard value.isFinite else { return fail(index, value, y) }
    let error = abs((value - y) - truth.rest)
    errorSquares += error * error
    squares += y * y
    largest = max(largest, error)
    let allowed = bound(truth)
    guard allowed.isFinite else { return fail(index, value, y) }
    let ratio = error == 0 ? 0 : error / allowed
    if ratio > 1 { wrong += 1 }
    if ratio > worst.ratio || count == 1 { worst = (ratio, allowed, index, value, y) }
  }

  mutating func merge(_ other: Tally) {
    count += other.count
    wrong += other.wrong
    errorSquares += other.errorSquares
    squares += other.squares
    largest = max(largest, other.largest)
    if other.worst.ratio > worst.ratio || count == other.count { worst = other.worst }
  }

  private mutating func fail(_ index: Int, _ value: Double, _ truth: Double) {
    wrong += 1
    if worst.ratio < .infinity { worst = (.infinity, 0, index, value, truth) }
  }

  /// The worst ratio of the projection, which counts as the results' own.
  mutating func addProjection(_ ratio: Double, _ place: Terms.Place) {
    if ratio > 1 {
      projected = "the signed sum over channels at (\(place.d), \(place.h), \(place.w)) is wrong"
    }
    worst.ratio = max(worst.ratio, ratio)
  }

  func judgement(_ oracle: String) -> Judgement {
    let l2 = squares > 0 ? (errorSquares / squares).squareRoot() : errorSquares > 0 ? .infinity : 0
    let reason =
      wrong == 0
      ? projected
      : "\(wrong) of \(count) results beyond their bounds; result \(worst.index) is "
        + "\(worst.value), not \(worst.truth)"
    return Judgement(
      accuracy: Accuracy(
        l2: l2, max: largest, bound: worst.bound, ratio: worst.ratio, integerExact: nil,
        oracle: oracle),
      passes: wrong == 0 && projected.isEmpty, reason: reason)
  }
}
