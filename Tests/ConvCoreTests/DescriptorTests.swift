import ConvCore
import Testing

/// Values of a problem that descriptors decide, axis by axis.
private func sizes(_ p: ConvProblem) -> [[Int]] {
  p.spatialAxes.map {
    [$0.input, $0.output(p.operation), $0.kernel, $0.stride, $0.low, $0.high, $0.dilation]
  }
}

private func message(_ descriptor: String, _ settings: ProblemSettings = .init()) -> String {
  do {
    _ = try NamedProblem(descriptor: descriptor, settings)
    return "no error"
  } catch { return error.description }
}

@Suite("Descriptors") struct DescriptorTests {
  @Test(
    "say what benchdnn means by them",
    arguments: [
      // i, o, k, s, low, high, dilation counted from 1
      ("ic1ih8oc1kh3", 2, [[8, 6, 3, 1, 0, 0, 1], [8, 6, 3, 1, 0, 0, 1]]),
      ("mb4_ic64ih56oc64oh56kh3ph1", 4, [[56, 56, 3, 1, 1, 1, 1], [56, 56, 3, 1, 1, 1, 1]]),
      // An even kernel: one before, two after.
      ("ic1oc1_ih8oh8kh4", 2, [[8, 8, 4, 1, 1, 2, 1], [8, 8, 4, 1, 1, 2, 1]]),
      (
        "mb2_ic3ih17iw23_oc5oh9ow12_kh3kw4_sh2sw2_ph1pw2", 2,
        [[17, 9, 3, 2, 1, 1, 1], [23, 12, 4, 2, 2, 1, 1]]
      ),
      // Stride leaves a row unread: the far side is negative.
      ("ic1oc1_iw8ow3kw3sw2pw0", 2, [[8, 3, 3, 2, 0, -1, 1]]),
      ("ic1oc1_iw8kw3sw2", 2, [[8, 3, 3, 2, 0, -1, 1]]),
      ("ic3ih224oc64oh112kh7sh2ph3", 2, [[224, 112, 7, 2, 3, 2, 1], [224, 112, 7, 2, 3, 2, 1]]),
      // Dilation from 0: dw1 is PyTorch's 2.
      ("ic1oc1iw10kw3dw1", 2, [[10, 6, 3, 1, 0, 0, 2]]),
      ("kd3id5oc1ic2od5", 2, Array(repeating: [5, 5, 3, 1, 1, 1, 1], count: 3)),
      (
        "ic1oc1id4ih5iw6kd1kh2kw3", 2,
        [[4, 4, 1, 1, 0, 0, 1], [5, 4, 2, 1, 0, 0, 1], [6, 4, 3, 1, 0, 0, 1]]
      ),
      // The second size replaces the first; separators may stand anywhere.
      ("__ic1_oc1_iw9_iw8__kw3_", 2, [[8, 6, 3, 1, 0, 0, 1]]),
      // Neutral values do not make an axis.
      ("ic1oc1ih8kh3sw1pw0dw0", 2, [[8, 6, 3, 1, 0, 0, 1], [8, 6, 3, 1, 0, 0, 1]]),
      // Padding of more than the kernel.
      ("mb1ic16oc16_iw10kw1_pw3", 1, [[10, 16, 1, 1, 3, 3, 1]]),
      // All padding on the far side.
      ("ic1oc1iw8ow8kw4pw0", 2, [[8, 8, 4, 1, 0, 3, 1]]),
      // More windows than see the input, and a remainder as long as the input.
      ("ic1oc1iw56ow32kw4sw2pw0", 2, [[56, 32, 4, 2, 0, 10, 1]]),
      ("ic1oc1iw2ow1kw2sw3pw2", 2, [[2, 1, 2, 3, 2, -1, 1]]),
      ("ic1oc1iw14kw1sw5ow3", 2, [[14, 3, 1, 5, 0, -3, 1]]),
    ] as [(String, Int, [[Int]])])
  func meaning(_ descriptor: String, _ batch: Int, _ axes: [[Int]]) throws {
    let p = try ConvProblem(descriptor: descriptor)
    #expect(p.batch == batch)
    #expect(sizes(p) == axes)
  }

  @Test func names() throws {
    let named = try NamedProblem(descriptor: "g2mb1_ic4oc6iw9kw3n\"vgg_19:conv3_2*3\"")
    #expect(named.name == "vgg_19:conv3_2")
    #expect(named.multiplicity == 3)
    #expect(named.problem.groups == 2)
    #expect(named.descriptor == "g2mb1_ic4iw9oc6ow7kw3pw0_n\"vgg_19:conv3_2*3\"")
    #expect(try NamedProblem(descriptor: "ic1oc1iw9kw3nplain").name == "plain")
    #expect(try NamedProblem(descriptor: "ic1oc1iw9kw3n\"a*x\"").name == "a*x")
    #expect(try NamedProblem(descriptor: "ic1oc1iw9kw3n").name == "")
    let tricky = NamedProblem(named.problem, name: "a*5")
    #expect(try NamedProblem(descriptor: tricky.descriptor) == tricky)
  }

