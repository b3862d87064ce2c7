import ConvCore
import DirectConv
import Glibc
import Imaging
import Testing

@Suite struct KernelTests {
  /// CLASSROOM W4: three columns of black and three of white.
  static func step() throws -> Picture {
    try Picture(width: 6, height: 6, samples: (0..<36).map { $0 % 6 < 3 ? 0 : 255.0 / 255 })
  }

  @Test func stepImage() throws {
    let filter = try referenceFilter(padding: .valid)
    let vertical = try filter(ImageKernel.parse("1,0,-1;2,0,-2;1,0,-1"), Self.step())
    #expect((vertical.width, vertical.height) == (4, 4))
    #expect(vertical.samples == Array(repeating: [0, -4, -4, 0], count: 4).flatMap { $0 })
    let pixels = PixelMapping.rescale(vertical).samples.map { $0 * 255 }
    #expect(pixels == Array(repeating: [255, 0, 0, 255], count: 4).flatMap { $0 })
    let horizontal = try filter(FilterStep("sobel-y"), Self.step())
    #expect(horizontal.samples == Array(repeating: 0, count: 16))
    #expect(PixelMapping.rescale(horizontal).samples == Array(repeating: 0, count: 16))
  }

  /// The weights as the notes write them.
  @Test(arguments: [
    ("sobel-x", "-1,0,1;-2,0,2;-1,0,1"), ("sobel-y", "1,2,1;0,0,0;-1,-2,-1"),
    ("prewitt-x", "1,0,-1;1,0,-1;1,0,-1"), ("prewitt-y", "1,1,1;0,0,0;-1,-1,-1"),
    ("laplacian", "0,-1,0;-1,4,-1;0,-1,0"), ("edge8", "-1,-1,-1;-1,8,-1;-1,-1,-1"),
    ("edge", "-1,-1,-1;-1,8,-1;-1,-1,-1"), ("edge8-negative", "1,1,1;1,-8,1;1,1,1"),
    ("sharpen", "0,-1,0;-1,5,-1;0,-1,0"), ("binomial3", "1/16 2/16 1/16;1/8 1/4 1/8;1/16,1/8,1/16"),
    ("box3", "1/9,1/9,1/9;1/9,1/9,1/9;1/9,1/9,1/9"),
  ])
  func weights(name: String, rows: String) throws {
    let kernel = try #require(FilterStep(name).kernel)
    let written = try ImageKernel.parse(rows)
    #expect(kernel.weights == written.weights)
    #expect(kernel.rows == 3 && kernel.columns == 3)
    #expect(kernel.defaultMapping == (rows.contains("-") ? .rescale : .clip))
  }

  @Test(arguments: [
    "binomial3", "binomial5", "box3", "box5", "box7", "gaussian", "gaussian:5", "box:6",
  ])
  func meansSumToOne(name: String) throws {
    let kernel = try #require(FilterStep(name).kernel)
    #expect(abs(kernel.sum - 1) < 1e-14)
  }

  @Test func gaussianByItsFormula() throws {
    let kernel = try ImageKernel.gaussian(sigma: 1.4, size: 5)
    func g(_ x: Double, _ y: Double) -> Double {
      exp(-(x * x + y * y) / (2 * 1.96)) / (2 * Double.pi * 1.96)
    }
    let positions = (0..<25).map { g(Double($0 % 5) - 2, Double($0 / 5) - 2) }
    let sum = positions.reduce(0, +)
    for (weight, value) in zip(kernel.weights, positions) {
      #expect(abs(weight - value / sum) < 1e-15)
    }
    #expect(try ImageKernel.gaussian(sigma: 1.4).rows == 11)
  }

  /// OpenCV, scikit-image and SciPy, rounded once to Float.
  @Test(arguments: [
    "sobel-x", "sobel-y", "prewitt-x", "prewitt-y", "gaussian", "gaussian:sigma=1.4",
    "gaussian:sigma=0.8,size=5", "binomial3", "binomial5", "box3", "box5", "box7", "box:size=9",
    "laplacian", "edge8", "edge8-negative", "sharpen",
  ])
  func golden(name: String) throws {
    let kernel = try #require(FilterStep(name).kernel)
    let ours = try referenceFilter()(kernel, Golden.picture("grey.png"))
    let theirs = try Golden.array("kernels/\(name.split(separator: ":").joined(separator: "_"))")
    // Both round their result once, and each of our pixels and weights once before.
    let bound = 0x1p-22 * kernel.weights.map { abs($0) }.reduce(0, +)
    #expect(difference(ours, theirs) <= Float(bound))
  }

  @Test(arguments: Border.allCases) func goldenBorders(border: Border) throws {
    let kernel = try ImageKernel.gaussian(sigma: 2)
    let ours = try referenceFilter(border: border)(kernel, Golden.picture("grey.png"))
    #expect(difference(ours, try Golden.array("borders/\(border.rawValue)")) <= 0x1p-22)
  }

  @Test func colourChannelByChannel() throws {
    let ours = try referenceFilter()(FilterStep("sharpen"), Golden.picture("colour.png"))
    #expect(difference(ours, try Golden.array("colour-sharpen")) <= 9 * 0x1p-22)
  }

