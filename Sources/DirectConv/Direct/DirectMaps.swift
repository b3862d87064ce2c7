import ConvCore
import Kernels

/// The maps of a problem as kernels read them.
struct DirectMaps {
  /// One axis.
  struct Axis {
    let map: UnsafePointer<Int32>
    let length: Int
    let interior: Range<Int>

    /// The real index of virtual index i, or -1; also -1 beyond the end.
    @inline(__always)
    subscript(i: Int) -> Int { i < length ? Int(map[i]) : -1 }

    /// The real index of virtual index i, or of the nearest in the interior.
    @inline(__always)
    func near(_ i: Int) -> Int {
      interior.isEmpty ? 0 : self[min(max(i, interior.lowerBound), interior.upperBound &- 1)]
    }

    /// Every n-th index, and which of them lie in the interior.
    @inline(__always)
    func axis(first: Int, every: Int, count: Int) -> DirectAxis {
      let low = max(0, (interior.lowerBound &- first &+ every &- 1) / every)
      let high = min(count, (interior.upperBound &- 1 &- first &+ every) / every)
      let isEmpty = interior.upperBound <= first || low >= high
      return (map, length, first, every, count, isEmpty ? 0..<0 : low..<high)
    }
  }

  let depth: Axis, height: Axis, width: Axis

  /// Elements that `init` writes.
  static func count(_ core: CoreProblem) -> Int { core.input.d + core.input.h + core.input.w }

  /// The maps of `core`, kept in `table`.
  init(_ core: CoreProblem, in table: UnsafeMutablePointer<Int32>) {
    var next = table
    let axes = core.maps.map { map in
      for (i, source) in map.source.enumerated() { next[i] = source }
      defer { next += map.count }
      return Axis(map: UnsafePointer(next), length: map.count, interior: map.interior)
    }
    (depth, height, width) = (axes[0], axes[1], axes[2])
  }
}

/// What one `apply` works on.
struct DirectRun<S: DirectScalar> {
  let x: Source<S>
  let y: Target<S>
  /// Packed weights, tables of the form, maps.
  let weights: UnsafePointer<S>
  let table: UnsafeMutablePointer<Int32>
  let maps: DirectMaps
  /// Scratch of all threads.
  let scratch: UnsafeMutablePointer<S>
}
