import ConvCore
import Laboratory

extension Command {
  /// `compare list`.
  static let list = Command(
    "list", "what there is: algorithms, networks, kernels of pictures, problems",
    operands: "algorithms|networks|kernels|problems [NAME]", count: 1...2,
    details: """
      With a NAME, one algorithm, the layers of a network, the weights of a kernel, or the problems
      that a PROBLEM stands for (@FILE, for one).
      """,
    options: Options.problem + [Options.isa, Options.threads, Options.plain],
    examples: [
      ("compare list algorithms", "names for --algorithms, their variants, the measured peak"),
      ("compare list networks vgg16", "the layers of VGG-16, as PROBLEM writes them"),
      ("compare list problems", "suites that ship: the shapes of papers and other benchmarks"),
      (
        "compare list problems convnet",
        "the problems of one, @convnet where a PROBLEM is asked for"
      ),
      ("compare list problems @layers.txt", "what is read from a file"),
    ]
  ) { arguments throws(ConvError) in
    let (topic, name) = (arguments.operands[0], arguments.operands.dropFirst().first)
    let colour = Output.isTerminal && !arguments.has(Options.plain)
    switch topic {
    case "algorithms":
      Output.line(try algorithmTable(name).text(colour: colour))
      Output.line("\n" + (try machineLines(arguments)).joined(separator: "\n"))
    case "networks":
      let table = try networkTable(name, arguments.problemSettings())
      Output.line(table.text(colour: colour))
    case "kernels": Output.line(try kernelList(name, colour: colour))
    case "problems":
      guard var name else {
        Output.line(try suiteTable(arguments.problemSettings()).text(colour: colour))
        Output.line("\nand every network: compare list networks")
        break
      }
      if Suite.named(name) != nil { name = "@" + name }
      let problems = try Workloads.problems(name, arguments.problemSettings()) {
        Output.complain("\(name): \($0)")
      }
      Output.line(problemTable(problems).text(colour: colour))
    default:
      let topics = ["algorithms", "networks", "kernels", "problems"]
      throw .invalid(
        "there is no list \"\(topic)\"\(didYouMean(topic, among: topics)) "
          + "(\(topics.joined(separator: ", ")))")
    }
    return 0
  }

  private static func algorithmTable(_ name: String?) throws(ConvError) -> TextTable {
    var table = TextTable(["algorithm", "variants", "what it is"], [.left, .left, .left])
    if let name { _ = try Registry.inUse.algorithm(name) }
    for family in Registry.inUse.families where name == nil || family.name == name {
      table.add([family.name, family.variants.joined(separator: " "), family.summary])
    }
    return table
  }

  /// The instruction set in use, and what the machine does at most with it.
  private static func machineLines(_ arguments: Arguments) throws(ConvError) -> [String] {
    let options = arguments.experimentOptions()
    let most = ThreadPool.allowedProcessors.count
    let threads = arguments[Options.threads] ?? (most == 1 ? [1] : [1, most])
    let machine = try Machine.measure(threads: threads, isa: options.isa)
    let others = ISA.available.filter { $0 != options.isa }.map(\.name)
    let choice = others.isEmpty ? "" : " (--isa: \(others.joined(separator: ", ")))"
    var lines = ["\(machine.cpu), instruction set \(options.isa.name)\(choice)"]
    for count in threads {
      let peaks = ScalarKind.allCases.compactMap { kind in
        machine.peak(kind, threads: count).map { "\(kind.rawValue) \(significant($0))" }
      }
      lines.append(
        "measured peak on \(count) thread\(count == 1 ? "" : "s"): "
          + "\(peaks.joined(separator: ", ")) GFLOP/s")
    }
    return lines
  }

  private static func networkTable(
    _ name: String?, _ settings: ProblemSettings
  ) throws(ConvError) -> TextTable {
    guard let name else {
      var table = TextTable(
        ["network", "layers", "distinct", "10^9 multiply-adds", "10^6 weights", "source"],
        [.left, .right, .right, .right, .right, .left])
      for network in Network.all {
        let distinct = try network.problems(settings)
        let work = distinct.reduce(0) {
          $0 + $1.problem.nominalOperations / 2 * Double($1.multiplicity)
        }
        let weights = distinct.reduce(0) { $0 + $1.problem.weightCount * $1.multiplicity }
        table.add([
          network.name, "\(network.layers.count)", "\(distinct.count)",
          fixed(work * 1e-9, 3), fixed(Double(weights) * 1e-6, 3), network.source,
        ])
      }
      return table
    }
    guard let network = Network.named(name) else {
      let names = Network.all.map(\.name)
      throw .invalid(
        "there is no network \"\(name)\"\(didYouMean(name, among: names)) "
          + "(\(names.joined(separator: ", ")))")
    }
    return problemTable(try network.problems(settings))
  }

  private static func suiteTable(_ settings: ProblemSettings) throws(ConvError) -> TextTable {
    var table = TextTable(
      ["suite", "problems", "10^12 operations", "what it is"], [.left, .right, .right, .left])
    for suite in Suite.all {
      let problems = try suite.problems(settings)
      let work = problems.reduce(0) {
        $0 + $1.problem.nominalOperations * Double($1.multiplicity)
      }
      for (i, line) in suite.about.enumerated() {
        table.add(
          i == 0
            ? ["@" + suite.name, "\(problems.count)", significant(work * 1e-12), line]
            : ["", "", "", line])
      }
    }
    return table
  }

  private static func problemTable(_ problems: [NamedProblem]) -> TextTable {
    var table = TextTable(["name", "times", "descriptor"], [.left, .right, .left])
    for named in problems {
      table.add([named.name, "\(named.multiplicity)", named.problem.descriptor])
    }
    return table
  }
}
