import ConvCore
import Kernels

extension CostModel {
  /// What is used where nothing was fitted: default coefficients and a nominal peak of two vector
  /// multiply-adds a cycle at 3 GHz on each thread.
  ///
  /// Only ratios decide, and these hold for similar machines; predicted times are rough.
  public static func nominal(threads: Int, isa: ISA) -> CostModel {
    CostModel(
      threads: threads, isa: isa, rate: 6e9 * Double(isa.lanes(.f32) * threads), entries: [:])
  }

  /// Coefficients in the order of `Work.Term`, set so that the layers and pictures of the main job are
  /// ranked as they were measured on a Zen 5 processor with AVX-512.
  ///
  /// Products run near peak by direct and im2col, slower between transforms; a point of a tile costs
  /// a few multiply-adds for each level of its transform, an element read or written several, and a
  /// call as long as a million of them.
  static func defaultEntry(_ family: String, _ regime: Work.Regime) -> Entry {
    let isPlane = regime == .planes || regime == .planeGradient
    switch family {
    case "direct":
      return isPlane
        ? Entry([0, 1.6, 0, 0, 8, 0, 0, 8, 16, 1e5])
        : Entry([0.4, 0.8, 0, 0, 16, 0, 8, 8, 16, 1e6])
    case "im2col":
      return isPlane
        ? Entry([6, 0, 12, 0, 8, 0, 0, 8, 16, 1e5])
        : Entry([0.6, 0.6, 6, 0, 16, 0, 16, 4, 16, 1e6])
    case "winograd":
      return isPlane
        ? Entry([8, 4, 40, 0, 40, 0, 8, 8, 16, 1e6])
        : Entry([1.4, 4, 24, 0, 24, 0, 12, 8, 16, 2e6])
    case "fft-tiled":
      return isPlane
        ? Entry([0, 0, 10, 4, 10, 4, 4, 8, 16, 2e6])
        : Entry([3.4, 0, 30, 7.5, 30, 7.5, 24, 16, 16, 4e6])
    case "fft":
      return isPlane
        ? Entry([0, 0, 10, 6, 10, 6, 4, 8, 16, 4e6])
        : Entry([6.5, 0, 42, 16, 42, 16, 42, 20, 16, 4e6])
    default:
      return Entry([1.5, 0, 8, 8, 16, 8, 16, 8, 16, 1e6])
    }
  }
}
