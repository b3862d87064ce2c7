/// Where element (batch, group, channel, depth, height, width) of an operand stands.
///
/// Flip, the exchange of batch and channel, NHWC and the phases of a strided gradient are all
/// layouts: strides may be negative or greater than one. For weights, batch is the output channel
/// and channel the input channel within the group.
public struct Layout: Hashable, Sendable {
  /// Of the element with all indices zero.
  public var offset = 0
  /// Distance between neighbours along each index.
  public var batch = 0, group = 0, channel = 0, depth = 0, height = 0, width = 1

  /// Data of `channels` channels in all, `groups` groups, in the given order.
  public init(channels: Int, groups: Int = 1, _ e: Extents, _ order: DataLayout = .nchw) {
    switch order {
    case .nchw:
      (channel, depth, height, width) = (e.count, e.h * e.w, e.w, 1)
    case .nhwc:
      (channel, depth, height, width) = (1, e.h * e.w * channels, e.w * channels, channels)
    }
    batch = channels * e.count
    group = channels / groups * channel
  }

  /// Weights K, C / groups, kernel. `outChannels` over all groups, `inChannels` of one group.
  public init(weights e: Extents, outChannels: Int, inChannels: Int, groups: Int) {
    (channel, depth, height, width) = (e.count, e.h * e.w, e.w, 1)
    batch = inChannels * e.count
    group = outChannels / groups * batch
  }

  /// Batch and channel exchanged.
  public var exchanged: Layout {
    var l = self
    swap(&l.batch, &l.channel)
    return l
  }

  /// The same elements in reverse order along the spatial axes of extents `e`.
  public func flipped(_ e: Extents) -> Layout {
    var l = self
    l.offset += (e.d - 1) * depth + (e.h - 1) * height + (e.w - 1) * width
    (l.depth, l.height, l.width) = (-depth, -height, -width)
    return l
  }

  /// Moved to the given group.
  public func moved(toGroup g: Int) -> Layout {
    var l = self
    l.offset += g * group
    return l
  }

  /// Every `step`-th element from `first` on, along the spatial axes.
  func every(_ step: Extents, from first: Extents) -> Layout {
    var l = self
    l.offset += first.d * depth + first.h * height + first.w * width
    (l.depth, l.height, l.width) = (depth * step.d, height * step.h, width * step.w)
    return l
  }

  /// Index of an element.
  @inlinable @inline(__always)
  public func index(_ n: Int, _ c: Int, _ d: Int, _ h: Int, _ w: Int) -> Int {
    offset &+ n &* batch &+ c &* channel &+ d &* depth &+ h &* height &+ w &* width
  }
}

/// An operand that is read.
public struct Source<Scalar> {
  /// Start of its storage.
  public var base: UnsafePointer<Scalar>
  /// Where its elements stand.
  public var layout: Layout

  /// Both.
  public init(_ base: UnsafePointer<Scalar>, _ layout: Layout) {
    self.base = base
    self.layout = layout
  }
}

/// An operand that is written.
public struct Target<Scalar> {
  /// Start of its storage.
  public var base: UnsafeMutablePointer<Scalar>
  /// Where its elements stand.
  public var layout: Layout

  /// Both.
  public init(_ base: UnsafeMutablePointer<Scalar>, _ layout: Layout) {
    self.base = base
    self.layout = layout
  }
}
