import ConvCore

/// Random shifts and horizontal flips of training pictures.
public struct Augmentation: Hashable, Sendable {
  /// Largest shift as a fraction of the extents; what moves in repeats the edge.
  public var shift: Double
  /// Whether half the pictures are mirrored.
  public var flips: Bool

  /// None unless said.
  public init(shift: Double = 0, flips: Bool = false) {
    self.shift = shift
    self.flips = flips
  }

  /// Whether pictures stay as they are.
  public var isNone: Bool { shift == 0 && !flips }

  /// Writes picture `index` of a pass, changed at random but always in the same way.
  func write(
    _ picture: ArraySlice<Float>, _ shape: FeatureShape, index: Int, _ random: SeededRandom,
    into target: inout [Float], at start: Int
  ) {
    let rows = Int(shift * Double(shape.height))
    let columns = Int(shift * Double(shape.width))
    let dy = random.integer(at: 3 * index, in: -rows...rows)
    let dx = random.integer(at: 3 * index + 1, in: -columns...columns)
    let mirrored = flips && random.bits(at: 3 * index + 2) & 1 == 1
    let first = picture.startIndex
    for c in 0..<shape.channels {
      for y in 0..<shape.height {
        let sy = min(max(y - dy, 0), shape.height - 1)
        for x in 0..<shape.width {
          let moved = min(max(x - dx, 0), shape.width - 1)
          let sx = mirrored ? shape.width - 1 - moved : moved
          let plane = c * shape.height
          target[start + (plane + y) * shape.width + x] =
            picture[first + (plane + sy) * shape.width + sx]
        }
      }
    }
  }
}
