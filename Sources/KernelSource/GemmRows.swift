import CSystem

/// Two vectors side by side, as one: a block is as wide as the type says.
struct Pair<Half: Vector>: Vector {
  typealias Scalar = Half.Scalar
  var a: Half, b: Half
  @_transparent init(_ a: Half, _ b: Half) { (self.a, self.b) = (a, b) }
  @_transparent init() { (a, b) = (Half(), Half()) }
  @_transparent init(repeating value: Scalar) {
    a = Half(repeating: value)
    b = a
  }
  @_transparent static var lanes: Int { 2 &* Half.lanes }
  @_transparent static func load(_ p: UnsafePointer<Scalar>) -> Self {
    Self(Half.load(p), Half.load(p + Half.lanes))
  }
  @_transparent func store(_ p: UnsafeMutablePointer<Scalar>) {
    a.store(p)
    b.store(p + Half.lanes)
  }
  @_transparent static func load(_ p: UnsafePointer<Scalar>, first count: Int) -> Self {
    Self(
      Half.load(p, first: min(count, Half.lanes)),
      Half.load(p + Half.lanes, first: max(0, count &- Half.lanes)))
  }
  @_transparent func store(_ p: UnsafeMutablePointer<Scalar>, first count: Int) {
    a.store(p, first: min(count, Half.lanes))
    b.store(p + Half.lanes, first: max(0, count &- Half.lanes))
  }
  @_transparent func loading(_ p: UnsafePointer<Scalar>, lanes: UInt32) -> Self {
    Self(
      a.loading(p, lanes: lanes),
      b.loading(p + Half.lanes, lanes: lanes &>> UInt32(truncatingIfNeeded: Half.lanes)))
  }
  @_transparent func loading(even p: UnsafePointer<Scalar>, lanes: UInt32) -> Self {
    let high = lanes &>> UInt32(truncatingIfNeeded: Half.lanes)
    return Self(a.loading(even: p, lanes: lanes), b.loading(even: p + 2 &* Half.lanes, lanes: high))
  }
  @_transparent func loading(fourth p: UnsafePointer<Scalar>, lanes: UInt32) -> Self {
    let high = lanes &>> UInt32(truncatingIfNeeded: Half.lanes)
    return Self(
      a.loading(fourth: p, lanes: lanes), b.loading(fourth: p + 4 &* Half.lanes, lanes: high))
  }
  @_transparent func loading(_ p: UnsafePointer<Scalar>, every step: Int, lanes: UInt32) -> Self {
    let high = lanes &>> UInt32(truncatingIfNeeded: Half.lanes)
    return Self(
      a.loading(p, every: step, lanes: lanes),
      b.loading(p + step &* Half.lanes, every: step, lanes: high))
  }
  @_transparent func stream(_ p: UnsafeMutablePointer<Scalar>) {
    a.stream(p)
    b.stream(p + Half.lanes)
  }
  @_transparent static func + (x: Self, y: Self) -> Self { Self(x.a + y.a, x.b + y.b) }
  @_transparent static func - (x: Self, y: Self) -> Self { Self(x.a - y.a, x.b - y.b) }
  @_transparent static func * (x: Self, y: Self) -> Self { Self(x.a * y.a, x.b * y.b) }
  @_transparent static prefix func - (x: Self) -> Self { Self(-x.a, -x.b) }
  @_transparent func adding(_ x: Self, times y: Self) -> Self {
    Self(a.adding(x.a, times: y.a), b.adding(x.b, times: y.b))
  }
  @_transparent func subtracting(_ x: Self, times y: Self) -> Self {
    Self(a.subtracting(x.a, times: y.a), b.subtracting(x.b, times: y.b))
  }
}

/// The sums of a block of C: `count` rows of one (wide) vector each.
///
/// A number of rows is a type built of pairs, so that no loop has to be unrolled and every sum
/// stands in a register.
protocol GemmRows {
  associatedtype V: Vector
  static var count: Int { get }
  /// All sums zero.
  init()
  /// Adds a[i] b to every row i; the rows of a stand `row` elements apart.
  mutating func add(_ a: UnsafePointer<V.Scalar>, _ row: Int, _ b: V)
  /// Overwrites C with the sums.
  func store(_ c: UnsafeMutablePointer<V.Scalar>, _ row: Int)
  /// Adds the sums to C.
  func accumulate(_ c: UnsafeMutablePointer<V.Scalar>, _ row: Int)
  /// Overwrites the first columns of C.
  func store(_ c: UnsafeMutablePointer<V.Scalar>, _ row: Int, first columns: Int)
  /// Adds to the first columns of C.
  func accumulate(_ c: UnsafeMutablePointer<V.Scalar>, _ row: Int, first columns: Int)
  /// Asks for C, which is needed when the sums are complete.
  static func prefetch(_ c: UnsafeMutablePointer<V.Scalar>, _ row: Int)
}

