import ConvCore
import Kernels

/// How one axis of a problem is cut into tiles (overlap-save).
///
/// Everything is counted at stride 1; a stride keeps every n-th output. A tile of `size` points
/// yields `outputs` = size - reach + 1 values that have not wrapped around, so tiles lie that far
/// apart. Where one tile covers the axis it may be smaller: what wraps around then meets only zeros
/// of the padding, or is meant to wrap (a circular border as long as the tile).
struct TileAxis: Hashable {
  /// Points of the transform; 1 where the kernel has one tap and nothing is transformed.
  let size: Int
  /// Outputs of a tile.
  let outputs: Int
  /// Number of tiles.
  let count: Int
  /// Outputs of all tiles.
  let total: Int
  /// Extent of the virtual input.
  let input: Int

  /// Virtual input elements that tile t reads.
  func extent(_ t: Int) -> Int { min(size, input - t * outputs) }

  /// Outputs that tile t is asked for.
  func kept(_ t: Int) -> Int { min(outputs, total - t * outputs) }

  /// Every sensible way to cut axis `axis` of `core`, transforms of `sizes` points, which ascend.
  static func choices(_ core: CoreProblem, _ axis: Int, sizes: [Int]) -> [TileAxis] {
    let (input, reach) = (core.input[axis], core.reach[axis])
    let total = input - reach + 1
    if reach == 1 {
      let stride = core.stride[axis]
      return [
        TileAxis(
          size: 1, outputs: stride, count: core.output[axis], total: total, input: input)
      ]
    }
    let whole = wholeSize(core.maps[axis], reach: reach, outputs: total)
    var result: [TileAxis] = []
    for size in sizes where size >= reach {
      if size >= whole.atLeast || size == whole.exactly {
        result.append(
          TileAxis(size: size, outputs: total, count: 1, total: total, input: input))
        if size >= whole.atLeast { break }
        continue
      }
      let outputs = size - reach + 1
      let count = (total + outputs - 1) / outputs
      // The same number of smaller tiles, where an earlier size gave it, is better.
      if let last = result.last, last.count <= count, last.count > 1 { continue }
      result.append(
        TileAxis(size: size, outputs: outputs, count: count, total: total, input: input))
    }
    return result
  }

  /// Points from which on one tile covers the axis; and, for a circular border, points of which it
  /// wraps as the border does.
  ///
  /// A product of spectra adds to output o what stands n further on or back. With the elements that
  /// are not zero at first ..< end, those are zeros if n >= end and n >= input - first.
  private static func wholeSize(_ map: AxisMap, reach: Int, outputs: Int) -> (
    atLeast: Int, exactly: Int?
  ) {
    let first = map.source.firstIndex { $0 >= 0 } ?? 0
    let end = (map.source.lastIndex { $0 >= 0 } ?? 0) + 1
    let isCircular = map.circularStart != nil && map.extent >= max(outputs, reach)
    return (
      max(end, map.count - first, outputs, reach), isCircular ? map.extent : nil
    )
  }
}
