import ConvCore
import Imaging
import Laboratory

extension Command {
  /// `compare image`.
  static let image = Command(
    "image", "filters a picture, and shows what convolutions do to pictures",
    operands: "IN.png|IN.jpg", count: 0...1,
    details: """
      With several algorithms each filters, and a table says how far their results are from the
      first one's. Kernels and steps by name: compare list kernels. docs/Imaging.md says how borders,
      colours and pixels are treated, docs/Canny.md defines every stage of --canny.
      """,
    options: ImageOption.all,
    examples: [
      (
        "compare image photo.jpg --kernel sobel-x --output sx.png --algorithms all",
        "edges, by every algorithm"
      ),
      (
        "compare image photo.png --chain gaussian:sigma=1.4,sobel-x,relu,maxpool:2 --output out.png",
        "several steps"
      ),
      (
        "compare image photo.png --canny 0.1,0.2 --stages canny --output edges.png",
        "thin edges, and a picture of every stage in the folder canny"
      ),
      ("compare image --overlaps 3,2 --output board.png", "where checkerboards come from"),
    ]
  ) { arguments throws(ConvError) in try ImageJob(arguments).run() }
}

/// One call of `compare image`.
struct ImageJob {
  let arguments: Arguments
  let filter: Filter
  let algorithms: [any ConvAlgorithm]

  init(_ arguments: Arguments) throws(ConvError) {
    self.arguments = arguments
    algorithms = try Registry.inUse.select(
      arguments[ImageOption.algorithms, default: "direct"])
    let cores = ThreadPool.allowedProcessors.count
    let pool = try ThreadPool(width: arguments[ImageOption.threads, default: cores])
    var filter = Filter(
      algorithms[0],
      Resources(
        pool: pool, workspaceLimit: arguments[Options.workspaceLimit, default: .max],
        planner: arguments[Options.planner, default: .measure],
        isa: arguments[Options.isa, default: .best]))
    filter.border = arguments[ImageOption.border, default: filter.border]
    filter.padding = arguments[ImageOption.padding, default: filter.padding]
    filter.convention = arguments[Options.convention, default: filter.convention]
    filter.scalar = arguments[Options.dtype, default: filter.scalar]
    self.filter = filter
  }

  /// What is asked for: one of the options that name an action.
  func run() throws(ConvError) -> Int32 {
    let actions = [
      "kernel": arguments[ImageOption.kernel] != nil, "chain": arguments[ImageOption.chain] != nil,
      "canny": arguments[ImageOption.canny] != nil, "example": arguments.has(ImageOption.example),
      "overlaps": arguments[ImageOption.overlaps] != nil,
      "uses": arguments[ImageOption.uses] != nil,
    ].filter(\.value).keys.sorted()
    let isTranslation = arguments[ImageOption.translation] != nil
    guard actions.count == 1 || (isTranslation && actions.isEmpty) else {
      throw .invalid(
        (actions.isEmpty ? "nothing to do" : "--\(actions.joined(separator: " and --")) together")
          + ": give one of --kernel, --chain, --canny, --example, --translation, --overlaps, --uses"
      )
    }
    guard arguments[ImageOption.sigma] == nil || arguments[ImageOption.canny] != nil else {
      throw .invalid("--sigma is Canny's; a blur is --kernel gaussian:sigma=1.4")
    }
    if actions == ["overlaps"] || actions == ["uses"], let path = arguments.operands.first {
      throw .invalid("--\(actions[0]) counts, whatever the picture: leave \(path) out")
    }
    if let numbers = arguments[ImageOption.overlaps] { return try overlaps(numbers) }
    if let numbers = arguments[ImageOption.uses] { return try uses(numbers) }
    guard let path = arguments.operands.first else {
      throw .invalid("compare image needs a picture: see compare image --help")
    }
    let picture = try Picture.read(path)
    if let shift = arguments[ImageOption.translation] { return try translate(picture, shift) }
    return try filterPicture(picture)
  }
}

extension Command {
  /// What `compare list kernels` prints: a table of all, or the weights of one.
  static func kernelList(_ name: String?, colour: Bool) throws(ConvError) -> String {
    guard let name else {
      var table = TextTable(
        ["name", "parameters", "pixels", "what it does"], [.left, .left, .left, .left])
      for entry in Catalogue.entries {
        table.add([
          entry.names.joined(separator: ", "), entry.parameters,
          entry.kernel?.defaultMapping.rawValue ?? "", entry.summary,
        ])
      }
      return table.text(colour: colour)
    }
    guard let kernel = try FilterStep(name).kernel else {
      throw .invalid("\(name) is a step without weights: see compare list kernels")
    }
    let texts = kernel.weights.map { $0 == $0.rounded() ? fixed($0, 0) : significant($0, 4) }
    let width = texts.map(\.count).max() ?? 0
    return (0..<kernel.rows).map { row in
      texts[row * kernel.columns..<(row + 1) * kernel.columns]
        .map { String(repeating: " ", count: width - $0.count) + $0 }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
