import ConvCore

extension Hypothesis {
  /// Right results at wrong places, scaled, cut or turned.
  static func misplacedResults(_ shape: ResultShape) -> [Self] {
    var list = [scaled, offset] + cuts + [planes, exchanged]
    let e = shape.extents
    if e.h == e.w, e.w > 1 {
      list.append(
        moved("result transposed", "height and width of the result are exchanged") {
          ($0.d, $0.w, $0.h)
        })
    }
    for (axis, name) in ["d", "h", "w"].enumerated() where e[axis] > 1 {
      list.append(
        moved("result flipped", "the result is flipped along \(name)") { p in
          var at = Extents(p.d, p.h, p.w)
          at[axis] = e[axis] - 1 - at[axis]
          return (at.d, at.h, at.w)
        })
      for by in [1, -1] {
        list.append(
          moved(
            "result shifted by one",
            "results stand one place too \(by > 0 ? "near" : "far") along \(name)"
          ) { p in
            var at = Extents(p.d, p.h, p.w)
            at[axis] += by
            guard at[axis] >= 0, at[axis] < e[axis] else { return nil }
            return (at.d, at.h, at.w)
          })
      }
    }
    if shape.innerCount > 1, e.count > 1, case .data(let channels, _, let layout) = shape {
      list.append(layoutOfResults(channels, e.count, layout))
    }
    return list
  }

  /// A result that is the truth of another position; nil for no statement.
  private static func moved(
    _ name: String, _ sentence: String,
    _ source: @escaping (Terms.Place) -> (d: Int, h: Int, w: Int)?
  ) -> Self {
    .values(name, sentence) { m, i in
      let place = m.shape.place(i)
      return source(place).map {
        m.truth[m.shape.index(place.outer, place.inner, $0.d, $0.h, $0.w)]
      }
    }
  }

  private static func layoutOfResults(_ channels: Int, _ positions: Int, _ layout: DataLayout)
    -> Self
  {
    .values("layout of results", "results are written in the other layout (NCHW for NHWC)") {
      m, i in
      let plane = channels * positions
      let (n, r) = (i / plane, i % plane)
      let at =
        layout == .nchw
        ? r % channels * positions + r / channels : r % positions * channels + r / positions
      return m.truth[n * plane + at]
    }
  }

  /// One factor for all.
  private static var scaled: Self {
    Hypothesis(name: "scaled") { m in
      var (product, square) = (0.0, 0.0)
      for i in m.truth.indices where m.result[i].isFinite && m.truth[i].value.isFinite {
        product += m.result[i] * m.truth[i].value
        square += m.truth[i].value * m.truth[i].value
      }
      guard square > 0 else { return nil }
      let factor = product / square
      guard abs(factor - 1) > 1e-6 else { return nil }
      let values = m.truth.map { $0.scaled(factor) }
      let sentence =
        factor == 0
        ? "every result is zero" : "every result is \(rounded(factor)) times the truth"
      return Prediction(sentence: sentence + origin(factor, m.problem), values: values)
    }
  }

  private static func origin(_ factor: Double, _ p: ConvProblem) -> String {
    let counts = [
      ("the batch", p.batch), ("the taps", p.kernel.count), ("the groups", p.groups),
      ("the channels of a sum", p.inChannels / p.groups), ("the outputs", p.output.count),
    ]
    for (name, n) in counts where n > 1 {
      if abs(factor * Double(n) - 1) < 1e-5 { return " (1 / \(n): divided by \(name))" }
      if abs(factor / Double(n) - 1) < 1e-5 { return " (\(n): multiplied by \(name))" }
    }
    return abs(factor + 1) < 1e-5 ? " (the opposite sign)" : ""
  }

  /// One summand for all.
  private static var offset: Self {
    Hypothesis(name: "offset") { m in
      let wrong = m.wrong.filter { m.result[$0].isFinite }
      guard wrong.count > 1 else { return nil }
      let shift = Statistics.median(wrong.map { m.result[$0] - m.truth[$0].value })
      guard shift != 0 else { return nil }
      return Prediction(
        sentence: "every result is too large by \(rounded(shift))",
        values: m.truth.map { $0.plus(shift) })
    }
  }

