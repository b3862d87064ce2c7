/// One kernel and where its operands stand, for group 0; `Layout.group` leads to the others.
public struct Part: Sendable, Hashable {
  /// What the kernel is planned for.
  public private(set) var core: CoreProblem
  /// Correlation, or a native weight gradient.
  public let role: Role
  /// The data operand.
  public let first: Layout
  /// Weights, or in a native weight gradient the output gradient.
  public let second: Layout
  /// What is written.
  public let result: Layout
  /// The strides that were removed, and where taps went. One phase where the kernel takes strides.
  public let phases: Phases
  /// Step before: the virtual input is materialised.
  public let gathers: Bool
  /// Step before, in a native weight gradient: the output gradient is copied into plain order.
  public let gathersSecond: Bool
  /// Step in prepare: weights are written out by phase, dilated ones with zeros.
  public let spreads: Bool
  /// Maps that the gathering step reads through, for each axis of each residue.
  private let gatherMaps: [[AxisMap]]
  /// Step after: what the kernel computed is copied to where it belongs, in a weight gradient from
  /// where `phases` says.
  public let places: Bool
  /// Extents of what is placed: outputs, or taps.
  public let placed: Extents

  init(
    _ problem: CoreProblem, _ role: Role = .correlation, first: Layout, second: Layout,
    result: Layout, native: Native
  ) {
    var core = problem
    self.role = role
    self.first = first
    self.second = second
    self.result = result
    core.dilation = Extents { core.kernel[$0] == 1 ? 1 : core.dilation[$0] }
    core.stride = Extents { core.output[$0] == 1 ? 1 : core.stride[$0] }
    let isCorrelation = role == .correlation
    placed = isCorrelation ? core.output : core.kernel
    let plain = core.maps.allSatisfy(\.isPlain)
    let anyLayout = native.contains(.layouts)
    let isSplit = core.stride != .one && !native.contains(.stride)
    gathers =
      isSplit || !(plain || native.contains(.maps)) || !(first.width == 1 || anyLayout)
    gathersSecond = !isCorrelation && second.width != 1 && !anyLayout
    let isDilated =
      isCorrelation && core.dilation != .one && !native.contains(.dilation)
    phases = Phases(core, splits: isSplit, spreads: isDilated)
    spreads = isCorrelation && (isSplit || isDilated)
    places = !(result.width == 1 || anyLayout) || isSplit && !isCorrelation
    core.split(phases, spreads: isDilated)
    gatherMaps = phases.maps(core.maps, counts: core.input)
    if gathers && (isSplit || !plain) {
      core.maps = (0..<3).map { axis in
        AxisMap(count: core.input[axis], extent: core.input[axis]) { $0 }
      }
    }
    self.core = core
  }

  /// Where a channel of the core is gathered from: a channel of the data operand, through maps.
  public func source(ofChannel c: Int) -> (channel: Int, d: AxisMap, h: AxisMap, w: AxisMap) {
    let residues = phases.indices(c % phases.count)
    return (
      c / phases.count, gatherMaps[0][residues.d], gatherMaps[1][residues.h],
      gatherMaps[2][residues.w]
    )
  }
}

extension CoreProblem {
  /// Becomes the problem of all phases: kernels as long as their taps reach, at stride 1.
  fileprivate mutating func split(_ phases: Phases, spreads: Bool) {
    inChannels *= phases.count
    let removed = phases.step
    kernel = Extents { phases.extent($0) }
    dilation = Extents { spreads || removed[$0] > 1 ? 1 : dilation[$0] }
    stride = Extents { removed[$0] > 1 ? 1 : stride[$0] }
    input = Extents { removed[$0] > 1 ? output[$0] + kernel[$0] - 1 : input[$0] }
  }
}

/// The operands of a convolution and the part for each pass.
struct Geometry {
  let problem: ConvProblem
  let native: Native
  /// Layouts of input, weights (flipped where the convention says so) and output.
  let x: Layout, w: Layout, y: Layout
  /// Extents of the padded input that is read.
  let padded: Extents
  /// From the padded input to the input.
  let maps: [AxisMap]
  /// Groups that one call computes.
  private let groups: Int

