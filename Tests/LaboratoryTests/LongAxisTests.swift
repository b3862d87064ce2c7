import ConvCore
import ConvTestSupport
import Testing

@testable import Laboratory

/// Terms found one coordinate at a time are those that a list of all of them holds.
@Suite struct LongAxisTests {
  private struct Triple {
    var dense: Int, strided: Int, tap: Int
  }

  @Test(arguments: 0..<60)
  func equalsTheList(seed: Int) throws {
    let random = SeededRandom(seed: UInt64(seed), stream: 7)
    func draw(_ i: Int, _ range: ClosedRange<Int>) -> Int { random.integer(at: i, in: range) }
    let border = Border.allCases[draw(0, 0...Border.allCases.count - 1)]
    let input = draw(1, 5...19)
    let pad = border == .zeros ? 6 : 3
    let axis = Axis(
      input, kernel: draw(2, 1...5), stride: draw(3, 1...3), dilation: draw(4, 1...2),
      low: draw(5, 0...pad), high: draw(6, 0...pad))
    let strided = axis.output(.convolution)
    guard strided > 0 else { return }
    let flips = draw(7, 0...1) == 1
    var triples: [Triple] = []
    for o in 0..<strided {
      for t in 0..<axis.kernel {
        let at = o * axis.stride + t * axis.dilation - axis.low
        guard let i = border.source(at, input) else { continue }
        triples.append(Triple(dense: i, strided: o, tap: flips ? axis.kernel - 1 - t : t))
      }
    }
    for coordinate in [LongAxis.Coordinate.strided, .dense, .tap] {
      if coordinate == .dense && border != .zeros { continue }
      let long = LongAxis(
        coordinate: coordinate, axis: axis, border: border, flips: flips, dense: input,
        strided: strided, denseStep: 2, stridedStep: 3, tapStep: 5, denseIsFirst: seed % 2 == 0)
      #expect(long.total == Double(triples.count))
      let extent = coordinate == .strided ? strided : coordinate == .dense ? input : axis.kernel
      for c in 0..<extent {
        let own = triples.filter {
          c == (coordinate == .strided ? $0.strided : coordinate == .dense ? $0.dense : $0.tap)
        }
        let sides: [(Int, Int)] = own.map {
          switch coordinate {
          case .strided: ($0.dense * 2, $0.tap * 5)
          case .dense: ($0.strided * 3, $0.tap * 5)
          case .tap where seed % 2 == 0: ($0.dense * 2, $0.strided * 3)
          case .tap: ($0.strided * 3, $0.dense * 2)
          }
        }
        let places = long.places(c)
        #expect(places.first == sides.map(\.0), "\(coordinate) \(c) \(axis)")
        #expect(places.second == sides.map(\.1), "\(coordinate) \(c) \(axis)")
        #expect(long.count(c) == own.count && own.count <= long.most)
      }
    }
  }

  /// 2^20 points under 2^16 taps: listed, the pairs would fill 10^12 bytes.
  @Test func longSignal() throws {
    let problem = try ConvProblem(
      inChannels: 1, outChannels: 1, axes: [Axis(1 << 20, kernel: 1 << 16)])
    let terms = Terms(problem)
    #expect(terms.totalTerms == Double((1 << 20) - (1 << 16) + 1) * Double(1 << 16))
    #expect(terms.termCount(terms.place(12345)) == 1 << 16)
  }
}
