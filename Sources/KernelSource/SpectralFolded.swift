import KernelShapes

extension FoldedShape {
  /// The last transform's lines within a folded spectrum at `base`.
  @inline(__always)
  func lines<V: Vector>(_: V.Type, _ base: UnsafeMutablePointer<V.Scalar>) -> SpectrumLines<
    V.Scalar
  > {
    let (complex, real) = (base + firstComplex, base + firstReal)
    return SpectrumLines(
      complex: ComplexLines(re: complex, im: complex + V.lanes, step: pitch, next: 2 &* V.lanes),
      half: HalfLines(
        first: real, last: real + pitch, realNext: V.lanes, re: real + 2 &* pitch,
        im: real + 3 &* pitch, step: 2 &* pitch, next: V.lanes))
  }
}

extension ForwardTransform {
  /// The spectrum of one tile, folded, to `base`.
  @inline(__always)
  func transformFolded(_ folded: FoldedShape, into base: UnsafeMutablePointer<S>) {
    let lines = folded.lines(V.self, base)
    if shape.d.size > 1 {
      planes(into: base)
      depths(base, into: lines)
    } else if shape.h.size > 1 {
      rows(0, into: base)
      columns(base, into: lines)
    } else {
      row(0, into: lines.half, next: 0)
    }
  }
}

extension InverseTransform {
  /// One tile from its folded spectrum at `base`, which is overwritten.
  @inline(__always)
  func transformFolded(_ folded: FoldedShape, _ base: UnsafeMutablePointer<S>) {
    let lines = folded.lines(V.self, base)
    if shape.d.size > 1 {
      depths(lines, into: base)
      planes(base)
    } else if shape.h.size > 1 {
      columns(lines, into: base)
      rows(0, base)
    } else {
      row(0, lines.half, next: 0)
    }
  }
}

/// Factors of a folded spectrum: a vector for each slot, or one number for all lanes.
protocol Factors {
  associatedtype V: Vector
  static func load(_ u: UnsafePointer<V.Scalar>, _ slot: Int) -> V
}

/// A vector for each slot.
enum VectorFactors<V: Vector>: Factors {
  @inline(__always)
  static func load(_ u: UnsafePointer<V.Scalar>, _ slot: Int) -> V { V.load(u + slot &* V.lanes) }
}

/// One number for all lanes.
enum ScalarFactors<V: Vector>: Factors {
  @inline(__always)
  static func load(_ u: UnsafePointer<V.Scalar>, _ slot: Int) -> V { V(repeating: u[slot]) }
}

/// y = x u, or y += x u. x and y may be the same.
@inline(__always)
func multiplyFolded<F: Factors>(
  _: F.Type, _ folded: FoldedShape, _ x: UnsafePointer<F.V.Scalar>, _ u: UnsafePointer<F.V.Scalar>,
  _ y: UnsafeMutablePointer<F.V.Scalar>, adds: Bool
) {
  typealias V = F.V
  @inline(__always)
  func complex(_ re: Int, _ im: Int, _ slotRe: Int, _ slotIm: Int) {
    let (a, b) = (V.load(x + re), V.load(x + im))
    let (c, s) = (F.load(u, slotRe), F.load(u, slotIm))
    let (first, second) =
      adds
      ? (V.load(y + re).adding(a, times: c), V.load(y + im).adding(a, times: s))
      : (a * c, a * s)
    first.subtracting(b, times: s).store(y + re)
    second.adding(b, times: c).store(y + im)
  }
  for row in 0..<folded.rows {
    let at = row &* folded.pitch &+ folded.firstComplex
    let slot = row &* folded.slots
    for i in 0..<folded.complexes {
      let re = at &+ 2 &* i &* V.lanes
      complex(re, re &+ V.lanes, slot &+ 2 &* i, slot &+ 2 &* i &+ 1)
    }
  }
  for r in 0..<folded.reals {
    let at = folded.firstReal &+ r &* V.lanes
    let slot = 2 &* folded.complexes &+ r
    for row in 0..<2 {
      let i = at &+ row &* folded.pitch
      let product = V.load(x + i) * F.load(u, slot &+ row &* folded.slots)
      (adds ? V.load(y + i) + product : product).store(y + i)
    }
    var row = 2
    while row < folded.rows {
      let re = at &+ row &* folded.pitch
      let first = slot &+ row &* folded.slots
      complex(re, re &+ folded.pitch, first, first &+ folded.slots)
      row &+= 2
    }
  }
}

/// Scales a folded spectrum of weights: complex values by `factor`, real ones by half of it; and
/// writes its factors, lane by lane `laneNext` apart, or as vectors where `laneNext` is 1.
@inline(__always)
func storeFactors<V: Vector>(
  _: V.Type, _ folded: FoldedShape, _ x: UnsafePointer<V.Scalar>, factor: V.Scalar,
  lanes: Int, _ u: UnsafeMutablePointer<V.Scalar>, laneNext: Int
) {
  let slots = folded.slots
  for row in 0..<folded.rows {
    for slot in 0..<slots {
      let isReal = slot >= 2 &* folded.complexes
      let at =
        row &* folded.pitch
        &+ (isReal
          ? folded.firstReal &+ (slot &- 2 &* folded.complexes) &* V.lanes
          : folded.firstComplex &+ slot &* V.lanes)
      let scale = isReal && row < 2 ? factor / 2 : factor
      let to = row &* slots &+ slot
      if laneNext == 1 {
        (V.load(x + at) * V(repeating: scale)).store(u + to &* V.lanes)
      } else {
        for l in 0..<lanes { u[l &* laneNext &+ to] = x[at &+ l] * scale }
      }
    }
  }
}
