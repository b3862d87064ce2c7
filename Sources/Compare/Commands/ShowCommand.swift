import ConvCore
import Laboratory

extension Command {
  private static let way = Option(
    "algorithm", "NAME", .command,
    StepByStep.Way.allCases.map(\.rawValue).joined(separator: ", ")
  ) { text throws(ConvError) -> StepByStep.Way in
    let names = StepByStep.Way.allCases.map(\.rawValue)
    guard let way = StepByStep.Way(rawValue: text) else {
      throw .invalid(
        "no steps of \"\(text)\"\(didYouMean(text, among: names)) (\(names.joined(separator: ", ")))"
      )
    }
    return way
  }

  /// `compare show`.
  static let show = Command(
    "show", "a worked answer, or any problem small enough to read, step by step",
    operands: "W3|PROBLEM", count: 1...1,
    details: """
      Prints the sums (direct), the matrix of patches (im2col), the sparse matrix (toeplitz), the
      spectra (fft), the blocks of overlap-save (fft-tiled) or the tiles of F(2, 3) (winograd).
      A PROBLEM is filled with small integers. The worked answers are listed in
      docs/WorkedAnswers.md.
      """,
    options: [way, Options.seed] + Options.problem,
    examples: [
      ("compare show W3", "edges of a 6x6 grid, every sum"),
      ("compare show W6", "a transposed convolution, what each input adds"),
      ("compare show W1 --algorithm im2col", "the matrix of patches"),
      ("compare show mb1_ic1ih4oc1oh3kh2 --algorithm toeplitz", "the sparse matrix of any problem"),
    ]
  ) { arguments throws(ConvError) in
    let word = arguments.operands[0]
    let showing: Showing
    if let first = word.first, "wWdD".contains(first), word.count <= 4,
      word.dropFirst().contains(where: \.isNumber)
    {
      showing = try Showing(try WorkedExample.named(word))
    } else {
      let problems = try Workloads.problems(word, arguments.problemSettings()) {
        Output.complain("\(word): \($0)")
      }
      guard let problem = problems.first?.problem, problems.count == 1 else {
        throw .invalid("show takes one problem, and \(word) is \(problems.count)")
      }
      showing = try Showing(problem, seed: arguments[Options.seed, default: 1])
    }
    for line in try showing.lines(arguments[way]) { Output.line(line) }
    return 0
  }
}
