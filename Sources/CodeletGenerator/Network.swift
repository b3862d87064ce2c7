/// A network of additions and multiplications by constants: what a linear transform of fixed size
/// comes down to.
///
/// Every distinct operation exists once. Signs are carried by the values, so that x - y and y - x
/// are one operation, and zeros never become operations: a transform of inputs known to be zero
/// costs what its other inputs need.
package final class Network {
  /// One operation on earlier ones.
  package enum Operation: Hashable {
    case input(Int)
    case add(Int, Int)
    case subtract(Int, Int)
    /// A positive constant other than 1 times an operation that is no such product itself.
    case scale(Double, Int)
  }

  /// Plus or minus the result of an operation, or zero.
  package struct Value: Hashable {
    fileprivate var index: Int?
    /// Whether the result is negated.
    package private(set) var isNegative: Bool

    /// The result of operation `index`, or zero for nil.
    package init(_ index: Int?, isNegative: Bool = false) {
      self.index = index
      self.isNegative = index != nil && isNegative
    }

    /// Zero.
    package static let zero = Value(nil)

    /// The operation, or nil for zero.
    package var operation: Int? { index }

    /// The same with the other sign.
    package static prefix func - (a: Value) -> Value { Value(a.index, isNegative: !a.isNegative) }
  }

  /// All operations, each after its operands.
  package private(set) var operations: [Operation] = []
  private var known: [Operation: Int] = [:]

  package init() {}

  /// The value of input `port`.
  package func input(_ port: Int) -> Value { Value(make(.input(port))) }

  /// a + b. Constants are taken out, c x + d y = c (x + (d / c) y): the inner product fuses into the
  /// addition, and the outer one usually into the next.
  package func add(_ a: Value, _ b: Value) -> Value {
    guard let i = a.index else { return b }
    guard let j = b.index else { return a }
    if i == j { return a.isNegative == b.isNegative ? scale(2, a) : .zero }
    if case .scale(let c, let x) = operations[i], case .scale(let d, let y) = operations[j] {
      let (x, y) = (Value(x, isNegative: a.isNegative), Value(y, isNegative: b.isNegative))
      return c >= d
        ? scale(c, add(x, scale(d / c, y))) : scale(d, add(scale(c / d, x), y))
    }
    let isNegative = (i < j ? a : b).isNegative
    let (first, second) = (min(i, j), max(i, j))
    return Value(
      make(a.isNegative == b.isNegative ? .add(first, second) : .subtract(first, second)),
      isNegative: isNegative)
  }

  /// a - b.
  package func subtract(_ a: Value, _ b: Value) -> Value { add(a, -b) }

  /// c a.
  package func scale(_ c: Double, _ a: Value) -> Value {
    guard let i = a.index, c != 0 else { return .zero }
    if c < 0 { return scale(-c, -a) }
    if case .scale(let d, let x) = operations[i] {
      return scale(c * d, Value(x, isNegative: a.isNegative))
    }
    return c == 1 ? a : Value(make(.scale(c, i)), isNegative: a.isNegative)
  }

  private func make(_ operation: Operation) -> Int {
    if let index = known[operation] { return index }
    operations.append(operation)
    known[operation] = operations.count - 1
    return operations.count - 1
  }
}

extension Network.Operation {
  /// Indices of the operands.
  package var operands: [Int] {
    switch self {
    case .input: []
    case .add(let i, let j), .subtract(let i, let j): [i, j]
    case .scale(_, let i): [i]
    }
  }
}

extension Network {
  /// The operations that `outputs` depend on, in an order in which operands come first.
  package func live(_ outputs: [Value]) -> [Int] {
    var isLive = [Bool](repeating: false, count: operations.count)
    for value in outputs {
      if let index = value.operation { isLive[index] = true }
    }
    for index in operations.indices.reversed() where isLive[index] {
      for operand in operations[index].operands { isLive[operand] = true }
    }
    return operations.indices.filter { isLive[$0] }
  }
}
