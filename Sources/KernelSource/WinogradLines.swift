/// Where lines stand: element j of line i of row r at r row + i step + j stride, each element a vector.
struct LineSteps {
  var row: Int, step: Int, stride: Int
}

@inline(never)
private func lines<T: LineTransform>(
  _: T.Type, rows: Int, count: Int, _ from: UnsafePointer<T.V.Scalar>, _ f: LineSteps,
  _ to: UnsafeMutablePointer<T.V.Scalar>, _ t: LineSteps
) {
  typealias V = T.V
  for r in 0..<rows {
    var p = from + r &* f.row
    var q = to + r &* t.row
    for _ in 0..<count {
      T.apply({ V.load(p + $0 &* f.stride) }, { $1.store(q + $0 &* t.stride) })
      p += f.step
      q += t.step
    }
  }
}

/// The transform of `inputs` into `outputs` elements: as many for B^T, fewer for A^T, more for A.
@inline(never)
func lines<V: Vector>(
  _: V.Type, _ inputs: Int, _ outputs: Int, rows: Int, count: Int,
  _ from: UnsafePointer<V.Scalar>, _ f: LineSteps, _ to: UnsafeMutablePointer<V.Scalar>,
  _ t: LineSteps
) {
  switch (inputs, outputs) {
  case (4, 4): lines(Input4<V>.self, rows: rows, count: count, from, f, to, t)
  case (6, 6): lines(Input6<V>.self, rows: rows, count: count, from, f, to, t)
  case (8, 8): lines(Input8<V>.self, rows: rows, count: count, from, f, to, t)
  case (4, 2): lines(Output4To2<V>.self, rows: rows, count: count, from, f, to, t)
  case (6, 4): lines(Output6To4<V>.self, rows: rows, count: count, from, f, to, t)
  case (6, 2): lines(Output6To2<V>.self, rows: rows, count: count, from, f, to, t)
  case (8, 6): lines(Output8To6<V>.self, rows: rows, count: count, from, f, to, t)
  case (8, 4): lines(Output8To4<V>.self, rows: rows, count: count, from, f, to, t)
  case (2, 4): lines(Adjoint2To4<V>.self, rows: rows, count: count, from, f, to, t)
  case (4, 6): lines(Adjoint4To6<V>.self, rows: rows, count: count, from, f, to, t)
  case (2, 6): lines(Adjoint2To6<V>.self, rows: rows, count: count, from, f, to, t)
  case (6, 8): lines(Adjoint6To8<V>.self, rows: rows, count: count, from, f, to, t)
  case (4, 8): lines(Adjoint4To8<V>.self, rows: rows, count: count, from, f, to, t)
  default: lines(Copy<V>.self, rows: rows, count: count, from, f, to, t)
  }
}

/// See `WinogradScalar.winogradLines` in Kernels.
@inline(never)
public func winogradLines(
  _ inputs: Int, _ outputs: Int, rows: Int, count: Int, _ from: UnsafePointer<Float>,
  _ fromRow: Int, _ fromStep: Int, _ fromStride: Int, _ to: UnsafeMutablePointer<Float>,
  _ toRow: Int, _ toStep: Int, _ toStride: Int
) {
  lines(
    V32.self, inputs, outputs, rows: rows, count: count, from,
    LineSteps(row: fromRow, step: fromStep, stride: fromStride), to,
    LineSteps(row: toRow, step: toStep, stride: toStride))
}

/// The same of Double.
@inline(never)
public func winogradLines(
  _ inputs: Int, _ outputs: Int, rows: Int, count: Int, _ from: UnsafePointer<Double>,
  _ fromRow: Int, _ fromStep: Int, _ fromStride: Int, _ to: UnsafeMutablePointer<Double>,
  _ toRow: Int, _ toStep: Int, _ toStride: Int
) {
  lines(
    V64.self, inputs, outputs, rows: rows, count: count, from,
    LineSteps(row: fromRow, step: fromStep, stride: fromStride), to,
    LineSteps(row: toRow, step: toStep, stride: toStride))
}
