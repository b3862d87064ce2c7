import ConvCore
import Imaging

/// The options of `compare image` alone.
enum ImageOption {
  static let kernel = Option(
    "kernel", "NAME|FILE|ROWS", .command,
    "filters with one kernel: sobel-x, gaussian:sigma=1.4, a text file, 1,0,-1;2,0,-2;1,0,-1"
  ) { text throws(ConvError) in try Chain(kernel: text) }
  static let chain = Option(
    "chain", "STEPS", .command, "several steps: gaussian:sigma=1.4,sobel-x,relu,maxpool:2"
  ) { text throws(ConvError) in try Chain(text) }
  static let canny = Option(
    "canny", "LOW,HIGH", .command,
    "Canny's edges between two thresholds, lengths of the gradient of a picture of 0...1"
  ) { text throws(ConvError) in
    let values = try ImageOption.numbers(text, 2, "LOW,HIGH, as 0.1,0.2")
    return try Canny(low: values[0], high: values[1])
  }
  static let example = Option(
    flag: "example", .command,
    "the lecture notes' example: edges, ReLU and max pooling side by side")
  static let translation = Option(
    "translation", "DX,DY", .command,
    "shifts the picture and says what changes in the map of --kernel, with and without pooling"
  ) { text throws(ConvError) in
    let values = try ImageOption.numbers(text, 2, "DX,DY, as 1,0")
    guard let dx = Int(exactly: values[0]), let dy = Int(exactly: values[1]) else {
      throw .invalid("\"\(text)\" must be two whole numbers")
    }
    return [dx, dy]
  }
  static let overlaps = Option(
    "overlaps", "K,S[,P]", .command,
    "without IN: how many inputs reach each output of a transposed convolution of K x K taps, "
      + "stride S, padding P: the checkerboard"
  ) { text throws(ConvError) in try OptionValue.integers(text) }
  static let uses = Option(
    "uses", "K[,S[,P]]", .command,
    "without IN: how often a convolution of K x K taps, stride S, padding P uses each pixel"
  ) { text throws(ConvError) in try OptionValue.integers(text) }
  static let size = Option(
    "size", "N", .command, "of --overlaps and --uses: N x N inputs (default 8)"
  ) { text throws(ConvError) in try OptionValue.integer(text, atLeast: 1) }

  static let sigma = Option("sigma", "S", .command, "of Canny's Gaussian (default 1.4; 0: none)") {
    text throws(ConvError) in try ImageOption.numbers(text, 1, "a number, as 1.4")[0]
  }
  static let stages = Option(
    "stages", "FOLDER", .command, "writes a picture of every stage of Canny, or step of a chain"
  ) { text throws(ConvError) in text }
  static let map = Option(
    "map", "NAME", .command,
    "how results become pixels: clip, abs or rescale (default for kernels with negative weights)"
  ) { text throws(ConvError) in try OptionValue.choice(text, PixelMapping.self) }
  static let sideBySide = Option(
    flag: "side-by-side", .command, "the picture and every step of the chain as one picture")
  static let depth = Option("depth", "BITS", .command, "of the PNG: 8 (default) or 16") {
    text throws(ConvError) in
    guard let depth = Int(text).flatMap(Picture.Depth.init(rawValue:)) else {
      throw .invalid("\"\(text)\" is neither 8 nor 16")
    }
    return depth
  }
  static let output = Option("output", "OUT.png", .output, "the PNG to write") {
    text throws(ConvError) in
    guard text.lowercased().hasSuffix(".png") || text.hasPrefix("/dev/") else {
      throw .invalid("\"\(text)\" must end in .png: pictures are written as PNG")
    }
    return text
  }
  static let border = Option(
    "border", "NAME", .problem, "reflect (default), symmetric, replicate, circular or zeros"
  ) { text throws(ConvError) in try OptionValue.choice(text, Border.self) }
  static let padding = Option(
    "padding", "RULE", .problem, "same (default), valid, full or numbers (1 or 1,2 or 0,1,0,1)"
  ) { text throws(ConvError) in try Padding(parsing: text) }
  static let algorithms = Option(
    "algorithms", "LIST", .algorithms,
    "names, globs or all (default direct); the first writes the picture, the others are compared"
  ) { text throws(ConvError) in text }
  static let threads = Option("threads", "N", .algorithms, "threads (default: every core)") {
    text throws(ConvError) in try OptionValue.integer(text, atLeast: 1)
  }

  static let all: [any AnyOption] = [
    kernel, chain, canny, sigma, stages, example, translation, overlaps, uses, size, map,
    sideBySide, depth, border, padding, Options.convention, Options.dtype, algorithms, threads,
    Options.workspaceLimit, Options.planner, Options.isa, output, Options.quiet, Options.plain,
  ]

  /// Exactly `count` finite numbers with commas between them.
  private static func numbers(_ text: String, _ count: Int, _ form: String) throws(ConvError)
    -> [Double]
  {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard values.count == count, values.allSatisfy({ $0?.isFinite ?? false }) else {
      throw .invalid("\"\(text)\" is not \(form)")
    }
    return values.compactMap(\.self)
  }
}
