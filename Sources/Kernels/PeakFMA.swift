import ConvCore
import KernelsBase

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// Multiply-adds in registers alone, for the measured peak of `isa`.
public enum PeakFMA {
  /// Does `rounds` rounds and returns how many floating-point operations that were.
  public static func run(_ isa: ISA, _ kind: ScalarKind, rounds: Int) -> Int {
    kind == .f32 ? single(isa, rounds) : double(isa, rounds)
  }

  private static func single(_ isa: ISA, _ rounds: Int) -> Int {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 16) { sink in
      sink.update(repeating: 1)
      let p = sink.baseAddress!
      #if arch(x86_64)
        switch isa {
        case .avx512: return KernelsAVX512.peakFMA(rounds, p)
        case .avx2: return KernelsAVX2.peakFMA(rounds, p)
        case .base: return KernelsBase.peakFMA(rounds, p)
        }
      #else
        return KernelsBase.peakFMA(rounds, p)
      #endif
    }
  }

  private static func double(_ isa: ISA, _ rounds: Int) -> Int {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 16) { sink in
      sink.update(repeating: 1)
      let p = sink.baseAddress!
      #if arch(x86_64)
        switch isa {
        case .avx512: return KernelsAVX512.peakFMA(rounds, p)
        case .avx2: return KernelsAVX2.peakFMA(rounds, p)
        case .base: return KernelsBase.peakFMA(rounds, p)
        }
      #else
        return KernelsBase.peakFMA(rounds, p)
      #endif
    }
  }
}
