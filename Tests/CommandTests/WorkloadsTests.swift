import ConvCore
import Laboratory
import Testing

private func network(_ name: String) throws -> [NamedProblem] {
  let network = try #require(Network.named(name))
  return try network.problems()
}

private func multiplyAdds(_ layers: [NamedProblem]) -> Double {
  layers.reduce(0) { $0 + $1.problem.nominalOperations / 2 * Double($1.multiplicity) }
}

private func weights(_ layers: [NamedProblem]) -> Int {
  layers.reduce(0) { $0 + $1.problem.weightCount * $1.multiplicity }
}

private func sum(_ layers: [NamedProblem], _ value: (ConvProblem) -> Int) -> Int {
  layers.reduce(0) { $0 + value($1.problem) * $1.multiplicity }
}

private func message(_ text: String) -> String {
  do {
    _ = try Workloads.problems(text)
    return "no error"
  } catch { return error.description }
}

@Suite("Workloads") struct WorkloadsTests {
  /// Multiply-adds and weights of all convolution layers, as published or as they follow from the
  /// published totals of the whole network.
  @Test(
    arguments: [
      // C1 156 - 6 biases; C3 connected fully; C5 48,120 - 120.
      ("lenet5", 117_600 + 240_000 + 48_000, 150 + 2_400 + 48_000),
      // 666 M in the paper's two groups, which halve conv2, conv4 and conv5.
      ("alexnet", 665_784_864 + 410_849_280, 2_332_704 + 1_413_120),
      ("vgg16", 15_346_630_656, 14_710_464), ("vgg19", 19_508_428_800, 20_018_880),
    ] as [(String, Int, Int)])
  func totals(name: String, operations: Int, parameters: Int) throws {
    let layers = try network(name)
    #expect(multiplyAdds(layers) == Double(operations))
    #expect(weights(layers) == parameters)
  }

  @Test func zfNet() throws {
    let layers = try network("zfnet")
    #expect(layers.map(\.problem.output.h) == [110, 26, 13, 13, 13])
    #expect(weights(layers) == 14_112 + 614_400 + 884_736 + 1_327_104 + 884_736)
  }

  @Test func googLeNet() throws {
    let layers = try network("googlenet")
    // 6,998,552 parameters, 1,025,000 of them in the classifier, one bias a filter.
    #expect(weights(layers) + sum(layers, \.outChannels) == 6_998_552 - 1_025_000)
    #expect((1.57e9...1.6e9).contains(multiplyAdds(layers)))
    #expect(sum(layers) { _ in 1 } == 57)
  }

  @Test func resNet50() throws {
    let layers = try network("resnet50")
    // 25,557,032 parameters: 53,120 in batch normalisation, 2,049,000 in the classifier.
    #expect(weights(layers) == 25_557_032 - 53_120 - 2_049_000)
    #expect(2 * sum(layers, \.outChannels) == 53_120)
    // "3.8 x 10^9" in the paper's table.
    #expect((3.8e9...3.9e9).contains(multiplyAdds(layers)))
    #expect(sum(layers) { _ in 1 } == 53)
  }

  @Test func denseNet121() throws {
    let layers = try network("densenet121")
    // Normalisation before each layer but the first, after the first, and at the end.
    let normalised = sum(layers, \.inChannels) - 3 + 64 + 1024
    #expect(weights(layers) + 2 * normalised + 1_025_000 == 7_978_856)
    #expect((2.8e9...2.9e9).contains(multiplyAdds(layers)))
    #expect(sum(layers) { _ in 1 } == 120)
  }

  @Test func efficientNetB0() throws {
    let layers = try #require(Network.named("EfficientNet-B0"))
    // Two parameters of normalisation a channel, or one bias in squeeze and excitation.
    var parameters = 1_281_000
    for layer in layers.layers {
      let p = try ConvProblem(descriptor: layer.descriptor)
      let gates = layer.name.hasSuffix("squeeze") || layer.name.hasSuffix("excite")
      parameters += p.weightCount + p.outChannels * (gates ? 1 : 2)
    }
    #expect(parameters == 5_288_548)
    #expect((0.38e9...0.39e9).contains(multiplyAdds(try layers.problems())))
    #expect(try layers.problems(layer: "2_1_depthwise")[0].problem.groups == 96)
  }

  @Test(
    "layers are named by their network and take one picture", arguments: Network.all.map(\.name))
  func layers(name: String) throws {
    for layer in try network(name) {
      let p = layer.problem
      #expect(p.batch == 1 && p.rank == 2)
      #expect(layer.name.hasPrefix(name + "/"))
    }
  }

