import ConvCore

/// The products that make up each result of a pass, gathered from the definition
///
///     y[n, k, o] = sum of x[n, c, i] w[k, c, t] over all c of the group and i = o s + t d - low,
///
/// for whichever of the three is computed. Shares nothing with `Lowering` but the border's table
/// of sources, so that a mistake there cannot hide here, and yields any single result at the cost
/// of its own terms: what problems too large for the plain loops are sampled with.
struct Terms: Sendable {
  let depth: AxisTerms, height: AxisTerms, width: AxisTerms
  /// Terms are summed over an index beside the positions: channels of the group, or the batch.
  let reduced: Int
  /// Distance of its neighbours in both operands.
  let firstStep: Int, secondStep: Int
  /// Number of results.
  let count: Int
  /// Whether there is a second factor: not in a bias gradient.
  let hasSecond: Bool
  /// How an index of the result falls into coordinates.
  let shape: ResultShape
  private let bases: Bases

  init(_ problem: ConvProblem) {
    let sides = Sides(problem)
    let axes: [AxisTerms]
    count = problem.operandCounts.result
    hasSecond = problem.pass != .biasGradient
    switch problem.pass {
    case .biasGradient:
      axes = (0..<3).map { sides.everyPosition(of: sides.output, $0) }
      (reduced, firstStep, secondStep) = (problem.batch, sides.output.batch, 0)
      shape = .weights(inChannels: 1, taps: .one)
      bases = .biasGradient(channelStep: sides.output.channel)
    case .weightGradient:
      let denseIsFirst = problem.operation == .convolution
      axes = (0..<3).map { sides.taps($0, denseIsFirst: denseIsFirst) }
      reduced = problem.batch
      firstStep = (denseIsFirst ? sides.dense : sides.strided).batch
      secondStep = (denseIsFirst ? sides.strided : sides.dense).batch
      shape = .weights(inChannels: sides.inPerGroup, taps: problem.kernel)
      bases = .weightGradient(
        inPerGroup: sides.inPerGroup, outPerGroup: sides.outPerGroup,
        denseStep: sides.dense.channel, stridedStep: sides.strided.channel,
        denseIsFirst: denseIsFirst)
    case .forward, .inputGradient:
      let atStrided = (problem.pass == .forward) == (problem.operation == .convolution)
      let taps = problem.kernel.count
      axes = (0..<3).map { sides.sums($0, atStrided: atStrided) }
      let (from, to) = atStrided ? (sides.dense, sides.strided) : (sides.strided, sides.dense)
      reduced = atStrided ? sides.inPerGroup : sides.outPerGroup
      firstStep = from.channel
      secondStep = atStrided ? taps : sides.inPerGroup * taps
      shape = .data(channels: to.channels, to.extents, problem.layout)
      bases = .sums(
        atStrided: atStrided, inPerGroup: sides.inPerGroup, outPerGroup: sides.outPerGroup,
        taps: taps, batchStep: from.batch, channelStep: from.channel)
    }
    (depth, height, width) = (axes[0], axes[1], axes[2])
  }

  /// One result: the offsets of its first term's operands and its coordinates.
  struct Place {
    var first: Int, second: Int
    /// Batch and channel, or output and input channel of a weight.
    var outer: Int, inner: Int
    var d: Int, h: Int, w: Int
  }

  /// Where result `index` is and where its terms begin.
  @inline(__always)
  func place(_ index: Int) -> Place {
    var place = shape.place(index)
    (place.first, place.second) = bases.offsets(place.outer, place.inner)
    return place
  }

  /// Number of terms of a result.
  @inline(__always)
  func termCount(_ p: Place) -> Int {
    reduced * depth.count(p.d) * height.count(p.h) * width.count(p.w)
  }

  /// Number of terms of all results together: the pass's products.
  var totalTerms: Double {
    let planes = count / shape.extents.count
    return Double(planes) * Double(reduced) * depth.total * height.total * width.total
  }
}

/// Where the terms of a result begin in both operands.
private enum Bases: Sendable {
  case sums(
    atStrided: Bool, inPerGroup: Int, outPerGroup: Int, taps: Int, batchStep: Int, channelStep: Int)
  case weightGradient(
    inPerGroup: Int, outPerGroup: Int, denseStep: Int, stridedStep: Int, denseIsFirst: Bool)
  case biasGradient(channelStep: Int)

  @inline(__always)
  func offsets(_ outer: Int, _ inner: Int) -> (Int, Int) {
    switch self {
    case .sums(true, let c, let k, let taps, let batchStep, let channelStep):
      return (outer * batchStep + inner / k * c * channelStep, inner * c * taps)
    case .sums(false, let c, let k, let taps, let batchStep, let channelStep):
      let group = inner / c
      return (
        outer * batchStep + group * k * channelStep, (group * k * c + inner % c) * taps
      )
    case .weightGradient(let c, let k, let denseStep, let stridedStep, let denseIsFirst):
      let dense = (outer / k * c + inner) * denseStep
      let strided = outer * stridedStep
      return denseIsFirst ? (dense, strided) : (strided, dense)
    case .biasGradient(let channelStep):
      return (outer * channelStep, 0)
    }
  }
}

