import CSystem

/// Operands of a range of panels of A times one panel of B.
struct GemmOperands<S> {
  /// Panels of A that are left, and how many of them have a row more than the others.
  var panels: Int, taller: Int
  /// Rows of the others.
  var rows: Int
  /// Number of products of each sum.
  var depth: Int
  /// Panels one after the other, each [depth][rows], or rows `aRow` apart, each [depth].
  var a: UnsafePointer<S>, aRow: Int
  /// Packed: [depth][width].
  var b: UnsafePointer<S>
  /// Columns that are wanted.
  var columns: Int
  /// c[i, j] stands at i `cRow` + j.
  var c: UnsafeMutablePointer<S>, cRow: Int
  /// Whether sums are added to what C holds, or replace it.
  var accumulates: Bool
}

/// Where a panel of A has its elements.
protocol GemmOrder {
  /// Distance between rows, from that in plain order and the number of rows.
  static func row(_ aRow: Int) -> Int
  /// Distance between columns.
  static func step(_ rows: Int) -> Int
  /// Elements from one panel to the next, for each row.
  static func next(_ aRow: Int, _ depth: Int) -> Int
}

/// [depth][rows].
enum PackedOrder: GemmOrder {
  @_transparent static func row(_: Int) -> Int { 1 }
  @_transparent static func step(_ rows: Int) -> Int { rows }
  @_transparent static func next(_: Int, _ depth: Int) -> Int { depth }
}

/// [rows][depth], at any distance.
enum PlainOrder: GemmOrder {
  @_transparent static func row(_ aRow: Int) -> Int { aRow }
  @_transparent static func step(_: Int) -> Int { 1 }
  @_transparent static func next(_ aRow: Int, _: Int) -> Int { aRow }
}

/// One block of C: a panel of A times the panel of B.
@inline(never)
private func block<R: GemmRows, Order: GemmOrder>(
  _: R.Type, _: Order.Type, _ o: GemmOperands<R.V.Scalar>
) {
  typealias V = R.V
  R.prefetch(o.c, o.cRow)
  var sums = R()
  var (a, b) = (o.a, o.b)
  for _ in 0..<o.depth {
    sums.add(a, Order.row(o.aRow), V.load(b))
    a += Order.step(R.count)
    b += V.lanes
  }
  if o.columns >= V.lanes {
    if o.accumulates { sums.accumulate(o.c, o.cRow) } else { sums.store(o.c, o.cRow) }
  } else if o.accumulates {
    sums.accumulate(o.c, o.cRow, first: o.columns)
  } else {
    sums.store(o.c, o.cRow, first: o.columns)
  }
}

/// `block` for a number of rows known at run time.
@inline(__always)
private func block<V: Vector, Order: GemmOrder>(
  _: V.Type, _: Order.Type, rows: Int, _ o: GemmOperands<V.Scalar>
) {
  switch rows {
  case 1: block(GemmRows1<V>.self, Order.self, o)
  case 2: block(GemmRows2<V>.self, Order.self, o)
  case 3: block(GemmRows3<V>.self, Order.self, o)
  case 4: block(GemmRows4<V>.self, Order.self, o)
  case 5: block(GemmRows5<V>.self, Order.self, o)
  #if KERNEL_AVX512 || arch(arm64)
    case 6: block(GemmRows6<V>.self, Order.self, o)
    case 7: block(GemmRows7<V>.self, Order.self, o)
    case 8: block(GemmRows8<V>.self, Order.self, o)
    case 9: block(GemmRows9<V>.self, Order.self, o)
    case 10: block(GemmRows10<V>.self, Order.self, o)
    case 11: block(GemmRows11<V>.self, Order.self, o)
    case 12: block(GemmRows12<V>.self, Order.self, o)
    case 13: block(GemmRows13<V>.self, Order.self, o)
    default: block(GemmRows14<V>.self, Order.self, o)
  #else
    default: block(GemmRows6<V>.self, Order.self, o)
  #endif
  }
}

/// Few rows times a wide panel: narrow ones would starve the units.
@inline(__always)
private func wide<V: Vector, Order: GemmOrder>(
  _: V.Type, _: Order.Type, rows: Int, _ o: GemmOperands<V.Scalar>
) {
  switch rows {
  case 1: block(GemmRows1<V>.self, Order.self, o)
  case 2: block(GemmRows2<V>.self, Order.self, o)
  default: block(GemmRows3<V>.self, Order.self, o)
  }
}

@inline(__always)
private func panels<V: Vector, Order: GemmOrder>(
  _: V.Type, _: Order.Type, vectors: Int, _ operands: GemmOperands<V.Scalar>
) {
  var o = operands
  for i in 0..<o.panels {
    let rows = o.rows &+ (i < o.taller ? 1 : 0)
    switch vectors {
    case 1: block(V.self, Order.self, rows: rows, o)
    case 2: block(Pair<V>.self, Order.self, rows: rows, o)
    case 4: wide(Pair<Pair<V>>.self, Order.self, rows: rows, o)
    default: block(GemmRows1<Pair<Pair<Pair<V>>>>.self, Order.self, o)
    }
    o.a += rows &* Order.next(o.aRow, o.depth)
    o.c += rows &* o.cRow
  }
}

@inline(__always)
private func panels<V: Vector>(_: V.Type, vectors: Int, _ o: GemmOperands<V.Scalar>) {
  if o.aRow == 1 {
    panels(V.self, PackedOrder.self, vectors: vectors, o)
  } else {
    panels(V.self, PlainOrder.self, vectors: vectors, o)
  }
}

/// See `GemmScalar.gemmPanel` in Kernels.
@inline(never)
public func gemmPanel(
  panels count: Int, taller: Int, rows: Int, depth: Int, _ a: UnsafePointer<Float>, _ aRow: Int,
  _ b: UnsafePointer<Float>, vectors: Int, columns: Int, _ c: UnsafeMutablePointer<Float>,
  _ cRow: Int, accumulates: Bool
) {
  panels(
    V32.self, vectors: vectors,
    GemmOperands(
      panels: count, taller: taller, rows: rows, depth: depth, a: a, aRow: aRow, b: b,
      columns: columns, c: c, cRow: cRow, accumulates: accumulates))
}

/// The same of Double.
@inline(never)
public func gemmPanel(
  panels count: Int, taller: Int, rows: Int, depth: Int, _ a: UnsafePointer<Double>, _ aRow: Int,
  _ b: UnsafePointer<Double>, vectors: Int, columns: Int, _ c: UnsafeMutablePointer<Double>,
  _ cRow: Int, accumulates: Bool
) {
  panels(
    V64.self, vectors: vectors,
    GemmOperands(
      panels: count, taller: taller, rows: rows, depth: depth, a: a, aRow: aRow, b: b,
      columns: columns, c: c, cRow: cRow, accumulates: accumulates))
}