  @Test func names() throws {
    var settings = ProblemSettings()
    settings.batch = 16
    settings.scalar = .f64
    let layer = try Workloads.problems("vgg16/conv3_2", settings)
    #expect(layer.map(\.problem.descriptor) == ["mb16_ic256ih56oc256oh56kh3ph1"])
    #expect(layer[0].problem.scalar == .f64)
    #expect(layer[0].name == "vgg16/conv3_2")
    // conv3_3 is the same shape: it stands alone by name, and is counted in the network.
    #expect(try Workloads.problems("VGG-16/conv3_3").count == 1)
    let distinct = try Workloads.problems("vgg16")
    #expect(distinct.first { $0.name == "vgg16/conv3_2" }?.multiplicity == 2)
    #expect(distinct.count == 9)
    #expect(try Workloads.problems("mb4_ic1ih8oc1kh3")[0].problem.batch == 4)
    #expect(message("vgg17").contains("did you mean \"vgg16\""))
    #expect(message("vgg16/conv9").contains("no layer \"conv9\""))
    #expect(message("resnet50/conv2_1_3x").contains("did you mean \"conv2_1_3x3\""))
    #expect(message("nonsense").contains("ih is missing"))
    #expect(message("@").contains("name of a file"))
    #expect(message("@/nowhere").contains("No such file"))
    #expect(message("@/tmp").contains("is a folder"))
  }

  @Test func batchFiles() throws {
    let scratch = try Scratch()
    let text = """
      # a comment, and a descriptor behind it: ic1oc1ih8kh3
      --reset --mb=2,0 --dir=FWD_B,BWD_WB
      ic3oc4_ih8kh3ph1_n"first*2"   # the rest is a comment
      --reset
      mb3_\\
      ic1oc1_\\
      iw9kw3
      --dt=f64,bf16 --stag=axb --attr-post-ops=relu --batch=inner.txt
      """
    try writeFile(scratch("a.txt"), Array(text.utf8))
    try writeFile(scratch("inner.txt"), Array("--deconv ic1oc1ih4kh3sh2\n".utf8))
    var warnings: [String] = []
    let problems = try Workloads.problems("@" + scratch("a.txt")) { warnings.append($0) }
    let found = problems.map { "\($0.problem.batch) \($0.problem.pass) \($0.multiplicity)" }
    #expect(
      found == [
        "2 forward 2", "2 weightGradient 2", "2 biasGradient 2", "2 forward 2",
        "2 weightGradient 2",
        "2 biasGradient 2", "3 forward 1", "2 forward 1",
      ])
    #expect(problems[0].problem.bias && problems[0].name == "first")
    #expect(problems[7].problem.operation == .transposedConvolution)
    #expect(problems[7].problem.scalar == .f64 && problems[7].problem.layout == .nhwc)
    #expect(warnings.count == 2)
    #expect(warnings.contains { $0.contains("--attr-post-ops is ignored") })

    try writeFile(scratch("b.txt"), Array("ic1oc1ih8kh3\n\nic1oc1ih8kh9\n".utf8))
    #expect(message("@" + scratch("b.txt")).contains("b.txt:3: kh 9 covers"))
    try writeFile(scratch("c.txt"), Array("--batch=c.txt\n".utf8))
    #expect(message("@" + scratch("c.txt")).contains("include each other"))
    try writeFile(scratch("d.txt"), Array("# nothing\n".utf8))
    #expect(message("@" + scratch("d.txt")).contains("has no problems"))
    try writeFile(scratch("e.txt"), [0, 1, 2])
    #expect(message("@" + scratch("e.txt")).contains("not a text file"))
    try writeFile(scratch("f.txt"), [])
    #expect(message("@" + scratch("f.txt")).contains("is empty"))
  }

  @Test func deepBench() throws {
    let scratch = try Scratch()
    let text = """
      std::vector<std::tuple<int, int>> training_set = {
          std::make_tuple(700, 161, 1, 4, 32, 20, 5, 0, 0, 2, 2), // speech
          // std::make_tuple(1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1),
          std::make_tuple(28, 28, 192, 16, 32, 5, 5, 2, 2, 1, 1)
      };
      std::vector<std::tuple<int, int>> server = {
          std::make_tuple(7, 7, 832, 16, 256, 1, 1, 0, 0, 1, 1)};
      """
    try writeFile(scratch("conv_problems.h"), Array(text.utf8))
    let problems = try Workloads.problems("@" + scratch("conv_problems.h"))
    #expect(
      problems.map(\.problem.descriptor) == [
        "mb4_ic1ih161iw700_oc32oh79ow341_kh5kw20_sh2sw2_ph0pw0", "mb16_ic192ih28oc32oh28kh5ph2",
        "mb16_ic832ih7oc256oh7kh1ph0",
      ])
    #expect(problems.map(\.name) == ["training_set:1", "training_set:2", "server:1"])
    try writeFile(scratch("x.h"), Array("std::make_tuple(1, 2, 3)".utf8))
    #expect(message("@" + scratch("x.h")).contains("not a tuple of 11 numbers"))
  }
}
