extension ConvProblem {
  /// The benchdnn descriptor: shapes alone, not operation, pass, border, convention or scalar.
  ///
  /// Batch and padding are always written, one group, unit strides and no dilation never, equal
  /// axes once. Reading it back with the same settings gives this problem, apart from padding that
  /// no window reads, and from a negative near-side padding, which descriptors cannot say.
  public var descriptor: String { descriptor(name: "") }

  /// The descriptor with a name at its end: `mb2_ic1ih5oc1oh3kh3ph0_n"name*3"`.
  public func descriptor(name: String, multiplicity: Int = 1) -> String {
    let axes = spatialAxes
    let equal = axes.allSatisfy { $0 == axes[0] }
    let letters = Array("dhw".suffix(rank))
    let shown = equal ? 1 : rank
    func part(_ key: String, _ value: (Axis) -> Int) -> String {
      (0..<shown).map { "\(key)\(letters[$0])\(value(axes[$0]))" }.joined()
    }
    var parts = ["ic\(inChannels)" + part("i", \.input)]
    parts.append("oc\(outChannels)" + part("o") { $0.output(operation) })
    parts.append(part("k", \.kernel))
    if axes.contains(where: { $0.stride != 1 }) { parts.append(part("s", \.stride)) }
    parts.append(part("p", \.low))
    if axes.contains(where: { $0.dilation != 1 }) { parts.append(part("d") { $0.dilation - 1 }) }
    let head = (groups == 1 ? "" : "g\(groups)") + "mb\(batch)"
    var text = head + "_" + parts.joined(separator: shown == 1 ? "" : "_")
    if !name.isEmpty || multiplicity != 1 {
      // A name that itself ends in *3 is told from a multiplicity by writing *1 after it.
      let counted = multiplicity != 1 || DescriptorEntries.name(name[...]) != (name, 1)
      text += "_n\"\(name)\(counted ? "*\(multiplicity)" : "")\""
    }
    return text
  }

  /// Reads a descriptor; see `NamedProblem.init(descriptor:_:)`.
  ///
  /// - Throws: `ConvError.invalid` naming the key that is wrong, and what would be right.
  public init(
    descriptor: String, _ settings: ProblemSettings = ProblemSettings()
  ) throws(ConvError) {
    self = try NamedProblem(descriptor: descriptor, settings).problem
  }
}

extension NamedProblem {
  /// The descriptor with name and multiplicity.
  public var descriptor: String { problem.descriptor(name: name, multiplicity: multiplicity) }
}
