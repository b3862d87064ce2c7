import ConvCore

/// Labelled pictures: values of 0 to 1, N C H W.
public struct Dataset: Sendable {
  /// Shape of one example.
  public let shape: FeatureShape
  /// Number of classes.
  public let classes: Int
  /// All values.
  public let pixels: [Float]
  /// A class for each example.
  public let labels: [Int]

  /// Checked.
  ///
  /// - Throws: `ConvError.invalid` where counts do not match or a label is out of range.
  public init(shape: FeatureShape, classes: Int, pixels: [Float], labels: [Int])
    throws(ConvError)
  {
    guard classes >= 1, !labels.isEmpty, pixels.count == labels.count * shape.count else {
      throw .invalid(
        "\(labels.count) labels and \(pixels.count) values are no data set of \(shape) pictures")
    }
    if let i = labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
      throw .invalid("label \(labels[i]) of example \(i + 1) is not in 0 ..< \(classes)")
    }
    self.shape = shape
    self.classes = classes
    self.pixels = pixels
    self.labels = labels
  }

  /// Number of examples.
  public var count: Int { labels.count }

  /// The first `count` examples, and the others.
  ///
  /// - Throws: `ConvError.invalid` where one of the parts would be empty.
  public func split(at first: Int) throws(ConvError) -> (Dataset, Dataset) {
    guard first >= 1, first < count else {
      throw .invalid("\(count) examples cannot be split at \(first)")
    }
    let n = first * shape.count
    return (
      try Dataset(
        shape: shape, classes: classes, pixels: Array(pixels[..<n]), labels: Array(labels[..<first])
      ),
      try Dataset(
        shape: shape, classes: classes, pixels: Array(pixels[n...]), labels: Array(labels[first...])
      )
    )
  }
}
