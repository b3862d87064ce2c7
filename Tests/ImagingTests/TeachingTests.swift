import ConvCore
import Imaging
import Testing

@Suite struct TeachingTests {
  /// 3 taps at stride 2 from 3 inputs: along one axis 1 1 2 1 2 1 1.
  @Test func checkerboardByHand() throws {
    let axis = Axis(3, kernel: 3, stride: 2)
    let counts = try referenceFilter().overlapCounts(height: axis, width: axis)
    let line: [Float] = [1, 1, 2, 1, 2, 1, 1]
    #expect(counts.shape == [7, 7])
    #expect(counts.elements == line.flatMap { y in line.map { y * $0 } })
  }

  /// Divisible by the stride: even throughout the middle.
  @Test func noCheckerboard() throws {
    let axis = Axis(5, kernel: 4, stride: 2, low: 1, high: 1)
    let counts = try referenceFilter().overlapCounts(height: axis, width: axis)
    #expect(counts.shape == [10, 10])
    for y in 1..<9 { for x in 1..<9 { #expect(counts.elements[10 * y + x] == 4) } }
    let uneven = Axis(5, kernel: 5, stride: 2, low: 1, high: 1)
    let board = try referenceFilter().overlapCounts(height: uneven, width: uneven)
    #expect(Set(board.elements).count > 3)
  }

  @Test func mapsTooLarge() throws {
    let axis = Axis(100_000, kernel: 3)
    let filter = try referenceFilter()
    #expect(
      line { _ = try filter.usageCounts(height: axis, width: axis) }.contains("100000 x 100000"))
    #expect(line { _ = try filter.overlapCounts(height: axis, width: axis) }.contains("samples"))
    var wide = filter
    (wide.padding, wide.border) = (.explicit([50_000]), .zeros)
    #expect(line { _ = try wide(FilterStep("box3"), pattern(4, 4)) }.contains("100002 x 100002"))
  }

  /// Corners once, the middle k x k times.
  @Test func usageWithoutPadding() throws {
    let axis = Axis(6, kernel: 3)
    let counts = try referenceFilter().usageCounts(height: axis, width: axis)
    let line: [Float] = [1, 2, 3, 3, 2, 1]
    #expect(counts.elements == line.flatMap { y in line.map { y * $0 } })
  }

  @Test func usageWithPadding() throws {
    let axis = Axis(6, kernel: 3, low: 1, high: 1)
    let zeros = try referenceFilter().usageCounts(height: axis, width: axis)
    let line: [Float] = [2, 3, 3, 3, 3, 2]
    #expect(zeros.elements == line.flatMap { y in line.map { y * $0 } })
    // Reflected, the second pixel is read once more, in the rim's place.
    let reflected = try referenceFilter().usageCounts(height: axis, width: axis, border: .reflect)
    let mirrored: [Float] = [2, 4, 3, 3, 4, 2]
    #expect(reflected.elements == mirrored.flatMap { y in mirrored.map { y * $0 } })
  }

  /// Every position of every window, counted one by one.
  @Test(arguments: [(7, 3, 2, 1), (8, 4, 1, 0), (9, 5, 3, 2), (5, 2, 2, 0)])
  func usageCountedOneByOne(n: Int, k: Int, stride: Int, padding: Int) throws {
    let axis = Axis(n, kernel: k, stride: stride, low: padding, high: padding)
    var line = [Float](repeating: 0, count: n)
    var start = -padding
    while start + k <= n + padding {
      for i in start..<start + k where i >= 0 && i < n { line[i] += 1 }
      start += stride
    }
    let counts = try referenceFilter().usageCounts(height: axis, width: axis)
    #expect(counts.elements == line.flatMap { y in line.map { y * $0 } })
  }

  @Test func convolutionIsEquivariant() throws {
    let picture = try Golden.picture("grey.png")
    let kernel = try #require(FilterStep("edge8").kernel)
    let report = try referenceFilter().translation(of: picture, under: kernel, dx: 1, dy: 1)
    #expect(report.equivarianceError == 0)
    #expect(report.changes.map(\.window) == [1, 2, 4, 8])
    let changes = report.changes.map(\.relative)
    #expect(changes == changes.sorted(by: >), "pooling makes the change smaller: \(changes)")
    #expect(changes[3] < changes[0] / 2)
  }

  /// A spot that moves within its window leaves the pooled map as it is; over the window's edge, not.
  @Test func poolingIsNearlyInvariant() throws {
    var spot = try Picture(width: 8, height: 8)
    spot[0, 4, 4] = 1
    let rootOfTwo = (2.0).squareRoot()
    let delta = try ImageKernel.parse("1")
    let within = try referenceFilter().translation(
      of: spot, under: delta, dx: 1, dy: 1, windows: [1, 2, 4])
    #expect(within.changes.map(\.relative) == [rootOfTwo, 0, 0])
    #expect(within.changes.map(\.unchanged) == [62.0 / 64, 1, 1])
    let beyond = try referenceFilter().translation(
      of: spot, under: delta, dx: 2, dy: 0, windows: [2, 4])
    #expect(beyond.changes.map(\.relative) == [rootOfTwo, 0])
  }

  @Test func notesExample() throws {
    let example = try NotesExample(Golden.picture("colour.png"), referenceFilter(), side: 60)
    #expect((example.edges.width, example.edges.height, example.edges.channels) == (60, 60, 1))
    #expect((example.pooled.width, example.pooled.height) == (30, 30))
    #expect(example.rectified == example.edges.map { max($0, 0) })
    #expect(example.edges.range.low < 0)
    let panel = try example.sideBySide()
    #expect((panel.width, panel.height) == (3 * 60 + 2 * 2, 60))
    #expect(panel[0, 0, 60] == 1 && panel[0, 59, 61] == 1)
    let pooled = PixelMapping.rescale(example.pooled)
    #expect(
      panel[0, 10, 124 + 20] == pooled[0, 5, 10] && panel[0, 11, 124 + 21] == pooled[0, 5, 10])
  }

  @Test func grid() throws {
    let tiles = try (0..<3).map { try Picture(width: 2, height: 1, filledWith: Float($0) / 4) }
    let panel = try Picture.grid(tiles, columns: 2, gap: 1)
    #expect((panel.width, panel.height) == (5, 3))
    #expect(panel.samples == [0, 0, 1, 0.25, 0.25, 1, 1, 1, 1, 1, 0.5, 0.5, 1, 1, 1])
    let other = try Picture(width: 1, height: 1)
    #expect(throws: ConvError.self) { try Picture.grid([tiles[0], other], columns: 2) }
    #expect(throws: ConvError.self) { try Picture.grid([], columns: 2) }
  }

  @Test func sideBySide() throws {
    let grey = try Picture(width: 2, height: 2, filledWith: 0.5)
    let colour = try Picture(width: 1, height: 4, channels: 3, filledWith: 0.25)
    let panel = try Picture.sideBySide([grey, colour], gap: 1)
    #expect((panel.width, panel.height, panel.channels) == (6, 4, 3))
    #expect(panel[2, 3, 3] == 0.5 && panel[1, 0, 4] == 1 && panel[0, 2, 5] == 0.25)
    #expect(throws: ConvError.self) { try Picture.sideBySide([]) }
  }
}
