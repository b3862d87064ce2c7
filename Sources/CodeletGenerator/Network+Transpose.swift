extension Network {
  /// The transposed network: inputs and outputs change places, every arrow is turned round.
  ///
  /// A network of additions and constants computes y = A x; turned round, where a value branched its
  /// parts are added and where parts were added the sum branches, so it computes x = A' y with the
  /// same multiplications and about as many additions. For a real DFT A' is the inverse but for
  /// factors.
  ///
  /// - Parameters:
  ///   - outputs: this network's outputs; output i becomes input i.
  ///   - inputs: number of this network's inputs, which become outputs.
  package func transposed(_ outputs: [Value], inputs: Int) -> (network: Network, outputs: [Value]) {
    let turned = Network()
    var parts = [[Value]](repeating: [], count: operations.count)
    for (i, value) in outputs.enumerated() {
      guard let index = value.operation else { continue }
      let arriving = turned.input(i)
      parts[index].append(value.isNegative ? -arriving : arriving)
    }
    var result = [Value](repeating: .zero, count: inputs)
    for index in live(outputs).reversed() {
      let sum = turned.sum(parts[index])
      switch operations[index] {
      case .input(let port): result[port] = sum
      case .add(let i, let j):
        parts[i].append(sum)
        parts[j].append(sum)
      case .subtract(let i, let j):
        parts[i].append(sum)
        parts[j].append(-sum)
      case .scale(let c, let i): parts[i].append(turned.scale(c, sum))
      }
    }
    return (turned, result)
  }

  /// The sum of all values, by halves: as deep as the logarithm of their number.
  package func sum(_ values: [Value]) -> Value {
    switch values.count {
    case 0: .zero
    case 1: values[0]
    default:
      add(
        sum(Array(values.prefix(values.count / 2))),
        sum(Array(values.dropFirst(values.count / 2))))
    }
  }
}
