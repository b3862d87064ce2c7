import ConvCore
import Kernels

@main struct Main {
  static func main() {
    for isa in ISA.available {
      for k in [ScalarKind.f32, .f64] {
        let c = ContinuousClock(); _ = PeakFMA.run(isa, k, rounds: 1_000_000); var n = 0
        let t = c.measure { n = PeakFMA.run(isa, k, rounds: 10_000_000) }
        print(
          isa, k,
          Double(n) / (Double(t.components.attoseconds) * 1e-18 + Double(t.components.seconds))
            * 1e-9, "GFLOP/s")
      }
    }
  }
}
