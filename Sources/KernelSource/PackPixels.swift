import CSystem

/// How the pixels of one vector are read: lane l stands l steps after the pointer.
protocol PixelReader {
  associatedtype V: Vector
  /// `v` with the lanes whose bit is set from memory.
  func read(_ p: UnsafePointer<V.Scalar>, _ lanes: Int, _ v: V) -> V
}

/// Neighbours in memory.
struct AdjacentPixels<V: Vector>: PixelReader {
  @inline(__always) func read(_ p: UnsafePointer<V.Scalar>, _ lanes: Int, _ v: V) -> V {
    #if KERNEL_AVX512
      v.loading(p, lanes: UInt32(truncatingIfNeeded: lanes))
    #else
      // Masks cost more than the branch.
      lanes == 1 &<< V.lanes &- 1
        ? V.load(p) : v.loading(p, lanes: UInt32(truncatingIfNeeded: lanes))
    #endif
  }
}

/// Every second one.
struct EvenPixels<V: Vector>: PixelReader {
  @inline(__always) func read(_ p: UnsafePointer<V.Scalar>, _ lanes: Int, _ v: V) -> V {
    v.loading(even: p, lanes: UInt32(truncatingIfNeeded: lanes))
  }
}

/// Every fourth one.
struct FourthPixels<V: Vector>: PixelReader {
  @inline(__always) func read(_ p: UnsafePointer<V.Scalar>, _ lanes: Int, _ v: V) -> V {
    v.loading(fourth: p, lanes: UInt32(truncatingIfNeeded: lanes))
  }
}

/// Any distance in memory.
struct DistantPixels<V: Vector>: PixelReader {
  let step: Int
  @inline(__always) func read(_ p: UnsafePointer<V.Scalar>, _ lanes: Int, _ v: V) -> V {
    v.loading(p, every: step, lanes: UInt32(truncatingIfNeeded: lanes))
  }
}

/// The rows of all taps of one channel for one vector; returns the rest of the program.
///
/// A vector's program (see `PixelProgram` in DirectConv, which writes it) is a number n and, for each
/// tap, n pieces: an offset and the lanes that are read there.
@inline(__always)
private func pack<R: PixelReader>(
  _ reader: R, _ program: UnsafePointer<Int>, taps: Int, _ x: UnsafePointer<R.V.Scalar>,
  ahead: Int, _ to: UnsafeMutablePointer<R.V.Scalar>, _ row: Int
) -> UnsafePointer<Int> {
  var (p, y) = (program + 1, to)
  switch program[0] {
  case 1:
    for _ in 0..<taps {
      reader.read(x + p[0], p[1], R.V()).store(y)
      p += 2
      y += row
    }
  case 2:
    for _ in 0..<taps {
      reader.read(x + p[2], p[3], reader.read(x + p[0], p[1], R.V())).store(y)
      p += 4
      y += row
    }
  default:
    for _ in 0..<taps {
      var v = R.V()
      for _ in 0..<program[0] {
        v = reader.read(x + p[0], p[1], v)
        p += 2
      }
      v.store(y)
      y += row
    }
  }
  // Other taps have read all but the last row of the kernel before.
  cv_prefetch_t1(x + (p[-2] &+ ahead))
  return p
}

@inline(__always)
private func pack<R: PixelReader>(
  _ reader: R, _ program: UnsafePointer<Int>, vectors: Int, taps: Int,
  _ x: UnsafePointer<R.V.Scalar>, ahead: Int, channels: Int, _ channelStep: Int,
  _ y: UnsafeMutablePointer<R.V.Scalar>, _ row: Int
) -> UnsafePointer<Int> {
  var p = program
  for c in 0..<channels {
    p = program
    for v in 0..<vectors {
      p = pack(
        reader, p, taps: taps, x + c &* channelStep, ahead: ahead,
        y + (c &* taps &* row &+ v &* R.V.lanes), row)
    }
  }
  return p
}

@inline(__always)
private func pack<V: Vector>(
  _: V.Type, _ program: UnsafePointer<Int>, vectors: Int, taps: Int, _ x: UnsafePointer<V.Scalar>,
  pixelStep: Int, ahead: Int, channels: Int, _ channelStep: Int,
  _ y: UnsafeMutablePointer<V.Scalar>, _ row: Int
) -> UnsafePointer<Int> {
  switch pixelStep {
  case 1:
    pack(
      AdjacentPixels<V>(), program, vectors: vectors, taps: taps, x, ahead: ahead,
      channels: channels,
      channelStep, y, row)
  case 2:
    pack(
      EvenPixels<V>(), program, vectors: vectors, taps: taps, x, ahead: ahead, channels: channels,
      channelStep,
      y, row)
  case 4:
    pack(
      FourthPixels<V>(), program, vectors: vectors, taps: taps, x, ahead: ahead,
      channels: channels, channelStep, y, row)
  default:
    pack(
      DistantPixels<V>(step: pixelStep), program, vectors: vectors, taps: taps, x,
      ahead: ahead, channels: channels, channelStep, y, row)
  }
}

/// See `GemmScalar.packPixels` in Kernels.
@inline(never)
public func packPixels(
  _ program: UnsafePointer<Int>, vectors: Int, taps: Int, _ x: UnsafePointer<Float>,
  pixelStep: Int, ahead: Int, channels: Int, _ channelStep: Int,
  _ y: UnsafeMutablePointer<Float>, _ row: Int
) -> UnsafePointer<Int> {
  pack(
    V32.self, program, vectors: vectors, taps: taps, x, pixelStep: pixelStep, ahead: ahead,
    channels: channels,
    channelStep, y, row)
}

/// The same of Double.
@inline(never)
public func packPixels(
  _ program: UnsafePointer<Int>, vectors: Int, taps: Int, _ x: UnsafePointer<Double>,
  pixelStep: Int, ahead: Int, channels: Int, _ channelStep: Int,
  _ y: UnsafeMutablePointer<Double>, _ row: Int
) -> UnsafePointer<Int> {
  pack(
    V64.self, program, vectors: vectors, taps: taps, x, pixelStep: pixelStep, ahead: ahead,
    channels: channels,
    channelStep, y, row)
}
