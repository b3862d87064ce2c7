import ConvCore

extension Hypothesis {
  /// Conventions, paddings, dilations and borders taken for others.
  static func misreadings(_ p: ConvProblem) -> [Self] {
    var list: [Self] = []
    let flipped: Convention =
      p.convention == .convolution ? .crossCorrelation : .convolution
    list.append(
      .misreading(
        "flipped kernel",
        "the kernel is flipped: \(flipped.rawValue) is computed, not \(p.convention.rawValue)",
        try? p.with(convention: flipped)))
    for border in Border.allCases where border != p.border {
      list.append(
        .misreading(
          "border", "the border is \(border.rawValue), not \(p.border.rawValue)",
          try? p.with(border: border)))
    }
    let names = Array(["d", "h", "w"].suffix(p.rank))
    var subsets = (0..<p.rank).map { ([$0], "along \(names[$0])") }
    if p.rank > 1 { subsets.append((Array(0..<p.rank), "along every axis")) }
    for (axes, place) in subsets { list += shifts(p, axes, place) + dilations(p, axes, place) }
    list.append(
      .misreading(
        "padding sides exchanged", "near and far padding are exchanged",
        p.changed(Array(0..<p.rank)) { ($0.low, $0.high) = ($0.high, $0.low) }))
    return list
  }

  private static func shifts(_ p: ConvProblem, _ axes: [Int], _ place: String) -> [Self] {
    [(1, "early"), (-1, "late")].map { by, when in
      .misreading(
        "shifted by one",
        "windows begin one element too \(when) \(place): padding "
          + "\(p.spatialAxes[axes[0]].low + by) before, not \(p.spatialAxes[axes[0]].low)",
        p.changed(axes) {
          $0.low += by
          $0.high -= by
        })
    }
  }

  private static func dilations(_ p: ConvProblem, _ axes: [Int], _ place: String) -> [Self] {
    [1, -1].flatMap { by -> [Self] in
      let given = p.spatialAxes[axes[0]].dilation
      let sentence =
        "taps stand \(given + by) apart \(place), not \(given): a dilation counted from "
        + (by > 0 ? "0 read as counted from 1, or the other way round" : "1 read as from 0")
      // The extents hide it: what the kernel covers more is taken from the far side, or from both.
      return [false, true].map { isCentred in
        .misreading(
          "dilation base", sentence,
          p.changed(axes) {
            let more = by * ($0.kernel - 1)
            let near = isCentred ? more / 2 : 0
            $0.dilation += by
            $0.low += near
            $0.high += more - near
          })
      }
    }
  }
}

extension ConvProblem {
  /// With some axes changed; nil where that cannot be.
  fileprivate func changed(_ indices: [Int], _ change: (inout Axis) -> Void) -> ConvProblem? {
    var axes = spatialAxes
    for i in indices { change(&axes[i]) }
    return try? with(axes: axes)
  }
}
