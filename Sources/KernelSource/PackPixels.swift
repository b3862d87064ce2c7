import CSystem

/// How the pixels of one vector are read: lane l stands l steps after the pointer.
protocol PixelReader {
  associatedtype V: Vector
  /// Lanes whose bit is set are read; the others stay.
  func read(_ p: UnsafePointer<V.Scalar>, _ lanes: Int, into v: inout V)
  /// All lanes.
  func read(_ p: UnsafePointer<V.Scalar>) -> V
}

/// Neighbours in memory.
struct AdjacentPixels<V: Vector>: PixelReader {
  @inline(__always) func read(_ p: UnsafePointer<V.Scalar>, _ lanes: Int, into v: inout V) {
    v = v.loading(p, lanes: UInt32(truncatingIfNeeded: lanes))
  }
  @inline(__always) func read(_ p: UnsafePointer<V.Scalar>) -> V { V.load(p) }
}

/// Any distance in memory.
struct DistantPixels<V: Vector>: PixelReader {
  let step: Int
  @inline(__always) func read(_ p: UnsafePointer<V.Scalar>, _ lanes: Int, into v: inout V) {
    withUnsafeTemporaryAllocation(of: V.Scalar.self, capacity: V.lanes) { buffer in
      let q = buffer.baseAddress!
      v.store(q)
      for l in 0..<V.lanes where lanes &>> l & 1 != 0 { q[l] = p[l &* step] }
      v = V.load(q)
    }
  }
  @inline(__always) func read(_ p: UnsafePointer<V.Scalar>) -> V {
    var v = V()
    read(p, -1, into: &v)
    return v
  }
}

/// The steps of a pixel program: see `PixelProgram` in DirectConv, which writes them.
///
/// For each vector of pixels: the first column of its panel and the panel's width; then for each
/// strip of taps either 1 and one list of pieces, good for all taps of the strip, each a step
/// further, or 0 and a list for each tap. A list is a count and so many pairs of offset and lanes.
struct PixelPacker<R: PixelReader> {
  typealias S = R.V.Scalar
  let reader: R
  /// Number of taps in each strip.
  let strips: UnsafePointer<Int>
  let stripCount: Int
  /// Distance between what two neighbouring taps of a strip read.
  let tapStep: Int

  /// Writes the rows of all taps of one channel for one vector; returns the rest of the program.
  @inline(__always)
  func pack(
    _ program: UnsafePointer<Int>, _ x: UnsafePointer<S>, _ to: UnsafeMutablePointer<S>,
    _ row: Int
  ) -> UnsafePointer<Int> {
    var (p, y) = (program, to)
    for s in 0..<stripCount {
      let taps = strips[s]
      let isUniform = p[0] != 0
      p += 1
      if isUniform {
        y = repeating(p, taps, x, y, row)
        p += 1 &+ 2 &* p[0]
      } else {
        for _ in 0..<taps {
          list(p, x).store(y)
          y += row
          p += 1 &+ 2 &* p[0]
        }
      }
    }
    return p
  }

  /// One list for `taps` taps.
  @inline(__always)
  private func repeating(
    _ p: UnsafePointer<Int>, _ taps: Int, _ from: UnsafePointer<S>,
    _ to: UnsafeMutablePointer<S>, _ row: Int
  ) -> UnsafeMutablePointer<S> {
    var (x, y) = (from, to)
    let all = 1 &<< R.V.lanes &- 1
    if p[0] == 1 && p[2] == all {
      x += p[1]
      for _ in 0..<taps {
        reader.read(x).store(y)
        x += tapStep
        y += row
      }
    } else {
      for _ in 0..<taps {
        list(p, x).store(y)
        x += tapStep
        y += row
      }
    }
    return y
  }

  /// The pixels of one tap.
  @inline(__always)
  private func list(_ p: UnsafePointer<Int>, _ x: UnsafePointer<S>) -> R.V {
    var v = R.V()
    let count = p[0]
    if count > 0 {
      reader.read(x + p[1], p[2], into: &v)
      for i in 1..<max(1, count) { reader.read(x + p[1 &+ 2 &* i], p[2 &+ 2 &* i], into: &v) }
    }
    return v
  }
}

@inline(__always)
private func run<R: PixelReader>(
  _ packer: PixelPacker<R>, _ program: UnsafePointer<Int>, vectors: Int, taps: Int,
  _ x: UnsafePointer<R.V.Scalar>, channels: Int, _ channelStep: Int,
  _ y: UnsafeMutablePointer<R.V.Scalar>
) {
  let rows = channels &* taps
  for c in 0..<channels {
    let from = x + c &* channelStep
    var p = program
    for v in 0..<vectors {
      let (first, width) = (p[0], p[1])
      let to = y + (first &* rows &+ c &* taps &* width &+ v &* R.V.lanes &- first)
      p = packer.pack(p + 2, from, to, width)
    }
  }
}

@inline(__always)
private func pack<V: Vector>(
  _: V.Type, _ program: UnsafePointer<Int>, vectors: Int, strips: UnsafePointer<Int>,
  _ stripCount: Int, taps: Int, tapStep: Int, pixelStep: Int, _ x: UnsafePointer<V.Scalar>,
  channels: Int, _ channelStep: Int, _ y: UnsafeMutablePointer<V.Scalar>
) {
  if pixelStep == 1 {
    run(
      PixelPacker(
        reader: AdjacentPixels<V>(), strips: strips, stripCount: stripCount, tapStep: tapStep),
      program, vectors: vectors, taps: taps, x, channels: channels, channelStep, y)
  } else {
    run(
      PixelPacker(
        reader: DistantPixels<V>(step: pixelStep), strips: strips, stripCount: stripCount,
        tapStep: tapStep),
      program, vectors: vectors, taps: taps, x, channels: channels, channelStep, y)
  }
}

/// See `GemmScalar.packPixels` in Kernels.
@inline(never)
public func packPixels(
  _ program: UnsafePointer<Int>, vectors: Int, strips: UnsafePointer<Int>, _ stripCount: Int,
  taps: Int, tapStep: Int, pixelStep: Int, _ x: UnsafePointer<Float>, channels: Int,
  _ channelStep: Int, _ y: UnsafeMutablePointer<Float>
) {
  pack(
    V32.self, program, vectors: vectors, strips: strips, stripCount, taps: taps, tapStep: tapStep,
    pixelStep: pixelStep, x, channels: channels, channelStep, y)
}

/// The same of Double.
@inline(never)
public func packPixels(
  _ program: UnsafePointer<Int>, vectors: Int, strips: UnsafePointer<Int>, _ stripCount: Int,
  taps: Int, tapStep: Int, pixelStep: Int, _ x: UnsafePointer<Double>, channels: Int,
  _ channelStep: Int, _ y: UnsafeMutablePointer<Double>
) {
  pack(
    V64.self, program, vectors: vectors, strips: strips, stripCount, taps: taps, tapStep: tapStep,
    pixelStep: pixelStep, x, channels: channels, channelStep, y)
}
