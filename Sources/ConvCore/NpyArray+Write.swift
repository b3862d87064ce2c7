extension NpyArray {
  /// Writes a `.npy` file, version 1, C order: all of it or nothing.
  ///
  /// - Throws: `ConvError.system` where the system refuses, a full disk for one.
  public func write(to path: String) throws(ConvError) {
    try writeFile(path, bytes())
  }

  /// The bytes of a `.npy` file; the elements begin at a multiple of 64.
  public func bytes() -> [UInt8] {
    let type: NpyType
    switch values {
    case .f4: type = .f4
    case .f8: type = .f8
    case .i4: type = .i4
    case .i8: type = .i8
    }
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '\(type.rawValue)', 'fortran_order': False, 'shape': (\(extents)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    var bytes = Self.magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8)
    bytes.reserveCapacity(bytes.count + values.count * type.byteCount)
    switch values {
    case .f4(let v): Self.append(v.lazy.map(\.bitPattern), to: &bytes)
    case .f8(let v): Self.append(v.lazy.map(\.bitPattern), to: &bytes)
    case .i4(let v): Self.append(v, to: &bytes)
    case .i8(let v): Self.append(v, to: &bytes)
    }
    return bytes
  }

  private static func append<C: Collection>(_ elements: C, to bytes: inout [UInt8])
  where C.Element: FixedWidthInteger {
    for element in elements {
      withUnsafeBytes(of: element.littleEndian) { bytes.append(contentsOf: $0) }
    }
  }
}

extension Tensor {
  /// Writes a `.npy` file of this tensor: all of it or nothing.
  ///
  /// - Throws: `ConvError.system` where the system refuses.
  public func writeNpy(to path: String) throws(ConvError) {
    let array =
      switch self {
      case let single as Tensor<Float>: NpyArray(single)
      case let double as Tensor<Double>: NpyArray(double)
      default: try NpyArray(shape, .f8(elements.map { Double($0) }))
      }
    try array.write(to: path)
  }

  /// Reads a `.npy` file, converted to `Scalar`.
  ///
  /// - Throws: as `NpyArray.init(reading:)`.
  public init(readingNpy path: String) throws(ConvError) {
    let array = try NpyArray(reading: path)
    do { try self.init(array) } catch { throw .invalid("\(path): \(error)") }
  }
}