/// The two sides of a problem: the dense one is the input of a convolution and the output of a
/// transposed one; the strided one is the other.
private struct Sides {
  struct Side {
    var channels: Int
    var extents: Extents
    /// Distances of neighbours in memory.
    var batch: Int, channel: Int
    var position: Extents

    init(_ channels: Int, _ e: Extents, _ layout: DataLayout) {
      self.channels = channels
      extents = e
      batch = channels * e.count
      channel = layout == .nchw ? e.count : 1
      let step = layout == .nchw ? 1 : channels
      position = Extents(e.h * e.w * step, e.w * step, step)
    }
  }

  let dense: Side, strided: Side, output: Side
  /// Channels of a group: of the dense side, of the strided one.
  let inPerGroup: Int, outPerGroup: Int
  private let problem: ConvProblem
  private let kernel: Extents

  init(_ p: ConvProblem) {
    let input = Side(p.inChannels, p.input, p.layout)
    output = Side(p.outChannels, p.output, p.layout)
    (dense, strided) = p.operation == .convolution ? (input, output) : (output, input)
    inPerGroup = dense.channels / p.groups
    outPerGroup = strided.channels / p.groups
    kernel = p.kernel
    problem = p
  }

  /// Along an axis, every (dense position, strided position, tap) that belong together.
  private func triples(_ axis: Int) -> [(dense: Int, strided: Int, tap: Int)] {
    let a = problem.axes[axis]
    var list: [(dense: Int, strided: Int, tap: Int)] = []
    for o in 0..<strided.extents[axis] {
      for t in 0..<a.kernel {
        let i = o * a.stride + t * a.dilation - a.low
        guard let i = problem.border.source(i, dense.extents[axis]) else { continue }
        list.append((i, o, problem.convention == .convolution ? a.kernel - 1 - t : t))
      }
    }
    return list
  }

  /// Nil where the terms of an axis are few enough to be listed.
  private func long(
    _ axis: Int, _ coordinate: LongAxis.Coordinate, denseIsFirst: Bool = true
  ) -> AxisTerms? {
    let (a, extent) = (problem.axes[axis], strided.extents[axis])
    guard LongAxis.isNeeded(coordinate, a, problem.border, strided: extent) else { return nil }
    return AxisTerms(
      LongAxis(
        coordinate: coordinate, axis: a, border: problem.border,
        flips: problem.convention == .convolution, dense: dense.extents[axis], strided: extent,
        denseStep: dense.position[axis], stridedStep: strided.position[axis],
        tapStep: tapStep(axis), denseIsFirst: denseIsFirst))
  }

  private func tapStep(_ axis: Int) -> Int {
    axis == 0 ? kernel.h * kernel.w : axis == 1 ? kernel.w : 1
  }

  func sums(_ axis: Int, atStrided: Bool) -> AxisTerms {
    if let long = long(axis, atStrided ? .strided : .dense) { return long }
    let step = tapStep(axis)
    return atStrided
      ? group(triples(axis), into: strided.extents[axis]) { t in
        (t.strided, t.dense * dense.position[axis], t.tap * step)
      }
      : group(triples(axis), into: dense.extents[axis]) { t in
        (t.dense, t.strided * strided.position[axis], t.tap * step)
      }
  }

  func taps(_ axis: Int, denseIsFirst: Bool) -> AxisTerms {
    if let long = long(axis, .tap, denseIsFirst: denseIsFirst) { return long }
    return group(triples(axis), into: kernel[axis]) { t in
      let (i, o) = (t.dense * dense.position[axis], t.strided * strided.position[axis])
      return denseIsFirst ? (t.tap, i, o) : (t.tap, o, i)
    }
  }

  func everyPosition(of side: Side, _ axis: Int) -> AxisTerms {
    AxisTerms(
      starts: [0, side.extents[axis]],
      first: (0..<side.extents[axis]).map { $0 * side.position[axis] },
      second: Array(repeating: 0, count: side.extents[axis]))
  }

  private func group<T>(
    _ list: [T], into extent: Int, _ split: (T) -> (coordinate: Int, first: Int, second: Int)
  ) -> AxisTerms {
    var firsts = Array(repeating: [Int](), count: extent)
    var seconds = firsts
    for element in list {
      let (coordinate, first, second) = split(element)
      firsts[coordinate].append(first)
      seconds[coordinate].append(second)
    }
    let starts = firsts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    return AxisTerms(
      starts: starts, first: Array(firsts.joined()), second: Array(seconds.joined()))
  }
}
