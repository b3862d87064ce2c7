import ConvCore
import ConvNet
import Laboratory

extension Options {
  static let data = Option(
    "data", "FILE[,FILE]", .command,
    "training data; `digits` ships; `made-up:N` makes N pictures, for timing"
  ) { text throws(ConvError) in text }
  static let validation = Option(
    "validation", "FILE[,FILE]", .command,
    "validation data; without it a fifth of the training data"
  ) { text throws(ConvError) in text }
  static let format = Option(
    "format", "NAME", .command,
    "form of the data: \(DataFormat.allCases.map(\.rawValue).joined(separator: ", "))"
  ) { text throws(ConvError) in try OptionValue.choice(text, DataFormat.self) }
  static let epochs = Option("epochs", "N", .command, "passes over the data (20; cifar10: 50)") {
    text throws(ConvError) in try OptionValue.integer(text, atLeast: 1)
  }
  static let steps = Option("batch", "N", .command, "examples in a step (32)") {
    text throws(ConvError) in try OptionValue.integer(text, atLeast: 1)
  }
  static let optimizer = Option(
    "optimizer", "NAME", .command, "sgd, momentum, rmsprop, adagrad or adam (the model's own)"
  ) { text throws(ConvError) -> String in
    let names = ["sgd", "momentum", "rmsprop", "adagrad", "adam"]
    guard names.contains(text) else {
      throw .invalid("no optimizer \"\(text)\"\(didYouMean(text, among: names))")
    }
    return text
  }
  static let rate = Option("rate", "X", .command, "learning rate (Keras' default)") {
    text throws(ConvError) in try OptionValue.positive(text)
  }
  static let schedule = Option(
    "schedule", "NAME", .command,
    "of the rate: constant, or cosine, falling to zero (the model's own)"
  ) { text throws(ConvError) in try OptionValue.choice(text, RateSchedule.self) }
  static let initialization = Option(
    "initialization", "NAME", .command, "xavier (default) or he"
  ) { text throws(ConvError) in try OptionValue.choice(text, Initialization.self) }
  static let noShadow = Option(
    flag: "no-shadow", .command,
    "leaves out the run that shows how much rounding alone explains")
  static let plot = Option(
    "plot", "OUT.png", .output, "where the plot of the curves goes (beside the CSV)"
  ) { text throws(ConvError) in text }
  static let save = Option(
    "save", "FILE", .command, "where the first algorithm's trained network goes"
  ) { text throws(ConvError) in text }
}

/// What `compare train` was asked for.
struct TrainingRequest {
  let model: Model
  let options: TrainingOptions
  let training: Dataset
  let validation: Dataset

  init(_ arguments: Arguments) throws(ConvError) {
    let word = arguments.operands[0]
    let seed = arguments[Options.seed, default: 1]
    let format = try Self.format(word, arguments)
    if Model.names.contains(word) {
      model = try Model.named(word)
    } else if word.contains("->") || word.contains(":") {
      model = try Model(parsing: word, input: format.shape, classes: format.classes)
    } else {
      model = try Model.named(word)
    }
    var options = TrainingOptions.recipe(model)
    options.seed = seed
    options.epochs = arguments[Options.epochs, default: options.epochs]
    options.batch = arguments[Options.steps, default: options.batch]
    if let name = arguments[Options.optimizer] { options.optimizer = Self.optimizer(name) }
    if let rate = arguments[Options.rate] { options.optimizer = options.optimizer.at(rate) }
    options.schedule = arguments[Options.schedule, default: options.schedule]
    self.options = options
    (training, validation) = try Self.data(format, arguments, seed)
  }

  private static func format(_ word: String, _ arguments: Arguments) throws(ConvError)
    -> DataFormat
  {
    if let format = arguments[Options.format] { return format }
    if let format = DataFormat(model: word) { return format }
    if arguments[Options.data, default: "digits"] == "digits" { return .digits }
    let names = DataFormat.allCases.map(\.rawValue).joined(separator: ", ")
    throw .invalid("say what the data of this model are with --format: \(names)")
  }

  private static func optimizer(_ name: String) -> Optimizer {
    switch name {
    case "sgd": .sgd()
    case "momentum": .sgd(momentum: 0.9)
    case "rmsprop": .rmsProp()
    case "adagrad": .adagrad()
    default: .adam()
    }
  }

  private static func data(
    _ format: DataFormat, _ arguments: Arguments, _ seed: UInt64
  ) throws(ConvError) -> (Dataset, Dataset) {
    let given = arguments[Options.data]
    if format == .digits, given == nil || given == "digits" {
      return (
        try format.read([try Workloads.shipped("digits_train.csv")]),
        try format.read([try Workloads.shipped("digits_valid.csv")])
      )
    }
    guard let given else {
      throw .invalid("\(format.rawValue) data do not ship: name the files with --data")
    }
    let all: Dataset
    if given.hasPrefix("made-up:") {
      let count = try OptionValue.integer(String(given.dropFirst(8)), atLeast: 2)
      all = try format.madeUp(count, seed: seed)
      if arguments[Options.validation] == nil {
        return (all, try format.madeUp(max(2, count / 20), seed: seed &+ 1))
      }
    } else {
      all = try format.read(given.split(separator: ",").map(String.init))
    }
    if let files = arguments[Options.validation] {
      return (all, try format.read(files.split(separator: ",").map(String.init)))
    }
    return try all.split(at: all.count - max(1, all.count / 5))
  }
}

extension Optimizer {
  /// The same at another learning rate.
  fileprivate func at(_ rate: Double) -> Optimizer {
    switch self {
    case .sgd(_, let momentum): .sgd(rate: rate, momentum: momentum)
    case .rmsProp(_, let rho): .rmsProp(rate: rate, rho: rho)
    case .adagrad: .adagrad(rate: rate)
    case .adam(_, let beta1, let beta2): .adam(rate: rate, beta1: beta1, beta2: beta2)
    }
  }
}
