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

  /// Coefficients in the order of `Work.Term`.
  ///
  /// Products run near peak by direct and im2col, slower between transforms; a point of a tile costs
  /// a few multiply-adds for each level of its transform, an element read or written several, and a
  /// call as long as a million of them. Narrower vectors need fewer multiply-adds at their peak for what
  /// is bound by memory, so AVX2 has coefficients of its own.
  static func defaultEntry(_ family: String, _ regime: Work.Regime, _ isa: ISA) -> Entry {
    isa == .avx2 ? fitted(family, regime) ?? setEntry(family, regime) : setEntry(family, regime)
  }

  /// Means of three fits on a Zen 3 processor with AVX2 (docs/Choosing.md), without corrections.
  private static func fitted(_ family: String, _ regime: Work.Regime) -> Entry? {
    switch (family, regime) {
    case ("direct", .channels): Entry([1.1, 0.19, 0.092, 0, 0, 0, 3.8, 16, 16, 1.7e5])
    case ("direct", .planes): Entry([0.26, 0.24, 0.26, 0, 26, 0, 0, 0.94, 14, 1.7e5])
    case ("im2col", .channels): Entry([0.81, 0.11, 7.9, 0, 0, 0, 13, 13, 13, 2.7e5])
    case ("im2col", .planes): Entry([1.9, 0, 12, 0, 180, 0, 730, 54, 31, 1.8e5])
    case ("im2col", .channelGradient): Entry([0.53, 0.53, 9.3, 0, 43, 0, 18, 11, 16, 4.2e5])
    case ("winograd", .channels): Entry([0.96, 1.4, 13, 0, 11, 0.23, 4.8, 9.4, 16, 2e6])
    case ("winograd", .channelGradient): Entry([1.2, 0, 10, 0, 34, 0.45, 21, 1.5, 16, 2e6])
    case ("fft-tiled", .channels): Entry([1.2, 0, 0, 3.6, 3.6, 4.4, 6.5, 19, 16, 5.2e5])
    case ("fft-tiled", .planes): Entry([6.3, 0, 13, 4.9, 0, 0, 0, 0, 10, 4e5])
    case ("fft-tiled", .channelGradient):
      Entry([2.8, 4.5, 9.8, 0.059, 10, 1.2, 7.3, 40, 8.1, 4.2e6])
    case ("fft", .channels): Entry([9, 0, 46, 0, 89, 0, 8.5, 12, 16, 1.2e6])
    case ("fft", .planes): Entry([36, 0.76, 43, 0.41, 13, 0, 9.6, 38, 16, 5.3e5])
    default: nil
    }
  }

  /// Set so that the layers and pictures of the main job are ranked as they were measured on a Zen 5
  /// processor with AVX-512.
  private static func setEntry(_ family: String, _ regime: Work.Regime) -> Entry {
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