  private static var cuts: [Self] {
    [
      .values("negatives cut", "negative results are cut to zero") { m, i in
        m.truth[i].value < 0 ? m.truth[i].with(0) : m.truth[i]
      },
      .values("positives cut", "positive results are cut to zero") { m, i in
        m.truth[i].value > 0 ? m.truth[i].with(0) : m.truth[i]
      },
      .values("sign lost", "results are the magnitudes of the truth") { m, i in
        m.truth[i].with(abs(m.truth[i].value))
      },
    ]
  }

  /// Whole planes that hold another plane's results.
  private static var planes: Self {
    Hypothesis(name: "planes exchanged") { m in
      let shape = m.shape
      let e = shape.extents
      let outer = m.result.count / max(1, shape.innerCount * e.count)
      guard outer * shape.innerCount > 1, outer * shape.innerCount <= 256 else { return nil }
      let positions = (0..<e.count).map {
        shape.index(0, 0, $0 / (e.h * e.w), $0 / e.w % e.h, $0 % e.w)
      }
      let starts = (0..<outer).flatMap { o in
        (0..<shape.innerCount).map { shape.index(o, $0, 0, 0, 0) }
      }
      let wrong = Set(
        m.wrong.map { i in
          let place = shape.place(i)
          return place.outer * shape.innerCount + place.inner
        })
      var values: [TermSum?] = m.truth
      var notes: [String] = []
      var isBatch = true
      for plane in wrong.sorted() {
        guard
          let source = starts.indices.first(where: { candidate in
            candidate != plane
              && positions.allSatisfy {
                m.agrees(starts[plane] + $0, m.truth[starts[candidate] + $0])
              }
          })
        else { continue }
        for p in positions { values[starts[plane] + p] = m.truth[starts[source] + p] }
        let (from, to) = (
          (source / shape.innerCount, source % shape.innerCount),
          (plane / shape.innerCount, plane % shape.innerCount)
        )
        isBatch = isBatch && from.1 == to.1
        notes.append(
          isBatch
            ? "image \(to.0) holds image \(from.0)'s results"
            : "image \(to.0), channel \(to.1) holds those of image \(from.0), channel \(from.1)")
      }
      guard !notes.isEmpty else { return nil }
      let unique = notes.enumerated().filter { !notes[..<$0.offset].contains($0.element) }
      let shown = unique.prefix(4).map(\.element).joined(separator: "; ")
      return Prediction(
        sentence: (isBatch ? "the batch is mixed up: " : "channels are exchanged: ") + shown,
        values: values)
    }
  }

  /// The wrong results are right ones at each other's places.
  private static var exchanged: Self {
    Hypothesis(name: "places exchanged") { m in
      guard m.wrong.count >= 2, m.wrong.count <= 1 << 16,
        m.wrong.allSatisfy({ m.result[$0].isFinite })
      else { return nil }
      let found = m.wrong.sorted { m.result[$0] < m.result[$1] }
      let right = m.wrong.sorted { m.truth[$0].value < m.truth[$1].value }
      guard zip(found, right).allSatisfy({ m.agrees($0, m.truth[$1]) }) else { return nil }
      var values: [TermSum?] = m.truth
      for (i, j) in zip(found, right) { values[i] = m.truth[j] }
      return Prediction(
        sentence: "the wrong results are the right ones, at each other's places", values: values)
    }
  }
}

extension TermSum {
  /// The same terms with another value.
  func with(_ value: Double) -> TermSum {
    var copy = self
    (copy.value, copy.rest) = (value, 0)
    return copy
  }

  func scaled(_ factor: Double) -> TermSum { with(factor * value) }

  func plus(_ shift: Double) -> TermSum {
    var copy = with(value + shift)
    copy.squares += shift * shift
    return copy
  }
}

/// Four digits.
func rounded(_ value: Double) -> String {
  guard abs(value) > 1e-290, abs(value) < 1e290 else { return value == 0 ? "0" : "\(value)" }
  var scale = 1.0
  while abs(value) * scale < 1000 { scale *= 10 }
  while abs(value) * scale >= 10000 { scale /= 10 }
  let shown = (value * scale).rounded() / scale
  return shown == shown.rounded() && abs(shown) < 1e15 ? "\(Int(shown))" : "\(shown)"
}
