import ConvCore
import ConvNet
import DirectConv
import Glibc
import Laboratory

extension Command {
  /// `compare train`.
  static let train = Command(
    "train", "the same network from the same seed, trained once with each algorithm",
    operands: "MODEL", count: 1...1,
    details: """
      MODEL is \(Model.names.joined(separator: ", ")), or a network in one line:
      "[conv -> relu -> pool]*2 -> [dense -> relu]*1 -> dense -> softmax".
      Ends with a table: loss and accuracy by algorithm, the step at which losses first differ by
      more than rounding explains, time by layer and direction. Curves go to a CSV, and to a plot
      beside it where gnuplot is installed. A checkpoint of each algorithm is written after each
      epoch; --resume goes on from them.
      """,
    options: [
      Options.data, Options.validation, Options.format, Options.epochs, Options.steps,
      Options.optimizer, Options.rate, Options.schedule, Options.initialization, Options.noShadow,
      Options.save, Options.plot,
      Options.algorithms, Options.threads, Options.planner, Options.isa, Options.seed, Options.csv,
      Options.resume, Options.force, Options.quiet, Options.plain,
    ],
    examples: [
      ("compare train digits --algorithms direct,fft-tiled --epochs 20", "two runs, compared"),
      (
        "compare train sign-mnist --data sign_mnist_train.csv --validation sign_mnist_test.csv",
        "the notes' network on its data"
      ),
      ("compare train \"conv:16 -> relu -> pool -> dense -> softmax\"", "a network of one's own"),
    ]
  ) { arguments throws(ConvError) in try TrainingSession(arguments).run() }
}

/// One call of `compare train`.
struct TrainingSession {
  private let arguments: Arguments
  private let request: TrainingRequest
  private let algorithms: [any ConvAlgorithm]
  private let csv: String
  private let resources: Resources

  init(_ arguments: Arguments) throws(ConvError) {
    self.arguments = arguments
    request = try TrainingRequest(arguments)
    algorithms = try Registry.inUse.select(arguments[Options.algorithms, default: "direct"])
    let experiment = arguments.experimentOptions()
    var resources = try Resources(threads: experiment.threads.first ?? 1)
    resources.planner = experiment.planner
    resources.isa = experiment.isa
    self.resources = resources
    csv = try Self.path(arguments)
  }

  /// Where the curves go: refused where it exists, unless to be resumed or written over.
  private static func path(_ arguments: Arguments) throws(ConvError) -> String {
    let existing = try arguments.existingFiles()
    guard let path = arguments[Options.csv] else {
      try makeFolder("results")
      return "results/train-\(utcTime(separators: false)).csv"
    }
    if access(path, F_OK) == 0, existing == .refuse {
      throw .invalid("\(path) exists: go on with it by --resume, or write over it by --force")
    }
    return path
  }

  func run() throws(ConvError) -> Int32 {
    // Before hours of training: that the results can be written at all.
    try writeFile(csv, Array("\(TrainingReport.header)\n".utf8))
    Cancellation.catchInterrupts()
    var runs: [TrainingStudy.Run] = []
    var shadow: TrainingStudy.Run?
    do throws(ConvError) {
      for algorithm in algorithms { runs.append(try train(algorithm, disturbed: false)) }
      if algorithms.count > 1, !arguments.has(Options.noShadow) {
        shadow = try train(algorithms[0], disturbed: true)
      }
    } catch .interrupted {
      try? report(TrainingStudy(runs: runs, shadow: nil))
      Output.complain("interrupted: finished epochs are in \(stem).*.model; go on with --resume")
      return 130
    }
    try report(TrainingStudy(runs: runs, shadow: shadow))
    return 0
  }

  private var stem: String { csv.hasSuffix(".csv") ? String(csv.dropLast(4)) : csv }

  private func checkpointPath(_ algorithm: any ConvAlgorithm, _ disturbed: Bool) -> String {
    let name = algorithm.name.description.map { $0 == ":" ? "-" : $0 }
    return "\(stem).\(String(name))\(disturbed ? ".shadow" : "").model"
  }

  private func train(_ algorithm: any ConvAlgorithm, disturbed: Bool)
    throws(ConvError) -> TrainingStudy.Run
  {
    let network = try ConvNet.Network<Float>(
      request.model,
      .init(
        algorithm: algorithm, fallback: Im2col(),
        initialization: arguments[Options.initialization, default: .xavier],
        seed: request.options.seed), resources)
    // A few examples: the plain loops take their time.
    let exact = try network.exactOutputs(
      request.training, first: min(4, request.training.count))
    if disturbed { network.disturb(seed: request.options.seed) }
    let rounding = try network.rounding(request.training, from: exact)
    network.resetTimes()
    let trainer = Trainer(network, request.options)
    let path = checkpointPath(algorithm, disturbed)
    if arguments.has(Options.resume), access(path, F_OK) == 0 {
      try Checkpoint(reading: path).restore(trainer)
    }
    let title = "\(algorithm.name)\(disturbed ? " (one rounding away)" : "")"
    let progress = TrainingProgress(
      title, epochs: request.options.epochs, first: trainer.history.count, arguments)
    while trainer.history.count < request.options.epochs, !trainer.hasStopped {
      let result = try trainer.epoch(
        request.training, validation: request.validation, cancellation: .interrupt,
        step: progress.step)
      progress.epoch(result)
      try Checkpoint(trainer).write(path)
    }
    progress.clear()
    if !disturbed, algorithm.name == algorithms[0].name, let save = arguments[Options.save] {
      try Checkpoint(trainer).write(save)
    }
    return try TrainingStudy.Run(
      trainer, rounding: rounding, validation: request.validation)
  }

  private func report(_ study: TrainingStudy) throws(ConvError) {
    let report = TrainingReport(study, request)
    try writeFile(csv, Array(report.csv.utf8))
    try writeFile("\(stem).steps.csv", Array(report.stepsCSV.utf8))
    let picture = arguments[Options.plot, default: "\(stem).png"]
    let isDrawn = TrainingPlot(picture: picture, model: request.model.name).draw(study)
    if !isDrawn, arguments[Options.plot] != nil {
      Output.complain("\(picture): was not drawn: gnuplot is needed")
    }
    guard !arguments.has(Options.quiet) else { return }
    let colour = Output.isTerminal && !arguments.has(Options.plain)
    Output.line(report.text(colour: colour))
    Output.line("\ncurves in \(csv), every step in \(stem).steps.csv")
    if isDrawn { Output.line("plot in \(picture)") }
  }
}
