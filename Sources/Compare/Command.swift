import ConvCore
import Laboratory

/// One word that `compare` understands: a row of the table of commands.
struct Command: Sendable {
  /// As it is typed; empty for what runs without one.
  let name: String
  /// One line for the list of commands.
  let summary: String
  /// What follows it: `PROBLEM...`.
  let operands: String
  /// The range of numbers of operands.
  let operandCount: ClosedRange<Int>
  /// Paragraphs of help below the first line.
  let details: String
  /// Its table of options, without those that every command has.
  let options: [any AnyOption]
  /// Command lines with what they do.
  let examples: [(line: String, does: String)]
  /// Does it; returns the exit status.
  let run: @Sendable (Arguments) throws(ConvError) -> Int32

  init(
    _ name: String, _ summary: String, operands: String = "",
    count: ClosedRange<Int> = 0...0, details: String = "", options: [any AnyOption] = [],
    examples: [(line: String, does: String)] = [],
    run: @escaping @Sendable (Arguments) throws(ConvError) -> Int32
  ) {
    self.name = name
    self.summary = summary
    self.operands = operands
    operandCount = count
    self.details = details
    self.options = options
    self.examples = examples
    self.run = run
  }

  /// Reads its arguments and runs it.
  func callAsFunction(_ words: [String]) throws(ConvError) -> Int32 {
    let arguments = try Arguments(words, options + Options.general)
    if arguments.has(Options.help) {
      Output.line(helpText)
      return 0
    }
    if arguments.has(Options.version) {
      Output.line(versionText())
      return 0
    }
    guard operandCount.contains(arguments.operands.count) else {
      let title = "compare\(name.isEmpty ? "" : " " + name)"
      guard arguments.operands.count < operandCount.lowerBound else {
        let extra = arguments.operands[operandCount.upperBound]
        throw .invalid("\(title) does not take \"\(extra)\": see \(title) --help")
      }
      throw .invalid("\(title) needs \(operands): see \(title) --help")
    }
    return try run(arguments)
  }
}

extension Command {
  /// All commands, in the order of help; the one without a name first.
  static let all: [Command] = [
    main, verify, time, turns, sweep, crossover, best, rules, runArrays, golden, explain, show,
    list,
    study, report, diff, image, train, summary, classify,
  ]

  /// Finds the command that `words` begin with and runs it.
  static func dispatch(_ words: [String]) throws(ConvError) -> Int32 {
    guard let main = all.first else { return 0 }
    guard let word = words.first, !word.hasPrefix("-") else {
      if words.first == "--help" || words.first == "-h" {
        Output.line(overview)
        return 0
      }
      return try main(words)
    }
    if word == "help" {
      guard let topic = words.dropFirst().first else {
        Output.line(overview)
        return 0
      }
      return try named(topic)(["--help"])
    }
    return try named(word)(Array(words.dropFirst()))
  }

  private static func named(_ word: String) throws(ConvError) -> Command {
    if let command = all.first(where: { $0.name == word && !word.isEmpty }) { return command }
    let names = all.map(\.name).filter { !$0.isEmpty }
    if let near = suggestion(for: word, among: names) {
      throw .invalid("there is no command \"\(word)\": did you mean \"\(near)\"?")
    }
    // A problem without a command.
    if (try? Workloads.problems(word)) != nil {
      throw .invalid("\"\(word)\" is a problem, not a command: compare time \(word)")
    }
    throw .invalid("there is no command \"\(word)\" (\(names.joined(separator: ", ")))")
  }
}
