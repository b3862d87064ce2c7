/// One axis of a descriptor as it was written; nil is what was left out.
struct WrittenAxis {
  let letter: Character
  let input: Int?, output: Int?, kernel: Int?, stride: Int, padding: Int?, dilation: Int

  init(_ letter: Character, _ values: [String: Int]) {
    self.letter = letter
    input = values["i\(letter)"]
    output = values["o\(letter)"]
    kernel = values["k\(letter)"]
    stride = values["s\(letter)"] ?? 1
    padding = values["p\(letter)"]
    dilation = values["d\(letter)"] ?? 0
  }

  /// Whether anything but neutral values is written.
  var isPresent: Bool {
    input != nil || output != nil || kernel != nil || stride != 1 || dilation != 0
      || (padding ?? 0) > 0
  }

  func requireSizes() throws(ConvError) {
    for (what, value) in [("i", input), ("k", kernel)] where value == nil {
      throw .invalid("\(what)\(letter) is missing: an axis needs both i\(letter) and k\(letter)")
    }
  }

  /// The axis with both paddings, from what is written and what options say.
  func resolved(
    index: Int, rank: Int, _ settings: ProblemSettings
  ) throws(ConvError) -> Axis {
    var axis = Axis(
      input ?? 1, kernel: kernel ?? 1, stride: stride, dilation: dilation + 1,
      outputPadding: try outputPadding(index, rank, settings))
    guard axis.reach <= Axis.largest else {
      throw .invalid(
        "k\(letter) \(axis.kernel) at dilation d\(letter) \(dilation) covers \(axis.reach), "
          + "more than \(Axis.largest)")
    }
    if let rule = settings.padding {
      (axis.low, axis.high) = try rule.sides(
        of: axis, index: index, rank: rank, operation: settings.operation)
    } else if let output {
      // What both sides are padded by together, or cropped by in a transposed convolution.
      let total =
        settings.operation == .convolution
        ? (output - 1) * stride - axis.input + axis.reach
        : (axis.input - 1) * stride + axis.reach + axis.outputPadding - output
      axis.low = padding ?? max(0, total / 2)
      axis.high = total - axis.low
      try check(axis, output, settings.operation)
    } else {
      axis.low = padding ?? 0
      axis.high = axis.low
    }
    try checkFit(axis, settings.operation)
    trimRemainder(&axis, settings.operation)
    return axis
  }

  private func outputPadding(_ index: Int, _ rank: Int, _ settings: ProblemSettings)
    throws(ConvError) -> Int
  {
    guard let list = settings.outputPadding else { return 0 }
    guard settings.operation == .transposedConvolution else {
      throw .invalid("output padding belongs to transposed convolutions only")
    }
    guard list.count == 1 || list.count == rank else {
      throw .invalid("output padding has \(list.count) numbers, but there are \(rank) axes")
    }
    let value = list[list.count == 1 ? 0 : index]
    guard (0...Axis.largest).contains(value) else {
      throw .invalid("output padding is \(value), but must be from 0 to \(Axis.largest)")
    }
    return value
  }

  /// Refuses an output that the rest contradicts: fewer windows than fit, or most of them beyond
  /// the input.
  private func check(_ axis: Axis, _ output: Int, _ operation: Operation) throws(ConvError) {
    let wrong: Bool
    switch operation {
    case .convolution:
      let touching = (axis.input + axis.low + stride - 1) / stride
      let isLopsided = axis.high > axis.low + stride
      wrong = axis.high <= -stride || isLopsided && output - touching > touching
    case .transposedConvolution:
      wrong =
        axis.high <= -max(stride, axis.dilation)
        || axis.high > max(axis.reach - 1, axis.low + stride)
    }
    guard wrong else { return }
    var symmetric = axis
    symmetric.high = axis.low
    let fits = operation == .transposedConvolution || symmetric.paddedExtent >= axis.reach
    let right = fits ? symmetric.output(operation) : 0
    let given = "i\(letter)\(axis.input) k\(letter)\(axis.kernel) s\(letter)\(stride)"
    throw .invalid(
      "o\(letter) is \(output), but \(given) d\(letter)\(dilation) with padding "
        + "p\(letter)\(axis.low) give \(right > 0 ? "o\(letter)\(right)" : "no output")")
  }

  private func checkFit(_ axis: Axis, _ operation: Operation) throws(ConvError) {
    if operation == .convolution, axis.paddedExtent < axis.reach {
      throw .invalid(
        "k\(letter) \(axis.kernel) covers \(axis.reach), more than the padded input: "
          + "i\(letter) \(axis.input) with padding \(axis.low) and \(axis.high)")
    }
  }

  /// Far-side padding that no window reads is left out, so that a problem has one descriptor and a
  /// descriptor one problem. A crop stops short of the whole input where windows allow it.
  private func trimRemainder(_ axis: inout Axis, _ operation: Operation) {
    guard operation == .convolution else { return }
    let unread = (axis.paddedExtent - axis.reach) % stride
    let exact = axis.high - unread
    axis.high = exact > -axis.input ? exact : min(1 - axis.input, exact + stride - 1)
  }
}
