import ConvCore
import Glibc
import Imaging
import Testing

@Suite struct FormatTests {
  /// Every form of PNG, as scripts/golden-imaging wrote it from the specification.
  struct Form: CustomTestStringConvertible, Sendable {
    var file: String, levels: Int, channels: Int, factor = 1
    var testDescription: String { file }
  }

  static let forms = [
    Form(file: "grey1", levels: 2, channels: 1), Form(file: "grey2", levels: 4, channels: 1),
    Form(file: "grey4", levels: 16, channels: 1), Form(file: "grey8", levels: 256, channels: 1),
    Form(file: "grey16", levels: 65536, channels: 1), Form(file: "rgb8", levels: 256, channels: 3),
    Form(file: "rgb16", levels: 65536, channels: 3, factor: 101),
    Form(file: "grey-alpha8", levels: 256, channels: 1),
    Form(file: "rgb-alpha16", levels: 65536, channels: 3, factor: 101),
    Form(file: "rgb8-interlaced", levels: 256, channels: 3),
    Form(file: "grey1-interlaced", levels: 2, channels: 1),
    Form(file: "grey8-gamma", levels: 256, channels: 1),
    Form(file: "grey8-transparent", levels: 256, channels: 1),
  ]

  @Test(arguments: forms) func png(_ form: Form) throws {
    let picture = try Golden.picture("formats/\(form.file).png")
    #expect((picture.width, picture.height, picture.channels) == (13, 9, form.channels))
    for c in 0..<form.channels {
      for y in 0..<9 {
        for x in 0..<13 {
          let level = (37 * x + 101 * y + 59 * c) % form.levels * form.factor % form.levels
          #expect(picture[c, y, x] == Float(level) / Float(form.levels - 1), "\(c) \(y) \(x)")
        }
      }
    }
  }

  @Test func palette() throws {
    let picture = try Golden.picture("formats/palette4.png")
    #expect(picture.channels == 3)
    for c in 0..<3 {
      for i in 0..<9 * 13 {
        let index = (37 * (i % 13) + 101 * (i / 13)) % 16
        #expect(picture[c, i / 13, i % 13] == Float((37 * index + 59 * c) % 256) / 255)
      }
    }
  }

  /// OpenCV decodes with another build of libjpeg-turbo: at most a level apart.
  @Test(arguments: ["grey", "colour", "grey-progressive", "colour-progressive"])
  func jpeg(_ name: String) throws {
    let ours = try Golden.picture("formats/\(name).jpg")
    let theirs = try Golden.picture("formats/\(name).jpg.png")
    #expect(difference(ours, theirs) <= 1.001 / 255)
    // Not merely grey everywhere: the picture that was compressed.
    let original = try Golden.picture(name.hasPrefix("grey") ? "grey.png" : "colour.png")
    #expect(difference(ours, original) < 0.25)
    #expect(ours.range.high - ours.range.low > 0.5)
  }

  @Test(arguments: [1, 3], Picture.Depth.allCases)
  func roundTrip(channels: Int, depth: Picture.Depth) throws {
    let levels = Float(depth == .eight ? 255 : 65535)
    let count = 31 * 17 * channels
    let samples = (0..<count).map { Float($0 * 7919 % (Int(levels) + 1)) / levels }
    let picture = try Picture(width: 31, height: 17, channels: channels, samples: samples)
    let path = temporaryPath("round.png")
    defer { unlink(path) }
    try picture.write(path, depth: depth)
    #expect(try Picture.read(path) == picture)
  }

  @Test func writingRoundsAndClips() throws {
    let picture = try Picture(
      width: 8, height: 1,
      samples: [-1, .nan, 2, .infinity, 0.4999 / 255, 0.5001 / 255, 254.4 / 255, -.infinity])
    let read = try Picture.decode(picture.encodedPNG())
    #expect(read.samples.map { $0 * 255 } == [0, 0, 255, 255, 0, 1, 254, 0])
  }

  @Test func twoChannelsAreNoPNG() throws {
    let picture = try Picture(width: 2, height: 2, channels: 2)
    #expect(line { _ = try picture.encodedPNG() }.contains("1 or 3 channels"))
  }
}

