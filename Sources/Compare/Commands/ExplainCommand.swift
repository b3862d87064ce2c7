import ConvCore
import Laboratory

extension Command {
  /// `compare explain`.
  static let explain = Command(
    "explain", "a problem without computing it: shapes, costs, the same in other systems",
    operands: "PROBLEM", count: 1...1,
    details: """
      Prints shapes and conventions, operations counted three ways, workspace and error model by
      algorithm, the same problem as PyTorch, TensorFlow, ONNX, SciPy (signal and ndimage), OpenCV,
      oneDNN, DeepBench and MIOpen write it, with a warning where conventions differ, and which
      inputs the outputs at the ends read.
      """,
    options: Options.problem + Options.execution,
    examples: [
      ("compare explain g4mb4_ic128ih40oc128oh40kh3ph1", "a grouped layer"),
      (
        "compare explain ic1ih9oc1oh9kh4 --border reflect",
        "an even kernel: padding differs by side"
      ),
    ]
  ) { arguments throws(ConvError) in
    let resources = try Resources(threads: arguments.experimentOptions().threads.first ?? 1)
    let algorithms = try arguments.selectedAlgorithms()
    for pass in arguments.passes {
      var settings = arguments.problemSettings()
      settings.pass = pass
      let problems = try Workloads.problems(arguments.operands[0], settings) {
        Output.complain("\(arguments.operands[0]): \($0)")
      }
      for named in problems {
        for section in Explanation(named.problem, algorithms, resources).sections {
          Output.line(Style.bold(section.title, Output.isTerminal))
          for line in section.lines { Output.line("  \(line)") }
          Output.line("")
        }
      }
    }
    return 0
  }
}
