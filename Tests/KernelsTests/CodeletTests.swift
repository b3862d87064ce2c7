import CodeletGenerator
import ConvCore
import ConvTestSupport
import Foundation
import KernelShapes
import Kernels
import Testing

@Test("What is committed is what the generator makes", arguments: Catalogue.files.map(\.name))
func generatedText(file: String) throws {
  let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/KernelSource/Codelets")
  let committed = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
  let made = Catalogue.files.first { $0.name == file }?.text
  #expect(committed == made, "run scripts/codelets")
}

@Test("Operation counts of power-of-two transforms are those of split radix with fused operations")
func operationCounts() {
  func cost(_ kind: Codelet.Kind, _ size: Int) -> Int {
    let c = Codelet(kind, size).program.cost
    return c.additions + c.multiplications + c.fused
  }
  // FFTW 3's n1_8, n1_16, r2cf_8 and r2cf_16, whose operations are written in their sources.
  #expect(cost(.dft, 8) == 52)
  #expect(cost(.dft, 16) == 144)
  #expect(cost(.realDft, 8) == 20)
  #expect(cost(.realDft, 16) == 58)
  #expect(cost(.inverseRealDft, 16) == 58)
}

/// A tile of one shape on one instruction set.
private struct TileCase: CustomTestStringConvertible, Sendable {
  let isa: ISA
  let extents: Extents
  var testDescription: String { "\(isa) \(extents.d)x\(extents.h)x\(extents.w)" }

  /// Every codelet meets rows (real ones) and columns (complex ones too); two passes of every kind. On
  /// the best instruction set large tiles too.
  static var all: [TileCase] {
    let some = LinePasses.evenSizes(upTo: 24) + [28, 32, 36, 40, 42, 56, 64, 72]
    let more = [48, 54, 80, 96, 112, 128, 144, 192, 256]
    return ISA.available.flatMap { (isa) -> [TileCase] in
      let lines = (isa == .best ? some + more : some).flatMap { n in
        [Extents(1, 1, n), Extents(1, n, 6)]
      }
      let others = [
        Extents(1, 12, 1), Extents(1, 28, 1), Extents(8, 1, 1), Extents(1, 8, 32),
        Extents(8, 4, 10), Extents(28, 4, 4), Extents(6, 1, 8), Extents(6, 8, 1),
      ]
      return (lines + others).map { TileCase(isa: isa, extents: $0) }
    }
  }
}

/// The order that half a spectrum comes in.
private func halfOrder(_ n: Int) -> [Int] {
  guard let a = LinePasses.first(n), a > 1 else { return n > 1 ? Array(1..<n / 2) : [] }
  let b = n / a
  var order = (1..<(b + 1) / 2).map { a * $0 }
  order += (0..<b / 2).map { a / 2 + a * $0 }
  for k in 1..<a / 2 { order += (0..<b).map { k + a * $0 } }
  return order
}

/// Frequencies of the complex and real values of a tile, in the order that they are stored.
private func frequencies(_ e: Extents) -> (complexes: [Extents], reals: [Extents]) {
  var complexes: [Extents] = []
  var reals = [Extents(0, 0, 0)]
  for axis in [2, 1, 0] where e[axis] > 1 {
    func moved(_ f: Extents, _ k: Int) -> Extents {
      var g = f
      g[axis] = k
      return g
    }
    complexes =
      complexes.flatMap { f in (0..<e[axis]).map { moved(f, $0) } }
      + reals.flatMap { f in halfOrder(e[axis]).map { moved(f, $0) } }
    reals = reals.flatMap { f in [moved(f, 0), moved(f, e[axis] / 2)] }
  }
  return (complexes, reals)
}

/// sum over x of tile[x] exp(-2 pi i (f x / n)), the plain double or triple sum.
private func value(_ tile: [Double], _ e: Extents, at f: Extents) -> (re: Double, im: Double) {
  func turns(_ axis: Int) -> [(Double, Double)] {
    (0..<e[axis]).map { x in
      let angle = -2 * Double.pi * Double(f[axis] * x % e[axis]) / Double(e[axis])
      return (cos(angle), sin(angle))
    }
  }
  let (d, h, w) = (turns(0), turns(1), turns(2))
  var sum = (re: 0.0, im: 0.0)
  for z in 0..<e.d {
    for y in 0..<e.h {
      var row = (re: 0.0, im: 0.0)
      let start = (z * e.h + y) * e.w
      for x in 0..<e.w {
        row.re += tile[start + x] * w[x].0
        row.im += tile[start + x] * w[x].1
      }
      let c = d[z].0 * h[y].0 - d[z].1 * h[y].1
      let s = d[z].0 * h[y].1 + d[z].1 * h[y].0
      sum.re += row.re * c - row.im * s
      sum.im += row.re * s + row.im * c
    }
  }
  return sum
}

