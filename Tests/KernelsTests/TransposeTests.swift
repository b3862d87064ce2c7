import ConvCore
import Kernels
import Testing

/// Where pixels and channels stand: rows, pixels of all channels, reversed rows, every third pixel.
private enum Order: CaseIterable { case rows, pixels, reversed, spread }

@Test("Lanes are gathered and scattered in every order, tails included", arguments: ISA.available)
private func lanesThereAndBack(isa: ISA) throws {
  for order in Order.allCases {
    for count in 1...35 {
      for channels in Set([1, 3, isa.lanes(.f32) - 1, isa.lanes(.f32)]) where channels > 0 {
        try check(isa, order, channels: channels, count: count, Float.self)
      }
      for channels in 1...isa.lanes(.f64) {
        try check(isa, order, channels: channels, count: count, Double.self)
      }
    }
  }
}

private func check<S: TransposeScalar>(
  _ isa: ISA, _ order: Order, channels: Int, count: Int, _: S.Type
) throws {
  let lanes = isa.lanes(S.kind)
  let (stride, step) =
    switch order {
    case .rows: (count + 2, 1)
    case .pixels: (1, channels)
    case .reversed: (count, -1)
    case .spread: (3 * count + 1, 3)
    }
  let first = step < 0 ? count - 1 : 0
  let size = first + (channels - 1) * stride + max(0, (count - 1) * step) + 1
  func at(_ lane: Int, _ p: Int) -> Int { first + lane * stride + p * step }
  let toStride = lanes + 1
  // Exactly as large as what may be touched, so that a checker of memory sees more.
  let plane = try Buffer<S>(size)
  for i in 0..<size { plane.base[i] = S(i + 1) }
  let vectors = try Buffer<S>((count - 1) * toStride + lanes, poison: true)
  S.gatherLanes(
    isa, channels: channels, count: count, from: UnsafePointer(plane.base + first), stride: stride,
    step: step, into: vectors.base, stride: toStride)
  var wrong = 0
  for p in 0..<count {
    for lane in 0..<lanes {
      let expected = lane < channels ? plane.base[at(lane, p)] : 0
      if vectors.base[p * toStride + lane] != expected { wrong += 1 }
    }
    if p + 1 < count, !vectors.base[p * toStride + lanes].isNaN { wrong += 1 }
  }
  #expect(wrong == 0, "gather \(order) \(channels) x \(count) \(S.kind)")

  let back = try Buffer<S>(size, poison: true)
  S.scatterLanes(
    isa, channels: channels, count: count, from: UnsafePointer(vectors.base), stride: toStride,
    into: back.base + first, stride: stride, step: step)
  var written = Set<Int>()
  for p in 0..<count { for lane in 0..<channels { written.insert(at(lane, p)) } }
  let same = (0..<size).allSatisfy { i in
    written.contains(i) ? back.base[i] == plane.base[i] : back.base[i].isNaN
  }
  #expect(same, "scatter \(order) \(channels) x \(count) \(S.kind)")
}
