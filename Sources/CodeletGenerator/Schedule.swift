/// Puts operations in an order that needs few registers, whatever their number.
///
/// Halves the graph by its depth from inputs and outputs, puts each half in order by itself, and so
/// on; parts that do not depend on each other follow one another. A transform then runs as if it
/// had been divided into smaller ones that fit the registers (Frigo 1999, "A fast Fourier transform
/// compiler", section 6).
struct Schedule {
  /// For each operation, those that it uses.
  private let operands: [Int: [Int]]
  private let users: [Int: [Int]]
  /// The result.
  private(set) var order: [Int] = []

  /// Orders the keys of `operands`; operands that are no keys are taken as given.
  init(_ operands: [Int: [Int]]) {
    var users: [Int: [Int]] = [:]
    for (index, list) in operands {
      for operand in list where operands[operand] != nil {
        users[operand, default: []].append(index)
      }
    }
    self.operands = operands
    self.users = users
    divide(operands.keys.sorted())
  }

  private mutating func divide(_ part: [Int]) {
    if part.count <= 2 {
      order += part
      return
    }
    let components = components(part)
    if components.count > 1 {
      for component in components { divide(component) }
      return
    }
    let (early, late) = halves(part)
    if early.isEmpty || late.isEmpty {
      order += part
      return
    }
    divide(early)
    divide(late)
  }

  /// Parts that no arrow connects, by their first operation.
  private func components(_ part: [Int]) -> [[Int]] {
    var remaining = Set(part)
    var result: [[Int]] = []
    for start in part where remaining.remove(start) != nil {
      var component = [start]
      var next = 0
      while next < component.count {
        let index = component[next]
        next += 1
        for neighbour in operands[index, default: []] + users[index, default: []]
        where remaining.remove(neighbour) != nil { component.append(neighbour) }
      }
      result.append(component.sorted())
    }
    return result
  }

  /// Layers are taken from the inputs and from the outputs in turn until they meet.
  private func halves(_ part: [Int]) -> (early: [Int], late: [Int]) {
    var open = Set(part)
    let inside = open
    var early = Set<Int>()
    var late = Set<Int>()
    while !open.isEmpty {
      let first = open.filter { index in
        operands[index, default: []].allSatisfy { !inside.contains($0) || early.contains($0) }
      }
      early.formUnion(first)
      open.subtract(first)
      let last = open.filter { index in
        users[index, default: []].allSatisfy { !inside.contains($0) || late.contains($0) }
      }
      late.formUnion(last)
      open.subtract(last)
    }
    return (early.sorted(), late.sorted())
  }
}
