import ConvCore
import Glibc
import Imaging
import Testing

@Suite struct CannyTests {
  /// Part of the edge pixels of `a` that have one of `b` within one pixel.
  static func near(_ a: Picture, _ b: Picture) -> Double {
    var (found, all) = (0, 0)
    for y in 0..<a.height {
      for x in 0..<a.width where a[0, y, x] == 1 {
        all += 1
        let rows = max(0, y - 1)...min(a.height - 1, y + 1)
        let columns = max(0, x - 1)...min(a.width - 1, x + 1)
        if rows.contains(where: { r in columns.contains { b[0, r, $0] == 1 } }) { found += 1 }
      }
    }
    return Double(found) / Double(all)
  }

  @Test(arguments: [
    ("camera", "0.1", "0.2", "1.4"), ("camera", "0.4", "0.8", "1.0"),
    ("astronaut", "0.2", "0.5", "1.4"), ("astronaut", "0.1", "0.3", "2.0"),
  ])
  func withinOnePixelOfOpenCV(name: String, low: String, high: String, sigma: String) throws {
    let theirs = try Golden.picture("canny/\(name)_\(low)_\(high)_\(sigma).png")
    let canny = try Canny(
      low: #require(Double(low)), high: #require(Double(high)), sigma: #require(Double(sigma)))
    let ours = try canny(Golden.picture("canny/\(name).png"), referenceFilter()).edges
    #expect(Self.near(ours, theirs) >= 0.95)
    #expect(Self.near(theirs, ours) >= 0.95)
    // Not because edges are everywhere.
    #expect(ours.samples.reduce(0, +) < 0.25 * Float(ours.samples.count))
  }

  /// Without a blur, and with the border that OpenCV's Sobel has within Canny, nothing is left that
  /// could differ.
  @Test(arguments: [("camera", 0.5, 1.0), ("astronaut", 0.23, 0.61)])
  func equalToOpenCV(name: String, low: Double, high: Double) throws {
    let canny = try Canny(low: low, high: high, sigma: 0)
    let filter = try referenceFilter(border: .replicate)
    let ours = try canny(Golden.picture("canny/\(name).png"), filter).edges
    #expect(try ours == Golden.picture("canny/\(name)_\(low)_\(high)_0.png"))
  }

  /// Rounding to many levels is all but no rounding.
  @Test func levels() throws {
    let picture = try Golden.picture("canny/camera.png")
    let fine = try Canny(low: 0.2, high: 0.4, levels: 65535)(picture, referenceFilter()).edges
    let plain = try Canny(low: 0.2, high: 0.4, levels: nil)(picture, referenceFilter()).edges
    #expect(Self.near(fine, plain) > 0.99 && Self.near(plain, fine) > 0.99)
  }

  /// A step of height 1 from column 4 on: Sobel gives 4 in columns 3 and 4; of two equal
  /// neighbours the left one stays.
  @Test func stepByHand() throws {
    let step = try Picture(width: 8, height: 5, samples: (0..<40).map { $0 % 8 < 4 ? 0 : 1 })
    let stages = try Canny(low: 1, high: 2, sigma: 0)(step, referenceFilter())
    let row: [Float] = [0, 0, 0, 4, 4, 0, 0, 0]
    #expect(stages.gradientX.samples == Array(repeating: row, count: 5).flatMap { $0 })
    #expect(stages.gradientY.samples.allSatisfy { $0 == 0 })
    #expect(stages.magnitude == stages.gradientX)
    let line: [Float] = [0, 0, 0, 1, 0, 0, 0, 0]
    #expect(stages.edges.samples == Array(repeating: line, count: 5).flatMap { $0 })
    #expect(stages.suppressed.samples == stages.edges.samples.map { 4 * $0 })
    // The same lying on its side: of two equal neighbours the upper one.
    let lying = try Picture(width: 5, height: 8, samples: (0..<40).map { $0 / 5 < 4 ? 0 : 1 })
    let edges = try Canny(low: 1, high: 2, sigma: 0)(lying, referenceFilter()).edges
    #expect(edges.samples == (0..<40).map { $0 / 5 == 3 ? 1 : 0 })
  }

  /// A diagonal edge is one pixel wide along its normal, whichever way it runs.
  @Test(arguments: [false, true]) func diagonals(mirrored: Bool) throws {
    let ramp = try Picture(
      width: 9, height: 9,
      samples: (0..<81).map { i in
        let (y, x) = (i / 9, mirrored ? 8 - i % 9 : i % 9)
        return x + y < 8 ? 0 : x + y == 8 ? 0.4 : 0.8
      })
    let edges = try Canny(low: 0.5, high: 1, sigma: 0)(ramp, referenceFilter()).edges
    for y in 2..<7 {
      for x in 2..<7 {
        let onDiagonal = (mirrored ? 8 - x : x) + y == 8
        #expect(edges[0, y, x] == (onDiagonal ? 1 : 0), "\(y) \(x)")
      }
    }
  }

  /// Weak pixels stay where a path of weak ones joins them to a strong one.
  @Test func hysteresis() throws {
    // Two vertical steps; the left one is strong in its top row and weak below, the right one weak.
    let picture = try Picture(
      width: 14, height: 8,
      samples: (0..<112).map { i in
        let (y, x) = (i / 14, i % 14)
        let left: Float = x < 4 ? 0 : y == 0 ? 0.9 : 0.4
        return x < 10 ? left : left + 0.4
      })
    let stages = try Canny(low: 1, high: 2.5, sigma: 0)(picture, referenceFilter())
    #expect((3..<8).allSatisfy { stages.thresholds[0, $0, 3] == 0.5 })
    #expect((3..<8).allSatisfy { stages.edges[0, $0, 3] == 1 })
    #expect((4..<8).allSatisfy { stages.thresholds[0, $0, 9] == 0.5 })
    let all = try Canny(low: 1, high: 1, sigma: 0)(picture, referenceFilter()).edges
    #expect((4..<8).allSatisfy { all[0, $0, 9] == 1 })
    let none = try Canny(low: 1, high: 99, sigma: 0)(picture, referenceFilter()).edges
    #expect(none.samples.allSatisfy { $0 == 0 })
  }

  @Test func stagesAsPictures() throws {
    let stages = try Canny(low: 0.1, high: 0.2)(
      Golden.picture("canny/camera.png"), referenceFilter())
    let folder = temporaryPath("stages")
    let paths = try stages.write(folder: folder)
    defer {
      for path in paths { unlink(path) }
      rmdir(folder)
    }
    #expect(paths.count == 9)
    for (path, (name, picture)) in zip(paths, stages.pictures) {
      #expect(path == "\(folder)/\(name).png")
      let read = try Picture.read(path)
      #expect(difference(read, picture) <= 0.5001 / 255)
      #expect(picture.range.low >= 0 && picture.range.high <= 1.0001)
      #expect(picture.range.high - picture.range.low > 0.4, "\(name) is plain")
    }
    #expect(line { try stages.write(folder: "/dev/null/x") }.contains("Not a directory"))
  }

  @Test(arguments: [
    (0.2, 0.1, 1.4), (-0.1, 0.1, 1), (0.1, .nan, 1), (0.1, .infinity, 1), (0, 1, -1),
  ])
  func refused(low: Double, high: Double, sigma: Double) {
    #expect(throws: ConvError.self) {
      try Canny(low: low, high: high, sigma: sigma)
    }
  }

  @Test func colourAndSpeckOfAPicture() throws {
    let colour = try Canny(low: 0.1, high: 0.2)(Golden.picture("colour.png"), referenceFilter())
    #expect(colour.edges.channels == 1)
    let speck = try Picture(width: 1, height: 1, filledWith: 1)
    let edges = try Canny(low: 0.1, high: 0.2, sigma: 0)(
      speck, referenceFilter(border: .replicate)
    ).edges
    #expect(edges.samples == [0])
  }
}
