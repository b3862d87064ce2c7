import ConvCore

extension Dialect {
  /// benchdnn's command line, and the primitive's own arguments.
  var oneDNN: Translation {
    let driver = isTransposed ? "--deconv" : "--conv"
    let direction: String
    switch p.pass {
    case .forward: direction = p.bias ? "FWD_B" : "FWD_D"
    case .inputGradient: direction = "BWD_D"
    case .weightGradient: direction = "BWD_W"
    case .biasGradient: direction = "BWD_WB"
    }
    var t = Translation("oneDNN", warnings: [])
    let type = p.scalar == .f32 ? "f32" : "f64"
    t.lines.append("benchdnn \(driver) --dir=\(direction) --dt=\(type) \(p.descriptor)")
    t.lines.append(
      "strides \(list { $0.stride }), dilates \(list { $0.dilation - 1 }), "
        + "padding_l \(list { $0.low }), padding_r \(list { $0.high })")
    if isDilated {
      t.warnings.append(
        "dilation is counted from 0: dh\(axes[0].dilation - 1) is PyTorch's \(axes[0].dilation)")
    }
    if !isSymmetric {
      t.warnings.append("a descriptor gives the near side; the far side follows from oh, ow")
    }
    if p.border != .zeros { t.warnings.append("it pads with zeros only: pad before") }
    if p.scalar == .f64 { t.warnings.append("f64 runs on its reference code only") }
    t.warnings.append(contentsOf: flipWarning)
    t.warnings.append("its operation count leaves out taps on padding (gflop_unpadded here)")
    return t
  }

  /// A tuple of DeepBench's conv_problems.h.
  var deepBench: Translation {
    guard p.rank == 2, !isTransposed else {
      return Translation("DeepBench", warnings: ["it has 2-D convolutions only"])
    }
    let (h, w) = (axes[0], axes[1])
    guard !isDilated, p.groups == 1, isSymmetric, p.border == .zeros else {
      return Translation(
        "DeepBench",
        warnings: ["it has no dilation, groups, borders or padding that differs by side"])
    }
    return Translation(
      "DeepBench",
      [
        "std::make_tuple(\(w.input), \(h.input), \(p.inChannels), \(p.batch), \(p.outChannels), "
          + "\(w.kernel), \(h.kernel), \(w.low), \(h.low), \(w.stride), \(h.stride))"
      ], warnings: ["width stands before height"] + flipWarning)
  }

  /// MIOpenDriver's command line.
  var miOpen: Translation {
    guard p.rank >= 2 else {
      return Translation(
        "MIOpen", warnings: ["it has 2-D and 3-D convolutions: give a height of 1"])
    }
    guard isSymmetric, p.border == .zeros else {
      return Translation("MIOpen", warnings: ["it has zero padding, the same on both sides, only"])
    }
    let (h, w) = (axes[axes.count - 2], axes[axes.count - 1])
    let direction: [Pass: Int] = [
      .forward: 1, .inputGradient: 2, .weightGradient: 4, .biasGradient: 4,
    ]
    var line =
      "MIOpenDriver conv\(p.scalar == .f64 ? "fp64" : "") -n \(p.batch) -c \(p.inChannels) "
      + "-H \(h.input) -W \(w.input) -k \(p.outChannels) -y \(h.kernel) -x \(w.kernel) "
      + "-p \(h.low) -q \(w.low) -u \(h.stride) -v \(w.stride) -l \(h.dilation) -j \(w.dilation) "
      + "-g \(p.groups) -m \(isTransposed ? "trans" : "conv") -F \(direction[p.pass] ?? 1)"
    if p.rank == 3 {
      let d = axes[0]
      line +=
        " --spatial_dim 3 --in_d \(d.input) --fil_d \(d.kernel) --pad_d \(d.low) "
        + "--conv_stride_d \(d.stride) --dilation_d \(d.dilation)"
    }
    var warnings = flipWarning
    if isDilated { warnings.append("dilation is counted from 1, as here") }
    return Translation("MIOpen", [line], warnings: warnings)
  }
}
