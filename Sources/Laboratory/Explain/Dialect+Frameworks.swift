import ConvCore

extension Dialect {
  /// PyTorch's functional form.
  var pyTorch: Translation {
    var t = Translation("PyTorch", warnings: [])
    let rank = p.rank
    var padding = tuple { $0.low }
    if !isTransposed && (p.border != .zeros || !isSymmetric) {
      if let mode = pyTorchMode {
        let amounts = axes.reversed().flatMap { [$0.low, $0.high] }.map(String.init)
        t.lines.append("x = F.pad(x, (\(amounts.joined(separator: ", "))), mode=\"\(mode)\")")
        padding = "0"
      } else {
        t.warnings.append(
          "it has no symmetric border: pad with numpy.pad(mode=\"symmetric\") first")
        padding = "0"
      }
    }
    if isFlipped {
      t.lines.append("w = w.flip(\((2..<(2 + rank)).map(String.init).joined(separator: ", ")))")
      t.warnings.append(contentsOf: flipWarning)
    }
    let common =
      "stride=\(tuple { $0.stride }), padding=\(padding), dilation=\(tuple { $0.dilation })"
    let groups = p.groups > 1 ? ", groups=\(p.groups)" : ""
    let bias = p.bias ? "b" : "None"
    t.lines.append(pyTorchCall(common, groups, bias))
    if isDilated { t.warnings.append("dilation is counted from 1, as here; oneDNN counts from 0") }
    if isTransposed && !isSymmetric {
      t.warnings.append("padding differs by side: run with padding 0 and slice the output")
    }
    if p.layout == .nhwc {
      t.warnings.append("shapes stay N, C, ...: use memory_format=channels_last")
    }
    return t
  }

  private var pyTorchMode: String? {
    switch p.border {
    case .zeros: "constant"
    case .reflect: "reflect"
    case .replicate: "replicate"
    case .circular: "circular"
    case .symmetric: nil
    }
  }

  private func pyTorchCall(_ common: String, _ groups: String, _ bias: String) -> String {
    let rank = p.rank
    switch (p.pass, isTransposed) {
    case (.forward, false): return "y = F.conv\(rank)d(x, w, \(bias), \(common)\(groups))"
    case (.forward, true):
      return "y = F.conv_transpose\(rank)d(x, w, \(bias), \(common), "
        + "output_padding=\(tuple { $0.outputPadding })\(groups))"
    case (.inputGradient, false):
      return "dx = torch.nn.grad.conv\(rank)d_input(x.shape, w, dy, \(common)\(groups))"
    case (.weightGradient, false):
      return "dw = torch.nn.grad.conv\(rank)d_weight(x, w.shape, dy, \(common)\(groups))"
    case (.inputGradient, true): return "dx = F.conv\(rank)d(dy, w, None, \(common)\(groups))"
    case (.weightGradient, true):
      return "dw = torch.nn.grad.conv\(rank)d_weight(dy, w.shape, x, \(common)\(groups))"
    case (.biasGradient, _):
      return "db = dy.sum((\(([0] + (2..<(2 + rank))).map(String.init).joined(separator: ", "))))"
    }
  }

  /// TensorFlow, and so Keras.
  var tensorFlow: Translation {
    var t = Translation("TensorFlow", warnings: [])
    if let forwardOnly {
      t.warnings.append("\(forwardOnly) of its own: tf.GradientTape around the forward pass")
    }
    t.lines = tensorFlowLines(&t)
    t.warnings.append("weights are (kernel..., C / groups, K) there, K, C / groups, kernel here")
    if p.layout == .nchw {
      t.warnings.append("channels come last by default; on CPUs only that works")
    }
    t.warnings.append(contentsOf: flipWarning)
    if isStrided && isDilated {
      t.warnings.append("stride and dilation above 1 together are refused")
    }
    if isTransposed {
      t.warnings.append(
        "\"SAME\" crops the far side; PyTorch's padding and output padding the near side")
    }
    return t
  }

