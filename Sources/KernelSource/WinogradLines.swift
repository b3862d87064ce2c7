/// Where lines stand: element j of line i of row r at r row + i step + j stride, each element a vector.
struct LineSteps {
  var row: Int, step: Int, stride: Int
}

/// Walks lines; `transform` is one of them, from its loads to its stores.
@inline(__always)
private func walk<V: Vector>(
  _: V.Type, rows: Int, count: Int, _ from: UnsafePointer<V.Scalar>, _ f: LineSteps,
  _ to: UnsafeMutablePointer<V.Scalar>, _ t: LineSteps,
  _ transform: ((Int) -> V, (Int, V) -> Void) -> Void
) {
  for r in 0..<rows {
    var p = from + r &* f.row
    var q = to + r &* t.row
    for _ in 0..<count {
      transform({ V.load(p + $0 &* f.stride) }, { $1.store(q + $0 &* t.stride) })
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
  @inline(__always)
  func walked(_ transform: ((Int) -> V, (Int, V) -> Void) -> Void) {
    walk(V.self, rows: rows, count: count, from, f, to, t, transform)
  }
  switch (inputs, outputs) {
  case (4, 4): walked { Input4<V>.apply($0, $1) }
  case (6, 6): walked { Input6<V>.apply($0, $1) }
  case (8, 8): walked { Input8<V>.apply($0, $1) }
  case (4, 2): walked { Output4<V>.apply(rows: 2, $0, $1) }
  case (4, 3): walked { Output4<V>.apply(rows: 3, $0, $1) }
  case (6, 2): walked { Output6<V>.apply(rows: 2, $0, $1) }
  case (6, 3): walked { Output6<V>.apply(rows: 3, $0, $1) }
  case (6, 4): walked { Output6<V>.apply(rows: 4, $0, $1) }
  case (6, 5): walked { Output6<V>.apply(rows: 5, $0, $1) }
  case (8, 4): walked { Output8<V>.apply(rows: 4, $0, $1) }
  case (8, 5): walked { Output8<V>.apply(rows: 5, $0, $1) }
  case (8, 6): walked { Output8<V>.apply(rows: 6, $0, $1) }
  case (8, 7): walked { Output8<V>.apply(rows: 7, $0, $1) }
  case (2, 4): walked { Adjoint4<V>.apply(rows: 2, $0, $1) }
  case (3, 4): walked { Adjoint4<V>.apply(rows: 3, $0, $1) }
  case (2, 6): walked { Adjoint6<V>.apply(rows: 2, $0, $1) }
  case (3, 6): walked { Adjoint6<V>.apply(rows: 3, $0, $1) }
  case (4, 6): walked { Adjoint6<V>.apply(rows: 4, $0, $1) }
  case (5, 6): walked { Adjoint6<V>.apply(rows: 5, $0, $1) }
  case (4, 8): walked { Adjoint8<V>.apply(rows: 4, $0, $1) }
  case (5, 8): walked { Adjoint8<V>.apply(rows: 5, $0, $1) }
  case (6, 8): walked { Adjoint8<V>.apply(rows: 6, $0, $1) }
  case (7, 8): walked { Adjoint8<V>.apply(rows: 7, $0, $1) }
  default: walked { $1(0, $0(0)) }
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
