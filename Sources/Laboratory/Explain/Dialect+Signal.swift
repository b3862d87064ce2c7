import ConvCore

extension Dialect {
  /// Why a plain signal or image library cannot say this problem, or nil.
  private var notSignal: String? {
    if let forwardOnly { return forwardOnly }
    if isTransposed { return "it has no transposed convolution: upsample with zeros and convolve" }
    if !isOneChannel {
      return "it takes one channel and one kernel: loop over the channels and add"
    }
    if p.bias { return "add the bias afterwards" }
    return nil
  }

  private var subsampling: String {
    isStrided ? "[" + axes.map { "::\($0.stride)" }.joined(separator: ", ") + "]" : ""
  }

  /// scipy.signal.
  var scipySignal: Translation {
    if let notSignal { return Translation("SciPy signal", warnings: [notSignal]) }
    var t = Translation("SciPy signal", warnings: batchWarning)
    var mode: String?
    if !hasPadding {
      mode = "valid"
    } else if axes.allSatisfy({ $0.low == $0.reach - 1 && $0.high == $0.reach - 1 }) {
      mode = "full"
    } else if keepsExtents && axes.allSatisfy({ $0.low == $0.reach / 2 }) {
      mode = "same"
    }
    if p.border != .zeros || mode == nil {
      let amounts = axes.map { "(\($0.low), \($0.high))" }.joined(separator: ", ")
      t.lines.append("x = numpy.pad(x, [\(amounts)], mode=\"\(p.border.numpyName)\")")
      if p.border == .zeros {
        t.warnings.append(
          "this padding is none of its modes; its \"same\" pads k // 2 at the near side")
      }
      mode = "valid"
    }
    if isDilated { t.lines.append("w = w spread out with zeros: \(tuple { $0.reach }) taps") }
    let function = isFlipped ? "convolve" : "correlate"
    t.lines.append(
      "y = scipy.signal.\(function)(x, w, mode=\"\(mode ?? "valid")\", method=\"auto\")\(subsampling)"
    )
    if !isFlipped { t.warnings.append("convolve and fftconvolve flip the kernel: use correlate") }
    if mode == "same", axes.contains(where: { $0.kernel % 2 == 0 }) {
      t.warnings.append(
        "its \"same\" puts the extra row at the near side, TensorFlow's at the far side")
    }
    return t
  }

  /// scipy.ndimage.
  var scipyNDImage: Translation {
    if let notSignal { return Translation("SciPy ndimage", warnings: [notSignal]) }
    guard keepsExtents, !isDilated else {
      return Translation(
        "SciPy ndimage", warnings: ["its output is as large as the input, and it has no dilation"])
    }
    let mode: [Border: String] = [
      .zeros: "constant", .reflect: "mirror", .symmetric: "reflect", .replicate: "nearest",
      .circular: "grid-wrap",
    ]
    // Its window starts k // 2 + origin before the output; a flipped kernel starts from the other end.
    let origins = axes.map { a in
      isFlipped ? (a.kernel - 1) / 2 - a.low : a.low - a.kernel / 2
    }
    let origin = origins.allSatisfy { $0 == 0 } ? "" : ", origin=\(origins)"
    var t = Translation("SciPy ndimage", warnings: batchWarning)
    let function = isFlipped ? "convolve" : "correlate"
    t.lines.append(
      "y = scipy.ndimage.\(function)(x, w, mode=\"\(mode[p.border] ?? "")\"\(origin))\(subsampling)"
    )
    if p.border == .reflect || p.border == .symmetric {
      t.warnings.append(
        "its \"reflect\" repeats the edge (symmetric here and in NumPy); its \"mirror\" does not (reflect)"
      )
    }
    return t
  }

  /// OpenCV.
  var openCV: Translation {
    if let notSignal { return Translation("OpenCV", warnings: [notSignal]) }
    guard p.rank == 2, keepsExtents, !isDilated else {
      return Translation(
        "OpenCV",
        warnings: ["filter2D takes 2-D images, keeps their size, and has no dilation"])
    }
    let border: [Border: String] = [
      .zeros: "BORDER_CONSTANT", .reflect: "BORDER_REFLECT_101", .symmetric: "BORDER_REFLECT",
      .replicate: "BORDER_REPLICATE", .circular: "BORDER_WRAP",
    ]
    var t = Translation("OpenCV", warnings: flipWarning + batchWarning)
    let anchor = "(\(axes[1].low), \(axes[0].low))"
    let w = isFlipped ? "cv2.flip(w, -1)" : "w"
    if p.border == .circular {
      t.warnings.append("filter2D refuses BORDER_WRAP: copyMakeBorder with it first, then crop")
    }
    t.lines.append(
      "y = cv2.filter2D(x, \(p.scalar == .f32 ? "cv2.CV_32F" : "cv2.CV_64F"), \(w), "
        + "anchor=\(anchor), borderType=cv2.\(border[p.border] ?? ""))\(subsampling)")
    t.warnings.append("anchor is (x, y); the default border is BORDER_REFLECT_101 (reflect here)")
    return t
  }
}

extension Border {
  /// `numpy.pad`'s name.
  var numpyName: String {
    switch self {
    case .zeros: "constant"
    case .reflect: "reflect"
    case .symmetric: "symmetric"
    case .replicate: "edge"
    case .circular: "wrap"
    }
  }
}