  init(_ p: ConvProblem, native: Native) {
    problem = p
    self.native = native
    groups = native.contains(.groups) ? p.groups : 1
    x = Layout(channels: p.inChannels, groups: p.groups, p.input, p.layout)
    y = Layout(channels: p.outChannels, groups: p.groups, p.output, p.layout)
    let plain = Layout(
      weights: p.kernel, outChannels: p.outChannels, inChannels: p.inChannels / p.groups,
      groups: p.groups)
    w = p.convention == .convolution ? plain.flipped(p.kernel) : plain
    let axes = p.axes
    let output = p.output
    padded = Extents { (output[$0] - 1) * axes[$0].stride + axes[$0].reach }
    let extents = padded
    maps = (0..<3).map { i in
      AxisMap(count: extents[i], extent: axes[i].input) {
        p.border.source($0 - axes[i].low, axes[i].input)
      }
    }
  }

  private func core(_ batch: Int, _ inChannels: Int, _ outChannels: Int) -> CoreProblem {
    CoreProblem(
      batch: batch, groups: groups, inChannels: inChannels, outChannels: outChannels,
      input: padded, kernel: problem.kernel, stride: problem.stride, dilation: problem.dilation,
      output: problem.output, maps: maps)
  }

  private var c: Int { problem.inChannels / problem.groups }
  private var k: Int { problem.outChannels / problem.groups }

  func forward() -> Part {
    Part(core(problem.batch, c, k), first: x, second: w, result: y, native: native)
  }

  /// Nil where the kernel has no such form, or not for this stride or dilation.
  func nativeWeightGradient() -> Part? {
    guard native.contains(.weightGradient),
      problem.dilation == .one || native.contains(.dilation)
    else { return nil }
    return Part(
      core(problem.batch, c, k), .weightGradient, first: x, second: y, result: w, native: native)
  }

  /// Batch and channel exchanged, stride and dilation exchanged, outputs and taps exchanged.
  func weightGradientAsConvolution() -> Part {
    var core = core(c, problem.batch, k)
    (core.kernel, core.output) = (problem.output, problem.kernel)
    (core.stride, core.dilation) = (problem.dilation, problem.stride)
    return Part(
      core, first: x.exchanged, second: y.exchanged, result: w.exchanged, native: native)
  }

  func inputGradient(
    _ d: GradientPhase, _ h: GradientPhase, _ w: GradientPhase, into target: Layout
  ) -> Part {
    let phases = [d, h, w]
    let taps = Extents { phases[$0].taps }
    var core = core(problem.batch, k, c)
    core.input = Extents { phases[$0].map.count }
    core.kernel = taps
    core.stride = .one
    core.dilation = Extents { phases[$0].dilation }
    core.output = Extents { phases[$0].count }
    core.maps = phases.map(\.map)
    let weights = self.w.every(
      Extents { phases[$0].tapStep }, from: Extents { phases[$0].firstTap }
    ).flipped(taps).exchanged
    let result = target.every(
      Extents { phases[$0].step }, from: Extents { phases[$0].first })
    return Part(core, first: y, second: weights, result: result, native: native)
  }
}

/// Along one axis of an input gradient: the positions congruent to `first` modulo the stride, and
/// the taps that reach them.
///
/// Position p receives dy[o] w[r] where o stride + r dilation - low = p. The taps with r dilation
/// congruent to p + low form a progression of step stride / gcd(stride, dilation); along it, o
/// falls by `dilation` of the phase for each step.
struct GradientPhase {
  let first: Int, step: Int, count: Int
  let firstTap: Int, tapStep: Int, taps: Int, dilation: Int
  let map: AxisMap

  static func all(of a: Axis, outputs: Int, low: Int, target: Int) -> [GradientPhase] {
    let tapStep = a.stride / greatestCommonDivisor(a.stride, a.dilation)
    return (0..<min(tapStep, a.kernel)).compactMap { tap in
      let residue = (tap * a.dilation) % a.stride
      let first = ((residue - low) % a.stride + a.stride) % a.stride
      guard first < target else { return nil }
      let count = (target - first - 1) / a.stride + 1
      let taps = (a.kernel - tap - 1) / tapStep + 1
      let dilation = tapStep * a.dilation / a.stride
      let start = (first + low - tap * a.dilation) / a.stride - (taps - 1) * dilation
      return GradientPhase(
        first: first, step: a.stride, count: count, firstTap: tap, tapStep: tapStep, taps: taps,
        dilation: dilation,
        map: AxisMap(count: count + (taps - 1) * dilation, extent: outputs) {
          let o = $0 + start
          return o >= 0 && o < outputs ? o : nil
        })
    }
  }
}

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
