/// Accumulators of a block: for each of `count` tiles two vectors of sums, or one.
///
/// A number of tiles is a type built of pairs, so that no loop has to be unrolled and every sum
/// stands in a register. `First` and `Second` below stand for the two vectors of output channels of a
/// real product, or for the real and imaginary parts of a complex one.
protocol TileRows {
  associatedtype V: Vector
  /// Number of tiles.
  static var count: Int { get }
  /// Vectors of weights read for each channel.
  static var width: Int { get }
  /// Distance of neighbouring tiles in v, and of their sums.
  static var step: Int { get }
  static var sumStep: Int { get }
  /// All sums zero.
  init()
  /// All sums from memory.
  init(first: UnsafePointer<V.Scalar>, second: UnsafePointer<V.Scalar>)
  /// Adds the products of one channel. x and y are that channel of the first tile, and of its
  /// imaginary part.
  mutating func add(
    _ x: UnsafePointer<V.Scalar>, _ y: UnsafePointer<V.Scalar>, first: V, second: V)
  /// Stores all sums.
  func store(first: UnsafeMutablePointer<V.Scalar>, second: UnsafeMutablePointer<V.Scalar>)
}

/// One tile times two vectors of output channels.
struct WideRow<V: Vector>: TileRows {
  var a: V, b: V
  @_transparent static var count: Int { 1 }
  @_transparent static var width: Int { 2 }
  @_transparent static var step: Int { V.lanes }
  @_transparent static var sumStep: Int { V.lanes }
  @inline(__always) init() { (a, b) = (V(), V()) }
  @inline(__always) init(first: UnsafePointer<V.Scalar>, second: UnsafePointer<V.Scalar>) {
    (a, b) = (V.load(first), V.load(second))
  }
  @inline(__always) mutating func add(
    _ x: UnsafePointer<V.Scalar>, _: UnsafePointer<V.Scalar>, first: V, second: V
  ) {
    let x = V(repeating: x[0])
    a = a.adding(x, times: first)
    b = b.adding(x, times: second)
  }
  @inline(__always) func store(
    first: UnsafeMutablePointer<V.Scalar>, second: UnsafeMutablePointer<V.Scalar>
  ) {
    a.store(first)
    b.store(second)
  }
}

/// One tile times the last vector of an odd number of them.
struct NarrowRow<V: Vector>: TileRows {
  var a: V
  @_transparent static var count: Int { 1 }
  @_transparent static var width: Int { 1 }
  @_transparent static var step: Int { V.lanes }
  @_transparent static var sumStep: Int { V.lanes }
  @inline(__always) init() { a = V() }
  @inline(__always) init(first: UnsafePointer<V.Scalar>, second: UnsafePointer<V.Scalar>) {
    a = V.load(first)
  }
  @inline(__always) mutating func add(
    _ x: UnsafePointer<V.Scalar>, _: UnsafePointer<V.Scalar>, first: V, second: V
  ) { a = a.adding(V(repeating: x[0]), times: first) }
  @inline(__always) func store(
    first: UnsafeMutablePointer<V.Scalar>, second: UnsafeMutablePointer<V.Scalar>
  ) { a.store(first) }
}

/// One channel of v in the place of a tile: the rows of a product over tiles, whose sums are laid out as
/// weights are.
struct ChannelRow<Row: TileRows>: TileRows {
  typealias V = Row.V
  var row: Row
  @_transparent static var count: Int { 1 }
  @_transparent static var width: Int { Row.width }
  @_transparent static var step: Int { 1 }
  @_transparent static var sumStep: Int { Row.width &* V.lanes }
  @inline(__always) init() { row = Row() }
  @inline(__always) init(first: UnsafePointer<V.Scalar>, second: UnsafePointer<V.Scalar>) {
    row = Row(first: first, second: second)
  }
  @inline(__always) mutating func add(
    _ x: UnsafePointer<V.Scalar>, _ y: UnsafePointer<V.Scalar>, first: V, second: V
  ) { row.add(x, y, first: first, second: second) }
  @inline(__always) func store(
    first: UnsafeMutablePointer<V.Scalar>, second: UnsafeMutablePointer<V.Scalar>
  ) { row.store(first: first, second: second) }
}