  @Test(
    "are printed as people write them",
    arguments: [
      "mb4_ic256ih56oc256oh56kh3ph1", "mb2_ic3ih17iw23_oc5oh9ow12_kh3kw4_sh2sw2_ph1pw2",
      "mb4_ic3ih224oc64oh112kh7sh2ph3", "mb1_ic1iw10oc1ow6kw3pw0dw1", "g8mb1_ic8id4oc8od4kd3pd1",
    ])
  func text(_ descriptor: String) throws {
    #expect(try ConvProblem(descriptor: descriptor).descriptor == descriptor)
  }

  @Test func settings() throws {
    var s = ProblemSettings()
    s.batch = 7
    s.padding = .same
    s.border = .reflect
    s.scalar = .f64
    let p = try ConvProblem(descriptor: "mb4_ic1oc1ih9iw8kh4kw3sh2", s)
    #expect(p.batch == 7)
    #expect(p.border == .reflect)
    #expect(p.scalar == .f64)
    #expect(sizes(p) == [[9, 5, 4, 2, 1, 2, 1], [8, 8, 3, 1, 1, 1, 1]])
    s.padding = .full
    s.border = .zeros
    #expect(try ConvProblem(descriptor: "ic1oc1iw5kw3dw1", s).output.w == 9)
    s.padding = .explicit([0, 1, 2, 3])
    #expect(
      sizes(try ConvProblem(descriptor: "ic1oc1ih5kh3", s))
        == [[5, 4, 3, 1, 0, 1, 1], [5, 8, 3, 1, 2, 3, 1]])
  }

  /// A kernel once for all axes, as in a picture's: stride, padding and dilation with it unless written.
  @Test func kernelOfTheAxisBefore() throws {
    func same(_ short: String, _ long: String) throws {
      #expect(try ConvProblem(descriptor: short) == ConvProblem(descriptor: long), "\(short)")
    }
    try same("ic1ih1100iw1500oc1oh1100ow1500kh35ph17", "ic1ih1100iw1500oc1kh35kw35ph17pw17")
    try same("ic1oc1ih9iw12kh3sh2dh1", "ic1oc1ih9iw12kh3kw3sh2sw2dh1dw1")
    try same("ic1oc1ih9iw12kh3ph1sw3pw0", "ic1oc1ih9iw12kh3kw3ph1pw0sw3")
    try same("ic1oc1id5ih9iw12kd3", "ic1oc1id5ih9iw12kd3kh3kw3")
  }

  @Test func transposed() throws {
    var s = ProblemSettings()
    s.operation = .transposedConvolution
    // W9: 16 -> 32 with 3 taps and stride 2; PyTorch crops the near side, TensorFlow the far one.
    let pytorch = try ConvProblem(descriptor: "ic32ih16oc64oh32kh3sh2ph1", s)
    #expect(sizes(pytorch)[0] == [16, 32, 3, 2, 1, 0, 1])
    s.outputPadding = [1]
    let padded = try ConvProblem(descriptor: "ic32ih16oc64kh3sh2ph1", s)
    #expect(sizes(padded)[0] == [16, 32, 3, 2, 1, 1, 1])
    #expect(padded.height.outputPadding == 1)
    #expect(try ConvProblem(descriptor: padded.descriptor, s) == padded)
    s.outputPadding = nil
    s.padding = .same
    let tensorflow = try ConvProblem(descriptor: "ic32ih16oc64kh3sh2", s)
    #expect(sizes(tensorflow)[0] == [16, 32, 3, 2, 0, 1, 1])
    s.padding = nil
    #expect(try ConvProblem(descriptor: "ic1ih4oc1kh3sh2", s).output.h == 9)
  }

  @Test(
    "that cannot be are refused in one line that names the key",
    arguments: [
      ("ic1oc1ih8kx3", "unknown key \"kx\""), ("ic1oc1ih8kh3?", "unknown key \"?\""),
      ("", "ih is missing"), ("ic1ih8kh3", "oc is missing"), ("oc1ih8kh3", "ic is missing"),
      ("ic1oc1ih8", "kh is missing"), ("ic1oc1kh3", "ih is missing"),
      ("ic1oc1ih8iw8kw3", "kh is missing"), ("ic1oc1ih8kh3sw2", "iw is missing"),
      ("ic1oc1id8kd3ih8kh3", "iw is missing"), ("ic1oc1id8kd3iw8kw3", "ih is missing"),
      ("ic0oc1ih8kh3", "ic is 0, but must be at least 1"),
      ("ic1oc1ih8kh3sh0", "sh is 0, but must be at least 1"),
      ("mb0ic1oc1ih8kh3", "mb is 0"), ("g0ic1oc1ih8kh3", "g is 0"),
      ("ic1oc1ih-8kh3", "ih is -8, but must be at least 1"),
      ("ic1oc1ih8kh3ph-1", "ph is -1, but must be at least 0"),
      ("ic1oc1ih123456789012345678901234567890kh3", "must be at most 2147483647"),
      ("ic1oc1ih2147483648kh3", "ih is 2147483648, but must be at most 2147483647"),
      ("ic1oc1ihkh3", "ih has no number"), ("ic1oc1ih8kh9", "kh 9 covers 9, more than the padded"),
      ("ic1oc1ih8kh3dh9", "kh 3 covers 21"), ("ic1oc1ih8oh30kh3ph0", "oh is 30, but"),
      ("ic1oc1ih10oh5kh3ph1", "oh is 5, but"), ("ic1oc1ih10oh5kh3", "oh is 5, but"),
      ("g3ic4oc6ih8kh3", "groups (g) 3 must divide"),
      ("ic1oc1iw2kw2147483647dw2147483647", "kw 2147483647 at dilation"),
      ("mb2000000000ic2000000000oc1ih8kh3", "more than any memory holds"),
    ])
  func refused(_ descriptor: String, _ part: String) {
    let line = message(descriptor)
    #expect(line.contains(part), "\(line)")
    #expect(!line.contains("\n"))
  }

  @Test func refusedSettings() {
    var s = ProblemSettings()
    s.outputPadding = [1]
    #expect(message("ic1oc1ih8kh3", s).contains("transposed"))
    s.operation = .transposedConvolution
    #expect(message("ic1oc1ih8kh3", s).contains("output padding 1 must be from 0 to 0"))
    s.outputPadding = [.max]
    #expect(message("ic1oc1ih8kh3", s).contains("must be from 0"))
    s = ProblemSettings()
    s.padding = .explicit([.max])
    #expect(message("ic1oc1ih8kh3", s).contains("within"))
    s.padding = .explicit([1, 2, 3])
    #expect(message("ic1oc1ih8kh3", s).contains("3 numbers"))
    s.padding = nil
    s.batch = 0
    #expect(message("ic1oc1ih8kh3", s).contains("batch (mb) is 0"))
  }

  @Test("and problems are one to one", arguments: UInt64(1)...200)
  func roundTrip(seed: UInt64) throws {
    var random = SplitMix(seed)
    let rank = random.next(1...3)
    let transposed = random.next(0...3) == 0
    var settings = ProblemSettings()
    settings.operation = transposed ? .transposedConvolution : .convolution
    let square = random.next(0...1) == 0
    var axes: [Axis] = []
    while axes.count < rank {
      if square, let first = axes.first {
        axes.append(first)
        continue
      }
      var axis = Axis(
        random.next(1...40), kernel: random.next(1...7), stride: random.next(1...4),
        dilation: random.next(1...3), low: random.next(0...5))
      axis.high = axis.low + random.next(0...axis.stride)
      if transposed {
        axis.high = min(axis.high, axis.reach - 1)
        axis.low = min(axis.low, axis.reach - 1)
        guard axis.output(.transposedConvolution) >= 1 else { continue }
      } else {
        guard axis.paddedExtent >= axis.reach else { continue }
        // What no window reads is not part of a descriptor.
        axis.high -= (axis.paddedExtent - axis.reach) % axis.stride
        guard axis.high > -axis.input else { continue }
      }
      axes.append(axis)
    }
    let groups = random.next(1...3)
    let problem = try ConvProblem(
      batch: random.next(1...5), inChannels: groups * random.next(1...4),
      outChannels: groups * random.next(1...4), groups: groups, axes: axes,
      operation: settings.operation)
    let named = NamedProblem(problem, name: "layer", multiplicity: random.next(1...3))
    #expect(try NamedProblem(descriptor: named.descriptor, settings) == named)
    #expect(try ConvProblem(descriptor: problem.descriptor, settings) == problem)
  }

  @Test func suggestions() {
    let names = ["direct", "im2col", "fft", "fft-tiled", "winograd"]
    #expect(suggestion(for: "dirct", among: names) == "direct")
    #expect(suggestion(for: "im2cool", among: names) == "im2col")
    #expect(suggestion(for: "FFT", among: names) == "fft")
    #expect(suggestion(for: "wino", among: names) == "winograd")
    #expect(suggestion(for: "quantum", among: names) == nil)
    #expect(didYouMean("fft-tield", among: names) == ": did you mean \"fft-tiled\"?")
  }
}

/// A small seeded generator.
struct SplitMix {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }
  mutating func next(_ range: ClosedRange<Int>) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return range.lowerBound + Int((z ^ (z >> 31)) % UInt64(range.count))
  }
}
