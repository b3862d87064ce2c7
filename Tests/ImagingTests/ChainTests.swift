import ConvCore
import Imaging
import Synchronization
import Testing

@Suite struct ChainTests {
  @Test func splitting() throws {
    let chain = try Chain(
      "gaussian:sigma=1.4,size=7, sobel-x ,relu,maxpool:2,[1,0;0,-1],box:size=3")
    #expect(
      chain.names == [
        "gaussian:sigma=1.4,size=7", "sobel-x", "relu", "maxpool:2", "[1,0;0,-1]", "box:size=3",
      ])
    #expect(chain.steps[0].kernel?.rows == 7)
    #expect(chain.steps[3] == .maxPool(size: 2, stride: 2))
    #expect(chain.steps[4].kernel?.weights == [1, 0, 0, -1])
    #expect(chain.defaultMapping == .rescale)
    #expect(try Chain("gaussian,unsharp:amount=2").defaultMapping == .clip)
    // Parameters may follow a name without a colon, too.
    #expect(try Chain("unsharp,sigma=2").steps == Chain("unsharp:sigma=2").steps)
  }

  @Test(arguments: ["", ",", "sobel-x,", "sobel-x,,relu", "sigma=2"])
  func refused(text: String) { #expect(throws: ConvError.self) { try Chain(text) } }

  @Test func stepsOneAfterTheOther() throws {
    let filter = try referenceFilter()
    let picture = try Golden.picture("colour.png")
    let results = try filter(Chain("grey,gaussian:sigma=1.4,sobel-x,relu,maxpool:2"), picture)
    let grey = try picture.grey()
    let blurred = try filter(.gaussian(sigma: 1.4), grey)
    let edges = try filter(FilterStep("sobel-x"), blurred)
    let rectified = edges.map { max($0, 0) }
    #expect(
      results == [grey, blurred, edges, rectified, try rectified.maxPooled(size: 2, stride: 2)])
    #expect((results[4].width, results[4].height) == (20, 16))
  }

  /// W10's extents: 32x32x3, same -> ReLU -> max pool.
  @Test func extents() throws {
    let results = try referenceFilter()(
      Chain("sharpen,relu,maxpool:2"), pattern(32, 32, channels: 3))
    #expect(results.map(\.width) == [32, 32, 16] && results.map(\.channels) == [3, 3, 3])
  }

  @Test func pooling() throws {
    let grey = try Golden.picture("grey.png")
    #expect(try grey.maxPooled(size: 2, stride: 2) == Golden.array("maxpool2"))
    let mean = try referenceFilter().averagePooled(grey, size: 4, stride: 4)
    #expect(difference(mean, try Golden.array("avgpool4")) <= 0x1p-22)
    let small = try Picture(width: 3, height: 3, samples: [1, 5, 2, 0, 3, 9, -1, 4, 7])
    #expect(try small.maxPooled(size: 2, stride: 1).samples == [5, 9, 4, 9])
    #expect(try small.maxPooled(size: 2, stride: 2).samples == [5])
    #expect(
      try referenceFilter().averagePooled(small, size: 2, stride: 1).samples == [
        2.25, 4.75, 1.5, 5.75,
      ])
    #expect(line { _ = try small.maxPooled(size: 4, stride: 1) }.contains("do not fit 3 x 3"))
    #expect(
      line { _ = try referenceFilter()(Chain("relu,maxpool:9"), small) }.hasPrefix("maxpool:9: "))
  }

  @Test func borderTooWide() throws {
    let tiny = try pattern(3, 3)
    #expect(line { _ = try referenceFilter()(Chain("box7"), tiny) }.contains("at most 2 wide"))
    #expect(try referenceFilter(border: .replicate)(Chain("box7"), tiny).count == 1)
  }
}

/// Keeps the problems that it saw.
private final class Witness: FilterObserver {
  let seen = Mutex<[(problem: ConvProblem, weights: Int, first: Int, result: Int)]>([])

  func observe<S: ConvScalar>(
    _ problem: ConvProblem, by algorithm: any ConvAlgorithm, _ weights: [S], _ first: [S],
    _ result: [S]
  ) throws(ConvError) {
    seen.withLock { $0.append((problem, weights.count, first.count, result.count)) }
  }
}

@Suite struct ObserverTests {
  /// Every convolution is a problem of the algorithm's, averages and counts too.
  @Test(arguments: ScalarKind.allCases) func everyConvolutionIsSeen(scalar: ScalarKind) throws {
    let witness = Witness()
    var filter = try referenceFilter()
    filter.observer = witness
    filter.scalar = scalar
    _ = try filter(
      Chain("gaussian:sigma=1,sobel-x,unsharp,relu,avgpool:2,maxpool:2"), pattern(16, 12))
    _ = try Canny(low: 0.1, high: 0.2)(pattern(16, 12), filter)
    _ = try filter.overlapCounts(height: Axis(3, kernel: 2), width: Axis(3, kernel: 2))
    _ = try filter.usageCounts(height: Axis(3, kernel: 2), width: Axis(3, kernel: 2))
    let seen = witness.seen.withLock { $0 }
    #expect(seen.map(\.problem.kernel.w) == [7, 3, 7, 2, 11, 3, 3, 2, 2])
    for (problem, weights, first, result) in seen {
      #expect(problem.scalar == scalar)
      #expect(weights == problem.weightCount && first == problem.operandCounts.first)
      #expect(result == problem.operandCounts.result)
    }
  }
}

