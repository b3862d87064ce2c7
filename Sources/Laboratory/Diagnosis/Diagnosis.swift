import ConvCore

/// What is wrong with a wrong result: the smallest problem that still fails, where the errors lie,
/// and which of the usual mistakes explains them (docs/Verification.md).
public struct Diagnosis: Sendable {
  /// A mistake that fits, or a place that tells.
  public struct Finding: Sendable, Equatable {
    /// In two or three words: `flipped kernel`.
    public var name: String
    /// The mistake in this problem, as a sentence.
    public var sentence: String
    /// Fraction of the wrong results that it explains; 1 for all.
    public var explained: Double
  }

  /// Who computed it.
  public var subject: String
  /// The problem that was looked at: the one asked for, or a smaller one where that is too large.
  public var problem: ConvProblem
  /// The smallest problem found that fails; nil where results were given and cannot be had again.
  public var smallest: ConvProblem?
  /// Steps that led to it.
  public var steps = 0
  /// Numbers of wrong results, of those among them that are no numbers, and of all.
  public var wrong: Int, notNumbers: Int, total: Int
  /// Where they lie, in lines.
  public var places: [String]
  /// One plane as characters, all planes in one.
  public var picture: [String]
  /// Results of the smallest problem beside the right ones, where they are few.
  public var numbers: [String] = []
  /// What explains them, the best first; empty where nothing known does.
  public var findings: [Finding]

  /// For people.
  public var lines: [String] {
    var lines = ["\(subject) on \(problem.descriptor), \(problem.pass.rawValue):"]
    if let smallest {
      let how = steps == 0 ? "nothing smaller fails" : "\(steps) steps smaller"
      lines.append("  smallest that fails: \(Self.told(smallest)) (\(how))")
    }
    let none = notNumbers > 0 ? ", \(notNumbers) of them no numbers" : ""
    lines.append("  where: \(wrong) of \(total) results are wrong\(none)")
    lines += places.map { "    \($0)" }
    if picture.count > 1 || (picture.first?.count ?? 0) > 1 {
      lines.append("  map (. right in every plane, # wrong in every plane, digits tenths of them):")
      lines += picture.map { "    \($0)" }
    }
    if !numbers.isEmpty {
      lines.append("  in the smallest problem:")
      lines += numbers.map { "    \($0)" }
    }
    guard !findings.isEmpty else {
      return lines + ["  why: none of the usual mistakes explains it"]
    }
    for finding in findings {
      let share =
        finding.explained > 0.999
        ? "" : " (explains \(Int((100 * finding.explained).rounded(.down))) % of the wrong results)"
      lines.append("  why: \(finding.name): \(finding.sentence)\(share)")
    }
    return lines
  }

  /// The descriptor with what it cannot say.
  private static func told(_ p: ConvProblem) -> String {
    var parts = [p.descriptor]
    if p.operation != .convolution { parts.append("--operation \(p.operation.rawValue)") }
    if p.pass != .forward { parts.append("--pass \(p.pass.rawValue)") }
    if p.border != .zeros { parts.append("--border \(p.border.rawValue)") }
    if p.convention != .crossCorrelation { parts.append("--convention \(p.convention.rawValue)") }
    if p.layout != .nchw { parts.append("--layout \(p.layout.rawValue)") }
    if p.bias { parts.append("--bias") }
    if p.scalar != .f32 { parts.append("--dtype \(p.scalar.rawValue)") }
    // Descriptors cannot say a crop before the first element.
    if p.spatialAxes.contains(where: { $0.low < 0 }) {
      let list = p.spatialAxes.flatMap { ["\($0.low)", "\($0.high)"] }
      parts.append("--padding \(list.joined(separator: ","))")
    }
    return parts.joined(separator: " ")
  }
}

extension Diagnosis {
  /// Products up to which the problem itself is looked at; of a larger one a smaller that fails.
  static var largest: Double { 5e6 }

  /// Examines an algorithm on a problem that it failed; nil where the failure does not come again.
  ///
  /// - Throws: `ConvError` where the algorithm throws, or the system.
  public static func examine(
    _ algorithm: any ConvAlgorithm, _ problem: ConvProblem, _ resources: Resources,
    fill: Fill = .uniform, seed: UInt64 = 1
  ) throws(ConvError) -> Diagnosis? {
    problem.scalar == .f32
      ? try examine(Subject<Float>(algorithm, resources), problem, fill, seed)
      : try examine(Subject<Double>(algorithm, resources), problem, fill, seed)
  }

  private static func examine<S: ConvScalar>(
    _ subject: Subject<S>, _ problem: ConvProblem, _ fill: Fill, _ seed: UInt64
  ) throws(ConvError) -> Diagnosis? {
    // What is right on real data may be wrong on integers.
    for fill in fill == .integers ? [fill] : [fill, .integers] {
      func fails(_ p: ConvProblem) -> Bool {
        (try? isWrong(subject, p, Operands<S>(p, fill, seed: seed))) ?? false
      }
      guard try isWrong(subject, problem, Operands<S>(problem, fill, seed: seed)) else { continue }
      let shrinking = Shrinking()
      let study = shrinking.smallest(
        from: problem, isEnough: { Mismatch<S>.products($0) <= largest }, fails: fails)
      let smallest = shrinking.smallest(from: study.problem, fails: fails)
      let operands = Operands<S>(study.problem, fill, seed: seed)
      guard let run = try subject.run(study.problem, operands) else { return nil }
      let mismatch = try Mismatch(
        study.problem, operands, run.result, run.model, subject.resources.pool)
      var diagnosis = Diagnosis(mismatch, subject: "\(subject.algorithm.name)", subject)
      diagnosis.smallest = smallest.problem
      diagnosis.steps = study.steps + smallest.steps
      let own = Operands<S>(smallest.problem, fill, seed: seed)
      if let last = try subject.run(smallest.problem, own) {
        diagnosis.numbers = try Mismatch(
          smallest.problem, own, last.result, last.model, subject.resources.pool
        ).numbers
      }
      return diagnosis
    }
    return nil
  }

