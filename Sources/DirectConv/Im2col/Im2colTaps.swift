import ConvCore

/// Taps of one row of the kernel.
struct TapStrip: Hashable, Sendable {
  /// Depth, height, and first column of the row.
  let d: Int, h: Int, w: Int
  /// Number of taps.
  let count: Int
}

/// How the rows (channel, tap) of the matrix fall into chunks: several channels with all taps, or
/// one channel with some.
struct Im2colTaps: Hashable, Sendable {
  /// Number of taps, T.
  let count: Int
  /// Taps of each chunk, in order.
  let chunks: [Range<Int>]
  /// Channels of a chunk; the last one may have fewer.
  let channels: Int
  /// The rows of the kernel that each chunk of taps consists of.
  let strips: [[TapStrip]]
  /// All chunks together.
  let stripCount: Int
  /// The most taps that a chunk has; stored, because finding it allocates and `apply` asks.
  let mostTaps: Int

  init(_ core: CoreProblem, depth: Int) {
    let kernel = core.kernel
    count = kernel.count
    let parts = (kernel.count + depth - 1) / depth
    let taps = kernel.count
    chunks = (0..<parts).map { ($0 * taps / parts)..<(($0 + 1) * taps / parts) }
    let most = parts > 1 ? 1 : max(1, depth / taps)
    let pieces = (core.inChannels + most - 1) / most
    channels = (core.inChannels + pieces - 1) / pieces
    strips = chunks.map { Self.strips($0, kernel) }
    stripCount = strips.reduce(0) { $0 + $1.count }
    mostTaps = chunks.map(\.count).max() ?? 0
  }

  private static func strips(_ taps: Range<Int>, _ kernel: Extents) -> [TapStrip] {
    var list: [TapStrip] = []
    var t = taps.lowerBound
    while t < taps.upperBound {
      let w = t % kernel.w
      let n = min(kernel.w - w, taps.upperBound - t)
      list.append(
        TapStrip(d: t / (kernel.h * kernel.w), h: t / kernel.w % kernel.h, w: w, count: n))
      t += n
    }
    return list
  }

  /// The most rows that a chunk has.
  var depth: Int { channels * mostTaps }
}
