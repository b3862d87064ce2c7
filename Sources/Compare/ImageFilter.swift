import ConvCore
import Imaging

/// What a call makes of a picture with one algorithm.
struct ImageResult {
  /// What algorithms are compared by: the values before they become pixels.
  var values: Picture
  /// How they become pixels.
  var mapping: PixelMapping
  /// What is written.
  var pixels: Picture
  /// What each step leaves, as pixels, with a name fit for a file.
  var stages: [(name: String, picture: Picture)] = []
}

extension ImageJob {
  /// Filters with every algorithm, writes the first one's result and compares the others with it.
  /// Where there are several, each convolution of each is verified too.
  func filterPicture(_ picture: Picture) throws(ConvError) -> Int32 {
    guard let path = arguments[ImageOption.output] else {
      throw .invalid("compare image needs --output OUT.png")
    }
    var comparison = ImageComparison(
      verifyingWith: algorithms.count > 1 ? filter.resources : nil)
    var refusal: ConvError?
    for algorithm in algorithms {
      refusal =
        try comparison.add(algorithm, filter) { filter throws(ConvError) in
          try result(picture, filter)
        } ?? refusal
    }
    guard let first = comparison.first else {
      throw refusal ?? .invalid("no algorithm was chosen")
    }
    try first.result.pixels.write(path, depth: arguments[ImageOption.depth, default: .eight])
    if let folder = arguments[ImageOption.stages] { try write(first.result.stages, folder) }
    if !arguments.has(Options.quiet) { report(first.name, first.result, path, comparison.table) }
    return comparison.hasFailed ? 1 : 0
  }

  private func result(_ picture: Picture, _ filter: Filter) throws(ConvError) -> ImageResult {
    if let chain = arguments[ImageOption.chain] ?? arguments[ImageOption.kernel] {
      return try chained(picture, chain, filter)
    }
    if let canny = arguments[ImageOption.canny] {
      let sigma = arguments[ImageOption.sigma, default: canny.sigma]
      let stages = try Canny(low: canny.low, high: canny.high, sigma: sigma)(picture, filter)
      return ImageResult(
        values: stages.edges, mapping: .clip, pixels: stages.edges, stages: stages.pictures)
    }
    let example = try NotesExample(picture, filter)
    let stages = [
      ("1-grey", example.grey), ("2-edges", example.edges), ("3-relu", example.rectified),
      ("4-pooled", example.pooled),
    ]
    return ImageResult(
      values: example.pooled, mapping: .rescale, pixels: try example.sideBySide(),
      stages: stages.map { ($0.0, PixelMapping.rescale($0.1)) })
  }

  private func chained(_ picture: Picture, _ chain: Chain, _ filter: Filter) throws(ConvError)
    -> ImageResult
  {
    let results = try filter(chain, picture)
    let asked = arguments[ImageOption.map]
    var stages: [(name: String, picture: Picture)] = []
    var isSigned = false
    for (i, result) in results.enumerated() {
      isSigned = isSigned || chain.steps[i].kernel?.hasNegativeWeights ?? false
      let word = chain.names[i].prefix { $0.isLetter || $0.isNumber || $0 == "-" }
      let mapping = asked ?? (isSigned ? .rescale : .clip)
      stages.append(("\(i + 1)-\(word.isEmpty ? "kernel" : word)", mapping(result)))
    }
    let mapping = asked ?? chain.defaultMapping
    let last = results.last ?? picture
    let pixels =
      arguments.has(ImageOption.sideBySide)
      ? try Picture.sideBySide([picture] + stages.map(\.picture)) : mapping(last)
    return ImageResult(values: last, mapping: mapping, pixels: pixels, stages: stages)
  }

  private func write(_ stages: [(name: String, picture: Picture)], _ folder: String)
    throws(ConvError)
  {
    try makeFolder(folder)
    for (name, picture) in stages {
      try picture.write(folder.hasSuffix("/") ? "\(folder)\(name).png" : "\(folder)/\(name).png")
    }
  }

  /// What was done, and how far the algorithms differ where there are several.
  private func report(
    _ name: AlgorithmName, _ result: ImageResult, _ path: String, _ table: TextTable
  ) {
    let (low, high) = result.values.range
    let pixels = result.pixels
    Output.line(
      "\(path): \(pixels.width) x \(pixels.height), \(pixels.channels == 1 ? "grey" : "RGB"), "
        + "by \(name); values from \(significant(Double(low))) to \(significant(Double(high))), "
        + "\(result.mapping.rawValue)")
    if let folder = arguments[ImageOption.stages] {
      Output.line("\(folder): \(result.stages.map { "\($0.name).png" }.joined(separator: ", "))")
    }
    guard algorithms.count > 1 else { return }
    let colour = Output.isTerminal && !arguments.has(Options.plain)
    Output.line("\n" + table.text(colour: colour, width: Output.width))
  }
}
