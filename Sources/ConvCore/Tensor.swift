/// A dense array: a shape and its elements, the last index running fastest.
///
/// A value: copies share storage until one of them is written.
public struct Tensor<Scalar: ConvScalar>: Hashable, Sendable {
  /// Extent of each index, slowest first.
  public let shape: [Int]
  /// All elements, `shape`'s product of them.
  public var elements: [Scalar]

  /// A tensor of one value. The extents' product must not overflow.
  public init(_ shape: [Int], filledWith value: Scalar = 0) {
    self.shape = shape
    elements = Array(repeating: value, count: shape.reduce(1, *))
  }

  /// A tensor of given elements.
  ///
  /// - Throws: `ConvError.invalid` unless there are as many elements as the shape says.
  public init(_ shape: [Int], _ elements: [Scalar]) throws(ConvError) {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { throw .invalid("\(shape) is not a shape") }
      count = product
    }
    guard count == elements.count else {
      throw .invalid("shape \(shape) has \(count) elements, but \(elements.count) were given")
    }
    self.shape = shape
    self.elements = elements
  }

  /// Number of elements.
  public var count: Int { elements.count }
}
