import ConvCore
import Kernels
import Testing

/// A product of small integers: every sum is exact, whatever its order.
private struct TileCase: CustomTestStringConvertible, Sendable {
  let isa: ISA
  let tiles: Int, channels: Int, outputs: Int
  var testDescription: String { "\(isa) \(tiles) tiles \(channels) -> \(outputs) vectors" }

  static var all: [TileCase] {
    ISA.available.flatMap { isa in
      (1...31).map { TileCase(isa: isa, tiles: $0, channels: 5, outputs: 3) }
        + [1, 3, 15, 16, 17, 40].map { TileCase(isa: isa, tiles: 7, channels: $0, outputs: 2) }
        + [1, 4, 5].map { TileCase(isa: isa, tiles: 9, channels: 18, outputs: $0) }
    }
  }
}

private func integer<S: ConvScalar>(_ i: Int) -> S { S((i &* 7919 &+ 13) % 17 - 8) }

@Test("Real and complex products of one point equal the plain sums", arguments: TileCase.all)
private func products(_ c: TileCase) throws {
  try check(c, Float.self)
  try check(c, Double.self)
}

private func check<S: TileGemmScalar>(_ c: TileCase, _: S.Type) throws {
  let lanes = c.isa.lanes(S.kind)
  let blocks = (c.channels + lanes - 1) / lanes
  let vStride = c.tiles * lanes + 5
  let mStride = c.tiles * lanes + 3
  let v = try Buffer<S>(2 * blocks * vStride)
  let u = try Buffer<S>(2 * c.channels * c.outputs * lanes)
  let m = try Buffer<S>(2 * c.outputs * mStride, poison: true)
  for i in 0..<v.count { v.base[i] = integer(i) }
  for i in 0..<u.count { u.base[i] = integer(i + 1000) }
  // Lanes of the last block beyond C must not matter.
  for t in 0..<c.tiles {
    for lane in 0..<(blocks * lanes - c.channels) {
      let at = (blocks - 1) * vStride + (t + 1) * lanes - 1 - lane
      v.base[at] = .nan
      v.base[at + blocks * vStride] = .nan
    }
  }
  func x(_ t: Int, _ channel: Int, _ part: Int = 0) -> S {
    v.base[(part * blocks + channel / lanes) * vStride + t * lanes + channel % lanes]
  }
  func realWeight(_ k: Int, _ channel: Int) -> S {
    let panel = k / (2 * lanes)
    let width = min(2, c.outputs - 2 * panel) * lanes
    return u.base[2 * panel * c.channels * lanes + channel * width + k - 2 * panel * lanes]
  }
  func complexWeight(_ k: Int, _ channel: Int, _ part: Int) -> S {
    u.base[((k / lanes * c.channels + channel) * 2 + part) * lanes + k % lanes]
  }
  func result(_ t: Int, _ k: Int, _ part: Int = 0) -> S {
    m.base[(part * c.outputs + k / lanes) * mStride + t * lanes + k % lanes]
  }
  for rounds in 1...2 {
    S.tileGemm(
      c.isa, tiles: c.tiles, channels: c.channels, outputs: c.outputs, v: v.base, vStride: vStride,
      u: u.base, from: rounds == 1 ? nil : UnsafePointer(m.base), into: m.base, mStride: mStride)
    var wrong = 0
    for t in 0..<c.tiles {
      for k in 0..<(c.outputs * lanes) {
        let sum = (0..<c.channels).reduce(S(0)) { $0 + x(t, $1) * realWeight(k, $1) }
        if result(t, k) != S(rounds) * sum { wrong += 1 }
      }
    }
    #expect(wrong == 0, "real, round \(rounds), \(S.kind)")
  }
  for rounds in 1...2 {
    S.complexTileGemm(
      c.isa, tiles: c.tiles, channels: c.channels, outputs: c.outputs, v: v.base,
      vImaginary: blocks * vStride, vStride: vStride, u: u.base, accumulates: rounds == 2,
      into: m.base, mImaginary: c.outputs * mStride, mStride: mStride)
    var wrong = 0
    for t in 0..<c.tiles {
      for k in 0..<(c.outputs * lanes) {
        var (re, im) = (S(0), S(0))
        for channel in 0..<c.channels {
          let (a, b) = (x(t, channel), x(t, channel, 1))
          let (p, q) = (complexWeight(k, channel, 0), complexWeight(k, channel, 1))
          re += a * p - b * q
          im += a * q + b * p
        }
        if result(t, k) != S(rounds) * re || result(t, k, 1) != S(rounds) * im { wrong += 1 }
      }
    }
    #expect(wrong == 0, "complex, round \(rounds), \(S.kind)")
  }
  // Nothing is written between the blocks.
  for k in 0..<(2 * c.outputs) {
    for i in (c.tiles * lanes)..<mStride { #expect(m.base[k * mStride + i].isNaN) }
  }
}

@Test("The product over tiles equals the plain sums", arguments: TileCase.all)
private func productsOverTiles(_ c: TileCase) throws {
  try checkGradient(c, Float.self)
  try checkGradient(c, Double.self)
  try checkComplexGradient(c, Float.self)
  try checkComplexGradient(c, Double.self)
}

private func checkGradient<S: TileGemmScalar>(_ c: TileCase, _: S.Type) throws {
  let lanes = c.isa.lanes(S.kind)
  let blocks = (c.channels + lanes - 1) / lanes
  let vStride = c.tiles * lanes + 5
  let dStride = c.tiles * lanes + 3
  let v = try Buffer<S>(blocks * vStride)
  let d = try Buffer<S>(c.outputs * dStride)
  let u = try Buffer<S>(c.channels * c.outputs * lanes, poison: true)
  for i in 0..<v.count { v.base[i] = integer(i) }
  for i in 0..<d.count { d.base[i] = integer(i + 1000) }
  for round in 1...2 {
    S.tileGemmGradient(
      c.isa,
      TileProduct(
        tiles: c.tiles, channels: c.channels, outputs: c.outputs, vStride: vStride,
        mStride: dStride), v: v.base, d: d.base, accumulates: round == 2, into: u.base)
    var wrong = 0
    for channel in 0..<c.channels {
      for k in 0..<(c.outputs * lanes) {
        let sum = (0..<c.tiles).reduce(S(0)) {
          $0 + v.base[channel / lanes * vStride + $1 * lanes + channel % lanes]
            * d.base[k / lanes * dStride + $1 * lanes + k % lanes]
        }
        let panel = k / (2 * lanes) * 2
        let width = min(2, c.outputs - panel) * lanes
        let at = panel * c.channels * lanes + channel * width + k - panel * lanes
        if u.base[at] != S(round) * sum { wrong += 1 }
      }
    }
    #expect(wrong == 0, "round \(round), \(S.kind)")
  }
}

private func checkComplexGradient<S: TileGemmScalar>(_ c: TileCase, _: S.Type) throws {
  let lanes = c.isa.lanes(S.kind)
  let blocks = (c.channels + lanes - 1) / lanes
  let vStride = c.tiles * lanes + 5
  let dStride = c.tiles * lanes + 3
  var product = TileProduct(
    tiles: c.tiles, channels: c.channels, outputs: c.outputs, vStride: vStride, mStride: dStride)
  (product.vImaginary, product.mImaginary) = (blocks * vStride, c.outputs * dStride)
  let v = try Buffer<S>(2 * product.vImaginary)
  let d = try Buffer<S>(2 * product.mImaginary)
  let u = try Buffer<S>(2 * c.channels * c.outputs * lanes, poison: true)
  for i in 0..<v.count { v.base[i] = integer(i) }
  for i in 0..<d.count { d.base[i] = integer(i + 1000) }
  for round in 1...2 {
    S.complexTileGemmGradient(
      c.isa, product, v: v.base, d: d.base, accumulates: round == 2, into: u.base)
    var wrong = 0
    for channel in 0..<c.channels {
      for k in 0..<(c.outputs * lanes) {
        var (re, im) = (S(0), S(0))
        for t in 0..<c.tiles {
          let x = v.base + (channel / lanes * vStride + t * lanes + channel % lanes)
          let y = d.base + (k / lanes * dStride + t * lanes + k % lanes)
          let (a, b) = (x[0], x[product.vImaginary])
          let (p, q) = (y[0], y[product.mImaginary])
          re += a * p + b * q
          im += b * p - a * q
        }
        let at = (k / lanes * c.channels + channel) * 2 * lanes + k % lanes
        if u.base[at] != S(round) * re || u.base[at + lanes] != S(round) * im { wrong += 1 }
      }
    }
    #expect(wrong == 0, "complex, round \(round), \(S.kind)")
  }
}
