import ConvCore

/// Where a part of a lowering writes: from coordinates of the result to coordinates of its core
/// problem, read off the part's result layout.
struct PartCoordinates {
  /// For each axis and each coordinate of what the parts write (the result, or the padded gradient
  /// that is folded back onto it), the core's output coordinate, or -1.
  let core: [[Int]]
  /// Whether batch and channel of the core are exchanged with outer and inner of the result: a
  /// weight gradient computed as a convolution.
  let isExchanged: Bool
  /// Distance of neighbouring outputs in units of stride-1 outputs.
  let step: Extents

  init(_ part: Part, _ shape: ResultShape, folded: Extents?) {
    let (plain, extents) = Self.plainLayout(shape, folded)
    let layout = part.result
    let bases = [plain.depth, plain.height, plain.width]
    let strides = [layout.depth, layout.height, layout.width]
    var rest = layout.offset
    var tables: [[Int]] = []
    for axis in 0..<3 {
      let first = rest / bases[axis]
      rest %= bases[axis]
      let step = strides[axis] / bases[axis]
      var table = Array(repeating: -1, count: extents[axis])
      for o in 0..<part.placed[axis] { table[first + o * step] = o }
      tables.append(table)
    }
    core = tables
    if case .weights = shape {
      isExchanged = part.role == .correlation
    } else {
      isExchanged = false
    }
    step = part.role == .correlation ? part.core.stride : .one
  }

  /// The layout that the part's is a part of, for group 0, and the extents that it covers.
  private static func plainLayout(_ shape: ResultShape, _ folded: Extents?) -> (Layout, Extents) {
    switch shape {
    case .data(let channels, let e, let order):
      return folded.map { (Layout(channels: channels, $0), $0) }
        ?? (Layout(channels: channels, e, order), e)
    case .weights(let inChannels, let taps):
      return (Layout(weights: taps, outChannels: 1, inChannels: inChannels, groups: 1), taps)
    }
  }
}
