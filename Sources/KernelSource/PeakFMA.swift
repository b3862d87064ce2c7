/// Sums that are under way at once: at least two units times the steps of a multiply-add, and no more
/// than registers hold, since a sum that is moved to memory and back takes five times as long.
#if KERNEL_AVX512 || arch(arm64)
  private let peakSums = 24
#else
  private let peakSums = 12
#endif

/// Runs `rounds` rounds of `peakSums` independent multiply-adds on vectors; returns a value that depends
/// on all.
@inline(__always)
private func peak<V: Vector>(_: V.Type, _ rounds: Int, _ seed: V.Scalar) -> V
where V.Scalar: BinaryFloatingPoint {
  typealias Four = Pair<Pair<V>>
  let a = Four(repeating: seed)
  let half = Four(repeating: 0.5)
  var (s0, s1, s2) = (a, half, a + half)
  #if KERNEL_AVX512 || arch(arm64)
    var (s3, s4, s5) = (a - half, half * half, a * half)
  #endif
  for _ in 0..<rounds {
    s0 = a.adding(s0, times: half)
    s1 = a.adding(s1, times: half)
    s2 = a.adding(s2, times: half)
    #if KERNEL_AVX512 || arch(arm64)
      s3 = a.adding(s3, times: half)
      s4 = a.adding(s4, times: half)
      s5 = a.adding(s5, times: half)
    #endif
  }
  var sums = s0 + s1 + s2
  #if KERNEL_AVX512 || arch(arm64)
    sums = sums + s3 + s4 + s5
  #endif
  return (sums.a.a + sums.a.b) + (sums.b.a + sums.b.b)
}

/// Multiply-adds in registers alone, for the measured peak: `rounds` x `peakSums` vectors of Float.
///
/// Returns the number of floating-point operations done; writes a result so that they are done.
@inline(never)
public func peakFMA(_ rounds: Int, _ sink: UnsafeMutablePointer<Float>) -> Int {
  peak(V32.self, rounds, sink[0]).store(sink)
  return rounds * peakSums * 2 * V32.lanes
}

/// The same of Double. `sink` holds at least 16 elements.
@inline(never)
public func peakFMA(_ rounds: Int, _ sink: UnsafeMutablePointer<Double>) -> Int {
  peak(V64.self, rounds, sink[0]).store(sink)
  return rounds * peakSums * 2 * V64.lanes
}
