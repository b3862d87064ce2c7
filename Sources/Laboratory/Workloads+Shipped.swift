import ConvCore
import Glibc

extension Workloads {
  /// Kernel extents of the main job's photograph.
  public static let photographKernels = [3, 5, 7, 9, 11, 15, 21, 31, 63]

  /// Layers of the main job, at batch 4.
  static let mainLayers = ["alexnet/conv2", "vgg16/conv3_2", "googlenet/3a_5x5", "resnet50/conv1"]

  /// Problems of one channel on a photograph, whose outputs are as large as it is: a kernel of each
  /// extent, padded by (k - 1) / 2 before and the rest after unless `settings` say otherwise.
  ///
  /// - Throws: `ConvError.invalid` for settings that a problem cannot have.
  public static func kernels(
    _ kernels: [Int], on photograph: ResultsSession.Photograph, named name: String,
    _ settings: ProblemSettings = ProblemSettings()
  ) throws(ConvError) -> [NamedProblem] {
    try grid(
      kernels: kernels, sizes: [(photograph.height, photograph.width)], channels: [1], settings
    ).map { NamedProblem($0.problem, name: "\(name) k\($0.problem.width.kernel)") }
  }

  /// Every combination of extents, channels (as many out as in) and square kernels, one input each
  /// unless `settings` say otherwise; padded so that outputs are as large as inputs.
  ///
  /// - Throws: `ConvError.invalid` for what a problem cannot have.
  public static func grid(
    kernels: [Int], sizes: [(height: Int, width: Int)], channels: [Int],
    _ settings: ProblemSettings = ProblemSettings()
  ) throws(ConvError) -> [NamedProblem] {
    var problems: [NamedProblem] = []
    var settings = settings
    settings.padding = settings.padding ?? .same
    settings.batch = settings.batch ?? 1
    for (height, width) in sizes {
      for c in channels {
        for k in kernels {
          let text = "ic\(c)ih\(height)iw\(width)_oc\(c)_kh\(k)kw\(k)"
          problems.append(try NamedProblem(descriptor: text, settings))
        }
      }
    }
    return problems
  }

  /// The main job: kernels on the photograph that ships, and layers of real networks.
  ///
  /// - Throws: `ConvError.invalid` for settings that a problem cannot have.
  public static func main(
    _ photograph: ResultsSession.Photograph, _ settings: ProblemSettings = ProblemSettings()
  ) throws(ConvError) -> [NamedProblem] {
    var problems = try kernels(photographKernels, on: photograph, named: "camera", settings)
    var layers = settings
    layers.batch = settings.batch ?? 4
    for name in mainLayers { problems += try Workloads.problems(name, layers) }
    return problems
  }

  /// The photograph that ships: 512 x 512 grey values from 0 to 1.
  ///
  /// - Throws: `ConvError` where it cannot be found or read.
  public static func photograph() throws(ConvError) -> ResultsSession.Photograph {
    try ResultsSession.Photograph(Tensor<Float>(readingNpy: try shipped("camera.npy")))
  }

  /// The path of a file that ships in `notebooks-data`: looked for beside the program and in the
  /// folders above it, in the current folder, and where `scripts/install` puts it.
  ///
  /// - Throws: `ConvError.system` where it is in none of them.
  public static func shipped(_ name: String) throws(ConvError) -> String {
    var folders: [String] = []
    var folder = programPath()
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      folders += [folder + "/notebooks-data", folder + "/share/spectralconv"]
    }
    folders += ["notebooks-data", "/usr/local/share/spectralconv", "/usr/share/spectralconv"]
    for folder in folders where access(folder + "/" + name, R_OK) == 0 {
      return folder + "/" + name
    }
    throw .system(
      "\(name), which ships with the program, is not found: run it from its checkout, or install "
        + "it with scripts/install")
  }
}