  private func tensorFlowLines(_ t: inout Translation) -> [String] {
    var lines: [String] = []
    var padding = "\"VALID\""
    let isSame = isTensorFlowSame
    if isTransposed {
      padding = isSame ? "\"SAME\"" : "\"VALID\""
      if !isSame && hasPadding { t.warnings.append("crop \(paddingText) from the VALID output") }
      return [
        "y = tf.nn.conv\(p.rank)d_transpose(x, w, output_shape=\(p.outputShape), "
          + "strides=\(list { $0.stride }), padding=\(padding), dilations=\(list { $0.dilation }))"
      ]
    }
    switch p.border {
    case .zeros:
      padding = !hasPadding ? "\"VALID\"" : isSame ? "\"SAME\"" : explicitPadding
    case .reflect, .symmetric:
      lines.append("x = tf.pad(x, \(explicitPadding), mode=\"\(p.border.rawValue.uppercased())\")")
    case .replicate, .circular:
      t.warnings.append("it has no \(p.border.rawValue) border: pad with numpy.pad first")
    }
    lines.append(
      "y = tf.nn.convolution(x, w, strides=\(list { $0.stride }), padding=\(padding), "
        + "dilations=\(list { $0.dilation }))")
    return lines
  }

  /// Whether padding is what TensorFlow's "SAME" means: ceil(n / stride) outputs, the odd one at
  /// the far side.
  var isTensorFlowSame: Bool {
    if isTransposed {
      return axes.allSatisfy {
        $0.output(.transposedConvolution) == $0.input * $0.stride
          && $0.low == max(0, $0.reach - $0.stride) / 2
      }
    }
    return axes.allSatisfy { a in
      let outputs = (a.input + a.stride - 1) / a.stride
      let total = max(0, (outputs - 1) * a.stride + a.reach - a.input)
      return a.low == total / 2 && a.output(.convolution) == outputs
    }
  }

  private var paddingText: String {
    axes.map { "\($0.low)+\($0.high)" }.joined(separator: " x ")
  }

  private var explicitPadding: String {
    "[[0, 0], " + axes.map { "[\($0.low), \($0.high)]" }.joined(separator: ", ") + ", [0, 0]]"
  }

  /// An ONNX node.
  var onnx: Translation {
    var t = Translation("ONNX", warnings: [])
    if let forwardOnly { return Translation("ONNX", warnings: [forwardOnly]) }
    let pads = axes.map { String($0.low) } + axes.map { String($0.high) }
    var attributes =
      "kernel_shape=\(list { $0.kernel }), strides=\(list { $0.stride }), "
      + "dilations=\(list { $0.dilation }), group=\(p.groups)"
    let zeroPads = "[" + pads.joined(separator: ", ") + "]"
    if isTransposed {
      attributes += ", pads=\(zeroPads), output_padding=\(list { $0.outputPadding })"
      t.lines.append("y = ConvTranspose(x, w\(p.bias ? ", b" : ""), \(attributes))")
    } else {
      let modes: [Border: String] = [.reflect: "reflect", .replicate: "edge", .circular: "wrap"]
      if p.border == .zeros {
        attributes += ", pads=\(zeroPads)"
      } else if let mode = modes[p.border] {
        let all =
          ["0", "0"] + axes.map { String($0.low) } + ["0", "0"] + axes.map { String($0.high) }
        t.lines.append("x = Pad(x, pads=[\(all.joined(separator: ", "))], mode=\"\(mode)\")")
      } else {
        t.warnings.append("its Pad has no symmetric border")
      }
      t.lines.append("y = Conv(x, w\(p.bias ? ", b" : ""), \(attributes))")
    }
    t.warnings.append("pads are all near sides, then all far sides; dilations count from 1")
    t.warnings.append(contentsOf: flipWarning)
    return t
  }
}
