/// A network as straight-line code: fused multiply-adds found, operations put in order.
package struct Program {
  /// What one step computes.
  package enum Step: Hashable {
    case load(Int)
    case add(Int, Int)
    case subtract(Int, Int)
    case scale(Double, Int)
    /// a + c b, or a - c b where `isNegative`.
    case fused(Int, Double, Int, isNegative: Bool)
    /// c b - a.
    case fusedReversed(Int, Double, Int)
    case store(Int, isNegative: Bool, Int)
    /// Stores a zero.
    case clear(Int)
  }

  /// Each step, and the number of what it computes: that of the network's operation.
  package private(set) var steps: [(result: Int, step: Step)] = []

  /// The program of `network`: stores output i to port i.
  package init(_ network: Network, _ outputs: [Network.Value]) {
    let all = Self.fuse(network, outputs)
    var ports: [Int: [(port: Int, isNegative: Bool)]] = [:]
    for (port, value) in outputs.enumerated() {
      if let index = value.operation {
        ports[index, default: []].append((port, value.isNegative))
      } else {
        steps.append((-1, .clear(port)))
      }
    }
    let arithmetic = all.filter { !$0.value.isLoad }
    var isLoaded = Set<Int>()
    func load(_ index: Int) {
      guard let step = all[index], step.isLoad, isLoaded.insert(index).inserted else { return }
      steps.append((index, step))
    }
    func store(_ index: Int) {
      for (port, isNegative) in ports[index, default: []] {
        steps.append((-1, .store(index, isNegative: isNegative, port)))
      }
    }
    for index in Schedule(arithmetic.mapValues(\.operands)).order {
      guard let step = arithmetic[index] else { continue }
      for operand in step.operands { load(operand) }
      steps.append((index, step))
      store(index)
    }
    for (index, step) in all where step.isLoad && ports[index] != nil {
      load(index)
      store(index)
    }
  }

  /// The step for each live operation; none for products that fuse into every addition that uses
  /// them.
  private static func fuse(_ network: Network, _ outputs: [Network.Value]) -> [Int: Step] {
    let operations = network.operations
    let live = network.live(outputs)
    var users = [[Int]](repeating: [], count: operations.count)
    for index in live {
      for operand in operations[index].operands { users[operand].append(index) }
    }
    let stored = Set(outputs.compactMap(\.operation))
    var fusedInto: [Int: Int] = [:]
    for index in live {
      guard case .scale = operations[index], !stored.contains(index),
        users[index].allSatisfy({ fusedInto[$0] == nil && operations[$0].isAddition })
      else { continue }
      for user in users[index] { fusedInto[user] = index }
    }
    let absorbed = Set(fusedInto.values)
    var steps: [Int: Step] = [:]
    for index in live where !absorbed.contains(index) {
      steps[index] = step(operations, index, fusing: fusedInto[index])
    }
    return steps
  }

  private static func step(_ operations: [Network.Operation], _ index: Int, fusing: Int?) -> Step {
    if let fusing, case .scale(let c, let b) = operations[fusing] {
      switch operations[index] {
      case .add(let i, let j):
        return .fused(i == fusing ? j : i, c, b, isNegative: false)
      case .subtract(let i, let j):
        return i == fusing ? .fusedReversed(j, c, b) : .fused(i, c, b, isNegative: true)
      default: break
      }
    }
    switch operations[index] {
    case .input(let port): return .load(port)
    case .add(let i, let j): return .add(i, j)
    case .subtract(let i, let j): return .subtract(i, j)
    case .scale(let c, let i): return .scale(c, i)
    }
  }
}

extension Network.Operation {
  fileprivate var isAddition: Bool {
    switch self {
    case .add, .subtract: true
    case .input, .scale: false
    }
  }
}

extension Program.Step {
  fileprivate var isLoad: Bool {
    if case .load = self { true } else { false }
  }

  /// Results that this step uses.
  package var operands: [Int] {
    switch self {
    case .load, .clear: []
    case .add(let i, let j), .subtract(let i, let j): [i, j]
    case .fused(let i, _, let j, _), .fusedReversed(let i, _, let j): [i, j]
    case .scale(_, let i), .store(let i, _, _): [i]
    }
  }
}

extension Program {
  /// Additions, multiplications and fused multiply-adds.
  package var cost: (additions: Int, multiplications: Int, fused: Int) {
    var cost = (additions: 0, multiplications: 0, fused: 0)
    for (_, step) in steps {
      switch step {
      case .add, .subtract: cost.additions += 1
      case .scale: cost.multiplications += 1
      case .fused, .fusedReversed: cost.fused += 1
      case .load, .store, .clear: break
      }
    }
    return cost
  }
}
