import ConvCore
import Glibc

/// What training minimises, averaged over the batch.
public enum Loss: String, Sendable, CaseIterable {
  /// -log of the probability that softmax gives the right class; the network's last layer gives
  /// logits.
  case crossEntropy
  /// -log of the probability that a sigmoid gives each right answer, averaged over the outputs;
  /// logits again.
  case binaryCrossEntropy
  /// Squared distance, averaged over the outputs.
  case meanSquaredError

  /// Loss of `batch` examples, and dL/dz of each output z. Targets are 1 for the right class, 0
  /// for the others, or values for the squared error.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func gradient<S: ConvScalar>(
    _ z: UnsafePointer<S>, targets: UnsafePointer<S>, batch: Int, outputs: Int,
    into dz: UnsafeMutablePointer<S>
  ) -> Double {
    var total = 0.0
    for n in 0..<batch {
      let (row, target, d) = (z + n * outputs, targets + n * outputs, dz + n * outputs)
      switch self {
      case .crossEntropy:
        Loss.softmax(row, d, outputs)
        for i in 0..<outputs {
          if target[i] > 0 {
            total -= Double(target[i]) * Loss.logSoftmax(row, outputs, i)
          }
          d[i] = (d[i] - target[i]) / S(batch)
        }
      case .binaryCrossEntropy:
        for i in 0..<outputs {
          let (v, t) = (Double(row[i]), Double(target[i]))
          // log(1 + exp(v)) - t v, without overflow.
          total += (max(v, 0) + log1p(exp(-abs(v))) - t * v) / Double(outputs)
          d[i] = S((1 / (1 + exp(-v)) - t) / Double(batch * outputs))
        }
      case .meanSquaredError:
        for i in 0..<outputs {
          let difference = Double(row[i] - target[i])
          total += difference * difference / Double(outputs)
          d[i] = S(2 * difference / Double(batch * outputs))
        }
      }
    }
    return total / Double(batch)
  }

  /// p = exp(z) / sum exp(z), without overflow.
  static func softmax<S: ConvScalar>(
    _ z: UnsafePointer<S>, _ p: UnsafeMutablePointer<S>, _ count: Int
  ) {
    var largest = z[0]
    for i in 0..<count { largest = max(largest, z[i]) }
    var sum = 0.0
    for i in 0..<count {
      let e = exp(Double(z[i] - largest))
      p[i] = S(e)
      sum += e
    }
    for i in 0..<count { p[i] = S(Double(p[i]) / sum) }
  }

  private static func logSoftmax<S: ConvScalar>(
    _ z: UnsafePointer<S>, _ count: Int, _ index: Int
  ) -> Double {
    var largest = z[0]
    for i in 0..<count { largest = max(largest, z[i]) }
    var sum = 0.0
    for i in 0..<count { sum += exp(Double(z[i] - largest)) }
    return Double(z[index] - largest) - log(sum)
  }
}
