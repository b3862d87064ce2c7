import ConvCore
import Imaging
import Laboratory

extension Options {
  static let kernels = Option(
    "kernels", "LIST", .command, "extents of square kernels (default 3,5,7,11,15,31)"
  ) { text throws(ConvError) in try OptionValue.integers(text, atLeast: 1) }
  static let sizes = Option(
    "sizes", "LIST", .command, "extents of inputs: 256,512x384 (default 256)"
  ) { text throws(ConvError) -> [(height: Int, width: Int)] in
    var sizes: [(height: Int, width: Int)] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let extents = part.split(separator: "x", omittingEmptySubsequences: false)
      guard let first = extents.first, let last = extents.last, extents.count <= 2 else {
        throw .invalid("\"\(part)\" is not an extent as 256 or 512x384")
      }
      sizes.append(
        (
          try OptionValue.integer(String(first), atLeast: 1),
          try OptionValue.integer(String(last), atLeast: 1)
        ))
    }
    return sizes
  }
  static let channels = Option(
    "channels", "LIST", .command, "channels, as many out as in (default 1)"
  ) { text throws(ConvError) in try OptionValue.integers(text, atLeast: 1) }
  static let image = Option(
    "image", "FILE", .command, "a picture (PNG, JPEG, PGM, .npy) instead of random data; made grey"
  ) { text throws(ConvError) in text }
}

extension Command {
  /// The main job: `compare` without a command.
  static let main = Command(
    "", "the main job: kernels on a photograph, and layers of real networks",
    details: """
      Sweeps kernels of 3 to 63 over the photograph that ships (one channel) and takes four layers
      of AlexNet, VGG-16, GoogLeNet and ResNet-50 at batch 4: every algorithm is verified and, if it
      passes, timed. Takes about two minutes on two cores.
      """,
    options: Options.execution + Options.verification + Options.timing + Options.output,
    examples: [
      ("compare", "everything, results in results/main-TIME.csv"),
      ("compare --algorithms direct,fft* --threads 1", "some algorithms on one thread"),
    ]
  ) { arguments throws(ConvError) in
    var measurement = Measurement("main", arguments)
    let photograph = try Workloads.photograph()
    measurement.photograph = photograph
    // Thirteen problems in about two minutes.
    measurement.options.seconds = arguments[Options.seconds, default: 8.5]
    return try measurement.run(try Workloads.main(photograph), closing: crossovers)
  }

  /// `compare sweep`.
  static let sweep = Command(
    "sweep", "a grid of kernels, extents and channels, verified and timed",
    details: """
      Outputs are as large as inputs: padding is (k - 1) / 2 before, rounded down, and the rest
      after, unless --padding says otherwise.
      """,
    options: [Options.kernels, Options.sizes, Options.channels, Options.image] + Options.problem
      + Options.execution + Options.verification + Options.timing + Options.output,
    examples: [
      ("compare sweep --kernels 3,5,7,11,15,31 --sizes 256,1024", "one channel, two extents"),
      ("compare sweep --kernels 3,5,7 --sizes 56 --channels 64,256 --batch 4", "as in networks"),
      ("compare sweep --kernels 3,9,31 --image photo.png", "a picture of one's own"),
    ]
  ) { arguments throws(ConvError) in
    var measurement = Measurement("sweep", arguments)
    let kernels = arguments[Options.kernels, default: [3, 5, 7, 11, 15, 31]]
    var problems: [NamedProblem] = []
    if let path = arguments[Options.image] {
      for option in [Options.sizes.name, Options.channels.name]
      where arguments.given.contains(option) {
        throw .invalid("--image has extents and one channel of its own: leave --\(option) out")
      }
      measurement.photograph = try photograph(path)
      guard let photograph = measurement.photograph else { return 2 }
      let name = path.split(separator: "/").last.map(String.init) ?? path
      for pass in arguments.passes {
        var settings = arguments.problemSettings()
        settings.pass = pass
        problems += try Workloads.kernels(kernels, on: photograph, named: name, settings)
      }
    } else {
      for pass in arguments.passes {
        var settings = arguments.problemSettings()
        settings.pass = pass
        problems += try Workloads.grid(
          kernels: kernels, sizes: arguments[Options.sizes, default: [(256, 256)]],
          channels: arguments[Options.channels, default: [1]], settings)
      }
    }
    return try measurement.run(problems, closing: crossovers)
  }

  /// A picture as grey values, or a `.npy` array of rank 2.
  private static func photograph(_ path: String) throws(ConvError) -> ResultsSession.Photograph {
    if path.hasSuffix(".npy") {
      let tensor = try Tensor<Float>(readingNpy: path)
      do throws(ConvError) { return try ResultsSession.Photograph(tensor) } catch {
        throw .invalid("\(path): \(error)")
      }
    }
    let picture = try Picture.read(path).grey()
    return try ResultsSession.Photograph(
      Tensor([picture.height, picture.width], picture.samples))
  }
}
