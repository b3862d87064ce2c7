import ConvCore
import Glibc

/// Loops over values, generic over the scalar alone so that they are compiled for each. Results may
/// lie where an operand does.
enum Elementwise {
  /// Values that one work item takes: small enough to balance, large enough to pay.
  static let chunk = 16_384

  /// Calls `body` for ranges that cover `0..<count`, on all threads.
  @inline(__always)
  static func ranges(_ count: Int, _ pool: ThreadPool, _ body: (Range<Int>) -> Void) {
    pool.run((count + chunk - 1) / chunk) { item, _ in
      body((item * chunk)..<min(count, (item + 1) * chunk))
    }
  }

  /// y = x, rounded or widened.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func convert<S: ConvScalar>(_ x: ArraySlice<Float>, into y: UnsafeMutablePointer<S>) {
    x.withUnsafeBufferPointer { x in
      for i in 0..<x.count { y[i] = S(x[i]) }
    }
  }

  /// y = x where positive, else slope x.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func leaky<S: ConvScalar>(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ count: Int, slope: S, _ pool: ThreadPool
  ) {
    ranges(count, pool) { Lanes.map(x, x, y, $0) { Lanes.gated($0, by: $1, slope: slope) } }
  }

  /// dx = dy where y is positive, else slope dy: y has x's sign where slope is at least 0.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func leakyGradient<S: ConvScalar>(
    _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>, _ dx: UnsafeMutablePointer<S>, _ count: Int,
    slope: S, _ pool: ThreadPool
  ) {
    ranges(count, pool) { Lanes.map(dy, y, dx, $0) { Lanes.gated($0, by: $1, slope: slope) } }
  }

  /// y = f(x), for the functions that need the mathematical library.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func curve<S: ConvScalar>(
    _ kind: LayerSpec.Activation, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>,
    _ count: Int, _ pool: ThreadPool
  ) {
    ranges(count, pool) { range in
      for i in range {
        let v = Double(x[i])
        switch kind {
        case .sigmoid: y[i] = S(1 / (1 + exp(-v)))
        case .tanh: y[i] = S(Glibc.tanh(v))
        case .elu(let alpha): y[i] = v > 0 ? x[i] : S(alpha * expm1(v))
        default: y[i] = x[i]
        }
      }
    }
  }

  /// dx = f'(x) dy, from y = f(x).
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func curveGradient<S: ConvScalar>(
    _ kind: LayerSpec.Activation, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>, _ count: Int, _ pool: ThreadPool
  ) {
    ranges(count, pool) { range in
      for i in range {
        switch kind {
        case .sigmoid: dx[i] = dy[i] * y[i] * (1 - y[i])
        case .tanh: dx[i] = dy[i] * (1 - y[i] * y[i])
        case .elu(let alpha): dx[i] = y[i] > 0 ? dy[i] : dy[i] * (y[i] + S(alpha))
        default: dx[i] = dy[i]
        }
      }
    }
  }

  /// Draws what each value is to be multiplied by: 0 with probability `rate`, else `scale`. Two from
  /// each random number, since these are what takes time; from a table, since no branch is guessed.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func draw<S: ConvScalar>(
    _ mask: UnsafeMutablePointer<S>, _ count: Int, rate: Double, scale: S, _ random: SeededRandom,
    _ pool: ThreadPool
  ) {
    let limit = UInt32(rate * 0x1p32)
    let table: [S] = [scale, 0]
    table.withUnsafeBufferPointer { factors in
      ranges((count + 1) / 2, pool) { range in
        for i in range {
          let bits = random.bits(at: i)
          let (high, low) = (
            UInt32(truncatingIfNeeded: bits >> 32), UInt32(truncatingIfNeeded: bits)
          )
          mask[2 &* i] = factors[high < limit ? 1 : 0]
          if 2 &* i &+ 1 < count { mask[2 &* i &+ 1] = factors[low < limit ? 1 : 0] }
        }
      }
    }
  }

  /// y = x times the mask.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func product<S: ConvScalar>(
    _ x: UnsafePointer<S>, _ mask: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ count: Int,
    _ pool: ThreadPool
  ) {
    ranges(count, pool) { Lanes.map(x, mask, y, $0) { $0 * $1 } }
  }
}
