import ConvCore
import DirectConv
import SpectralConv

/// The algorithms that can be named, a value: a package with its own adds them to the standard one.
public struct Registry: Sendable {
  /// All families, in the order of tables.
  public private(set) var families: [Family]

  /// A registry of the given families.
  public init(_ families: [Family]) { self.families = families }

  /// What ships: one line a family.
  public static let standard: Registry = Registry([
    Family("reference", "plain loops in Double, the oracle", isContender: false) { _ in Reference()
    },
    Family("direct", "the sum as defined, in blocks of registers") { _ in Direct() },
    Family("im2col", "a product of matrices, windows packed in panels") { _ in Im2col() },
    Family("winograd", "minimal filtering of 2 to 5 taps", variants: ["f2", "f4", "f6"]) {
      (variant) throws(ConvError) in
      guard variant.isEmpty || ["f2", "f4", "f6"].contains(variant) else {
        throw .invalid("winograd has the variants f2, f4 and f6, not \(variant)")
      }
      return Winograd(tile: Int(variant.dropFirst()))
    },
    Family("separable", "kernels of low rank as passes along one axis each") { _ in Separable() },
    Family("fft", "one transform over the whole image, by FFTW") { _ in WholeImageFFT() },
    Family(
      "fft-tiled", "overlap-save tiles",
      variants: ["t16", "t18", "t24", "t32", "t48", "t64", "t72", "fftw"]
    ) { (v) throws(ConvError) -> any ConvAlgorithm in
      if v.hasPrefix("fftw") { try OverlapSave(variant: v) } else { try TiledFFT(variant: v) }
    },
    Family(
      "auto", "whom a cost model of this machine expects to be fastest", variants: ["accurate"]
    ) { (v) throws(ConvError) in try Auto(.standard, variant: v) },
  ])

  /// A copy with one more family; one of the same name takes the other's place.
  public func adding(_ family: Family) -> Registry {
    var copy = self
    if let i = copy.families.firstIndex(where: { $0.name == family.name }) {
      copy.families[i] = family
    } else {
      copy.families.append(family)
    }
    return copy
  }
}

/// Algorithms that share an idea and differ in a parameter: `winograd` with `f2`, `f4`, `f6`.
public struct Family: Sendable {
  /// As options and tables write it.
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// Variants that `list` shows and globs range over; the default one, `""`, is not among them.
  public let variants: [String]
  /// Whether `all` and globs include it; the others are used only where they are named.
  public let isContender: Bool
  private let factory: @Sendable (_ variant: String) throws(ConvError) -> any ConvAlgorithm

  /// A family. `make` is given a variant that `variants` lists, `""`, or any other text that it may
  /// understand (`t16+gauss`), and throws `ConvError.invalid` where it does not.
  public init(
    _ name: String, _ summary: String, variants: [String] = [], isContender: Bool = true,
    make: @escaping @Sendable (_ variant: String) throws(ConvError) -> any ConvAlgorithm
  ) {
    self.name = name
    self.summary = summary
    self.variants = variants
    self.isContender = isContender
    factory = make
  }

  /// The algorithm of a variant; `""` is the default.
  ///
  /// - Throws: `ConvError.invalid` where there is no such variant.
  public func make(_ variant: String = "") throws(ConvError) -> any ConvAlgorithm {
    if variants.isEmpty && !variant.isEmpty {
      throw .invalid("\(name) has no variants, so no \(name):\(variant)")
    }
    return try factory(variant)
  }
}
