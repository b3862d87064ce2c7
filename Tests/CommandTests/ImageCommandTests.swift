import ConvCore
import Foundation
import Imaging
import Testing

/// `compare image`, as a process, on the small pictures of Tests/Golden.
@Suite("compare image") struct ImageCommandTests {
  static let golden = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/imaging").path

  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    for name in ["grey.png", "colour.png"] {
      try writeFile(scratch(name), try readFile("\(Self.golden)/\(name)"))
    }
  }

  @Test func kernelByEveryAlgorithm() throws {
    let run = try CommandRun(
      "image grey.png --kernel sobel-x --output s.png --algorithms all", in: scratch)
    #expect(run.status == 0 && run.errors.isEmpty)
    #expect(run.output.hasPrefix("s.png: 40 x 32, grey, by direct"))
    #expect(run.output.contains("of 1280"))
    // OpenCV's Sobel, rescaled, but for the rounding to 8 bits.
    let truth = try Picture(Tensor(readingNpy: "\(Self.golden)/kernels/sobel-x.npy"))
    let written = try Picture.read(scratch("s.png"))
    #expect(try written.deviation(from: PixelMapping.rescale(truth), .clip).maximum < 0.501 / 255)
  }

  @Test func mapsAndDepths() throws {
    let truth = try Picture(Tensor(readingNpy: "\(Self.golden)/kernels/sobel-x.npy"))
    for mapping in PixelMapping.allCases {
      let line =
        "image grey.png --kernel sobel-x --map \(mapping.rawValue) --output m.png --depth 16"
      #expect(try CommandRun(line, in: scratch).status == 0)
      let written = try Picture.read(scratch("m.png"))
      #expect(try written.deviation(from: mapping(truth), .clip).maximum < 1e-5)
    }
  }

  @Test func chainWithItsSteps() throws {
    let run = try CommandRun(
      "image colour.png --chain grey,gaussian:sigma=1,size=5,relu,maxpool:2 --output c.png "
        + "--stages steps --quiet", in: scratch)
    #expect(run.status == 0 && run.output.isEmpty)
    let result = try Picture.read(scratch("c.png"))
    #expect((result.width, result.height, result.channels) == (20, 16, 1))
    for name in ["1-grey", "2-gaussian", "3-relu", "4-maxpool"] {
      _ = try Picture.read(scratch("steps/\(name).png"))
    }
    #expect(try readFile(scratch("steps/4-maxpool.png")) == readFile(scratch("c.png")))
  }

  @Test func rowsFileAndNameAgree() throws {
    try writeFile(scratch("k.txt"), Array("-1 0 1\n-2 0 2\n-1 0 1\n".utf8))
    var pictures: [[UInt8]] = []
    for kernel in ["k.txt", "-1,0,1;-2,0,2;-1,0,1", "sobel-x"] {
      let arguments = ["image", "grey.png", "--kernel=\(kernel)", "--output", "k.png"]
      #expect(try CommandRun(arguments, in: scratch).status == 0)
      pictures.append(try readFile(scratch("k.png")))
    }
    #expect(pictures[0] == pictures[1] && pictures[1] == pictures[2])
  }

  @Test func canny() throws {
    let run = try CommandRun(
      [
        "image", "\(Self.golden)/canny/camera.png", "--canny", "0.5,1", "--sigma", "0", "--border",
        "replicate", "--stages", "stages", "--output", "e.png",
      ], in: scratch)
    #expect(run.status == 0)
    let truth = try Picture.read("\(Self.golden)/canny/camera_0.5_1.0_0.png")
    #expect(try Picture.read(scratch("e.png")) == truth)
    #expect(try Picture.read(scratch("stages/9-edges.png")) == truth)
  }

  @Test func exampleAndMaps() throws {
    #expect(try CommandRun("image colour.png --example --output x.png", in: scratch).status == 0)
    #expect(try Picture.read(scratch("x.png")).width == 906)
    let overlaps = try CommandRun("image --overlaps 3,2 --size 3 --output o.png", in: scratch)
    #expect(overlaps.output.contains("\n2 2 4 2 4 2 2\n"))
    #expect(try Picture.read(scratch("o.png")).width == 252)
    let uses = try CommandRun("image --uses 3 --size 4", in: scratch)
    #expect(uses.output.hasSuffix("\n1 2 2 1\n2 4 4 2\n2 4 4 2\n1 2 2 1\n"))
    let moved = try CommandRun("image grey.png --translation 1,0", in: scratch)
    #expect(moved.output.contains("shifts along") && moved.output.contains("none"))
  }

  @Test func kernelsAreListed() throws {
    let all = try CommandRun("list kernels", in: scratch).output
    for entry in Catalogue.entries { #expect(all.contains(entry.name)) }
    #expect(
      try CommandRun("list kernels sobel-x", in: scratch).output
        == "-1   0   1\n-2   0   2\n-1   0   1\n")
  }

  @Test(arguments: [
    ("image", "nothing to do"), ("image --kernel sobel-x --output a.png", "needs a picture"),
    ("image grey.png --kernel sobel-x", "needs --output OUT.png"),
    ("image grey.png --kernel sobelx --output a.png", "did you mean \"sobel-x\"?"),
    ("image none.png --kernel sobel-x --output a.png", "none.png: No such file"),
    ("image . --kernel sobel-x --output a.png", "is a folder"),
    ("image /dev/null --kernel sobel-x --output a.png", "neither a PNG nor a JPEG"),
    ("image grey.png --kernel sobel-x --canny 1,2 --output a.png", "--canny and --kernel together"),
    ("image grey.png --kernel sobel-x --output a.jpg", "must end in .png"),
    ("image grey.png --kernel sobel-x --output /dev/full", "No space left"),
    ("image grey.png --canny 2,1 --output a.png", "0 <= low <= high"),
    ("image grey.png --canny 1 --output a.png", "is not LOW,HIGH"),
    ("image grey.png --kernel box:99 --output a.png", "at most 31 wide"),
    ("image grey.png --chain relu,maxpool:99 --output a.png", "maxpool:99: windows of 99"),
    ("image grey.png --kernel box3 --depth 9 --output a.png", "neither 8 nor 16"),
    ("image grey.png --kernel box3 --sigma 2 --output a.png", "--sigma is Canny's"),
    ("image grey.png --uses 3", "leave grey.png out"),
    ("image --overlaps 3", "--overlaps: K,S[,P]"), ("image --uses 9", "the kernel covers 9"),
    ("list kernels relu", "a step without weights"),
  ])
  func refused(line: String, because: String) throws {
    let run = try CommandRun(line, in: scratch)
    #expect(run.isRefusal(saying: because), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch("a.png")))
  }

  @Test(arguments: [
    ("SPECTRALCONV_LIBPNG", "grey.png", "libpng16-16"),
    ("SPECTRALCONV_LIBJPEG", "formats/grey.jpg", "libjpeg62-turbo"),
  ])
  func libraryThatIsMissing(variable: String, file: String, package: String) throws {
    // Not in this process's environment, which other tests' commands inherit meanwhile.
    let process = Process()
    process.executableURL = URL(filePath: try CommandRun.program())
    process.arguments = [
      "image", "\(Self.golden)/\(file)", "--kernel", "box3", "--output", "a.png",
    ]
    process.environment = [variable: "libnothere.so"]
    process.currentDirectoryURL = URL(filePath: scratch.path)
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = try String(
      decoding: errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 2)
    #expect(text.contains("libnothere.so is missing: install it with apt-get install \(package)"))
  }
}
