import ConvCore

/// Many problems, one after the other, each row written as it becomes final.
public struct ResultsSession {
  /// How far a session has come.
  public struct Progress: Sendable {
    /// Which problem, from 0, of how many.
    public var index: Int, count: Int
    /// What people call the problem.
    public var name: String
    /// What is being done to it.
    public var activity: String
    /// Fraction of the whole session that is done, 0 to 1.
    public var fraction: Double

    /// All values.
    public init(index: Int, count: Int, name: String, activity: String, fraction: Double) {
      (self.index, self.count, self.name) = (index, count, name)
      (self.activity, self.fraction) = (activity, fraction)
    }
  }

  /// A photograph that takes the place of the data in problems of its extents with one channel.
  public struct Photograph: Sendable {
    /// Extents and grey values.
    public var height: Int, width: Int, values: [Float]

    /// A photograph of height x width values.
    ///
    /// - Throws: `ConvError.invalid` for a tensor that is not of rank 2.
    public init(_ tensor: Tensor<Float>) throws(ConvError) {
      guard tensor.shape.count == 2, tensor.count > 0 else {
        throw .invalid("a photograph has the shape height x width, not \(tensor.shape)")
      }
      (height, width, values) = (tensor.shape[0], tensor.shape[1], tensor.elements)
    }

    /// Whether it is the input of `problem`.
    public func fits(_ problem: ConvProblem) -> Bool {
      problem.rank == 2 && problem.batch == 1 && problem.inChannels == 1 && problem.scalar == .f32
        && problem.pass == .forward && problem.input == Extents(1, height, width)
    }
  }

  /// What to do with each problem.
  public var options: Experiment.Options
  /// What with.
  public var algorithms: [any ConvAlgorithm]
  /// Who is asked for a problem in place of `algorithms`; nil for all of them.
  public var selection: (@Sendable (NamedProblem) -> [any ConvAlgorithm])?
  /// What stands in the `peak_fraction` column's denominator.
  public var machine: Machine
  /// The photograph, if there is one.
  public var photograph: Photograph?
  /// Where rows go; nil for nowhere.
  public var file: ResultsFile?

  /// A session without a photograph and without a file.
  public init(
    _ options: Experiment.Options, _ algorithms: [any ConvAlgorithm], _ machine: Machine
  ) {
    self.options = options
    self.algorithms = algorithms
    self.machine = machine
  }

  /// Refuses problems whose operands do not fit into the memory that the machine has left.
  ///
  /// - Throws: `ConvError.invalid` with the sizes.
  public static func checkMemory(_ problems: [NamedProblem]) throws(ConvError) {
    let available = SystemFacts.availableMemory
    for named in problems {
      let p = named.problem
      guard p.operandBytes > available else { continue }
      let sizes = [
        ("input", p.inputCount), ("weights", p.weightCount), ("output", p.outputCount),
      ].map { name, count in "\(name) \(byteCount(count * p.scalar.byteCount))" }
      throw .invalid(
        "\(named.name.isEmpty ? p.descriptor : named.name) is larger than memory: "
          + "\(sizes.joined(separator: ", ")), but \(byteCount(available)) are available")
    }
  }

  /// Runs all problems and reports each row as soon as it is final; rows that a resumed file holds
  /// are neither computed nor reported. After `cancellation` is set, the rest is `interrupted`.
  ///
  /// - Throws: `ConvError.system` where a row cannot be written; those before are on disk.
  public func run(
    _ problems: [NamedProblem], cancellation: Cancellation = Cancellation(),
    progress: (Progress) -> Void = { _ in }, finished: (ResultsRow) -> Void = { _ in }
  ) throws(ConvError) {
    let shares = shares(problems)
    for (index, named) in problems.enumerated() {
      var state = Progress(
        index: index, count: problems.count, name: named.name, activity: "",
        fraction: shares[index].lowerBound)
      if state.name.isEmpty { state.name = named.problem.descriptor }
      progress(state)
      var failure: ConvError?
      func write(_ outcome: Outcome) {
        let row = row(named, outcome)
        guard failure == nil, file?.contains(row) != true else { return }
        do throws(ConvError) {
          try file?.append(row)
          finished(row)
        } catch {
          failure = error
          cancellation.cancel()
        }
      }
      if cancellation.isCancelled {
        interrupted(named).forEach(write)
      } else if let file, interrupted(named).allSatisfy({ file.contains(row(named, $0)) }) {
        continue
      } else {
        var own = options
        if let photograph, photograph.fits(named.problem) { own.firstOperand = photograph.values }
        try Experiment(own).run(
          named.problem, algorithms(for: named), cancellation: cancellation,
          progress: {
            state.activity = $0.activity
            let share = shares[index]
            state.fraction =
              share.lowerBound + $0.fraction * (share.upperBound - share.lowerBound)
            progress(state)
          }, finished: write)
      }
      if let failure { throw failure }
    }
  }

  /// Each problem's part of the session, from 0 to 1: equal where it is timed, since each gets as
  /// long; else by its operations, with half a second's worth for what every problem costs.
  private func shares(_ problems: [NamedProblem]) -> [Range<Double>] {
    let weights = problems.map { options.times ? 1 : $0.problem.nominalOperations + 5e9 }
    let total = weights.reduce(0, +)
    var start = 0.0
    return weights.map { weight in
      let end = start + weight
      defer { start = end }
      return start / total..<end / total
    }
  }

  private func row(_ named: NamedProblem, _ outcome: Outcome) -> ResultsRow {
    let fill = photograph?.fits(named.problem) == true ? "image" : options.fill.rawValue
    return ResultsRow(
      named, outcome, fill: fill,
      peak: machine.peak(named.problem.scalar, threads: outcome.threads))
  }

  private func algorithms(for named: NamedProblem) -> [any ConvAlgorithm] {
    selection?(named) ?? algorithms
  }

  /// An outcome for each row of a problem that is not begun.
  private func interrupted(_ named: NamedProblem) -> [Outcome] {
    options.threads.flatMap { threads in
      algorithms(for: named).map {
        Outcome(
          problem: named.problem, algorithm: $0.name, threads: threads, status: .interrupted)
      }
    }
  }
}
