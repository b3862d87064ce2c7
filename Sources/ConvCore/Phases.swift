/// How a stride is brought to 1: input positions congruent modulo the stride become channels of their
/// own (the polyphase decomposition of filter banks; Vaidyanathan 1993).
///
/// With tap t at position t dilation = j stride + p, along each axis
///
///     y[o] = sum over t of x[o stride + t dilation] w[t] = sum over p, j of x_p[o + j] w_p[j]
///
/// where x_p[q] = x[q stride + p] and w_p[j] = w[t], or zero where no tap stands there. Every output
/// that is computed is wanted, and kernels are `stride` times shorter: 11 x 11 taps at stride 4 are
/// 3 x 3 taps on sixteen times the channels.
public struct Phases: Sendable, Hashable {
  /// The taps of one residue along an axis: `count` of them, `first`, `first + step` and so on, which
  /// stand at `place`, `place + distance` and so on of the phase's kernel.
  struct Taps: Sendable, Hashable {
    var residue = 0, first = 0, step = 1, count = 1, place = 0, distance = 1
  }

  /// Distances between the positions of a phase: the strides that were removed.
  public let step: Extents
  /// Along each axis, the residues that taps meet.
  private let axes: [[Taps]]

  /// The phases of `core` along axes where its stride is not 1, if it `splits`. Along the others one,
  /// with taps as far apart as `spreads` says: their dilation, or 1.
  init(_ core: CoreProblem, splits: Bool, spreads: Bool) {
    let step = splits ? core.stride : .one
    self.step = step
    axes = (0..<3).map { axis in
      let (taps, stride, dilation) = (core.kernel[axis], step[axis], core.dilation[axis])
      if stride == 1 { return [Taps(count: taps, distance: spreads ? dilation : 1)] }
      let divisor = greatestCommonDivisor(stride, dilation)
      let period = stride / divisor
      return (0..<min(period, taps)).map { first in
        Taps(
          residue: first * dilation % stride, first: first, step: period,
          count: (taps - first - 1) / period + 1, place: first * dilation / stride,
          distance: dilation / divisor)
      }
    }
  }

  /// Number of phases: how many channels stand for one.
  public var count: Int { axes.reduce(1) { $0 * $1.count } }

  /// Taps along an axis of every phase's kernel.
  func extent(_ axis: Int) -> Int {
    axes[axis].map { $0.place + ($0.count - 1) * $0.distance + 1 }.max() ?? 1
  }

  /// The index of a phase's residue along each axis.
  func indices(_ phase: Int) -> Extents {
    let inner = axes[2].count
    return Extents(
      phase / (inner * axes[1].count), phase / inner % axes[1].count, phase % inner)
  }

  /// Number of taps of a phase along each axis.
  public func tapCounts(_ phase: Int) -> Extents {
    let i = indices(phase)
    return Extents { axes[$0][i[$0]].count }
  }

  /// Where the taps of a phase stand in weights of layout `weights`.
  public func taps(_ phase: Int, of weights: Layout) -> Layout {
    let i = indices(phase)
    return weights.every(
      Extents { axes[$0][i[$0]].step }, from: Extents { axes[$0][i[$0]].first })
  }

  /// Where they stand in the kernels of all phases, whose channels are those of one after another.
  func places(_ phase: Int, of kernels: Layout) -> Layout {
    let i = indices(phase)
    var layout = kernels.every(
      Extents { axes[$0][i[$0]].distance }, from: Extents { axes[$0][i[$0]].place })
    layout.offset += phase * layout.channel
    layout.channel *= count
    return layout
  }

  /// The phase that a tap belongs to.
  public func phase(ofTap tap: Extents) -> Int {
    (0..<3).reduce(0) { phase, axis in
      let all = axes[axis]
      return phase * all.count
        + (all.firstIndex { tap[axis] >= $0.first && (tap[axis] - $0.first) % $0.step == 0 } ?? 0)
    }
  }

  /// For each axis and residue, the map of `count` positions of the phase, read through `map`.
  func maps(_ maps: [AxisMap], counts: Extents) -> [[AxisMap]] {
    (0..<3).map { axis in
      let (map, step) = (maps[axis], step[axis])
      if step == 1 { return [map] }
      return axes[axis].map { taps in
        AxisMap(count: counts[axis], extent: map.extent, step: step) {
          let at = $0 * step + taps.residue
          guard at < map.count, map.source[at] >= 0 else { return nil }
          return Int(map.source[at])
        }
      }
    }
  }
}