/// The plans of a tile's axes.
private struct Tile<S: TileTransformScalar>: ~Copyable {
  let d: LinePlan<S>, h: LinePlan<S>, w: LinePlan<S>
  init(_ e: Extents) throws(ConvError) {
    let d = try LinePlan<S>(e.d)
    let h = try LinePlan<S>(e.h)
    let w = try LinePlan<S>(e.w)
    self.d = d
    self.h = h
    self.w = w
  }
  var shape: TileShape<S> { TileShape(d: d.shape, h: h.shape, w: w.shape) }
}

@Test("A tile's spectrum is the plain DFT of it, and leads back", arguments: TileCase.all)
private func tileSpectrum(_ c: TileCase) throws {
  try check(c, Float.self)
  if c.extents.count <= 432 { try check(c, Double.self) }
}

private func check<S: TileTransformScalar>(_ c: TileCase, _: S.Type) throws {
  let e = c.extents
  let lanes = c.isa.lanes(S.kind)
  let tile = try Tile<S>(e)
  let shape = tile.shape
  let x: [S] = Sample.uniform(e.count * lanes, seed: UInt64(e.count))
  let maps = (0..<max(e.d, e.h, e.w)).map { Int32($0) }
  let storage = try Buffer<S>(
    TileScratch<S>.count(shape.size, tiles: 1, advance: 0, lanes: lanes, folds: false), poison: true
  )
  let scratch = TileScratch(
    storage.base, shape.size, tiles: 1, advance: 0, lanes: lanes, folds: false)
  let result = try Buffer<S>(e.count * lanes, poison: true)
  let back = try Buffer<S>(e.count * lanes, poison: true)
  let complexes = shape.size.complexes
  let place = SpectrumPlace(
    re: result.base, im: result.base + lanes, step: 2 * lanes,
    real: result.base + 2 * complexes * lanes, realStep: lanes, next: 0)
  x.withUnsafeBufferPointer { x in
    maps.withUnsafeBufferPointer { m in
      let map = m.baseAddress!
      S.tileTransforms(c.isa).forward(
        shape,
        TileSource(
          base: x.baseAddress!, lanes: lanes, lane: e.count, depth: e.h * e.w, height: e.w,
          width: 1, maps: (map, map, map), interior: 0..<e.w, origin: (0, 0, 0),
          extent: (e.d, e.h, e.w), tiles: 1, advance: 0, isReversed: false), scratch, place)
    }
  }
  let (frequencies, reals) = frequencies(e)
  #expect(frequencies.count == complexes && reals.count == shape.size.reals)
  let bound = 4 * S.kind.unitRoundoff * Double(e.count).squareRoot() * log2(Double(e.count))
  // All frequencies of small tiles; of large ones some drawn at random. The way back meets all.
  let random = SeededRandom(seed: UInt64(e.count))
  func some(_ count: Int) -> [Int] {
    count <= 32
      ? Array(0..<count) : (0..<32).map { random.integer(at: $0, in: 0...count - 1) }
  }
  for lane in [0, lanes - 1] {
    let values = (0..<e.count).map { Double(x[lane * e.count + $0]) }
    var worst = 0.0
    for i in some(complexes) {
      let value = value(values, e, at: frequencies[i])
      worst = max(worst, abs(Double(result.base[2 * i * lanes + lane]) - value.re))
      worst = max(worst, abs(Double(result.base[(2 * i + 1) * lanes + lane]) - value.im))
    }
    for (i, f) in reals.enumerated() {
      let value = value(values, e, at: f)
      worst = max(worst, abs(Double(result.base[(2 * complexes + i) * lanes + lane]) - value.re))
    }
    #expect(worst < bound, "lane \(lane)")
  }
  // Complex values stand for their mirror images too.
  for i in 0..<2 * complexes * lanes { result.base[i] *= 2 }
  S.tileTransforms(c.isa).inverse(
    shape, place, scratch,
    TileTarget(
      base: back.base, lanes: lanes, lane: e.count, depth: e.h * e.w, height: e.w, width: 1,
      origin: (0, 0, 0), extent: (e.d, e.h, e.w), stride: (1, 1, 1), tiles: 1, advance: 0))
  var worst = 0.0
  for i in x.indices {
    worst = max(worst, abs(Double(back.base[i]) / Double(e.count) - Double(x[i])))
  }
  #expect(worst < bound, "there and back")
}
