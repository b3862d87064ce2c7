import ConvCore
import Imaging

extension ImageJob {
  /// The map of how many inputs reach each output of a transposed convolution.
  func overlaps(_ numbers: [Int]) throws(ConvError) -> Int32 {
    guard numbers.count >= 2 else { throw .invalid("--overlaps: K,S[,P] is needed, as 3,2") }
    let axis = try axis(numbers, "--overlaps")
    let counts = try filter.overlapCounts(height: axis, width: axis)
    let even = axis.kernel % axis.stride == 0
    return try show(
      counts,
      "inputs that reach each output: \(axis.kernel) taps are \(even ? "" : "not ")divisible by "
        + "stride \(axis.stride), so the middle is \(even ? "even" : "a checkerboard")")
  }

  /// The map of how often each pixel is used.
  func uses(_ numbers: [Int]) throws(ConvError) -> Int32 {
    let axis = try axis(numbers, "--uses")
    let border = arguments[ImageOption.border, default: .zeros]
    let counts = try filter.usageCounts(height: axis, width: axis, border: border)
    return try show(
      counts,
      "windows that use each pixel: \(axis.kernel) x \(axis.kernel) taps, stride "
        + "\(axis.stride), padding \(axis.low)")
  }

  private func axis(_ numbers: [Int], _ option: String) throws(ConvError) -> Axis {
    guard (1...3).contains(numbers.count) else {
      throw .invalid("\(option): up to three numbers are needed, taps, stride and padding")
    }
    let padding = numbers.count > 2 ? numbers[2] : 0
    return Axis(
      arguments[ImageOption.size, default: 8], kernel: numbers[0],
      stride: numbers.count > 1 ? numbers[1] : 1, low: padding, high: padding)
  }

  /// The counts as a table, if they fit one, and as a picture of blocks, if one is asked for.
  private func show(_ counts: Tensor<Float>, _ title: String) throws(ConvError) -> Int32 {
    let (h, w) = (counts.shape[0], counts.shape[1])
    let quiet = arguments.has(Options.quiet)
    if !quiet { Output.line(title) }
    if !quiet && w <= 32 && h <= 64 {
      let texts = counts.elements.map { "\(Int($0))" }
      let width = texts.map(\.count).max() ?? 1
      for y in 0..<h {
        let row = texts[y * w..<(y + 1) * w]
        Output.line(
          row.map { String(repeating: " ", count: width - $0.count) + $0 }.joined(separator: " "))
      }
    }
    if let path = arguments[ImageOption.output] {
      let picture = PixelMapping.rescale(try Picture(counts))
      let block = max(1, 256 / max(h, w))
      try picture.resized(width: w * block, height: h * block, by: .area).write(path)
      if !quiet { Output.line("\(path): black is the fewest, white the most") }
    }
    return 0
  }

  /// What a shift changes.
  func translate(_ picture: Picture, _ shift: [Int]) throws(ConvError) -> Int32 {
    var chain = try Chain(kernel: "sobel-x")
    if let asked = arguments[ImageOption.kernel] { chain = asked }
    guard let kernel = chain.steps[0].kernel else {
      throw .invalid("--translation: --kernel must name a kernel, not \(chain.names[0])")
    }
    let side = min(picture.width, picture.height)
    let report = try filter.translation(
      of: picture, under: kernel, dx: shift[0], dy: shift[1],
      windows: [1, 2, 4, 8, 16].filter { $0 <= side })
    let error = report.equivarianceError
    Output.line(
      "shifted by \(report.dx), \(report.dy) (circular): the map of \(chain.names[0]) by "
        + "\(filter.algorithm.name) shifts along, "
        + (error == 0 ? "exactly" : "up to \(scientific(error))"))
    Output.line("after ReLU and max pooling, where the values stand:")
    var table = TextTable(["window", "relative change (L2)", "values unchanged"])
    for change in report.changes {
      table.add([
        change.window == 1 ? "none" : "\(change.window)", significant(change.relative),
        "\(fixed(100 * change.unchanged, 1)) %",
      ])
    }
    Output.line(table.text(colour: Output.isTerminal && !arguments.has(Options.plain)))
    return 0
  }
}
