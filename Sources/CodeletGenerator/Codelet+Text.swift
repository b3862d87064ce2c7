extension Codelet {
  /// The Swift source of its function.
  package var text: String {
    let program = self.program
    let (add, multiply, fuse) = program.cost
    var body = Body(self, program)
    for (result, step) in program.steps { body.append(result, step) }
    var lines = [
      "/// \(size) points: \(add) additions, \(multiply) multiplications, \(fuse) fused.",
      "@inline(never)",
      "private func \(name)<V: Vector>(\(kind.parameters())) {",
      "  var (x, y) = (x, y)",
    ]
    if kind.isTurned { lines.append("  var w = w") }
    lines += body.constants + ["  for _ in 0..<count {"] + body.steps + body.lines
    if kind.isTurned { lines.append("    w += \(2 * (kind.isReal ? size / 2 - 1 : size - 1))") }
    lines += ["    x.advance()", "    y.advance()", "  }", "}"]
    return lines.joined(separator: "\n") + "\n"
  }
}

/// The statements of a codelet's loop, and the constants before it.
private struct Body {
  private(set) var lines: [String] = []
  private(set) var constants: [String] = []
  /// The steps of x and y where they are used, read anew for each line.
  private(set) var steps: [String] = []
  private var isUsed = Set<String>()
  private var constantNames: [Double: String] = [:]
  private let kind: Codelet.Kind
  private let inputs: [Codelet.Port], outputs: [Codelet.Port]
  /// The result that each port's load has.
  private var loads: [Int: Int] = [:]
  /// Parts of complex values whose other part is still to come, by the port of the real part.
  private var waiting: [Int: String] = [:]

  init(_ codelet: Codelet, _ program: Program) {
    kind = codelet.kind
    (inputs, outputs) = codelet.ports
    for case (let result, .load(let port)) in program.steps { loads[port] = result }
  }

  mutating func append(_ result: Int, _ step: Program.Step) {
    let name = "v\(result)"
    switch step {
    case .load(let port): load(name, port)
    case .add(let a, let b): emit("let \(name) = v\(a) + v\(b)")
    case .subtract(let a, let b): emit("let \(name) = v\(a) - v\(b)")
    case .scale(let c, let a): emit("let \(name) = v\(a) * \(constant(c))")
    case .fused(let a, let c, let b, let isNegative):
      let verb = isNegative ? "subtracting" : "adding"
      emit("let \(name) = v\(a).\(verb)(v\(b), times: \(constant(c)))")
    case .fusedReversed(let a, let c, let b):
      emit("let \(name) = (-v\(a)).adding(v\(b), times: \(constant(c)))")
    case .store(let a, let isNegative, let port): store(isNegative ? "(-v\(a))" : "v\(a)", port)
    case .clear(let port): store("V()", port)
    }
  }

  private mutating func emit(_ line: String) { lines.append("    " + line) }

  private mutating func constant(_ value: Double) -> String {
    if let name = constantNames[value] { return name }
    let name = "c\(constantNames.count)"
    constantNames[value] = name
    constants.append("  let \(name) = V(constant: \(value))")
    return name
  }

  /// A load; of a complex value that meets its twiddle factor, both parts at the first of the two.
  private mutating func load(_ name: String, _ port: Int) {
    guard kind.isTurned, kind.isInverse, let twiddle = twiddle(inputs[port]) else {
      emit("let \(name) = V.load(\(address("x", inputs[port])))")
      return
    }
    let re = realPart(port, inputs)
    if waiting.removeValue(forKey: re) != nil { return }
    waiting[re] = name
    let parts = [re, re + 1].map { loads[$0].map { "v\($0)" } ?? "_" }
    emit("let (\(parts[0]), \(parts[1])) = V.loadTurnedBack(")
    emit("  \(address("x", inputs[re])), \(address("x", inputs[re + 1])), w + \(2 * twiddle))")
  }

  /// A store; of a complex value that meets its twiddle factor, both parts at the second of the two.
  private mutating func store(_ value: String, _ port: Int) {
    guard kind.isTurned, !kind.isInverse, let twiddle = twiddle(outputs[port]) else {
      emit("\(value).store(\(address("y", outputs[port])))")
      return
    }
    let re = realPart(port, outputs)
    guard let other = waiting.removeValue(forKey: re) else {
      waiting[re] = value
      return
    }
    let parts = port == re ? (value, other) : (other, value)
    emit("V.storeTurned(\(parts.0), \(parts.1), w + \(2 * twiddle),")
    emit("  \(address("y", outputs[re])), \(address("y", outputs[re + 1])))")
  }

  private func realPart(_ port: Int, _ ports: [Codelet.Port]) -> Int {
    if case .im = ports[port] { port - 1 } else { port }
  }

  /// Which twiddle factor the value at a port meets.
  private func twiddle(_ port: Codelet.Port) -> Int? {
    switch port {
    case .re(let k), .im(let k): kind.isReal ? k : (k > 0 ? k - 1 : nil)
    default: nil
    }
  }

  private mutating func address(_ side: String, _ port: Codelet.Port) -> String {
    switch port {
    case .real(let k), .re(let k): element("\(side).re", k, side)
    case .im(let k): element("\(side).im", k, side)
    case .first: "\(side).first"
    case .last: "\(side).last"
    }
  }

  private mutating func element(_ base: String, _ k: Int, _ side: String) -> String {
    if k == 0 { return base }
    if !isUsed.contains(side) {
      isUsed.insert(side)
      steps.append("    let \(side)s = \(side).hiddenStep")
    }
    return "V.at(\(base), \(k == 1 ? "" : "\(k) &* ")\(side)s)"
  }
}

extension Codelet.Kind {
  /// The parameters of its functions, after those given.
  fileprivate func parameters(_ first: String = "") -> String {
    let (half, complex, real) = ("HalfLines", "ComplexLines", "RealLines")
    let input = isReal ? (isInverse ? half : real) : complex
    let output = isReal ? (isInverse ? real : half) : complex
    let turned = isTurned ? "\n  _ w: UnsafePointer<V.Scalar>," : ""
    return """

        \(first)_: V.Type, _ x: \(input)<V.Scalar>, _ y: \(output)<V.Scalar>,\(turned) count: Int

      """
  }

  /// The function that chooses by size.
  func dispatch(_ sizes: [Int]) -> String {
    let w = isTurned ? ", w" : ""
    let cases = sizes.map { "  case \($0): \(rawValue)\($0)(V.self, x, y\(w), count: count)" }
    return """
      func \(rawValue)<V: Vector>(\(parameters("size: Int, "))) {
        switch size {
      \(cases.joined(separator: "\n"))
        default: preconditionFailure("no codelet \(rawValue) of \\(size) points")
        }
      }

      """
  }
}
