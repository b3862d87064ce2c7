/// Runs `rounds` rounds of 24 independent multiply-adds on vectors; returns a value that depends on all.
@inline(__always)
private func peak<V: Vector>(_: V.Type, _ rounds: Int, _ seed: V.Scalar) -> V
where V.Scalar: BinaryFloatingPoint {
  let a = V(repeating: seed)
  let b = V(repeating: 0.5)
  var (s0, s1, s2, s3, s4, s5) = (a, a, a, a, a, a)
  var (s6, s7, s8, s9, s10, s11) = (b, b, b, b, b, b)
  var (s12, s13, s14, s15, s16, s17) = (a, b, a, b, a, b)
  var (s18, s19, s20, s21, s22, s23) = (b, a, b, a, b, a)
  for _ in 0..<rounds {
    s0 = a.adding(s0, times: b)
    s1 = a.adding(s1, times: b)
    s2 = a.adding(s2, times: b)
    s3 = a.adding(s3, times: b)
    s4 = a.adding(s4, times: b)
    s5 = a.adding(s5, times: b)
    s6 = a.adding(s6, times: b)
    s7 = a.adding(s7, times: b)
    s8 = a.adding(s8, times: b)
    s9 = a.adding(s9, times: b)
    s10 = a.adding(s10, times: b)
    s11 = a.adding(s11, times: b)
    s12 = a.adding(s12, times: b)
    s13 = a.adding(s13, times: b)
    s14 = a.adding(s14, times: b)
    s15 = a.adding(s15, times: b)
    s16 = a.adding(s16, times: b)
    s17 = a.adding(s17, times: b)
    s18 = a.adding(s18, times: b)
    s19 = a.adding(s19, times: b)
    s20 = a.adding(s20, times: b)
    s21 = a.adding(s21, times: b)
    s22 = a.adding(s22, times: b)
    s23 = a.adding(s23, times: b)
  }
  let sums = (s0 + s1 + s2) + (s3 + s4 + s5) + (s6 + s7 + s8) + (s9 + s10 + s11)
  return sums + (s12 + s13 + s14) + (s15 + s16 + s17) + (s18 + s19 + s20) + (s21 + s22 + s23)
}

/// Multiply-adds in registers alone, for the measured peak: `rounds` x 24 vectors of Float.
///
/// Returns the number of floating-point operations done; writes a result so that they are done.
@inline(never)
public func peakFMA(_ rounds: Int, _ sink: UnsafeMutablePointer<Float>) -> Int {
  peak(V32.self, rounds, sink[0]).store(sink)
  return rounds * 24 * 2 * V32.lanes
}

/// The same of Double. `sink` holds at least 16 elements.
@inline(never)
public func peakFMA(_ rounds: Int, _ sink: UnsafeMutablePointer<Double>) -> Int {
  peak(V64.self, rounds, sink[0]).store(sink)
  return rounds * 24 * 2 * V64.lanes
}