@Suite struct DamagedFileTests {
  @Test(arguments: [
    "grey.png", "colour.png", "formats/rgb8-interlaced.png", "formats/palette4.png",
  ])
  func truncatedPNG(_ name: String) throws {
    let bytes = try Golden.bytes(name)
    // The last 12 bytes say that the file ends; whatever is cut off, they are missing.
    for length in Set([0, 1, 7, 8, 9, 20, 33, 40] + stride(from: 50, to: bytes.count, by: 97))
    where length < bytes.count {
      #expect(throws: ConvError.self, "\(length)") {
        try Picture.decode(Array(bytes.prefix(length)))
      }
    }
    #expect(line { _ = try Picture.decode(bytes.dropLast(1)) }.contains("damaged PNG"))
  }

  @Test(arguments: ["formats/grey.jpg", "formats/colour.jpg", "formats/colour-progressive.jpg"])
  func truncatedJPEG(_ name: String) throws {
    let bytes = try Golden.bytes(name)
    for length in stride(from: 0, to: bytes.count - 2, by: 31) {
      #expect(throws: ConvError.self, "\(length)") {
        try Picture.decode(Array(bytes.prefix(length)))
      }
    }
    #expect(line { _ = try Picture.decode(bytes.dropLast(200)) }.contains("damaged JPEG"))
  }

  /// Bytes flipped at random: any picture or any error, but no crash, and a line that is one line.
  @Test(arguments: [
    "grey.png", "formats/rgb16.png", "formats/rgb8-interlaced.png", "formats/palette4.png",
    "formats/colour.jpg", "formats/grey-progressive.jpg",
  ])
  func flipped(_ name: String) throws {
    let bytes = try Golden.bytes(name)
    var random = SplitMix(seed: 20)
    var refused = 0
    for _ in 0..<300 {
      var damaged = bytes
      for _ in 0...Int(random.next() % 4) {
        damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      do {
        _ = try Picture.decode(damaged)
      } catch {
        refused += 1
        #expect(!"\(error)".contains("\n") && "\(error)".count > 10)
      }
    }
    #expect(refused > 0)
  }

  /// Headers that claim more than there is; checksums are right.
  @Test(arguments: [(0x7FFF_FFFF, 0x7FFF_FFFF), (100_000, 100_000), (0, 5), (1 << 28, 2)])
  func hugePNG(width: Int, height: Int) throws {
    var bytes = try Golden.bytes("formats/grey8.png")
    func put(_ value: Int, at i: Int) {
      for k in 0..<4 { bytes[i + k] = UInt8(value >> (24 - 8 * k) & 255) }
    }
    put(width, at: 16)
    put(height, at: 20)
    put(Int(crc32(bytes[12..<29])), at: 29)
    let message = line { _ = try Picture.decode(bytes) }
    #expect(message.contains(width == 0 ? "damaged PNG" : "it must have from 1 to"))
  }

  @Test func hugeJPEG() throws {
    var bytes = try Golden.bytes("formats/grey.jpg")
    // The frame header: FF C0, length, precision, height, width.
    let frame = try #require(
      bytes.indices.dropLast(9).first { bytes[$0...].starts(with: [0xFF, 0xC0]) })
    bytes.replaceSubrange(frame + 5...frame + 8, with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(line { _ = try Picture.decode(bytes) }.contains("65500 x 65500"))
  }

  @Test func notAPicture() throws {
    #expect(
      line { _ = try Picture.decode(Array("P5 2 2 255 abcd".utf8)) }.contains("neither a PNG"))
    #expect(line { _ = try Picture.decode([]) }.contains("neither a PNG"))
    #expect(
      line { _ = try Picture.read("/nonexistent.png") }.hasPrefix("/nonexistent.png: No such"))
    #expect(line { _ = try Picture.read("/tmp") }.contains("folder"))
    #expect(line { _ = try Picture.read("/dev/null") }.contains("neither a PNG"))
  }

  @Test func diskThatIsFull() throws {
    let picture = try pattern(5, 5)
    #expect(line { try picture.write("/dev/full") }.contains("No space left"))
    #expect(line { try picture.write("/nonexistent/a.png") }.contains("No such file"))
    #expect(line { try picture.write("/tmp") }.contains("folder"))
  }
}

/// Steele, Lea, Flood: SplitMix64.
struct SplitMix {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// The checksum of PNG's chunks.
func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  ~bytes.reduce(~0 as UInt32) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { s, _ in s & 1 == 1 ? s >> 1 ^ 0xEDB8_8320 : s >> 1 }
  }
}
