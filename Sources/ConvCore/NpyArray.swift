/// An array as NumPy's `.npy` files hold it.
///
/// Versions 1, 2 and 3 are read, little-endian, C or Fortran order; version 1 in C order is written.
public struct NpyArray: Sendable, Equatable {
  /// The elements, in C order, by their type.
  public enum Values: Sendable, Equatable {
    /// Single precision, `<f4`.
    case f4([Float])
    /// Double precision, `<f8`.
    case f8([Double])
    /// 32-bit integers, `<i4`.
    case i4([Int32])
    /// 64-bit integers, `<i8`.
    case i8([Int64])

    /// Number of elements.
    public var count: Int {
      switch self {
      case .f4(let v): v.count
      case .f8(let v): v.count
      case .i4(let v): v.count
      case .i8(let v): v.count
      }
    }

    /// Whether these are integers, which results must equal.
    public var isInteger: Bool {
      switch self {
      case .f4, .f8: false
      case .i4, .i8: true
      }
    }
  }

  /// Extents, slowest first.
  public let shape: [Int]
  /// The elements, as many as the shape says.
  public let values: Values

  /// An array of given elements.
  ///
  /// - Throws: `ConvError.invalid` unless there are as many elements as the shape says.
  public init(_ shape: [Int], _ values: Values) throws(ConvError) {
    guard let count = elementCount(shape), count == values.count else {
      throw .invalid("shape \(shape) does not have \(values.count) elements")
    }
    self.shape = shape
    self.values = values
  }

  /// Single-precision elements of a tensor.
  public init(_ tensor: Tensor<Float>) {
    shape = tensor.shape
    values = .f4(tensor.elements)
  }

  /// Double-precision elements of a tensor.
  public init(_ tensor: Tensor<Double>) {
    shape = tensor.shape
    values = .f8(tensor.elements)
  }
}

/// The product of the extents, or nil where it overflows or an extent is negative.
func elementCount(_ shape: [Int]) -> Int? {
  var count = 1
  for extent in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: extent)
    if extent < 0 || overflow { return nil }
    count = product
  }
  return count
}

extension Tensor {
  /// The elements of a NumPy array, converted to `Scalar`.
  ///
  /// - Throws: `ConvError.invalid` for integers that `Scalar` does not hold exactly.
  public init(_ array: NpyArray) throws(ConvError) {
    switch array.values {
    case .f4(let v): try self.init(array.shape, v.map { Scalar($0) })
    case .f8(let v): try self.init(array.shape, v.map { Scalar($0) })
    case .i4(let v): try self.init(array.shape, try Self.exactly(v))
    case .i8(let v): try self.init(array.shape, try Self.exactly(v))
    }
  }

  private static func exactly<I: FixedWidthInteger>(_ integers: [I]) throws(ConvError) -> [Scalar] {
    let converted = integers.map { Scalar(exactly: $0) }
    if let i = converted.firstIndex(where: { $0 == nil }) {
      throw .invalid("the integer \(integers[i]) is not exact in \(Scalar.kind.rawValue)")
    }
    return converted.compactMap(\.self)
  }
}
