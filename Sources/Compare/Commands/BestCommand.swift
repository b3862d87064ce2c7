import ConvCore
import Laboratory

extension Options {
  static let calibrate = Option(
    flag: "calibrate", .command, "fits the cost model on this machine anew, in less than a minute")
  static let calibrationSeconds = Option(
    "calibration-seconds", "S", .command,
    "how long fitting may take (default 50); 0 never fits by itself"
  ) { text throws(ConvError) -> Double in
    if text == "0" { return 0 }
    return try OptionValue.positive(text)
  }
  static let wisdom = Option(flag: "wisdom", .command, "shows what is remembered of this machine")
  static let forget = Option(flag: "forget", .command, "forgets it first")
}

extension Command {
  /// `compare best`.
  static let best = Command(
    "best", "which algorithm to use here: predicted, then measured, then remembered",
    operands: "[PROBLEM...]", count: 0...Int.max,
    details: """
      A cost model of this machine ranks the algorithms; those within twice the predicted best, at
      least two, are verified and measured. The answer is remembered, so that the algorithm `auto`
      takes it without trying. The model is fitted by the first call, in less than a minute.
      """,
    options: [
      Options.calibrate, Options.calibrationSeconds, Options.wisdom, Options.forget,
    ] + Options.problem + Options.execution + Options.verification + Options.timing
      + Options.output,
    examples: [
      (
        "compare best mb8_ic256ih14oc256oh14kh3ph1 ic64ih64oc64oh64kh11ph5",
        "two layers, each with its answer"
      ),
      ("compare best vgg16 --batch 1 --workspace-limit 64M", "a network in little memory"),
      ("compare best --calibrate", "fits the cost model and nothing else"),
      ("compare best --wisdom", "what is remembered, and where"),
    ]
  ) { arguments throws(ConvError) in
    var run = BestRun(arguments)
    return try run.run()
  }
}

/// One call of `compare best`.
private struct BestRun {
  private let arguments: Arguments
  private let options: Experiment.Options
  private var wisdom = ChoiceWisdom()

  init(_ arguments: Arguments) {
    self.arguments = arguments
    options = arguments.experimentOptions()
  }

  mutating func run() throws(ConvError) -> Int32 {
    let hasProblems = !arguments.operands.isEmpty
    let flags = [Options.calibrate, Options.wisdom, Options.forget]
    guard hasProblems || flags.contains(where: { arguments.has($0) }) else {
      throw .invalid("compare best needs PROBLEM... or --calibrate: see compare best --help")
    }
    let problems = try arguments.problems()
    let algorithms = try candidates()
    if arguments.has(Options.forget) {
      let was = try ChoiceWisdom.forget()
      say("\(was ? "forgotten" : "there was nothing to forget"): \(ChoiceWisdom.path ?? "no path")")
    }
    let loaded = ChoiceWisdom.load()
    if let fault = loaded.fault { Output.complain(fault) }
    wisdom = loaded.wisdom
    try calibrate(hasProblems: hasProblems)
    if arguments.has(Options.wisdom) {
      Output.line(WisdomText(wisdom).text)
      if !hasProblems { return 0 }
    }
    return hasProblems ? try measure(problems, algorithms) : 0
  }

  /// Whom to choose from: what is asked for, `auto` left out, which is no algorithm of its own.
  private func candidates() throws(ConvError) -> [any ConvAlgorithm] {
    guard arguments[Options.algorithms] != nil else { return try Auto.candidates(.inUse) }
    let chosen = try arguments.selectedAlgorithms().filter { $0.name.family != "auto" }
    guard !chosen.isEmpty else { throw .invalid("auto alone is nothing to choose from") }
    return chosen
  }

  private func say(_ text: String) {
    if !arguments.has(Options.quiet) { Output.error(text + "\n") }
  }

  // MARK: - The cost model

  private mutating func calibrate(hasProblems: Bool) throws(ConvError) {
    let seconds = arguments[Options.calibrationSeconds, default: 50]
    for threads in options.threads {
      let isMissing = hasProblems && !wisdom.isFitted(threads: threads, isa: options.isa)
      guard arguments.has(Options.calibrate) || (isMissing && seconds > 0) else { continue }
      Cancellation.catchInterrupts()
      let bar = ProgressLine(
        isQuiet: arguments.has(Options.quiet), isPlain: arguments.has(Options.plain))
      let resources = Resources(
        pool: try ThreadPool(width: threads, pinned: options.isPinned), planner: options.planner,
        isa: options.isa)
      say("fitting the cost model on \(threads) threads: at most \(fixed(seconds, 0)) s")
      let calibration = Calibration(
        try Auto.candidates(.inUse), seconds: max(1, seconds), seed: options.seed)
      defer { bar.clear() }
      wisdom.remember(
        try calibration.run(resources, cancellation: .interrupt) { fraction, problems in
          bar.show(
            ResultsSession.Progress(
              index: 0, count: 1, name: "cost model", activity: "\(problems) problems",
              fraction: fraction))
        })
      save()
    }
  }

  /// What cannot be kept is lost, and the answer stands all the same.
  private func save() {
    do throws(ConvError) { try wisdom.save() } catch {
      Output.complain("what was found out is not remembered: \(error)")
    }
  }

  // MARK: - The problems

  private mutating func measure(
    _ problems: [NamedProblem], _ algorithms: [any ConvAlgorithm]
  ) throws(ConvError) -> Int32 {
    // What was measured before is measured again.
    var model = wisdom
    model.answers = []
    let chooser = Chooser(algorithms, wisdom: model)
    var predictions: [NamedProblem: [Int: Chooser.Ranking]] = [:]
    var deciding = Duration.zero
    for threads in options.threads {
      let resources = Resources(
        pool: try ThreadPool(width: threads), workspaceLimit: options.workspaceLimit,
        planner: options.planner, isa: options.isa)
      for named in problems {
        let start = ContinuousClock.now
        predictions[named, default: [:]][threads] = chooser.ranking(named.problem, resources)
        deciding += ContinuousClock.now - start
      }
    }
    let report = BestReport(predictions, each: deciding / (problems.count * options.threads.count))
    var measurement = Measurement("best", arguments)
    measurement.selection = { report.finalists($0, else: algorithms) }
    measurement.table = { report.table($0).text(colour: false, width: Output.width) }
    var remembered = wisdom
    let isa = options.isa
    measurement.finished = { records in
      for answer in report.answers(records, isa) { remembered.remember(answer) }
    }
    let status = try measurement.run(problems, closing: report.sentences)
    if !options.isCold && remembered != wisdom {
      wisdom = remembered
      save()
    }
    return status
  }
}