/// One complex tile times one complex vector: (x + iy)(u + iw) by four multiplications.
struct ComplexRow<V: Vector>: TileRows {
  var a: V, b: V
  @_transparent static var count: Int { 1 }
  @_transparent static var width: Int { 2 }
  @_transparent static var step: Int { V.lanes }
  @_transparent static var sumStep: Int { V.lanes }
  @inline(__always) init() { (a, b) = (V(), V()) }
  @inline(__always) init(first: UnsafePointer<V.Scalar>, second: UnsafePointer<V.Scalar>) {
    (a, b) = (V.load(first), V.load(second))
  }
  @inline(__always) mutating func add(
    _ x: UnsafePointer<V.Scalar>, _ y: UnsafePointer<V.Scalar>, first: V, second: V
  ) {
    let x = V(repeating: x[0])
    let y = V(repeating: y[0])
    a = a.adding(x, times: first).subtracting(y, times: second)
    b = b.adding(x, times: second).adding(y, times: first)
  }
  @inline(__always) func store(
    first: UnsafeMutablePointer<V.Scalar>, second: UnsafeMutablePointer<V.Scalar>
  ) {
    a.store(first)
    b.store(second)
  }
}

/// One channel of v times the conjugate of one vector of d: (x + iy)(u - iw) by four multiplications.
struct ConjugateRow<V: Vector>: TileRows {
  var a: V, b: V
  @_transparent static var count: Int { 1 }
  @_transparent static var width: Int { 2 }
  @_transparent static var step: Int { 1 }
  @_transparent static var sumStep: Int { 2 &* V.lanes }
  @inline(__always) init() { (a, b) = (V(), V()) }
  @inline(__always) init(first: UnsafePointer<V.Scalar>, second: UnsafePointer<V.Scalar>) {
    (a, b) = (V.load(first), V.load(second))
  }
  @inline(__always) mutating func add(
    _ x: UnsafePointer<V.Scalar>, _ y: UnsafePointer<V.Scalar>, first: V, second: V
  ) {
    let x = V(repeating: x[0])
    let y = V(repeating: y[0])
    a = a.adding(x, times: first).adding(y, times: second)
    b = b.adding(y, times: first).subtracting(x, times: second)
  }
  @inline(__always) func store(
    first: UnsafeMutablePointer<V.Scalar>, second: UnsafeMutablePointer<V.Scalar>
  ) {
    a.store(first)
    b.store(second)
  }
}

/// The tiles of A, and after them those of B.
struct RowPair<A: TileRows, B: TileRows>: TileRows where A.V == B.V {
  typealias V = A.V
  var a: A, b: B
  @_transparent static var count: Int { A.count + B.count }
  @_transparent static var width: Int { A.width }
  @_transparent static var step: Int { A.step }
  @_transparent static var sumStep: Int { A.sumStep }
  @_transparent private static var next: Int { A.count &* A.step }
  @_transparent private static var nextSum: Int { A.count &* A.sumStep }
  @inline(__always) init() { (a, b) = (A(), B()) }
  @inline(__always) init(first: UnsafePointer<V.Scalar>, second: UnsafePointer<V.Scalar>) {
    a = A(first: first, second: second)
    b = B(first: first + Self.nextSum, second: second + Self.nextSum)
  }
  @inline(__always) mutating func add(
    _ x: UnsafePointer<V.Scalar>, _ y: UnsafePointer<V.Scalar>, first: V, second: V
  ) {
    a.add(x, y, first: first, second: second)
    b.add(x + Self.next, y + Self.next, first: first, second: second)
  }
  @inline(__always) func store(
    first: UnsafeMutablePointer<V.Scalar>, second: UnsafeMutablePointer<V.Scalar>
  ) {
    a.store(first: first, second: second)
    b.store(first: first + Self.nextSum, second: second + Self.nextSum)
  }
}

typealias Rows2<R: TileRows> = RowPair<R, R>
typealias Rows3<R: TileRows> = RowPair<Rows2<R>, R>
typealias Rows4<R: TileRows> = RowPair<Rows2<R>, Rows2<R>>
typealias Rows5<R: TileRows> = RowPair<Rows4<R>, R>
typealias Rows6<R: TileRows> = RowPair<Rows4<R>, Rows2<R>>
typealias Rows7<R: TileRows> = RowPair<Rows4<R>, Rows3<R>>
typealias Rows8<R: TileRows> = RowPair<Rows4<R>, Rows4<R>>
typealias Rows9<R: TileRows> = RowPair<Rows8<R>, R>
typealias Rows10<R: TileRows> = RowPair<Rows8<R>, Rows2<R>>
typealias Rows11<R: TileRows> = RowPair<Rows8<R>, Rows3<R>>
typealias Rows12<R: TileRows> = RowPair<Rows8<R>, Rows4<R>>
typealias Rows13<R: TileRows> = RowPair<Rows12<R>, R>
typealias Rows14<R: TileRows> = RowPair<Rows12<R>, Rows2<R>>
