import ConvCore

extension Hypothesis {
  /// What is seen by running an algorithm again: in other buffers, after other weights, on one
  /// thread.
  static func probes(_ subject: Subject<S>) -> [Self] {
    [unwritten(subject), accumulates(subject), unsteady(subject), threads(subject), stale]
  }

  private static func unwritten(_ subject: Subject<S>) -> Self {
    Hypothesis(name: "not written") { m in
      guard let a = again(subject, m, before: 17), let b = again(subject, m, before: -5) else {
        return nil
      }
      let kept = m.wrong.filter { a[$0] == 17 && b[$0] == -5 }
      guard !kept.isEmpty else { return nil }
      var values: [TermSum?] = m.truth
      for i in kept { values[i] = m.truth[i].with(.nan) }
      let contiguous = kept.last.map { $0 - kept[0] + 1 == kept.count } ?? false
      let place =
        contiguous
        ? ": in memory results \(kept[0]) to \(kept[0] + kept.count - 1) of \(m.result.count)" : ""
      return Prediction(
        sentence: "\(kept.count) results are never written\(place)", values: values)
    }
  }

  private static func accumulates(_ subject: Subject<S>) -> Self {
    Hypothesis(name: "accumulates") { m in
      guard let zero = again(subject, m, before: 0), let one = again(subject, m, before: 1) else {
        return nil
      }
      let added = m.wrong.filter {
        m.agrees(zero[$0], at: $0) && abs(one[$0] - zero[$0] - 1) < 1e-3
      }
      guard !added.isEmpty else { return nil }
      var values: [TermSum?] = m.truth
      for i in added { values[i] = m.truth[i].with(.nan) }
      return Prediction(
        sentence: "results are added to what the buffer held before, not written over it",
        values: values)
    }
  }

  private static func unsteady(_ subject: Subject<S>) -> Self {
    Hypothesis(name: "unsteady") { m in
      guard let a = again(subject, m, before: .nan) else { return nil }
      let changed = m.result.indices.filter {
        a[$0] != m.result[$0] && !(a[$0].isNaN && m.result[$0].isNaN)
      }
      guard !changed.isEmpty else { return nil }
      var values: [TermSum?] = m.truth
      for i in changed { values[i] = m.truth[i].with(m.result[i]) }
      return Prediction(
        sentence: "two runs on the same data differ in \(changed.count) results: a race, or memory "
          + "that is read before it is written", values: values)
    }
  }

  private static func threads(_ subject: Subject<S>) -> Self {
    Hypothesis(name: "threads") { m in
      let count = subject.resources.threads
      guard count > 1, let pool = try? ThreadPool(width: 1) else { return nil }
      var resources = subject.resources
      resources.pool = pool
      guard let alone = again(Subject(subject.algorithm, resources), m, before: .nan),
        m.wrong.allSatisfy({ m.agrees(alone[$0], at: $0) })
      else { return nil }
      let values = m.truth.indices.map { m.truth[$0].with(m.result[$0]) }
      return Prediction(
        sentence: "right on one thread, wrong on \(count): threads write each other's results",
        values: values)
    }
  }

  /// The weights that were prepared first are kept.
  private static var stale: Self {
    .operands("stale weights", "weights that were prepared earlier are used, not the last ones") {
      $0.weights = $0.weights.map { Subject<S>.otherWeights(count: $0.count) }
      return $0.weights != nil
    }
  }

  private static func again(_ subject: Subject<S>, _ m: Mismatch<S>, before: S) -> [Double]? {
    guard let run = try? subject.run(m.problem, m.operands, before: before) else { return nil }
    return run.result.map { Double($0) }
  }

  /// One weight, or one channel's kernel, that enters with another factor: found by projecting the
  /// error on what each weight contributes. Only where errors keep to few channels.
  static func singleWeights(_ m: Mismatch<S>) -> [Self] {
    guard let weights = m.operands.weights, m.problem.pass == .forward,
      m.problem.operation == .convolution
    else { return [] }
    let channels = Set(m.wrong.map { m.shape.place($0).inner })
    let (columns, taps) = (m.problem.weightShape[1], m.problem.kernel.count)
    guard channels.count == 1, let row = channels.first, columns <= 512 else { return [] }
    let products = Mismatch<S>.products(m.problem)
    var list = (0..<columns).map { column -> Self in
      .operands(
        "channel left out", "channel \(column) of output channel \(row)'s sums is left out"
      ) { o in
        let start = (row * columns + column) * taps
        for t in 0..<taps { o.weights?[start + t] = 0 }
        return true
      }
    }
    guard products * Double(columns * taps) <= 3e8 else { return list }
    for i in row * columns * taps..<(row + 1) * columns * taps {
      list.append(single(i, weights[i], row, columns, taps))
    }
    return list
  }

  private static func single(_ i: Int, _ weight: S, _ row: Int, _ columns: Int, _ taps: Int) -> Self
  {
    Hypothesis(name: "single weight") { m in
      var unit = m.operands
      unit.weights = unit.weights.map { w in w.indices.map { $0 == i ? 1 : 0 } }
      unit.bias = unit.bias.map { b in b.map { _ in 0 } }
      guard let parts = m.recomputed(nil, unit) else { return nil }
      var (product, square) = (0.0, 0.0)
      for (j, part) in parts.enumerated() where m.result[j].isFinite {
        product += (m.result[j] - m.truth[j].value) * part.value
        square += part.value * part.value
      }
      guard square > 0, abs(product) > 0 else { return nil }
      let change = product / square
      let factor = 1 + change / Double(weight)
      let how =
        abs(factor) < 1e-3
        ? "is left out"
        : abs(factor + 1) < 1e-3
          ? "enters with the opposite sign" : "counts \(rounded(factor)) times"
      let k = m.problem.kernel
      let t = i % taps
      let tap = [t / (k.h * k.w), t / k.w % k.h, t % k.w].suffix(m.problem.rank)
      return Prediction(
        sentence: "one weight \(how): output channel \(row), channel \(i / taps % columns) of its "
          + "group, tap \(tap.map(String.init).joined(separator: ", "))",
        values: zip(m.truth, parts).map { $0.with($0.value + change * $1.value) })
    }
  }
}

extension Mismatch {
  /// Whether a value is the truth of result i, but for roundings.
  func agrees(_ value: Double, at i: Int) -> Bool {
    let y = truth[i].value
    if y.isNaN || value.isNaN { return y.isNaN && value.isNaN }
    let rounding = 100 * S.kind.unitRoundoff * truth[i].squares.squareRoot()
    return value == y || abs(value - y) <= max(rounding, 2 * allowed[i])
  }
}