@Suite struct MappingTests {
  @Test func mappings() throws {
    let picture = try Picture(width: 5, height: 1, samples: [-2, -0.5, 0, 0.5, 2])
    #expect(PixelMapping.clip(picture).samples == [0, 0, 0, 0.5, 1])
    #expect(PixelMapping.abs(picture).samples == [1, 0.5, 0, 0.5, 1])
    #expect(PixelMapping.rescale(picture).samples == [0, 0.375, 0.5, 0.625, 1])
    let plain = try Picture(width: 2, height: 1, samples: [3, 3])
    #expect(PixelMapping.rescale(plain).samples == [1, 1])
    #expect(try PixelMapping(named: "abs") == .abs)
    #expect(line { _ = try PixelMapping(named: "stretch") }.contains("clip, abs or rescale"))
  }

  /// Colours keep their relation: one scale for all channels.
  @Test func oneScaleForAllChannels() throws {
    let picture = try Picture(width: 1, height: 1, channels: 3, samples: [-1, 0, 3])
    #expect(PixelMapping.rescale(picture).samples == [0, 0.25, 1])
  }
}

@Suite struct SizeTests {
  @Test(arguments: [
    ("bilinear", 53, 41), ("bilinear", 31, 23), ("area", 13, 10), ("area", 20, 16),
    ("area", 31, 11),
  ])
  func golden(method: String, width: Int, height: Int) throws {
    let resampling = try #require(Picture.Resampling(rawValue: method))
    let ours = try Golden.picture("grey.png").resized(width: width, height: height, by: resampling)
    #expect(difference(ours, try Golden.array("resize/\(method)-\(width)x\(height)")) < 1e-6)
  }

  @Test(arguments: Picture.Resampling.allCases) func identity(method: Picture.Resampling) throws {
    let picture = try pattern(7, 5, channels: 3)
    #expect(try picture.resized(width: 7, height: 5, by: method) == picture)
    let one = try Picture(width: 1, height: 1, filledWith: 0.5)
    #expect(
      try one.resized(width: 3, height: 2, by: method).samples == Array(repeating: 0.5, count: 6))
  }

  @Test func repeatsWhenEnlarging() throws {
    let picture = try Picture(width: 2, height: 1, samples: [1, 3])
    #expect(try picture.resized(width: 6, height: 1, by: .area).samples == [1, 1, 1, 3, 3, 3])
  }

  @Test func refused() throws {
    let picture = try pattern(4, 4)
    for (w, h) in [(0, 1), (-1, 3), (Int.max, Int.max), (1 << 20, 1 << 20)] {
      #expect(throws: ConvError.self) { try picture.resized(width: w, height: h, by: .area) }
      #expect(throws: ConvError.self) { try Picture(width: w, height: h) }
    }
    #expect(throws: ConvError.self) { try picture.cropped(x: 1, y: 0, width: 4, height: 4) }
    #expect(throws: ConvError.self) { try picture.cropped(x: Int.max, y: 0, width: 4, height: 4) }
    #expect(throws: ConvError.self) { try Picture(Tensor<Float>([2, 1, 3, 3])) }
  }

  @Test func grey() throws {
    let ours = try Golden.picture("colour.png").grey()
    #expect(difference(ours, try Golden.array("grey-of-colour")) <= 0x1p-22)
  }

  @Test func cropsShiftsAndTensors() throws {
    let picture = try pattern(6, 4, channels: 3)
    let part = try picture.cropped(x: 2, y: 1, width: 3, height: 2)
    #expect(part[1, 1, 2] == picture[1, 2, 4])
    let moved = picture.shifted(dx: 1, dy: -1)
    #expect(moved[2, 0, 1] == picture[2, 1, 0] && moved[0, 3, 0] == picture[0, 0, 5])
    #expect(moved.shifted(dx: -1, dy: 1) == picture)
    #expect(try Picture(picture.tensor) == picture)
    #expect(picture.tensor.shape == [1, 3, 4, 6])
  }
}

@Suite struct DeviationTests {
  @Test func byHand() throws {
    let truth = try Picture(width: 4, height: 1, samples: [0, 0.6, 0.8, 0])
    let other = try Picture(width: 4, height: 1, samples: [0.003, 0.6, 0.801, 0])
    let deviation = try other.deviation(from: truth, .clip)
    #expect(abs(deviation.maximum - 0.003) < 1e-8)
    #expect(abs(deviation.relative - (1e-5).squareRoot()) < 1e-7)
    // 0.003 is level 1 and 0.801 still 204.
    #expect(deviation.pixels == 1)
    let same = try truth.deviation(from: truth, .rescale)
    #expect(same == Deviation(maximum: 0, relative: 0, pixels: 0))
    var broken = other
    broken.samples[2] = .nan
    #expect(try broken.deviation(from: truth, .clip).maximum.isNaN)
    #expect(throws: ConvError.self) { try pattern(4, 2).deviation(from: truth, .clip) }
  }
}
