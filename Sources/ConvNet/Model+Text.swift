import ConvCore

extension Model {
  /// The line that reads back as these layers: see `init(parsing:input:classes:)`.
  public var line: String { layers.map(\.text).joined(separator: " -> ") }
}

extension LayerSpec {
  /// The word that reads back as this layer.
  var text: String {
    switch self {
    case .convolution(let f): "conv:\(f.text)"
    case .transposedConvolution(let f): "transposed:\(f.text)"
    case .separableConvolution(let f): "separable:\(f.text)"
    case .pooling(let kind, let w):
      "\(kind == .max ? "maxpool" : "avgpool"):\(w.size),stride=\(w.stride)\(w.isSame ? ",same" : "")"
    case .globalPooling(let kind): kind == .max ? "globalmax" : "globalavg"
    case .activation(.relu): "relu"
    case .activation(.leakyReLU(let slope)): "leakyrelu:\(slope)"
    case .activation(.prelu): "prelu"
    case .activation(.elu(let alpha)): "elu:\(alpha)"
    case .activation(.sigmoid): "sigmoid"
    case .activation(.tanh): "tanh"
    case .softmax: "softmax"
    case .batchNormalization: "batchnorm"
    case .dropout(let rate): "dropout:\(rate)"
    case .flatten: "flatten"
    case .dense(let units): "dense:\(units.map(String.init) ?? "classes")"
    }
  }
}

extension LayerSpec.Filters {
  var text: String {
    var words = ["\(count)", "\(height)x\(width)"]
    if stride != 1 { words.append("stride=\(stride)") }
    if dilation != 1 { words.append("dilation=\(dilation)") }
    if groups != 1 { words.append("groups=\(groups)") }
    if border != .zeros { words.append("border=\(border.rawValue)") }
    switch padding {
    case .same: break
    case .sameLower: words.append("padding=same-lower")
    case .valid: words.append("valid")
    case .full: words.append("full")
    case .explicit(let numbers):
      words.append("padding=\(numbers.map(String.init).joined(separator: "/"))")
    }
    return words.joined(separator: ",")
  }
}
