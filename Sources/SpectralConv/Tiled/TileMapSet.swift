import ConvCore

/// Maps of the axes as the kernels take them.
struct TileMaps {
  let pointers: (UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Int32>)
  /// Virtual indices along the width whose elements stand next to each other.
  let interior: Range<Int>
}

/// The maps of a problem's input, of its taps spread out by the dilation, and of its outputs spread
/// out by the stride.
struct TileMapSet: ~Copyable {
  private let core: CoreProblem
  private let storage: Buffer<Int32>

  init(_ core: CoreProblem) throws(ConvError) {
    storage = try Buffer<Int32>(Self.count(core))
    self.core = core
    var to = storage.base
    for map in core.maps {
      for source in map.source {
        to.pointee = source
        to += 1
      }
    }
    let outputs = Extents { Self.outputs(core, $0) }
    for (extents, steps) in [(core.reach, core.dilation), (outputs, core.stride)] {
      for axis in 0..<3 {
        for i in 0..<extents[axis] {
          to.pointee = i % steps[axis] == 0 ? Int32(i / steps[axis]) : -1
          to += 1
        }
      }
    }
  }

  /// Outputs at stride 1.
  private static func outputs(_ core: CoreProblem, _ axis: Int) -> Int {
    core.input[axis] - core.reach[axis] + 1
  }

  private static func inputCount(_ core: CoreProblem) -> Int {
    core.maps.reduce(0) { $0 + $1.count }
  }

  private static func tapCount(_ core: CoreProblem) -> Int {
    (0..<3).reduce(0) { $0 + core.reach[$1] }
  }

  private static func count(_ core: CoreProblem) -> Int {
    inputCount(core) + tapCount(core) + (0..<3).reduce(0) { $0 + outputs(core, $1) }
  }

  /// Bytes of the maps of `core`.
  static func bytes(_ core: CoreProblem) -> Int { count(core) * MemoryLayout<Int32>.stride }

  var byteCount: Int { storage.byteCount }

  /// Of the input.
  var input: TileMaps {
    maps(0, core.maps[0].count, core.maps[1].count, core.maps[2].interior)
  }

  /// Of the taps.
  var taps: TileMaps {
    maps(
      Self.inputCount(core), core.reach.d, core.reach.h,
      0..<(core.dilation.w == 1 ? core.reach.w : 0))
  }

  /// Of the outputs.
  var outputs: TileMaps {
    maps(
      Self.inputCount(core) + Self.tapCount(core), Self.outputs(core, 0), Self.outputs(core, 1),
      0..<(core.stride.w == 1 ? Self.outputs(core, 2) : 0))
  }

  private func maps(_ start: Int, _ d: Int, _ h: Int, _ interior: Range<Int>) -> TileMaps {
    let base = UnsafePointer(storage.base) + start
    return TileMaps(pointers: (base, base + d, base + (d + h)), interior: interior)
  }
}
