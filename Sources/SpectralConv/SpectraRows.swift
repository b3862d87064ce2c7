import ConvCore
import Kernels

/// The rows that a tile reads: of the input through its maps, or of an operand whose elements stand
/// apart (dilated weights, the gradient of strided outputs).
struct TileRows<S: FFTWScalar> {
  /// Element (0, 0, 0) of the channel, or of the tile where there are no maps.
  var base: UnsafePointer<S>
  /// Distances of the operand in memory.
  var stride: (d: Int, h: Int, w: Int)
  /// Points of the tile between two elements, and number of elements; with maps, 1 and the number of
  /// virtual elements from the origin on.
  var step = Extents.one
  var count: Extents
  /// Where virtual elements stand from the tile's origin on; nil for elements in order.
  var maps: (d: UnsafePointer<Int32>, h: UnsafePointer<Int32>, w: UnsafePointer<Int32>)?
  /// With maps: the run of the width whose sources are consecutive, relative to the origin.
  var interior = 0..<0

  /// The elements of a row, or nil where all are zeros.
  @inline(__always)
  func row(_ d: Int, _ h: Int) -> UnsafePointer<S>? {
    if let maps {
      guard d < count.d, h < count.h else { return nil }
      let (i, j) = (Int(maps.d[d]), Int(maps.h[h]))
      return i < 0 || j < 0 ? nil : base + (i &* stride.d &+ j &* stride.h)
    }
    guard d % step.d == 0, h % step.h == 0, d / step.d < count.d, h / step.h < count.h else {
      return nil
    }
    return base + (d / step.d &* stride.d &+ h / step.h &* stride.h)
  }

  /// Whether all of some rows are zeros.
  @inline(__always)
  func isEmpty(_ d: Int, _ rows: Range<Int>) -> Bool {
    for h in rows where row(d, h) != nil { return false }
    return true
  }

  /// z = a + i b, of n points; a missing row is zeros.
  @inline(__always)
  func fill(
    _ a: UnsafePointer<S>?, _ b: UnsafePointer<S>?, _ zeros: UnsafePointer<S>,
    _ z: UnsafeMutablePointer<S>, _ n: Int, _ kernels: SpectralKernels<S>
  ) {
    guard a != nil || b != nil else { return z.update(repeating: 0, count: 2 * n) }
    guard let maps else {
      fill(a, z, 2, n)
      fill(b, z + 1, 2, n)
      return
    }
    let run = interior
    fillMapped(a, b, maps.w, 0..<run.lowerBound, z)
    if !run.isEmpty {
      let from = Int(maps.w[run.lowerBound]) &* stride.w
      kernels.interleave(
        run.count, a.map { $0 + from } ?? zeros, a == nil ? 1 : stride.w,
        b.map { $0 + from } ?? zeros, b == nil ? 1 : stride.w, z + 2 * run.lowerBound)
    }
    fillMapped(a, b, maps.w, run.upperBound..<max(run.upperBound, count.w), z)
    let end = max(run.upperBound, count.w)
    (z + 2 * end).update(repeating: 0, count: 2 * (n - end))
  }

  @inline(__always)
  private func fillMapped(
    _ a: UnsafePointer<S>?, _ b: UnsafePointer<S>?, _ map: UnsafePointer<Int32>,
    _ range: Range<Int>, _ z: UnsafeMutablePointer<S>
  ) {
    for i in range {
      let from = Int(map[i])
      z[2 &* i] = from < 0 ? 0 : a.map { $0[from &* stride.w] } ?? 0
      z[2 &* i &+ 1] = from < 0 ? 0 : b.map { $0[from &* stride.w] } ?? 0
    }
  }

  /// z[i zStep] = element i of a row of n points.
  @inline(__always)
  private func fill(
    _ row: UnsafePointer<S>?, _ z: UnsafeMutablePointer<S>, _ zStep: Int, _ n: Int
  ) {
    for i in 0..<n { z[i &* zStep] = 0 }
    guard let row else { return }
    for i in 0..<count.w { z[i &* step.w &* zStep] = row[i &* stride.w] }
  }

  /// A single row of n points.
  @inline(__always)
  func fill(_ row: UnsafePointer<S>?, _ z: UnsafeMutablePointer<S>, _ n: Int) {
    guard let maps, let row else { return fill(row, z, 1, n) }
    for i in 0..<interior.lowerBound {
      z[i] = maps.w[i] < 0 ? 0 : row[Int(maps.w[i]) &* stride.w]
    }
    if !interior.isEmpty {
      let from = row + Int(maps.w[interior.lowerBound]) &* stride.w
      let to = z + interior.lowerBound
      if stride.w == 1 {
        to.update(from: from, count: interior.count)
      } else {
        for i in 0..<interior.count { to[i] = from[i &* stride.w] }
      }
    }
    let end = max(interior.upperBound, count.w)
    for i in interior.upperBound..<end {
      z[i] = maps.w[i] < 0 ? 0 : row[Int(maps.w[i]) &* stride.w]
    }
    (z + end).update(repeating: 0, count: n - end)
  }
}

/// The rows that are kept of a tile, and where they go.
struct KeptRows<S: FFTWScalar> {
  /// Where the first element goes.
  var base: UnsafeMutablePointer<S>
  /// Distances of the result in memory.
  var stride: (d: Int, h: Int, w: Int)
  /// Points of the tile between two elements, and number of elements.
  var step: Extents
  var count: Extents
  /// What every element is multiplied by.
  var scale: S

  /// Stores a row whose points are `zStep` apart.
  @inline(__always)
  func store(
    _ z: UnsafePointer<S>, _ zStep: Int, _ d: Int, _ h: Int, _ kernels: SpectralKernels<S>
  ) {
    kernels.scaleCopy(
      count.w, z, zStep * step.w, scale, base + (d * stride.d + h * stride.h), stride.w)
  }
}
