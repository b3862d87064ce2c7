import CSystem

/// Operands of one panel of A times the panels of B from some column on.
struct GemmOperands<S> {
  /// Number of products of each sum.
  var depth: Int
  /// a[i, p] stands at i `aRow` + p `aStep`.
  var a: UnsafePointer<S>, aRow: Int, aStep: Int
  /// Packed: each panel is [depth][its width].
  var b: UnsafePointer<S>
  /// Columns that are left.
  var columns: Int
  /// c[i, j] stands at i `cRow` + j.
  var c: UnsafeMutablePointer<S>, cRow: Int
  /// Whether sums are added to what C holds, or replace it.
  var accumulates: Bool
}

/// One block of C: all rows times one panel of B, of which at most `columns` are wanted.
@inline(never)
private func block<R: GemmRows>(_: R.Type, _ o: GemmOperands<R.V.Scalar>) {
  typealias V = R.V
  R.prefetch(o.c, o.cRow)
  var sums = R()
  var (a, b) = (o.a, o.b)
  for _ in 0..<o.depth {
    sums.add(a, o.aRow, V.load(b))
    a += o.aStep
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

/// The panels of B that are as wide as V: as long as more than `over` columns are left.
@inline(__always)
private func panels<R: GemmRows>(
  _: R.Type, whileOver over: Int, _ o: inout GemmOperands<R.V.Scalar>
) {
  while o.columns > over {
    block(R.self, o)
    o.b += o.depth &* R.V.lanes
    o.c += R.V.lanes
    o.columns &-= R.V.lanes
  }
}

/// Wide panels, for few rows, which would starve the units otherwise.
@inline(__always)
private func wide<V: Vector>(_: V.Type, rows: Int, _ o: inout GemmOperands<V.Scalar>) {
  let over = V.lanes &- 1
  switch rows {
  case 1: panels(GemmRows1<V>.self, whileOver: over, &o)
  case 2: panels(GemmRows2<V>.self, whileOver: over, &o)
  default: panels(GemmRows3<V>.self, whileOver: over, &o)
  }
}

@inline(__always)
private func panels<V: Vector>(
  _: V.Type, rows: Int, whileOver over: Int, _ o: inout GemmOperands<V.Scalar>
) {
  switch rows {
  case 1: panels(GemmRows1<V>.self, whileOver: over, &o)
  case 2: panels(GemmRows2<V>.self, whileOver: over, &o)
  case 3: panels(GemmRows3<V>.self, whileOver: over, &o)
  case 4: panels(GemmRows4<V>.self, whileOver: over, &o)
  case 5: panels(GemmRows5<V>.self, whileOver: over, &o)
  #if KERNEL_AVX512 || arch(arm64)
    case 6: panels(GemmRows6<V>.self, whileOver: over, &o)
    case 7: panels(GemmRows7<V>.self, whileOver: over, &o)
    case 8: panels(GemmRows8<V>.self, whileOver: over, &o)
    case 9: panels(GemmRows9<V>.self, whileOver: over, &o)
    case 10: panels(GemmRows10<V>.self, whileOver: over, &o)
    case 11: panels(GemmRows11<V>.self, whileOver: over, &o)
    case 12: panels(GemmRows12<V>.self, whileOver: over, &o)
    case 13: panels(GemmRows13<V>.self, whileOver: over, &o)
    default: panels(GemmRows14<V>.self, whileOver: over, &o)
  #else
    default: panels(GemmRows6<V>.self, whileOver: over, &o)
  #endif
  }
}

@inline(__always)
private func panel<V: Vector>(
  _: V.Type, rows: Int, panelVectors: Int, _ operands: GemmOperands<V.Scalar>
) {
  var o = operands
  if panelVectors == 8 { wide(Pair<Pair<Pair<V>>>.self, rows: rows, &o) }
  if panelVectors >= 4 { wide(Pair<Pair<V>>.self, rows: rows, &o) }
  panels(Pair<V>.self, rows: rows, whileOver: V.lanes, &o)
  panels(V.self, rows: rows, whileOver: 0, &o)
}

/// See `GemmScalar.gemmPanel` in Kernels.
@inline(never)
public func gemmPanel(
  rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, _ aRow: Int, _ aStep: Int,
  _ b: UnsafePointer<Float>, panelVectors: Int, _ c: UnsafeMutablePointer<Float>, _ cRow: Int,
  accumulates: Bool
) {
  panel(
    V32.self, rows: rows, panelVectors: panelVectors,
    GemmOperands(
      depth: depth, a: a, aRow: aRow, aStep: aStep, b: b, columns: columns, c: c, cRow: cRow,
      accumulates: accumulates))
}

/// The same of Double.
@inline(never)
public func gemmPanel(
  rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Double>, _ aRow: Int, _ aStep: Int,
  _ b: UnsafePointer<Double>, panelVectors: Int, _ c: UnsafeMutablePointer<Double>, _ cRow: Int,
  accumulates: Bool
) {
  panel(
    V64.self, rows: rows, panelVectors: panelVectors,
    GemmOperands(
      depth: depth, a: a, aRow: aRow, aStep: aStep, b: b, columns: columns, c: c, cRow: cRow,
      accumulates: accumulates))
}