/// One row.
struct GemmRow<V: Vector>: GemmRows {
  var sum: V
  @_transparent static var count: Int { 1 }
  @inline(__always) init() { sum = V() }
  @inline(__always) mutating func add(_ a: UnsafePointer<V.Scalar>, _: Int, _ b: V) {
    sum = sum.adding(V(repeating: a[0]), times: b)
  }
  @inline(__always) func store(_ c: UnsafeMutablePointer<V.Scalar>, _: Int) { sum.store(c) }
  @inline(__always) func accumulate(_ c: UnsafeMutablePointer<V.Scalar>, _: Int) {
    (V.load(c) + sum).store(c)
  }
  @inline(__always) func store(_ c: UnsafeMutablePointer<V.Scalar>, _: Int, first columns: Int) {
    sum.store(c, first: columns)
  }
  @inline(__always) func accumulate(_ c: UnsafeMutablePointer<V.Scalar>, _: Int, first columns: Int)
  {
    (V.load(c, first: columns) + sum).store(c, first: columns)
  }
  @inline(__always) static func prefetch(_ c: UnsafeMutablePointer<V.Scalar>, _: Int) {
    cv_prefetch_write(c)
    cv_prefetch_write(c + V.lanes / 2)
  }
}

/// The rows of A, and below them those of B.
struct GemmRowPair<A: GemmRows, B: GemmRows>: GemmRows where A.V == B.V {
  typealias V = A.V
  var a: A, b: B
  @_transparent static var count: Int { A.count + B.count }
  @inline(__always) init() { (a, b) = (A(), B()) }
  @inline(__always) mutating func add(_ x: UnsafePointer<V.Scalar>, _ row: Int, _ y: V) {
    a.add(x, row, y)
    b.add(x + A.count &* row, row, y)
  }
  @inline(__always) func store(_ c: UnsafeMutablePointer<V.Scalar>, _ row: Int) {
    a.store(c, row)
    b.store(c + A.count &* row, row)
  }
  @inline(__always) func accumulate(_ c: UnsafeMutablePointer<V.Scalar>, _ row: Int) {
    a.accumulate(c, row)
    b.accumulate(c + A.count &* row, row)
  }
  @inline(__always) func store(_ c: UnsafeMutablePointer<V.Scalar>, _ row: Int, first columns: Int)
  {
    a.store(c, row, first: columns)
    b.store(c + A.count &* row, row, first: columns)
  }
  @inline(__always) func accumulate(
    _ c: UnsafeMutablePointer<V.Scalar>, _ row: Int, first columns: Int
  ) {
    a.accumulate(c, row, first: columns)
    b.accumulate(c + A.count &* row, row, first: columns)
  }
  @inline(__always) static func prefetch(_ c: UnsafeMutablePointer<V.Scalar>, _ row: Int) {
    A.prefetch(c, row)
    B.prefetch(c + A.count &* row, row)
  }
}

typealias GemmRows1<V: Vector> = GemmRow<V>
typealias GemmRows2<V: Vector> = GemmRowPair<GemmRow<V>, GemmRow<V>>
typealias GemmRows3<V: Vector> = GemmRowPair<GemmRows2<V>, GemmRow<V>>
typealias GemmRows4<V: Vector> = GemmRowPair<GemmRows2<V>, GemmRows2<V>>
typealias GemmRows5<V: Vector> = GemmRowPair<GemmRows4<V>, GemmRow<V>>
typealias GemmRows6<V: Vector> = GemmRowPair<GemmRows4<V>, GemmRows2<V>>
typealias GemmRows7<V: Vector> = GemmRowPair<GemmRows4<V>, GemmRows3<V>>
typealias GemmRows8<V: Vector> = GemmRowPair<GemmRows4<V>, GemmRows4<V>>
typealias GemmRows9<V: Vector> = GemmRowPair<GemmRows8<V>, GemmRow<V>>
typealias GemmRows10<V: Vector> = GemmRowPair<GemmRows8<V>, GemmRows2<V>>
typealias GemmRows11<V: Vector> = GemmRowPair<GemmRows8<V>, GemmRows3<V>>
typealias GemmRows12<V: Vector> = GemmRowPair<GemmRows8<V>, GemmRows4<V>>
typealias GemmRows13<V: Vector> = GemmRowPair<GemmRows12<V>, GemmRow<V>>
typealias GemmRows14<V: Vector> = GemmRowPair<GemmRows12<V>, GemmRows2<V>>
