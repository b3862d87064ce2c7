import ConvCore

extension Dataset {
  /// Reads MNIST's IDX files: big-endian magic 0x803 with counts, then bytes; labels 0x801.
  ///
  /// - Throws: `ConvError.invalid` for another magic, a truncated file or counts that differ.
  public init(idxImages images: String, labels labelFile: String, classes: Int = 10)
    throws(ConvError)
  {
    let (dimensions, bytes) = try Self.idx(images, dimensions: 3)
    let (counts, labels) = try Self.idx(labelFile, dimensions: 1)
    guard dimensions[0] == counts[0] else {
      throw .invalid(
        "\(images) has \(dimensions[0]) pictures, but \(labelFile) has \(counts[0]) labels")
    }
    try self.init(
      shape: FeatureShape(channels: 1, height: dimensions[1], width: dimensions[2]),
      classes: classes, pixels: bytes.map { Float($0) / 255 }, labels: labels.map(Int.init))
  }

  private static func idx(_ path: String, dimensions: Int) throws(ConvError) -> (
    [Int], ArraySlice<UInt8>
  ) {
    let bytes = try readFile(path, limit: 1 << 32)
    func word(_ i: Int) -> Int { (0..<4).reduce(0) { $0 << 8 | Int(bytes[4 * i + $1]) } }
    guard bytes.count >= 4 * (dimensions + 1) else { throw .invalid("\(path): is truncated") }
    guard bytes[0] != 0x1F || bytes[1] != 0x8B else {
      throw .invalid("\(path): is compressed: gunzip it first")
    }
    guard word(0) == 0x800 + dimensions else {
      throw .invalid(
        "\(path): is no IDX file of bytes with \(dimensions) dimension\(dimensions > 1 ? "s" : "")")
    }
    let extents = (1...dimensions).map(word)
    var product = 1
    for extent in extents {
      let (p, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow, p <= 1 << 40 else { throw .invalid("\(path): claims \(extents) bytes") }
      product = p
    }
    let data = bytes[(4 * (dimensions + 1))...]
    guard data.count == product else {
      throw .invalid("\(path): has \(data.count) bytes of data, but says \(product)")
    }
    return (extents, data)
  }

  /// Reads files of CIFAR-10's binary version: 10,000 records of a label and 3 planes of 32x32.
  ///
  /// - Throws: `ConvError.invalid` for a truncated file or a label above 9.
  public init(cifar paths: [String]) throws(ConvError) {
    let record = 3073
    var pixels: [Float] = []
    var labels: [Int] = []
    for path in paths {
      let bytes = try readFile(path, limit: 1 << 32)
      guard !bytes.isEmpty, bytes.count % record == 0 else {
        throw .invalid("\(path): has \(bytes.count) bytes, which are no records of \(record)")
      }
      for start in stride(from: 0, to: bytes.count, by: record) {
        labels.append(Int(bytes[start]))
        pixels.append(contentsOf: bytes[(start + 1)..<(start + record)].map { Float($0) / 255 })
      }
    }
    try self.init(
      shape: FeatureShape(channels: 3, height: 32, width: 32), classes: 10, pixels: pixels,
      labels: labels)
  }
}
