import ConvCore

// Vectors of S in code that is generic over it. Their arithmetic and the selections below compile to
// vector instructions; the comparisons of generic SIMD types do not (they become loops over lanes),
// so a selection is written lane by lane and the compiler puts the lanes together.

/// Vectors in memory, and selections.
enum Lanes {
  /// Reads a vector from any address.
  @inline(__always)
  static func load<V: SIMD>(_ p: UnsafePointer<V.Scalar>, as: V.Type = V.self) -> V {
    UnsafeRawPointer(p).loadUnaligned(as: V.self)
  }

  /// Writes a vector to any address.
  @inline(__always)
  static func store<V: SIMD>(_ v: V, _ p: UnsafeMutablePointer<V.Scalar>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: V.self)
  }

  /// Four lanes, one by one.
  @inline(__always)
  static func four<T: SIMDScalar>(_ lane: (Int) -> T) -> SIMD4<T> {
    SIMD4(lane(0), lane(1), lane(2), lane(3))
  }

  /// The larger of each two; NaN where either is.
  @inline(__always)
  static func larger<S: ConvScalar>(_ a: SIMD4<S>, _ b: SIMD4<S>) -> SIMD4<S> {
    let m = four { b[$0] > a[$0] ? b[$0] : a[$0] }
    return four { b[$0] == b[$0] ? m[$0] : b[$0] }
  }

  /// 1 where two differ, else 0.
  @inline(__always)
  static func differs<S: ConvScalar>(_ a: SIMD4<S>, _ b: SIMD4<S>) -> SIMD4<Int32> {
    four { a[$0] == b[$0] ? 0 : 1 }
  }

  /// y[i] = f(a[i], b[i]), a vector at a time: y may be a or b, which plain loops would be compiled
  /// for without vectors.
  @inline(__always)
  static func map<S: ConvScalar>(
    _ a: UnsafePointer<S>, _ b: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ range: Range<Int>,
    _ f: (SIMD16<S>, SIMD16<S>) -> SIMD16<S>
  ) {
    var i = range.lowerBound
    while i &+ 16 <= range.upperBound {
      store(f(load(a + i), load(b + i)), y + i)
      i &+= 16
    }
    while i < range.upperBound {
      y[i] = f(SIMD16(repeating: a[i]), SIMD16(repeating: b[i]))[0]
      i &+= 1
    }
  }

  /// d where v is positive, else slope d.
  @inline(__always)
  static func gated<S: ConvScalar>(_ d: SIMD16<S>, by v: SIMD16<S>, slope: S) -> SIMD16<S> {
    var r = d * slope
    for k in 0..<16 { r[k] = v[k] > 0 ? d[k] : r[k] }
    return r
  }
}

/// Sums along a run of values: lanes of S, each run's sum in Double.
enum Reduction {
  /// Sum of x.
  @inline(__always)
  static func sum<S: ConvScalar>(_ x: UnsafePointer<S>, _ count: Int) -> Double {
    var lanes = SIMD16<S>(repeating: 0)
    var i = 0
    while i &+ 16 <= count {
      lanes += Lanes.load(x + i)
      i &+= 16
    }
    var total = Double(lanes.sum())
    while i < count {
      total += Double(x[i])
      i &+= 1
    }
    return total
  }

  /// Sum of (x - a)^2.
  @inline(__always)
  static func square<S: ConvScalar>(_ x: UnsafePointer<S>, minus a: S, _ count: Int) -> Double {
    let shift = SIMD16<S>(repeating: a)
    var lanes = SIMD16<S>(repeating: 0)
    var i = 0
    while i &+ 16 <= count {
      let u: SIMD16<S> = Lanes.load(x + i) - shift
      lanes += u * u
      i &+= 16
    }
    var total = Double(lanes.sum())
    while i < count {
      total += Double((x[i] - a) * (x[i] - a))
      i &+= 1
    }
    return total
  }

  /// Sums of y, and of (x - a) y.
  @inline(__always)
  static func products<S: ConvScalar>(
    _ x: UnsafePointer<S>, minus a: S, _ y: UnsafePointer<S>, _ count: Int
  ) -> (sum: Double, product: Double) {
    let shift = SIMD16<S>(repeating: a)
    var (sums, products) = (SIMD16<S>(repeating: 0), SIMD16<S>(repeating: 0))
    var i = 0
    while i &+ 16 <= count {
      let v: SIMD16<S> = Lanes.load(y + i)
      sums += v
      products += (Lanes.load(x + i) - shift) * v
      i &+= 16
    }
    var (sum, product) = (Double(sums.sum()), Double(products.sum()))
    while i < count {
      sum += Double(y[i])
      product += Double((x[i] - a) * y[i])
      i &+= 1
    }
    return (sum, product)
  }
}
