import ConvCore
import Imaging

/// Results of one call by several algorithms: the first one's is written, the others' are held
/// against it, and every convolution of each is verified.
struct ImageComparison {
  /// The first algorithm that could, and what it made.
  private(set) var first: (name: AlgorithmName, result: ImageResult)?
  /// Whether a convolution was further from the truth than its bound.
  private(set) var hasFailed = false
  /// A row for each algorithm.
  private(set) var table = TextTable(
    [
      "algorithm", "error / bound", "largest difference", "relative (L2)", "pixels that differ",
      "remark",
    ], [.left, .right, .right, .right, .right, .left])
  private let verifier: StepVerifier?

  /// Verifies with `resources`; nothing where they are nil.
  init(verifyingWith resources: Resources?) { verifier = resources.map(StepVerifier.init) }

  /// Adds what `work` makes with a filter of `algorithm`'s.
  ///
  /// - Returns: why the algorithm cannot, or nil.
  /// - Throws: every error but that of an algorithm that cannot.
  mutating func add(
    _ algorithm: any ConvAlgorithm, _ filter: Filter,
    _ work: (Filter) throws(ConvError) -> ImageResult
  ) throws(ConvError) -> ConvError? {
    var filter = filter
    filter.algorithm = algorithm
    filter.observer = verifier
    verifier?.reset()
    let name = algorithm.name.description
    do {
      let result = try work(filter)
      hasFailed = hasFailed || verifier?.failure != nil
      let ratio = significant(verifier?.ratio ?? 0)
      guard let first else {
        first = (algorithm.name, result)
        table.add([name, ratio, "", "", "", verifier?.failure ?? "writes the picture"])
        return nil
      }
      let d = try result.values.deviation(from: first.result.values, first.result.mapping)
      table.add([
        name, ratio, scientific(d.maximum), scientific(d.relative),
        "\(d.pixels) of \(result.values.samples.count)", verifier?.failure ?? "",
      ])
      return nil
    } catch {
      guard case .unsupported(let why) = error else { throw error }
      table.add([name, "", "", "", "", "unsupported: \(why)"])
      return error
    }
  }
}
