import ConvCore
import Laboratory
import Testing

/// Sentences that `explain` and `show` must get right.
@Suite struct ExplanationTests {
  private func translation(_ problem: ConvProblem, _ system: String) -> Translation? {
    Translation.all(of: problem).first { $0.system == system }
  }

  @Test("dilation is counted from 0 in oneDNN alone")
  func dilation() throws {
    let axis = Axis(20, kernel: 3, dilation: 2, low: 2, high: 2)
    let p = try ConvProblem(inChannels: 4, outChannels: 4, axes: [axis, axis])
    #expect(translation(p, "PyTorch")?.lines.last?.contains("dilation=2") == true)
    #expect(translation(p, "oneDNN")?.lines.last?.contains("dilates [1, 1]") == true)
    #expect(translation(p, "oneDNN")?.warnings.first?.contains("dh1 is PyTorch's 2") == true)
  }

  @Test("reflect and symmetric change names")
  func borders() throws {
    let axis = Axis(20, kernel: 3, low: 1, high: 1)
    func lines(_ border: Border, _ system: String) throws -> String {
      let p = try ConvProblem(axes: [axis, axis], border: border)
      return translation(p, system)?.lines.joined(separator: "\n") ?? ""
    }
    #expect(try lines(.reflect, "SciPy ndimage").contains("\"mirror\""))
    #expect(try lines(.symmetric, "SciPy ndimage").contains("\"reflect\""))
    #expect(try lines(.reflect, "OpenCV").contains("BORDER_REFLECT_101"))
    #expect(try lines(.symmetric, "OpenCV").contains("BORDER_REFLECT)"))
    #expect(try lines(.reflect, "TensorFlow").contains("mode=\"REFLECT\""))
    #expect(try lines(.replicate, "ONNX").contains("mode=\"edge\""))
  }

  @Test("same is SAME only where TensorFlow's is")
  func same() throws {
    let far = Axis(8, kernel: 4, low: 1, high: 2)
    let near = Axis(8, kernel: 4, low: 2, high: 1)
    func line(_ axis: Axis) throws -> String {
      let p = try ConvProblem(axes: [axis, axis])
      return translation(p, "TensorFlow")?.lines.last ?? ""
    }
    #expect(try line(far).contains("\"SAME\""))
    #expect(try line(near).contains("[[0, 0], [2, 1], [2, 1], [0, 0]]"))
    let scipy = translation(try ConvProblem(axes: [near, near]), "SciPy signal")
    #expect(scipy?.lines.last?.contains("mode=\"same\"") == true)
  }

  @Test("DeepBench puts width first")
  func deepBench() throws {
    let p = try ConvProblem(
      batch: 4, inChannels: 1, outChannels: 32,
      axes: [Axis(161, kernel: 5, stride: 2), Axis(700, kernel: 20, stride: 2)])
    #expect(
      translation(p, "DeepBench")?.lines
        == ["std::make_tuple(700, 161, 1, 4, 32, 20, 5, 0, 0, 2, 2)"])
  }

  @Test("the ends of an axis")
  func diagram() throws {
    let axis = Axis(9, kernel: 4, low: 1, high: 2)
    let p = try ConvProblem(axes: [axis], border: .symmetric)
    #expect(
      IndexDiagram(p).lines == [
        "width  output 0 reads   (0)   0   1   2", "width  output 1 reads   0 1 2 3",
        "width  output 7 reads     6   7   8 (8)", "width  output 8 reads     7   8 (8) (7)",
      ])
  }

  @Test("every worked answer can be shown")
  func shown() throws {
    for example in try WorkedExample.all() {
      #expect(try Showing(example).lines().count > 5, "\(example.id)")
    }
  }

  @Test("every way of steps ends in the output of W1", arguments: StepByStep.Way.allCases)
  func ways(_ way: StepByStep.Way) throws {
    let p = try ConvProblem(axes: [Axis(4, kernel: 2), Axis(5, kernel: 3)])
    let input = (1...20).map { Double($0 % 7) }
    let weights = [1.0, 0, -1, 2, 0, -2]
    let lines = try StepByStep(p, input: input, weights: weights).lines(way)
    let direct = try StepByStep(p, input: input, weights: weights).lines(.direct)
    #expect(lines.suffix(4) == direct.suffix(4))
    #expect(throws: ConvError.self) { try WorkedExample.named("W99") }
  }
}
