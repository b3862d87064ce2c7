import ConvCore
import Imaging
import Laboratory

/// Judges every convolution that a filter computes against the oracle, on the very picture.
///
/// Unchecked because a filter calls it from one thread at a time.
final class StepVerifier: FilterObserver, @unchecked Sendable {
  /// Largest ratio of an error to its bound since `reset`.
  private(set) var ratio = 0.0
  /// What the first failure since then was; nil if all passed.
  private(set) var failure: String?
  private let resources: Resources
  /// The latest oracles: algorithms that filter the same picture share its first one.
  private var known: [Any] = []

  init(_ resources: Resources) { self.resources = resources }

  /// Begins with another algorithm.
  func reset() { (ratio, failure) = (0, nil) }

  func observe<S: ConvScalar>(
    _ problem: ConvProblem, by algorithm: any ConvAlgorithm, _ weights: [S], _ first: [S],
    _ result: [S]
  ) throws(ConvError) {
    guard case .supported(let estimate) = algorithm.support(problem, resources) else { return }
    let truth = try truth(problem, weights, first)
    let judgement = try truth.judge(result, estimate.error)
    ratio = max(ratio, judgement.accuracy.ratio)
    if !judgement.passes && failure == nil { failure = judgement.reason }
  }

  private func truth<S: ConvScalar>(_ problem: ConvProblem, _ weights: [S], _ first: [S])
    throws(ConvError) -> Verification<S>
  {
    for case let one as Verification<S> in known
    where one.problem == problem && one.operands.weights == weights && one.operands.first == first {
      return one
    }
    let operands = try Operands(problem, first: first, weights: weights)
    let made = try Verification(problem, operands, resources.pool, isBrief: true)
    known = [made] + known.prefix(3)
    return made
  }
}
