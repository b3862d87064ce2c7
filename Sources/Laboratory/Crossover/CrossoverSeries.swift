import ConvCore

/// The problems along which a crossover is searched: one problem with its kernel, size, channels or
/// batch replaced by each value.
public struct CrossoverSeries: Sendable {
  /// What varies.
  public let along: ResultsCrossover.Along
  /// The problem that is varied.
  public let problem: ConvProblem

  /// A series along `along` through `problem`.
  public init(_ problem: ConvProblem, along: ResultsCrossover.Along) {
    self.problem = problem
    self.along = along
  }

  /// The values that are probed unless others are asked for; not all need be possible.
  public var defaultValues: [Int] {
    switch along {
    case .kernel: Array(stride(from: 1, through: 63, by: 2))
    case .size: [8, 12, 16, 24, 32, 40, 48] + Array(stride(from: 64, through: 512, by: 16))
    case .channels: [1, 2, 3, 4, 6, 8, 12] + Array(stride(from: 16, through: 256, by: 8))
    case .batch: Array(1...16) + Array(stride(from: 20, through: 64, by: 4))
    }
  }

  /// The problem at a value.
  ///
  /// Along the kernel the outputs' extents stay: (reach - 1) / 2 of padding before, rounded down, and
  /// the rest after. Along the size all extents become the value, padding stays. Along the channels
  /// there are as many out as in; of a depthwise problem as many groups too.
  ///
  /// - Throws: `ConvError.invalid` where there is no such problem.
  public func problem(at value: Int) throws(ConvError) -> ConvProblem {
    switch along {
    case .kernel: return try problem.with(axes: problem.spatialAxes.map { kernel($0, value) })
    case .size:
      return try problem.with(
        axes: problem.spatialAxes.map {
          var axis = $0
          axis.input = value
          return axis
        })
    case .batch: return try problem.with(batch: value)
    case .channels:
      let isDepthwise = problem.groups > 1 && problem.groups == problem.inChannels
      return try ConvProblem(
        batch: problem.batch, inChannels: value, outChannels: value,
        groups: isDepthwise ? value : problem.groups, axes: problem.spatialAxes,
        operation: problem.operation, pass: problem.pass, border: problem.border,
        convention: problem.convention, bias: problem.bias, layout: problem.layout,
        scalar: problem.scalar)
    }
  }

  private func kernel(_ axis: Axis, _ value: Int) -> Axis {
    let output = axis.output(problem.operation)
    var new = axis
    new.kernel = value
    new.low = (new.reach - 1) / 2
    switch problem.operation {
    case .convolution: new.high = (output - 1) * axis.stride + new.reach - axis.input - new.low
    case .transposedConvolution:
      new.high =
        (axis.input - 1) * axis.stride + new.reach - new.low + axis.outputPadding - output
    }
    return new
  }

  /// What stays the same, for sentences: `mb1_ic1ih512oc1` without what varies.
  public var fixed: String {
    let p = problem
    func extents(_ value: (Axis) -> Int) -> String {
      p.spatialAxes.map { "\(value($0))" }.joined(separator: " x ")
    }
    var parts: [String] = []
    if along != .batch { parts.append("batch \(p.batch)") }
    if along != .channels {
      parts.append("\(p.inChannels) to \(p.outChannels) channels")
      if p.groups > 1 { parts.append("\(p.groups) groups") }
    }
    if along != .size { parts.append("extents \(extents(\.input))") }
    if along != .kernel { parts.append("kernel \(extents(\.kernel))") }
    if p.spatialAxes.contains(where: { $0.stride > 1 }) {
      parts.append("stride \(extents(\.stride))")
    }
    if p.spatialAxes.contains(where: { $0.dilation > 1 }) {
      parts.append("dilation \(extents(\.dilation))")
    }
    if p.pass != .forward { parts.append(p.pass.rawValue) }
    if p.operation != .convolution { parts.append(p.operation.rawValue) }
    return parts.joined(separator: ", ") + ", \(p.scalar.rawValue)"
  }
}

extension ResultsCrossover.Along {
  /// As sentences write it.
  public var noun: String { self == .size ? "extent" : rawValue }
}
