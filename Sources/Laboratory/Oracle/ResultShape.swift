import ConvCore

/// How an index of a pass's result falls into coordinates.
enum ResultShape: Sendable, Equatable {
  /// Batch, channel and position in one of the two orders.
  case data(channels: Int, Extents, DataLayout)
  /// Output channel, input channel within the group, tap.
  case weights(inChannels: Int, taps: Extents)

  /// Extents of the positions.
  var extents: Extents {
    switch self {
    case .data(_, let e, _), .weights(_, let e): e
    }
  }

  /// Number of values of the faster of the two indices beside the position.
  var innerCount: Int {
    switch self {
    case .data(let n, _, _), .weights(let n, _): n
    }
  }

  /// Distances of neighbours in memory.
  var steps: (outer: Int, inner: Int, d: Int, h: Int, w: Int) {
    let e = extents
    if case .data(let channels, _, .nhwc) = self {
      return (channels * e.count, 1, e.h * e.w * channels, e.w * channels, channels)
    }
    return (innerCount * e.count, e.count, e.h * e.w, e.w, 1)
  }

  /// The coordinates of an index.
  @inline(__always)
  func place(_ index: Int) -> Terms.Place {
    let e = extents
    let (outer, inner, position): (Int, Int, Int)
    if case .data(let channels, _, .nhwc) = self {
      inner = index % channels
      position = index / channels % e.count
      outer = index / channels / e.count
    } else {
      position = index % e.count
      inner = index / e.count % innerCount
      outer = index / e.count / innerCount
    }
    return Terms.Place(
      first: 0, second: 0, outer: outer, inner: inner, d: position / (e.h * e.w),
      h: position / e.w % e.h, w: position % e.w)
  }

  /// The index of coordinates.
  @inline(__always)
  func index(_ outer: Int, _ inner: Int, _ d: Int, _ h: Int, _ w: Int) -> Int {
    let s = steps
    return outer * s.outer + inner * s.inner + d * s.d + h * s.h + w * s.w
  }
}