  private static func isWrong<S: ConvScalar>(
    _ subject: Subject<S>, _ problem: ConvProblem, _ operands: Operands<S>
  ) throws(ConvError) -> Bool {
    guard let run = try subject.run(problem, operands) else { return false }
    let truth = try Verification(problem, operands, subject.resources.pool, isBrief: true)
    return !(try truth.judge(run.result, run.model).passes)
  }

  /// Examines a result that somebody else computed from these operands, within the bound of
  /// `model`; nil where nothing is wrong with it. It cannot be had for smaller problems, so there is
  /// no smallest one.
  ///
  /// - Throws: `ConvError.invalid` where counts do not fit.
  public static func examine<S: ConvScalar>(
    result: [S], of problem: ConvProblem, _ operands: Operands<S>, _ model: ErrorModel,
    _ pool: ThreadPool, named name: String
  ) throws(ConvError) -> Diagnosis? {
    guard result.count == problem.operandCounts.result else {
      throw .invalid(
        "\(name) has \(result.count) elements, but \(problem.operandCounts.result) are needed")
    }
    let mismatch = try Mismatch(problem, operands, result, model, pool)
    return mismatch.wrong.isEmpty ? nil : Diagnosis(mismatch, subject: name, nil)
  }

  private init<S: ConvScalar>(_ m: Mismatch<S>, subject name: String, _ subject: Subject<S>?) {
    let map = ErrorMap(m)
    let sides = map.sides
    self.subject = name
    problem = m.problem
    wrong = m.wrong.count
    notNumbers = m.wrong.count { m.result[$0].isNaN }
    total = m.result.count
    places = [map.borderLine(m.problem)].compactMap(\.self) + map.concentrations
    picture = map.picture()
    findings = Self.hypotheses(m, subject) + Self.places(m, sides)
  }

  /// Mistakes that fit, whole ones before partial ones; of the partial ones the best.
  private static func hypotheses<S: ConvScalar>(_ m: Mismatch<S>, _ subject: Subject<S>?)
    -> [Finding]
  {
    let isSmall = Mismatch<S>.products(m.problem) <= 20 * largest
    var list = Hypothesis<S>.misplacedResults(m.shape)
    if isSmall {
      list =
        Hypothesis<S>.misreadings(m.problem) + Hypothesis<S>.misreadOperands(m.problem) + list
        + Hypothesis<S>.singleWeights(m)
    }
    if let subject { list = Hypothesis<S>.probes(subject) + list }
    let fits = list.compactMap { $0.fit(m) }
    var whole: [Finding] = []
    for fit in fits where fit.isWhole && !whole.contains(where: { $0.name == fit.name }) {
      whole.append(Finding(name: fit.name, sentence: fit.sentence, explained: 1))
    }
    if !whole.isEmpty { return whole }
    let partial = fits.filter { $0.explained >= 0.5 && $0.contradicted <= 1 - $0.explained }
    guard let best = partial.max(by: { $0.explained < $1.explained }) else { return [] }
    return [Finding(name: best.name, sentence: best.sentence, explained: best.explained)]
  }

  /// What the places alone tell.
  private static func places<S: ConvScalar>(_ m: Mismatch<S>, _ sides: [ErrorMap.Side])
    -> [Finding]
  {
    if m.wrong.count == 1, let i = m.wrong.first {
      let place = m.shape.place(i)
      return [
        Finding(
          name: "single result",
          sentence: "one result alone is wrong, at \(place.outer), \(place.inner), \(place.d), "
            + "\(place.h), \(place.w): \(m.result[i]), not \(m.truth[i].value)", explained: 1)
      ]
    }
    var findings: [Finding] = []
    for side in sides {
      guard let start = side.tail, m.wrong.count >= (side.extent - start) * side.each * 9 / 10
      else { continue }
      let left = side.extent - start
      let tiles = (left + 1...max(left + 1, start)).filter { start % $0 == 0 }
      let what = m.wrong.allSatisfy { m.result[$0] == 0 } ? "zero" : "wrong"
      let tile =
        tiles.isEmpty
        ? ""
        : ": what tiles of \(tiles.prefix(4).map(String.init).joined(separator: ", ")) leave over"
      findings.append(
        Finding(
          name: "tile tail",
          sentence: "the last \(left) of \(side.extent) along \(side.name) are \(what)\(tile)",
          explained: 1))
    }
    if let first = m.wrong.first, let last = m.wrong.last, m.wrong.count > 2,
      last - first + 1 == m.wrong.count, m.wrong.count < m.result.count, findings.isEmpty
    {
      findings.append(
        Finding(
          name: "a stretch of memory",
          sentence: "exactly results \(first) to \(last) of \(m.result.count) in memory are wrong",
          explained: 1))
    }
    let isRounding = m.wrong.allSatisfy { m.agrees($0, m.truth[$0]) }
    if isRounding {
      findings.append(
        Finding(
          name: "roundings",
          sentence: "errors are small: more roundings, or coarser ones, than the bound allows for",
          explained: 1))
    }
    return findings
  }
}

extension Mismatch {
  /// `got` and `right` in two lines, of at most 16 results.
  var numbers: [String] {
    guard result.count <= 16 else { return [] }
    return [
      "got    " + result.map(rounded).joined(separator: " "),
      "right  " + truth.map { rounded($0.value) }.joined(separator: " "),
    ]
  }
}
