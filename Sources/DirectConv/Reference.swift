import ConvCore

/// The oracle: the plain loops in Double, every pass, understandable at sight.
///
/// Shares nothing with `Lowering`: it has its own lines for padding, borders, flip and groups, so
/// that a mistake there cannot hide here. Cost: the nominal operations, one at a time.
public struct Reference: ConvAlgorithm {
  /// The only variant.
  public init() {}

  /// `reference`.
  public var name: AlgorithmName { AlgorithmName("reference") }

  /// Every problem.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    .supported(
      Estimate(
        workspaceBytes: 8
          * (problem.weightCount + problem.outChannels + problem.operandCounts.first
            + (problem.operandCounts.second ?? 0) + problem.operandCounts.result),
        executedOperations: problem.unpaddedOperations, error: .roundedOnce,
        computedBy: "plain loops in Double"))
  }

  /// A plan that computes in Double and rounds once.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  { .make(name, problem, try ReferencePlan<Float>(problem)) }

  /// A plan that computes in Double.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  { .make(name, problem, try ReferencePlan<Double>(problem)) }
}

/// y[n, k, o] += x[n, c, o s + t d - low] w[k, c, t], and the same triple loop for each gradient:
/// whichever operand is computed takes the sum.
struct ReferencePlan<S: ConvScalar>: ConvPlan, ~Copyable {
  private let problem: ConvProblem
  private let weights: Buffer<Double>
  private let bias: Buffer<Double>
  /// The operands in Double.
  private let first: Buffer<Double>, second: Buffer<Double>
  private let sums: Buffer<Double>

  init(_ problem: ConvProblem) throws(ConvError) {
    let weights = try Buffer<Double>(problem.weightCount)
    let bias = try Buffer<Double>(problem.outChannels)
    let first = try Buffer<Double>(problem.operandCounts.first)
    let second = try Buffer<Double>(problem.operandCounts.second ?? 0)
    let sums = try Buffer<Double>(problem.operandCounts.result)
    bias.fill(0)
    self.problem = problem
    self.weights = weights
    self.bias = bias
    self.first = first
    self.second = second
    self.sums = sums
  }

  var workspaceBytes: Int {
    weights.byteCount + bias.byteCount + first.byteCount + second.byteCount + sums.byteCount
  }

  mutating func prepare(weights w: Span<S>, bias b: Span<S>?) throws(ConvError) {
    Self.convert(w, to: weights.base)
    if let b { Self.convert(b, to: bias.base) }
  }

  @inline(__always)
  private static func convert(_ values: Span<S>, to doubles: UnsafeMutablePointer<Double>) {
    for i in 0..<values.count { doubles[i] = values[i].inDouble }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  mutating func apply(
    _ a: Span<S>, _ b: Span<S>?, into result: inout MutableSpan<S>
  ) throws(ConvError) {
    sums.fill(0)
    Self.convert(a, to: first.base)
    if let b { Self.convert(b, to: second.base) }
    accumulate()
    let positions = problem.output.count
    for i in 0..<result.count {
      var sum = sums.base[i]
      if problem.bias && problem.pass == .forward {
        let channel =
          problem.layout == .nchw ? i / positions % problem.outChannels : i % problem.outChannels
        sum += bias.base[channel]
      }
      result[i] = S(sum)
    }
  }

  /// Every product of the pass, added to its sum.
  private func accumulate() {
    let p = problem
    let (first, second) = (first.base, second.base)
    if p.pass == .biasGradient {
      for n in 0..<p.batch {
        for k in 0..<p.outChannels {
          let (start, step) = line(n, k, p.outChannels, p.output)
          for o in 0..<p.output.count { sums.base[k] += first[start + o * step] }
        }
      }
      return
    }
    // The strided side is the output of a convolution and the input of a transposed one.
    let transposed = p.operation == .transposedConvolution
    let dense = transposed ? p.output : p.input
    let strided = transposed ? p.input : p.output
    let denseChannels = transposed ? p.outChannels : p.inChannels
    let stridedChannels = transposed ? p.inChannels : p.outChannels
    let (c, k) = (denseChannels / p.groups, stridedChannels / p.groups)
    let axes = (0..<3).map { Self.products(p, $0, dense[$0], strided[$0]) }
    // A sum at each dense position, or at each strided one.
    let sumsDense = (p.pass == .forward) == transposed && p.pass != .weightGradient
    for n in 0..<p.batch {
      for g in 0..<p.groups {
        for ki in 0..<k {
          for ci in 0..<c {
            let weight = ((g * k + ki) * c + ci) * p.kernel.count
            let x = line(n, g * c + ci, denseChannels, dense)
            let y = line(n, g * k + ki, stridedChannels, strided)
            for d in axes[0] {
              for h in axes[1] {
                let denseRow = (d.dense * dense.h + h.dense) * dense.w
                let stridedRow = (d.strided * strided.h + h.strided) * strided.w
                let tapRow = weight + (d.tap * p.kernel.h + h.tap) * p.kernel.w
                for w in axes[2] {
                  let i = x.start + (denseRow + w.dense) * x.step
                  let o = y.start + (stridedRow + w.strided) * y.step
                  let t = tapRow + w.tap
                  if p.pass == .weightGradient {
                    sums.base[t] += transposed ? first[o] * second[i] : first[i] * second[o]
                  } else if sumsDense {
                    sums.base[i] += first[o] * weights.base[t]
                  } else {
                    sums.base[o] += first[i] * weights.base[t]
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// Where the positions of a channel begin, and their distance.
  private func line(_ n: Int, _ c: Int, _ channels: Int, _ e: Extents) -> (start: Int, step: Int) {
    problem.layout == .nchw
      ? ((n * channels + c) * e.count, 1) : (n * e.count * channels + c, channels)
  }

  /// Along one axis: a dense position, a strided one, and the tap between them.
  private struct Product {
    let dense: Int, strided: Int, tap: Int
  }

  /// All products along one axis: taps on zeros are left out, other borders resolved.
  private static func products(_ p: ConvProblem, _ axis: Int, _ dense: Int, _ strided: Int)
    -> [Product]
  {
    let a = p.axes[axis]
    var list: [Product] = []
    for o in 0..<strided {
      for t in 0..<a.kernel {
        let tap = p.convention == .convolution ? a.kernel - 1 - t : t
        let i = o * a.stride + t * a.dilation - a.low
        if let inside = element(i, dense, p.border) {
          list.append(Product(dense: inside, strided: o, tap: tap))
        }
      }
    }
    return list
  }

  /// Which element of an axis of n stands at i, walked step by step from the definition of each
  /// border; nil for a zero.
  private static func element(_ i: Int, _ n: Int, _ border: Border) -> Int? {
    if i >= 0 && i < n { return i }
    switch border {
    case .zeros: return nil
    case .replicate: return i < 0 ? 0 : n - 1
    case .circular: return i < 0 ? element(i + n, n, border) : element(i - n, n, border)
    case .reflect: return i < 0 ? -i : (n - 1) - (i - (n - 1))
    case .symmetric: return i < 0 ? -1 - i : (n - 1) - (i - n)
    }
  }
}
