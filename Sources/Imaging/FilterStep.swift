import ConvCore

/// One step of a chain.
public enum FilterStep: Hashable, Sendable {
  /// Laid over every channel by itself.
  case kernel(ImageKernel)
  /// x + amount (x - blurred x).
  case unsharp(amount: Double, blur: ImageKernel)
  /// max(x, 0).
  case relu
  /// |x|.
  case absolute
  /// Largest value of each window; windows that do not lie within the picture are left out.
  case maxPool(size: Int, stride: Int)
  /// Mean of each window, a convolution with a stride.
  case averagePool(size: Int, stride: Int)
  /// One channel.
  case grey
  /// Another size; by nil area is meant, or bilinear where an axis grows.
  case resize(width: Int, height: Int, Picture.Resampling?)

  /// The step that is named, with its parameters: `gaussian:sigma=1.4`. A kernel may also be rows
  /// of weights, `1,0,-1;2,0,-2;1,0,-1`, in brackets or not, or a text file's path.
  ///
  /// - Throws: `ConvError.invalid` for a name that is none of these, unknown parameters, and values
  ///   that cannot be.
  public init(_ text: String) throws(ConvError) {
    let text = text.trimmed
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let entry = Catalogue.entry(parts.first.map(String.init) ?? "") else {
      self = .kernel(try ImageKernel(rowsOrFile: text))
      return
    }
    var parameters =
      parts.count == 2
      ? try Parameters(step: entry.name, parts[1]) : Parameters(step: entry.name)
    self = try entry.make(&parameters)
    try parameters.finish()
  }

  /// The kernel whose weights the step lays over the picture, if any. Unsharp masking counts as
  /// none: its result is a picture again, not a signed measure.
  public var kernel: ImageKernel? {
    if case .kernel(let kernel) = self { kernel } else { nil }
  }
}

/// Steps one after the other.
public struct Chain: Hashable, Sendable {
  /// At least one.
  public let steps: [FilterStep]
  /// Each as it was written.
  public let names: [String]

  /// Steps separated by commas: `gaussian:sigma=1.4,size=7,sobel-x,relu,maxpool:2`. What contains
  /// `=` without a colon belongs to the step before; rows of weights stand in brackets.
  ///
  /// - Throws: `ConvError.invalid` as `FilterStep`, and for an empty chain.
  public init(_ text: String) throws(ConvError) {
    let names = Self.split(text)
    guard !names.isEmpty else {
      throw .invalid("an empty chain: it must be steps such as gaussian:sigma=1.4,sobel-x,relu")
    }
    var steps: [FilterStep] = []
    for name in names { steps.append(try FilterStep(name)) }
    self.steps = steps
    self.names = names
  }

  /// A single step.
  ///
  /// - Throws: `ConvError.invalid` as `FilterStep`.
  public init(kernel text: String) throws(ConvError) {
    steps = [try FilterStep(text)]
    names = [text]
  }

  /// `rescale` where a kernel has negative weights, else `clip`.
  public var defaultMapping: PixelMapping {
    steps.contains { $0.kernel?.hasNegativeWeights ?? false } ? .rescale : .clip
  }

  /// At commas outside brackets, parameters joined to the step that they belong to.
  private static func split(_ text: String) -> [String] {
    var parts: [String] = [""]
    var isBracketed = false
    for character in text {
      if character == "[" { isBracketed = true }
      if character == "]" { isBracketed = false }
      if character == "," && !isBracketed {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    var steps: [String] = []
    for part in parts.map(\.trimmed) {
      let belongs = part.contains("=") && !part.contains(":") && !part.hasPrefix("[")
      if belongs, let last = steps.popLast() {
        steps.append(last + (last.contains(":") ? "," : ":") + part)
      } else {
        steps.append(part)
      }
    }
    return steps == [""] ? [] : steps
  }
}