  @Test func unsharpMasking() throws {
    let grey = try Golden.picture("grey.png")
    let filter = try referenceFilter(border: .symmetric)
    let blur = try ImageKernel.gaussian(sigma: 1, size: 9)
    let ours = try filter.unsharp(grey, amount: 1.5, blur: blur)
    #expect(difference(ours, try Golden.array("unsharp")) <= 4 * 0x1p-22)
    // By name, with the default extent of the blur.
    let named = try filter(FilterStep("unsharp:amount=1.5,sigma=1"), grey)
    #expect(try named == filter.unsharp(grey, amount: 1.5, blur: .gaussian(sigma: 1)))
  }

  @Test func theFlipIsAnOption() throws {
    var filter = try referenceFilter()
    let picture = try pattern(9, 7)
    let plain = try filter(FilterStep("sobel-x"), picture)
    filter.convention = .convolution
    let flipped = try filter(FilterStep("sobel-x"), picture)
    #expect(flipped.samples == plain.samples.map { -$0 })
  }

  @Test func evenKernelsKeepTheExtents() throws {
    let filter = try referenceFilter(border: .zeros)
    let row = try Picture(width: 4, height: 1, samples: [1, 2, 3, 4])
    // Padding floor((k - 1) / 2) before: none for two taps, one for four.
    #expect(try filter(ImageKernel.parse("1,10"), row).samples == [21, 32, 43, 4])
    #expect(try filter(ImageKernel.parse("1,0,0,0"), row).samples == [0, 1, 2, 3])
  }

  @Test func bothScalars() throws {
    var filter = try referenceFilter()
    let picture = try Golden.picture("grey.png")
    let single = try filter(FilterStep("sharpen"), picture)
    filter.scalar = .f64
    #expect(try filter(FilterStep("sharpen"), picture) == single)
  }
}

@Suite struct KernelTextTests {
  @Test(arguments: [
    "1,0,-1;2,0,-2;1,0,-1", "[1,0,-1;2,0,-2;1,0,-1]", " 1 0 -1 ; 2 0 -2;1\t0 -1 ",
    "1 0 -1\n2 0 -2  # the middle\n\n1 0 -1\n", "1,0,-1\r\n2,0,-2\r\n1,0,-1",
    "# a comment\n1 0 -1\n4/2 0 -2\n1e0 0 -1.0",
  ])
  func rows(text: String) throws {
    let kernel = try ImageKernel.parse(text)
    #expect(kernel.rows == 3 && kernel.columns == 3)
    #expect(kernel.weights == [1, 0, -1, 2, 0, -2, 1, 0, -1])
    #expect(kernel.description == "1,0,-1;2,0,-2;1,0,-1")
  }

  @Test(arguments: [
    ("", "at least one weight"), (" ; ", "at least one weight"), ("1,2;3", "row 2 has 1"),
    ("1,x", "'x' is not a weight"), ("1,nan", "finite"), ("1,inf", "finite"),
    ("1,1e60", "finite"), ("1/0", "'1/0' is not a weight"), ("1;2/", "'2/' is not"),
  ])
  func refused(text: String, because: String) {
    #expect(line { _ = try ImageKernel.parse(text) }.contains(because))
  }

  @Test func files() throws {
    let path = temporaryPath("kernel.txt")
    defer { unlink(path) }
    try writeFile(path, Array("0 1 0\n1 -4 1\n0 1 0\n".utf8))
    #expect(try FilterStep(path).kernel?.weights == [0, 1, 0, 1, -4, 1, 0, 1, 0])
    try writeFile(path, Array("0 1\nword\n".utf8))
    #expect(line { _ = try FilterStep(path) }.contains("\(path): row 2: 'word'"))
    try writeFile(path, [])
    #expect(line { _ = try FilterStep(path) }.contains("at least one weight"))
    try writeFile(path, [0x89, 0x50, 0, 1])
    #expect(line { _ = try FilterStep(path) }.contains("not a text file"))
    #expect(line { _ = try FilterStep("/tmp") }.contains("folder"))
  }

  @Test(arguments: [
    ("sobelx", "did you mean \"sobel-x\"?"), ("gausian:sigma=2", "did you mean \"gaussian\"?"),
    ("zzz", "is no kernel, step or file; there are sobel-x"),
    ("gaussian:sigma=0", "sigma is 0.0"), ("gaussian:sigma=-1", "sigma is -1.0"),
    ("gaussian:sigma=nan", "must be a number"), ("gaussian:sigma=1e9", "from 0.01 to 1000"),
    ("gaussian:sigm=1", "unknown parameter 'sigm'; it takes sigma, size"),
    ("gaussian:sigma=1,sigma=2", "given twice"), ("gaussian:1,2,3", "unknown parameter '3'"),
    ("box:0", "at least 1"), ("box:99999999999999999999", "at least 1"), ("box:5000", "4095"),
    ("relu:3", "it takes none"), ("resize", "resize:300x300"), ("resize:300", "resize:300x300"),
    ("resize:3x3,method=cubic", "bilinear or area"), ("maxpool:-2", "at least 1"),
  ])
  func names(text: String, because: String) {
    #expect(line { _ = try FilterStep(text) }.contains(because))
  }

  @Test func everyRowOfTheCatalogueWorks() throws {
    let picture = try pattern(24, 20, channels: 3)
    let filter = try referenceFilter()
    var names: Set<String> = []
    for entry in Catalogue.entries {
      for name in entry.names { #expect(names.insert(name).inserted, "\(name) twice") }
      let step = try FilterStep(entry.name == "resize" ? "resize:7x5" : entry.name)
      _ = try filter(step, picture)
      #expect(entry.kernel == step.kernel)
      #expect(!entry.summary.isEmpty)
    }
  }
}
