import ConvCore

/// What must hold between results of a convolution, whatever they are: an oracle that shares nothing
/// with the definition and costs a dozen executions, however large the problem.
///
/// Data are integers, so that every identity holds exactly: sums of products are equal as they are,
/// results of transforms after rounding to the nearest integer, from which they may be a quarter
/// off. After FFTW's own tester, which checks linearity, impulse and shift (Ergun, "Testing
/// multivariate linear functions", STOC 1995).
struct Identities<S: ConvScalar> {
  /// A broken identity.
  struct Violation: Sendable, Equatable {
    /// `A(2x) = 2 A(x)`
    var identity: String
    /// Where, and what was found.
    var reason: String
  }

  /// Largest sum of magnitudes for which integers are exact in single precision, with a margin.
  private static var largestSum: Double { 0x1p22 }

  private let algorithm: any ConvAlgorithm
  private let problem: ConvProblem
  private let resources: Resources
  private let check: () throws(ConvError) -> Void
  private let x: [S], other: [S]
  private let w: [S], otherWeights: [S]

  /// Integer operands for a problem; the bias is left out.
  ///
  /// - Throws: `ConvError.unsupported` where sums may leave the integers that the scalar holds.
  init(
    _ algorithm: any ConvAlgorithm, _ problem: ConvProblem, _ resources: Resources, seed: UInt64,
    check: @escaping () throws(ConvError) -> Void = { () throws(ConvError) in }
  ) throws(ConvError) {
    let terms = Terms(problem)
    let most = (0..<min(terms.count, 64)).reduce(0) { most, i in
      max(most, terms.termCount(terms.place(i * max(1, terms.count / 64) % terms.count)))
    }
    // Two sums of two operands each are added at most.
    let largest = Double(most * Fill.integerData * Fill.integerWeight) * 4
    guard largest <= Self.largestSum || S.kind == .f64 else {
      throw .unsupported(
        "sums of \(most) integers may not be exact in \(S.kind.rawValue): identities need fewer")
    }
    self.algorithm = algorithm
    let plain = try problem.with(bias: false)
    self.problem = plain
    self.resources = resources
    self.check = check
    func made(_ seed: UInt64) -> Operands<S> {
      Operands<S>(plain, .integers, seed: seed)
    }
    let (a, b) = (made(seed), made(seed &+ 1))
    (x, other) = (a.first, b.first)
    w = a.weights ?? a.second ?? []
    otherWeights = b.weights ?? b.second ?? []
  }

  /// The first identity that does not hold; nil where all do.
  ///
  /// - Throws: what the algorithm throws, and `interrupted`.
  func violation() throws(ConvError) -> Violation? {
    let y = try apply(x, w)
    if let far = Self.farFromIntegers(y) {
      return Violation(identity: "integers give integers", reason: far)
    }
    if let found = try linear(y) { return found }
    if !w.isEmpty, let found = try linearInWeights(y) { return found }
    guard problem.hasStationaryWeights else { return nil }
    if let found = try permuted(y) { return found }
    if let found = try flipped(y) { return found }
    if problem.pass == .forward, problem.operation == .convolution {
      if let found = try impulse() { return found }
      if let found = try shifted() { return found }
    }
    return try adjoint(y)
  }

  // MARK: - Linearity

  private func linear(_ y: [Double]) throws(ConvError) -> Violation? {
    let zero = try apply(x.map { _ in 0 }, w)
    if let found = Self.difference("A(0) = 0", zero, y.map { _ in 0 }) { return found }
    let doubled = try apply(x.map { 2 * $0 }, w)
    if let found = Self.difference("A(2x) = 2 A(x)", doubled, y.map { 2 * $0 }) { return found }
    let (sum, second) = (try apply(added(x, other), w), try apply(other, w))
    return Self.difference("A(x + z) = A(x) + A(z)", sum, zip(y, second).map { $0 + $1 })
  }

