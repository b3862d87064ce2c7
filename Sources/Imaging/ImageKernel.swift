import ConvCore
import Glibc

/// A kernel to filter pictures with: one channel, laid over the picture as it is written, without a
/// flip, unless `Filter.convention` says otherwise.
public struct ImageKernel: Hashable, Sendable, CustomStringConvertible {
  /// What it is called: `sobel-x`, `gaussian:sigma=1.4`, a file, or the rows themselves.
  public let name: String
  /// Taps of a column.
  public let rows: Int
  /// Taps of a row.
  public let columns: Int
  /// Row by row from the top.
  public let weights: [Double]

  /// The most taps of one side.
  public static let largestSide = 4095

  /// A kernel of given rows.
  ///
  /// - Throws: `ConvError.invalid` where there are none, they differ in length, a side is longer
  ///   than `largestSide`, or a weight is not finite as a Float.
  public init(_ name: String, _ rows: [[Double]]) throws(ConvError) {
    guard let columns = rows.first?.count, columns >= 1 else {
      throw .invalid("\(name): a kernel has at least one weight")
    }
    if let row = rows.firstIndex(where: { $0.count != columns }) {
      throw .invalid(
        "\(name): row \(row + 1) has \(rows[row].count) weights, but row 1 has \(columns)")
    }
    guard max(rows.count, columns) <= Self.largestSide else {
      throw .invalid(
        "\(name): \(rows.count) x \(columns) weights, but at most "
          + "\(Self.largestSide) are possible on a side")
    }
    guard rows.allSatisfy({ $0.allSatisfy { Float($0).isFinite } }) else {
      throw .invalid("\(name): every weight must be a finite number")
    }
    self.init(name: name, rows: rows.count, columns: columns, weights: rows.flatMap { $0 })
  }

  private init(name: String, rows: Int, columns: Int, weights: [Double]) {
    self.name = name
    self.rows = rows
    self.columns = columns
    self.weights = weights
  }

  /// The same weights divided by `divisor`.
  func divided(by divisor: Double) -> ImageKernel {
    ImageKernel(name: name, rows: rows, columns: columns, weights: weights.map { $0 / divisor })
  }

  /// Column times row: the kernel of rank 1 whose weight at i, j is column[i] row[j].
  ///
  /// - Throws: `ConvError.invalid` as the other initialiser.
  init(_ name: String, column: [Double], row: [Double]) throws(ConvError) {
    try self.init(name, column.map { weight in row.map { weight * $0 } })
  }

  /// Sum of the weights: what a plain picture is multiplied by.
  public var sum: Double { weights.reduce(0, +) }

  /// Whether results may be negative, so that they are rescaled unless another mapping is asked for.
  public var hasNegativeWeights: Bool { weights.contains { $0 < 0 } }

  /// `PixelMapping.rescale` for kernels with negative weights, else `clip`.
  public var defaultMapping: PixelMapping { hasNegativeWeights ? .rescale : .clip }

  /// The weights in rows, as `ImageKernel.parse` reads them: `1,0,-1;2,0,-2;1,0,-1`.
  public var description: String {
    (0..<rows).map { row in
      weights[row * columns..<(row + 1) * columns].map { weight in
        weight == weight.rounded() && abs(weight) < 1e15 ? "\(Int(weight))" : "\(weight)"
      }.joined(separator: ",")
    }.joined(separator: ";")
  }
}

extension ImageKernel {
  /// exp(-(x^2 + y^2) / (2 sigma^2)) / (2 pi sigma^2), normalised to sum 1.
  ///
  /// - Parameter size: taps of a side; 2 ceil(3 sigma) + 1 unless given, beyond which less than
  ///   0.3 % of each axis's weight lies.
  /// - Throws: `ConvError.invalid` for a sigma outside 0.01...1000 or a size outside
  ///   1...`largestSide`.
  public static func gaussian(sigma: Double, size: Int? = nil) throws(ConvError) -> ImageKernel {
    guard sigma >= 0.01, sigma <= 1000 else {
      throw .invalid("gaussian: sigma is \(sigma), but must lie from 0.01 to 1000")
    }
    let taps = size ?? 2 * Int((3 * sigma).rounded(.up)) + 1
    guard (1...largestSide).contains(taps) else {
      throw .invalid("gaussian: size is \(taps), but must lie from 1 to \(largestSide)")
    }
    let centre = Double(taps - 1) / 2
    let weights = (0..<taps).map { i in
      let x = Double(i) - centre
      return exp(-x * x / (2 * sigma * sigma))
    }
    let sum = weights.reduce(0, +)
    let axis = weights.map { $0 / sum }
    let extent = size.map { ",size=\($0)" } ?? ""
    return try ImageKernel("gaussian:sigma=\(sigma)\(extent)", column: axis, row: axis)
  }

  /// The mean of `size` x `size` pixels.
  ///
  /// - Throws: `ConvError.invalid` for a size outside 1...`largestSide`.
  public static func box(_ size: Int) throws(ConvError) -> ImageKernel {
    guard (1...largestSide).contains(size) else {
      throw .invalid("box: size is \(size), but must lie from 1 to \(largestSide)")
    }
    let axis = [Double](repeating: 1 / Double(size), count: size)
    return try ImageKernel("box:\(size)", column: axis, row: axis)
  }
}
