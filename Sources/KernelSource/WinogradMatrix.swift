/// Applies a matrix given at run time to lines of vectors: element o of a result is the sum over i of
/// matrix[o][i] times element i. Lines as in `winogradLines`; not in place.
@inline(__always)
private func apply<V: Vector>(
  _: V.Type, _ matrix: UnsafePointer<V.Scalar>, _ inputs: Int, _ outputs: Int, rows: Int,
  count: Int, _ from: UnsafePointer<V.Scalar>, _ f: LineSteps,
  _ to: UnsafeMutablePointer<V.Scalar>, _ t: LineSteps
) {
  for r in 0..<rows {
    for i in 0..<count {
      let p = from + (r &* f.row &+ i &* f.step)
      let q = to + (r &* t.row &+ i &* t.step)
      for o in 0..<outputs {
        let line = matrix + o &* inputs
        var sum = V()
        for j in 0..<inputs {
          sum = sum.adding(V(repeating: line[j]), times: V.load(p + j &* f.stride))
        }
        sum.store(q + o &* t.stride)
      }
    }
  }
}

/// See `WinogradScalar.winogradMatrix` in Kernels.
@inline(never)
public func winogradMatrix(
  _ matrix: UnsafePointer<Float>, _ inputs: Int, _ outputs: Int, rows: Int, count: Int,
  _ from: UnsafePointer<Float>, _ fromRow: Int, _ fromStep: Int, _ fromStride: Int,
  _ to: UnsafeMutablePointer<Float>, _ toRow: Int, _ toStep: Int, _ toStride: Int
) {
  apply(
    V32.self, matrix, inputs, outputs, rows: rows, count: count, from,
    LineSteps(row: fromRow, step: fromStep, stride: fromStride), to,
    LineSteps(row: toRow, step: toStep, stride: toStride))
}

/// The same of Double.
@inline(never)
public func winogradMatrix(
  _ matrix: UnsafePointer<Double>, _ inputs: Int, _ outputs: Int, rows: Int, count: Int,
  _ from: UnsafePointer<Double>, _ fromRow: Int, _ fromStep: Int, _ fromStride: Int,
  _ to: UnsafeMutablePointer<Double>, _ toRow: Int, _ toStep: Int, _ toStride: Int
) {
  apply(
    V64.self, matrix, inputs, outputs, rows: rows, count: count, from,
    LineSteps(row: fromRow, step: fromStep, stride: fromStride), to,
    LineSteps(row: toRow, step: toStep, stride: toStride))
}