  private func linearInWeights(_ y: [Double]) throws(ConvError) -> Violation? {
    let (sum, second) = (try apply(x, added(w, otherWeights)), try apply(x, otherWeights))
    return Self.difference(
      "A(x; w + v) = A(x; w) + A(x; v)", sum, zip(y, second).map { $0 + $1 })
  }

  private func added(_ a: [S], _ b: [S]) -> [S] { zip(a, b).map { $0 + $1 } }

  // MARK: - Symmetries

  private func permuted(_ y: [Double]) throws(ConvError) -> Violation? {
    if problem.batch > 1 {
      let turned = try apply(Self.reversed(x, problem.batch), w)
      let found = Self.difference(
        "the batch's order does not matter", turned, Self.reversed(y, problem.batch))
      if let found { return found }
    }
    guard problem.groups == 1, problem.pass == .forward, problem.operation == .convolution,
      problem.layout == .nchw, problem.outChannels > 1
    else { return nil }
    let turned = try apply(x, Self.reversed(w, problem.outChannels))
    let one = y.count / problem.batch
    let right = (0..<problem.batch).flatMap {
      Self.reversed(Array(y[$0 * one..<($0 + 1) * one]), problem.outChannels)
    }
    return Self.difference("the output channels' order does not matter", turned, right)
  }

  /// `parts` equal parts in the opposite order.
  private static func reversed<T>(_ values: [T], _ parts: Int) -> [T] {
    let one = values.count / parts
    return (0..<parts).reversed().flatMap { values[$0 * one..<($0 + 1) * one] }
  }

  private func flipped(_ y: [Double]) throws(ConvError) -> Violation? {
    let taps = problem.kernel.count
    let turned = w.indices.map { w[$0 / taps * taps + taps - 1 - $0 % taps] }
    let other = try problem.with(
      convention: problem.convention == .convolution ? .crossCorrelation : .convolution)
    guard case .supported = algorithm.support(other, resources) else { return nil }
    return Self.difference(
      "a flipped kernel under the other convention", try apply(x, turned, other), y)
  }

  // MARK: - Impulse and shift

  /// One element of 1: the result is the kernel, each tap where the definition puts it.
  private func impulse() throws(ConvError) -> Violation? {
    guard problem.border == .zeros else { return nil }
    let e = problem.input
    let shape = ResultShape.data(channels: problem.inChannels, e, problem.layout)
    let place = (n: problem.batch - 1, c: problem.inChannels / 2)
    // Where the middle tap of the middle output reads, if that is inside.
    let at = Extents { axis in
      let a = problem.axes[axis]
      let i = problem.output[axis] / 2 * a.stride + a.kernel / 2 * a.dilation - a.low
      return (0..<e[axis]).contains(i) ? i : e[axis] / 2
    }
    var delta = [S](repeating: 0, count: x.count)
    delta[shape.index(place.n, place.c, at.d, at.h, at.w)] = 1
    let target = ResultShape.data(channels: problem.outChannels, problem.output, problem.layout)
    var right = [Double](repeating: 0, count: problem.outputCount)
    let perGroup = (problem.inChannels / problem.groups, problem.outChannels / problem.groups)
    let group = place.c / perGroup.0
    let k = problem.kernel
    for tap in 0..<k.count {
      let t = Extents(tap / (k.h * k.w), tap / k.w % k.h, tap % k.w)
      guard let o = output(reading: at, by: t) else { continue }
      let isFlipped = problem.convention == .convolution
      for out in group * perGroup.1..<(group + 1) * perGroup.1 {
        let weight =
          (out * perGroup.0 + place.c % perGroup.0) * k.count
          + (isFlipped ? k.count - 1 - tap : tap)
        right[target.index(place.n, out, o.d, o.h, o.w)] += Double(w[weight])
      }
    }
    return Self.difference("an impulse gives the kernel", try apply(delta, w), right)
  }

