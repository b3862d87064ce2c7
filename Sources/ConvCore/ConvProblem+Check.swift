extension ConvProblem {
  private static let axisNames = ["depth", "height", "width"]

  /// Refuses what cannot be, in one line that names it.
  func check() throws(ConvError) {
    for (name, value) in [
      ("batch (mb)", batch), ("input channels (ic)", inChannels),
      ("output channels (oc)", outChannels), ("groups (g)", groups),
    ] where value < 1 {
      throw .invalid("\(name) is \(value), but must be at least 1")
    }
    guard inChannels % groups == 0, outChannels % groups == 0 else {
      throw .invalid(
        "groups (g) \(groups) must divide the input channels (ic) \(inChannels) "
          + "and the output channels (oc) \(outChannels)")
    }
    for (i, axis) in axes.enumerated() { try check(axis, Self.axisNames[i]) }
    try checkSizes()
  }

  private func check(_ axis: Axis, _ name: String) throws(ConvError) {
    for (what, value) in [
      ("input", axis.input), ("kernel", axis.kernel), ("stride", axis.stride),
      ("dilation (counted from 1)", axis.dilation),
    ] {
      guard value >= 1 else {
        throw .invalid("\(name): \(what) is \(value), but must be at least 1")
      }
      guard value <= Axis.largest else {
        throw .invalid("\(name): \(what) is \(value), but must be at most \(Axis.largest)")
      }
    }
    let range = -Axis.largest...Axis.largest
    guard range.contains(axis.low), range.contains(axis.high), range.contains(axis.outputPadding)
    else { throw .invalid("\(name): padding must lie within +-\(Axis.largest)") }
    switch operation {
    case .convolution:
      guard axis.outputPadding == 0 else {
        throw .invalid("\(name): output padding belongs to transposed convolutions only")
      }
      let padded = axis.input + axis.low + axis.high
      guard padded >= axis.reach else {
        throw .invalid(
          "\(name): the kernel covers \(axis.reach), which is more than the padded input's \(padded)"
        )
      }
      try checkBorder(axis.low, axis.high, of: axis.input, name)
    case .transposedConvolution:
      let limit = max(axis.stride, axis.dilation)
      guard axis.outputPadding >= 0, axis.outputPadding < limit else {
        throw .invalid(
          "\(name): output padding \(axis.outputPadding) must be from 0 to \(limit - 1), "
            + "less than the larger of stride and dilation")
      }
      let extent = axis.output(operation)
      guard extent >= 1 else {
        throw .invalid("\(name): padding \(axis.low), \(axis.high) crops the whole output away")
      }
      try checkBorder(axis.low, axis.high - axis.outputPadding, of: extent, name)
    }
  }

  private func checkBorder(_ low: Int, _ high: Int, of n: Int, _ name: String) throws(ConvError) {
    guard max(low, high) <= border.widest(n) else {
      throw .invalid(
        "\(name): a \(border.rawValue) border of \(n) elements is at most \(border.widest(n)) wide, "
          + "not \(max(low, high))")
    }
    guard low > -n, high > -n else {
      throw .invalid("\(name): a crop of \(-min(low, high)) leaves nothing of \(n) elements")
    }
  }

  /// Element counts, bytes and operation counts must be representable.
  private func checkSizes() throws(ConvError) {
    let e = axes.map { $0.output(operation) }
    for (i, axis) in underlying.axes.enumerated()
    where axis.paddedExtent > Axis.largest || e[i] > Axis.largest {
      throw .invalid("\(Self.axisNames[i]): more than \(Axis.largest) padded inputs or outputs")
    }
    let inputs = [batch, inChannels] + axes.map(\.input)
    let outputs = [batch, outChannels] + e
    let weights = [outChannels, inChannels / groups] + axes.map(\.kernel)
    let padded = [batch, max(inChannels, outChannels)] + axes.map(\.paddedExtent)
    for (name, factors) in [
      ("input", inputs), ("output", outputs), ("weights", weights), ("padded input", padded),
    ] {
      var product = 1
      for f in factors {
        let (p, overflow) = product.multipliedReportingOverflow(by: f)
        guard !overflow, p < 1 << 58 else {
          let text = factors.map(String.init).joined(separator: " x ")
          throw .invalid("the \(name) has \(text) elements, more than any memory holds")
        }
        product = p
      }
    }
  }
}
