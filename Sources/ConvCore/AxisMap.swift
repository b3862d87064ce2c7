/// For each index of a virtual axis, the index in the real one, or -1 for a zero.
///
/// Padding, borders, zero insertion and cropping are all this.
public struct AxisMap: Hashable, Sendable {
  /// Real index, or -1, of every virtual one.
  public let source: [Int32]
  /// Extent of the real axis.
  public let extent: Int
  /// The longest run of virtual indices whose sources are consecutive (`step` apart): tiles inside it
  /// can be read with plain loads. May be empty.
  public let interior: Range<Int>
  /// Distance of sources within the interior; 1 but for the phases of a stride.
  public let step: Int
  /// Whether every virtual index i stands at i.
  public let isPlain: Bool
  /// Where the axis is circular throughout, the real index of virtual index 0: then virtual index i
  /// stands at (i + start) mod extent. Nil otherwise.
  public let circularStart: Int?

  /// A map of `count` virtual indices onto `extent` real ones, neighbours `step` apart.
  public init(count: Int, extent: Int, step: Int = 1, _ real: (Int) -> Int?) {
    let source = (0..<count).map { Int32(real($0) ?? -1) }
    self.source = source
    self.extent = extent
    self.step = step
    var run = 0..<0
    var start = 0
    for i in 0..<count {
      if source[i] < 0 {
        start = i + 1
        continue
      }
      if i > start && source[i] != source[i - 1] + Int32(step) { start = i }
      if i + 1 - start > run.count { run = start..<(i + 1) }
    }
    interior = run
    isPlain = run.count == count && source.first == 0 && (step == 1 || count == 1)
    let first = Int(source.first ?? -1)
    circularStart =
      first >= 0 && (0..<count).allSatisfy { Int(source[$0]) == (first + $0) % extent }
      ? first : nil
  }

  /// Number of virtual indices.
  public var count: Int { source.count }
}

/// What a kernel computes: the normal form that every problem and pass is brought into.
///
/// y[n, g, k, o] = sum over c, t of x[n, g, c, o stride + t dilation] w[g, k, c, t]: a valid
/// cross-correlation, always of rank 3, on a virtual input of exactly the extents that it reads:
/// input = (output - 1) stride + (kernel - 1) dilation + 1 on each axis.
public struct CoreProblem: Hashable, Sendable {
  /// Number of inputs.
  public var batch: Int
  /// Groups that one call computes: all of them for a kernel that takes `.groups`, else 1.
  public var groups: Int
  /// Channels of one group.
  public var inChannels: Int, outChannels: Int
  /// Extents of the virtual input.
  public var input: Extents
  /// Taps.
  public var kernel: Extents
  /// Distances; 1 unless the kernel takes them natively.
  public var stride: Extents, dilation: Extents
  /// Outputs.
  public var output: Extents
  /// Depth, height, width. Plain unless the kernel takes `.maps` and reads through them.
  public var maps: [AxisMap]

  /// Extents that the taps cover.
  public var reach: Extents { Extents { (kernel[$0] - 1) * dilation[$0] + 1 } }

  /// Floating-point operations of the plain sum: two for each product.
  public var operations: Double {
    2 * Double(batch) * Double(groups) * Double(inChannels) * Double(outChannels)
      * Double(kernel.count) * Double(output.count)
  }
}
