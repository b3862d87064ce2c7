import ConvCore

/// One row of the catalogue: a step that can be named on the command line.
public struct CatalogueEntry: Sendable {
  /// What it is called, and other names for the same.
  public let names: [String]
  /// Its parameters as they are written, with their defaults; empty where there are none.
  public let parameters: String
  /// One line on what it does.
  public let summary: String
  /// The step, from the parameters given.
  let make: @Sendable (inout Parameters) throws(ConvError) -> FilterStep

  /// The first of its names.
  public var name: String { names[0] }

  /// The kernel with its default parameters; nil for a step that is no kernel.
  public var kernel: ImageKernel? {
    var none = Parameters(step: name)
    guard case .kernel(let kernel)? = try? make(&none) else { return nil }
    return kernel
  }
}

/// Every kernel and other step that a chain may name. A table: to add a kernel, add a row.
public enum Catalogue {
  /// Kernels first, in the order in which they are listed.
  public static let entries: [CatalogueEntry] = kernels + steps

  /// The entry of that name, or nil.
  public static func entry(_ name: String) -> CatalogueEntry? {
    entries.first { $0.names.contains(name) }
  }

  /// The kernels.
  public static let kernels: [CatalogueEntry] = [
    fixed(
      ["sobel-x"], "change along x, smoothed along y; positive where brighter to the right",
      [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    fixed(
      ["sobel-y"], "change along y; positive where brighter upwards (OpenCV's is minus this)",
      [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
    fixed(
      ["prewitt-x"], "as the notes write it: positive where darker to the right",
      [[1, 0, -1], [1, 0, -1], [1, 0, -1]]),
    fixed(
      ["prewitt-y"], "positive where brighter upwards",
      [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]),
    CatalogueEntry(
      names: ["gaussian"], parameters: "sigma=1,size=2*ceil(3*sigma)+1",
      summary: "weighted mean that fades with the distance"
    ) { p throws(ConvError) in
      let sigma = try p.number("sigma", or: 1)
      return .kernel(try .gaussian(sigma: sigma, size: try p.whole("size")))
    },
    fixed(
      ["binomial3"], "1,2,1 along both axes: a small Gaussian",
      [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
      over: 16),
    fixed(
      ["binomial5"], "1,4,6,4,1 along both axes: a Gaussian of sigma 1",
      [1, 4, 6, 4, 1].map { row in [1, 4, 6, 4, 1].map { $0 * row } }, over: 256),
    CatalogueEntry(names: ["box"], parameters: "size=3", summary: "mean of size x size pixels") {
      p throws(ConvError) in .kernel(try .box(try p.whole("size") ?? 3))
    },
    fixed(["box3"], "mean of 3 x 3 pixels", square(3), over: 9),
    fixed(["box5"], "mean of 5 x 5 pixels", square(5), over: 25),
    fixed(["box7"], "mean of 7 x 7 pixels", square(7), over: 49),
    fixed(
      ["laplacian"], "four times the pixel less its four neighbours (OpenCV's is minus this)",
      [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
    fixed(
      ["edge8", "edge"], "eight times the pixel less its eight neighbours",
      [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    fixed(
      ["edge8-negative"], "its eight neighbours less eight times the pixel",
      [[1, 1, 1], [1, -8, 1], [1, 1, 1]]),
    fixed(
      ["sharpen"], "the pixel plus its Laplacian", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
  ]

  /// What is no kernel.
  public static let steps: [CatalogueEntry] = [
    CatalogueEntry(
      names: ["unsharp"], parameters: "amount=1,sigma=1",
      summary: "unsharp masking: the picture plus amount times what a Gaussian blur takes away"
    ) { p throws(ConvError) in
      let amount = try p.number("amount", or: 1)
      return .unsharp(amount: amount, blur: try .gaussian(sigma: try p.number("sigma", or: 1)))
    },
    CatalogueEntry(names: ["relu"], parameters: "", summary: "negative values become 0") { _ in
      .relu
    },
    CatalogueEntry(names: ["abs"], parameters: "", summary: "magnitudes") { _ in .absolute },
    CatalogueEntry(
      names: ["maxpool"], parameters: "size=2,stride=size",
      summary: "largest value of each window; rows and columns left over are dropped"
    ) { p throws(ConvError) in
      let size = try p.whole("size") ?? 2
      return .maxPool(size: size, stride: try p.whole("stride") ?? size)
    },
    CatalogueEntry(
      names: ["avgpool"], parameters: "size=2,stride=size", summary: "mean of each window"
    ) { p throws(ConvError) in
      let size = try p.whole("size") ?? 2
      return .averagePool(size: size, stride: try p.whole("stride") ?? size)
    },
    CatalogueEntry(
      names: ["grey", "gray"], parameters: "",
      summary: "one channel: 0.299 red + 0.587 green + 0.114 blue"
    ) { _ in .grey },
    CatalogueEntry(
      names: ["resize"], parameters: "WIDTHxHEIGHT,method=area|bilinear",
      summary: "another size; area unless one axis grows"
    ) { p throws(ConvError) in
      guard let width = try p.whole("width"), let height = try p.whole("height") else {
        throw .invalid("resize: a size such as resize:300x300 is needed")
      }
      return .resize(width: width, height: height, try p.choice("method", Picture.Resampling.self))
    },
  ]

  private static func square(_ side: Int) -> [[Double]] {
    Array(repeating: Array(repeating: 1, count: side), count: side)
  }

  /// A kernel without parameters.
  private static func fixed(
    _ names: [String], _ summary: String, _ rows: [[Double]], over divisor: Double = 1
  ) -> CatalogueEntry {
    CatalogueEntry(names: names, parameters: "", summary: summary) { _ throws(ConvError) in
      .kernel(try ImageKernel(names[0], rows).divided(by: divisor))
    }
  }
}
