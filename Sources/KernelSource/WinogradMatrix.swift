/// Applies a matrix given at run time to lines of vectors of Double: element o of a result is the sum
/// over i of matrix[o][i] times element i. Lines as in `winogradLines`; not in place.
@inline(never)
public func winogradMatrix(
  _ matrix: UnsafePointer<Double>, _ inputs: Int, _ outputs: Int, rows: Int, count: Int,
  _ from: UnsafePointer<Double>, _ fromRow: Int, _ fromStep: Int, _ fromStride: Int,
  _ to: UnsafeMutablePointer<Double>, _ toRow: Int, _ toStep: Int, _ toStride: Int
) {
  for r in 0..<rows {
    for i in 0..<count {
      let p = from + (r &* fromRow &+ i &* fromStep)
      let q = to + (r &* toRow &+ i &* toStep)
      for o in 0..<outputs {
        let line = matrix + o &* inputs
        var sum = V64()
        for j in 0..<inputs {
          sum = sum.adding(V64(repeating: line[j]), times: V64.load(p + j &* fromStride))
        }
        sum.store(q + o &* toStride)
      }
    }
  }
}
