import ConvCore

/// Makes a failing problem smaller, one property at a time, for as long as it fails.
struct Shrinking {
  /// Problems tried at most.
  var mostTrials = 400
  /// Seconds at most.
  var seconds = 10.0

  /// The smallest problem found for which `fails` holds, and how many steps led to it. `fails` is
  /// given sound problems only. Stops early at one for which `isEnough` holds.
  func smallest(
    from problem: ConvProblem, isEnough: (ConvProblem) -> Bool = { _ in false },
    fails: (ConvProblem) -> Bool
  ) -> (problem: ConvProblem, steps: Int) {
    var (current, steps, trials) = (problem, 0, 0)
    let start = ContinuousClock.now
    var tried: Set<ConvProblem> = [problem]
    search: while !isEnough(current) {
      for candidate in Self.smaller(current) where tried.insert(candidate).inserted {
        trials += 1
        if trials > mostTrials || (ContinuousClock.now - start).seconds > seconds { break search }
        if fails(candidate) {
          (current, steps) = (candidate, steps + 1)
          continue search
        }
      }
      break
    }
    return (current, steps)
  }

  /// Problems one step smaller or simpler, the boldest steps first.
  static func smaller(_ p: ConvProblem) -> [ConvProblem] {
    var list: [ConvProblem] = []
    func add(_ made: ConvProblem?) { if let made { list.append(made) } }
    for n in below(p.batch) { add(try? p.with(batch: n)) }
    let (c, k) = (p.inChannels / p.groups, p.outChannels / p.groups)
    for g in below(p.groups) { add(p.channels(c * g, k * g, groups: g)) }
    for n in below(c) { add(p.channels(n * p.groups, p.outChannels, groups: p.groups)) }
    for n in below(k) { add(p.channels(p.inChannels, n * p.groups, groups: p.groups)) }
    if p.rank > 1 {
      for i in 0..<p.rank {
        var axes = p.spatialAxes
        axes.remove(at: i)
        add(try? p.with(axes: axes))
      }
    }
    for i in 0..<p.rank {
      for axis in smaller(p.spatialAxes[i], p.operation) {
        var axes = p.spatialAxes
        axes[i] = axis
        add(try? p.with(axes: axes))
      }
    }
    if p.bias { add(try? p.with(bias: false)) }
    if p.border != .zeros { add(try? p.with(border: .zeros)) }
    if p.convention != .crossCorrelation { add(try? p.with(convention: .crossCorrelation)) }
    if p.layout != .nchw { add(try? p.with(layout: .nchw)) }
    return list
  }

  private static func smaller(_ axis: Axis, _ operation: Operation) -> [Axis] {
    var list: [Axis] = []
    func add(_ change: (inout Axis) -> Void) {
      var copy = axis
      change(&copy)
      if copy != axis { list.append(copy) }
    }
    for n in below(axis.kernel) { add { $0.kernel = n } }
    for n in below(axis.input) { add { $0.input = n } }
    if axis.stride > 1 { for n in below(axis.stride) { add { $0.stride = n } } }
    for n in below(axis.dilation) { add { $0.dilation = n } }
    if axis.low != 0 || axis.high != 0 {
      add { ($0.low, $0.high) = (0, 0) }
      add { $0.low = 0 }
      add { $0.high = 0 }
      add { $0.low /= 2 }
      add { $0.high /= 2 }
    }
    add { $0.outputPadding = 0 }
    return list
  }

  /// 1, a half, and one less.
  private static func below(_ n: Int) -> [Int] {
    guard n > 1 else { return [] }
    return Array(Set([1, n / 2, n - 1])).sorted()
  }
}

extension ConvProblem {
  fileprivate func channels(_ input: Int, _ output: Int, groups: Int) -> ConvProblem? {
    try? ConvProblem(
      batch: batch, inChannels: input, outChannels: output, groups: groups, axes: spatialAxes,
      operation: operation, pass: pass, border: border, convention: convention, bias: bias,
      layout: layout, scalar: scalar)
  }
}
