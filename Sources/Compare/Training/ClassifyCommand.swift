import ConvCore
import ConvNet
import DirectConv
import Glibc
import Imaging
import Laboratory

extension Command {
  /// `compare classify`.
  static let classify = Command(
    "classify", "what a trained network sees in a picture", operands: "MODEL IMAGE", count: 2...2,
    details: """
      MODEL is a file that train saved. IMAGE is a PNG or JPEG, or digits:N, the Nth of the shipped
      validation digits. A picture is made grey where the network wants it, resized to the network's
      input and scaled to 0...1; --invert exchanges black and white, since the digits are light on
      dark.
      """,
    options: [invert, maps, Options.algorithms],
    examples: [
      ("compare classify digits.model seven.png --invert", "a dark digit on white paper"),
      (
        "compare classify digits.model digits:7 --maps maps.png",
        "a shipped digit, and what the first convolution makes of it"
      ),
    ]
  ) { arguments throws(ConvError) in
    let checkpoint = try Checkpoint(reading: arguments.operands[0])
    let model = try checkpoint.model
    let algorithms = try Registry.inUse.select(arguments[Options.algorithms, default: "direct"])
    guard let algorithm = algorithms.first else { throw .invalid("no algorithm was named") }
    let network = try ConvNet.Network<Float>(
      model, .init(algorithm: algorithm, fallback: Im2col()), Resources())
    try checkpoint.restore(network)
    let samples = try samples(
      arguments.operands[1], for: model.input, inverted: arguments.has(invert))
    let scores = try network.forward(samples.span, batch: 1)
    let largest = scores.max() ?? 0
    let shares = scores.map { exp(Double($0 - largest)) }
    let sum = shares.reduce(0, +)
    let order = shares.indices.sorted { shares[$0] > shares[$1] }
    for c in order.prefix(3) { Output.line("\(c)  \(fixed(100 * shares[c] / sum, 1)) %") }
    if let path = arguments[maps] {
      try FeatureMaps(network, samples).picture().write(path)
      Output.line("\(path): the picture, the kernels of the first convolution, their maps")
    }
    return 0
  }

  private static let invert = Option(flag: "invert", .command, "exchanges black and white")
  private static let maps = Option(
    "maps", "OUT.png", .output, "the first convolution's kernels and feature maps as a picture"
  ) { text throws(ConvError) in text }

  /// What the network takes: a digit that ships, or a picture that is made to fit.
  private static func samples(
    _ word: String, for shape: FeatureShape, inverted: Bool
  ) throws(ConvError) -> [Float] {
    let values: [Float]
    if word.hasPrefix("digits:") {
      let data = try DataFormat.digits.read([try Workloads.shipped("digits_valid.csv")])
      guard let number = Int(word.dropFirst(7)), (1...data.count).contains(number) else {
        throw .invalid("\(word): the shipped digits are digits:1 to digits:\(data.count)")
      }
      guard shape == data.shape else {
        throw .invalid("\(word) is \(data.shape), the network takes \(shape)")
      }
      values = Array(data.pixels[(number - 1) * shape.count..<number * shape.count])
    } else {
      values = try Picture.read(word).fitted(to: shape)
    }
    return inverted ? values.map { 1 - $0 } : values
  }
}

extension Picture {
  /// The samples that a network of `shape` takes: grey or colour, resized.
  fileprivate func fitted(to shape: FeatureShape) throws(ConvError) -> [Float] {
    let colours = shape.channels == 1 ? try grey() : self
    guard colours.channels == shape.channels else {
      throw .invalid("the network takes \(shape.channels) channels, the picture has \(channels)")
    }
    return try colours.resized(width: shape.width, height: shape.height, by: .area).samples
  }
}

/// What the first convolution of a network makes of a picture.
private struct FeatureMaps {
  private let input: Picture
  private let kernels: [Picture], maps: [Picture]

  /// Of a network that has just classified `samples`.
  init(_ network: ConvNet.Network<Float>, _ samples: [Float]) throws(ConvError) {
    let first = network.layers.firstIndex { layer in
      if case .convolution = layer.spec { true } else { false }
    }
    guard let first, let weights = network.layers[first].parameters.first else {
      throw .invalid("--maps: this network has no convolution")
    }
    let shape = network.model.input
    input = try Picture(
      width: shape.width, height: shape.height, channels: shape.channels == 3 ? 3 : 1,
      samples: Array(samples.prefix((shape.channels == 3 ? 3 : 1) * shape.height * shape.width)))
    let (k, c, h, w) = (
      weights.shape[0], weights.shape[1], weights.shape[2], weights.shape[3]
    )
    let output = network.layers[first].output
    let values = network.output(ofLayer: first, batch: 1)
    var (kernels, maps): ([Picture], [Picture]) = ([], [])
    for i in 0..<k {
      // Of several input channels the first one's.
      let start = i * c * h * w
      kernels.append(
        try Picture(
          width: w, height: h, samples: Array(weights.values[start..<(start + h * w)])))
      let plane = output.height * output.width
      maps.append(
        try Picture(
          width: output.width, height: output.height,
          samples: Array(values[i * plane..<(i + 1) * plane])))
    }
    (self.kernels, self.maps) = (kernels, maps)
  }

  /// Input, kernels and maps side by side, each rescaled by itself.
  func picture() throws(ConvError) -> Picture {
    let columns = max(1, Int(Double(maps.count).squareRoot().rounded(.up)))
    return try .sideBySide([
      try tile(input, 280),
      try .grid(kernels.map { (p) throws(ConvError) in try tile(p, 40) }, columns: columns),
      try .grid(maps.map { (p) throws(ConvError) in try tile(p, 40) }, columns: columns),
    ])
  }

  /// Enlarged to about `side` pixels by repeating pixels.
  private func tile(_ picture: Picture, _ side: Int) throws(ConvError) -> Picture {
    let times = max(1, side / max(picture.width, picture.height))
    return try PixelMapping.rescale(picture)
      .resized(width: picture.width * times, height: picture.height * times, by: .area)
  }
}
