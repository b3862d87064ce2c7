/// The one derivation: any problem and pass becomes parts in normal form, and a few shared steps
/// around them. A pure value, so that `explain` prints it and tests check it alone.
public struct Lowering: Sendable, Hashable {
  /// Kernel calls; several for a strided input gradient, none where a result is all zeros.
  public private(set) var parts: [Part] = []
  /// Number of sets of weights: the groups, or 1 where the kernel takes all groups at once.
  public let slots: Int
  /// After an input gradient with a border other than zeros: the maps to scatter the gradient of
  /// the padded input back along, and its extents.
  public private(set) var fold: (maps: [AxisMap], extents: Extents)? {
    get { foldMaps.isEmpty ? nil : (foldMaps, foldExtents) }
    set { (foldMaps, foldExtents) = (newValue?.maps ?? [], newValue?.extents ?? .one) }
  }
  private var foldMaps: [AxisMap] = []
  private var foldExtents = Extents.one
  /// Whether some results are reached by no part and must be set to zero first.
  public private(set) var clears = false
  /// A weight gradient without a form of its own: the output gradient plays the kernel, and is
  /// prepared anew in each `apply`.
  public private(set) var weightsAreSecond = false
  /// A weight gradient of a transposed convolution: the operands change places.
  public let swapsOperands: Bool
  /// What was derived, for people; `native` where nothing was.
  public private(set) var derivation = "native"

  /// Lowers every pass but the bias gradient, which needs no kernel.
  public init(_ problem: ConvProblem, native: Native) {
    let p = problem.underlying
    swapsOperands = problem.operation == .transposedConvolution && problem.pass == .weightGradient
    slots = native.contains(.groups) ? 1 : p.groups
    let geometry = Geometry(p, native: native)
    switch p.pass {
    case .forward, .biasGradient:
      parts = [geometry.forward()]
    case .weightGradient:
      let part = geometry.nativeWeightGradient()
      parts = [part ?? geometry.weightGradientAsConvolution()]
      weightsAreSecond = part == nil
      if part == nil { derivation = "convolution with the output gradient as kernel" }
    case .inputGradient:
      lowerInputGradient(geometry)
    }
    if let phases = parts.map(\.phases.count).max(), phases > 1 {
      derivation =
        (derivation == "native" ? "" : derivation + ", ")
        + "strides as \(phases) phases, each channels of its own"
    }
    if problem.operation == .transposedConvolution {
      derivation =
        "\(problem.pass.rawValue) of the adjoint convolution"
        + (derivation == "native" ? "" : ", \(derivation)")
    }
  }

  /// One convolution of stride 1 for each residue of the position modulo the stride: nothing is
  /// multiplied by inserted zeros.
  private mutating func lowerInputGradient(_ g: Geometry) {
    let zeros = g.problem.border == .zeros
    let target = zeros ? g.problem.input : g.padded
    let layout =
      zeros ? g.x : Layout(channels: g.problem.inChannels, groups: g.problem.groups, target)
    let phases = (0..<3).map { axis in
      GradientPhase.all(
        of: g.problem.axes[axis], outputs: g.problem.output[axis],
        low: zeros ? g.problem.axes[axis].low : 0, target: target[axis])
    }
    var reached = 0
    for d in phases[0] {
      for h in phases[1] {
        for w in phases[2] {
          parts.append(g.inputGradient(d, h, w, into: layout))
          reached += d.count * h.count * w.count
        }
      }
    }
    clears = reached < target.count
    if !zeros { fold = (g.maps, target) }
    derivation =
      (parts.count > 1
        ? "convolution in \(parts.count) phases" : "convolution with the flipped kernel")
      + (zeros ? "" : ", border folded back")
  }
}

extension Lowering {
  /// Bytes of the buffers that the shared steps need beside the kernels, by step.
  func stepBytes(_ problem: ConvProblem) -> (
    gathered: Int, gatheredSecond: Int, spread: Int, full: Int, unfolded: Int
  ) {
    var n = (gathered: 0, gatheredSecond: 0, spread: 0, full: 0, unfolded: 0)
    for part in parts {
      let c = part.core
      let x = c.batch * c.groups * c.inChannels * c.input.count
      let y = c.batch * c.groups * c.outChannels * c.output.count
      let w = c.groups * c.outChannels * c.inChannels * c.kernel.count
      if part.gathers { n.gathered = max(n.gathered, x) }
      if part.gathersSecond { n.gatheredSecond = max(n.gatheredSecond, y) }
      if part.spreads { n.spread = max(n.spread, w) }
      if part.places { n.full = max(n.full, part.role == .correlation ? y : w) }
    }
    if let fold { n.unfolded = problem.batch * problem.underlying.inChannels * fold.extents.count }
    return n
  }
}