  /// The output whose tap t reads input i; nil where there is none.
  private func output(reading i: Extents, by t: Extents) -> Extents? {
    var o = Extents(0, 0, 0)
    for axis in 0..<3 {
      let a = problem.axes[axis]
      let start = i[axis] + a.low - t[axis] * a.dilation
      guard start >= 0, start % a.stride == 0, start / a.stride < problem.output[axis] else {
        return nil
      }
      o[axis] = start / a.stride
    }
    return o
  }

  /// An input moved by one stride along the width moves the result by one.
  private func shifted() throws(ConvError) -> Violation? {
    let step = problem.width.stride
    guard problem.border == .zeros, problem.input.w > step else { return nil }
    let shape = ResultShape.data(channels: problem.inChannels, problem.input, problem.layout)
    // What would be moved out of the input is zero before too.
    let still = x.indices.map { shape.place($0).w >= problem.input.w - step ? 0 : x[$0] }
    let moved = x.indices.map { i in
      let p = shape.place(i)
      return p.w < step ? 0 : still[shape.index(p.outer, p.inner, p.d, p.h, p.w - step)]
    }
    let target = ResultShape.data(channels: problem.outChannels, problem.output, problem.layout)
    let (before, after) = (try apply(still, w), try apply(moved, w))
    let right = after.indices.map { i -> Double in
      let p = target.place(i)
      return p.w == 0 ? after[i] : before[target.index(p.outer, p.inner, p.d, p.h, p.w - 1)]
    }
    return Self.difference("a moved input moves the result", after, right)
  }

  // MARK: - Adjoints

  /// <A x, z> = <x, A' z> = <w, dW(x, z)>, where the algorithm does the other passes.
  private func adjoint(_ y: [Double]) throws(ConvError) -> Violation? {
    guard problem.pass == .forward else { return nil }
    let z = Fill.integers.data(y.count, SeededRandom(seed: 0xAD, stream: 9), as: S.self)
    let left = zip(y, z).reduce(0) { $0 + $1.0 * Double($1.1) }
    for (pass, name) in [
      (Pass.inputGradient, "<A x, z> = <x, A' z>"), (.weightGradient, "<A x, z> = <w, dW(x, z)>"),
    ] {
      let other = try problem.with(pass: pass)
      guard case .supported(let estimate) = algorithm.support(other, resources),
        estimate.workspaceBytes <= resources.workspaceLimit
      else { continue }
      let isInput = pass == .inputGradient
      let found = isInput ? try apply(z, w, other) : try apply(x, z, other)
      let right = zip(found, isInput ? x : w).reduce(0) { $0 + $1.0 * Double($1.1) }
      // Weight gradients may sum more integers than the scalar holds; those are not compared.
      let isExact = isInput || S.kind == .f64 || Double(problem.outputCount) <= Self.largestSum / 8
      if isExact, left != right {
        return Violation(identity: name, reason: "\(left) is not \(right)")
      }
    }
    return nil
  }

  // MARK: - Running

  private func apply(_ first: [S], _ second: [S], _ other: ConvProblem? = nil) throws(ConvError)
    -> [Double]
  {
    try check()
    let problem = other ?? problem
    let plan = try S.plan(algorithm, problem, resources)
    if problem.hasStationaryWeights { try plan.prepare(weights: second.span) }
    var result = [S](repeating: .nan, count: problem.operandCounts.result)
    var span = result.mutableSpan
    if problem.pass == .weightGradient {
      try plan.apply(first.span, second.span, into: &span)
    } else {
      try plan.apply(first.span, into: &span)
    }
    return result.map { value in
      let y = Double(value)
      return abs(y - y.rounded()) < 0.25 ? y.rounded() : y
    }
  }

  private static func farFromIntegers(_ y: [Double]) -> String? {
    y.firstIndex { $0 != $0.rounded() }.map { "result \($0) is \(y[$0])" }
  }

  private static func difference(_ identity: String, _ found: [Double], _ right: [Double])
    -> Violation?
  {
    zip(found, right).enumerated().first { $0.element.0 != $0.element.1 }.map {
      Violation(
        identity: identity,
        reason: "result \($0.offset) is \($0.element.0), not \($0.element.1)")
    }
  }
}
