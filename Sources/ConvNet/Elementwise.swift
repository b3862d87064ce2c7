import ConvCore
import Glibc

/// Loops over values, generic over the scalar alone so that they are compiled for each.
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

  /// y = x where positive, else slope x.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func leaky<S: ConvScalar>(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ count: Int, slope: S, _ pool: ThreadPool
  ) {
    ranges(count, pool) { range in
      for i in range { y[i] = x[i] > 0 ? x[i] : slope * x[i] }
    }
  }

  /// dx = dy where y is positive, else slope dy; y has x's sign for slopes of at least 0.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func leakyGradient<S: ConvScalar>(
    _ x: UnsafePointer<S>, _ dy: UnsafePointer<S>, _ dx: UnsafeMutablePointer<S>, _ count: Int,
    slope: S, _ pool: ThreadPool
  ) {
    ranges(count, pool) { range in
      for i in range { dx[i] = x[i] > 0 ? dy[i] : slope * dy[i] }
    }
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

  /// y = x scaled by 1 / (1 - rate), or zero with probability `rate`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func drop<S: ConvScalar>(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ count: Int, rate: Double,
    _ random: SeededRandom, _ pool: ThreadPool
  ) {
    let scale = S(1 / (1 - rate))
    let limit = UInt64(rate * 0x1p32)
    ranges(count, pool) { range in
      for i in range { y[i] = random.bits(at: i) >> 32 < limit ? 0 : scale * x[i] }
    }
  }
}

/// Sums of products along a run of values, in eight lanes.
enum Reduction {
  /// Sum of x.
  @inline(__always)
  static func sum<S: ConvScalar>(_ x: UnsafePointer<S>, _ count: Int) -> Double {
    var lanes = SIMD8<S>(repeating: 0)
    var i = 0
    while i &+ 8 <= count {
      lanes += UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<S>.self)
      i &+= 8
    }
    var total = Double(lanes.sum())
    while i < count {
      total += Double(x[i])
      i &+= 1
    }
    return total
  }

  /// Sum of (x - a) y.
  @inline(__always)
  static func product<S: ConvScalar>(
    _ x: UnsafePointer<S>, minus a: S, _ y: UnsafePointer<S>, _ count: Int
  ) -> Double {
    let shift = SIMD8<S>(repeating: a)
    var lanes = SIMD8<S>(repeating: 0)
    var i = 0
    while i &+ 8 <= count {
      let u = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<S>.self) - shift
      lanes += u * UnsafeRawPointer(y + i).loadUnaligned(as: SIMD8<S>.self)
      i &+= 8
    }
    var total = Double(lanes.sum())
    while i < count {
      total += Double((x[i] - a) * y[i])
      i &+= 1
    }
    return total
  }

  /// Sum of (x - a)^2.
  @inline(__always)
  static func square<S: ConvScalar>(_ x: UnsafePointer<S>, minus a: S, _ count: Int) -> Double {
    let shift = SIMD8<S>(repeating: a)
    var lanes = SIMD8<S>(repeating: 0)
    var i = 0
    while i &+ 8 <= count {
      let u = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<S>.self) - shift
      lanes += u * u
      i &+= 8
    }
    var total = Double(lanes.sum())
    while i < count {
      total += Double((x[i] - a) * (x[i] - a))
      i &+= 1
    }
    return total
  }
}
