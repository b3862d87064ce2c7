import ConvCore

/// Canny's edge detector: thin lines where the brightness changes most. docs/Canny.md defines every
/// stage exactly and says where OpenCV's differs.
///
/// Source: J. Canny, A Computational Approach to Edge Detection, PAMI 8(6), 1986; the four sectors
/// and their ties are those of OpenCV.
public struct Canny: Hashable, Sendable {
  /// Edges weaker than this are dropped; those between the two stay where they touch a strong one.
  public let low: Double
  /// Edges stronger than this stay. Both are lengths of the gradient that `sobel-x` and `sobel-y`
  /// give on a picture of 0...1: OpenCV's on 8 bits are 255 times as large.
  public let high: Double
  /// Of the Gaussian that smooths first; 0 smooths nothing.
  public let sigma: Double
  /// The smoothed picture is rounded to multiples of 1 / levels. Its gradients are then whole
  /// numbers of them, and every algorithm finds the same edges. Nil rounds nothing.
  public let levels: Int?

  /// A detector.
  ///
  /// - Parameter levels: 255 as in OpenCV's, unless given; 65535 suits pictures of 16 bits.
  /// - Throws: `ConvError.invalid` unless 0 <= low <= high are numbers, sigma is 0 or lies from 0.01
  ///   to 1000, and there is a level.
  public init(low: Double, high: Double, sigma: Double = 1.4, levels: Int? = 255)
    throws(ConvError)
  {
    guard low >= 0, low <= high, high.isFinite else {
      throw .invalid("canny: thresholds \(low), \(high) must be numbers with 0 <= low <= high")
    }
    guard sigma == 0 || (sigma >= 0.01 && sigma <= 1000) else {
      throw .invalid("canny: sigma is \(sigma), but must be 0 or lie from 0.01 to 1000")
    }
    guard levels ?? 1 >= 1 else { throw .invalid("canny: \(levels ?? 0) levels, but at least 1") }
    self.low = low
    self.high = high
    self.sigma = sigma
    self.levels = levels
  }

  /// What each stage leaves, in order. All have the extents of the picture and one channel.
  public struct Stages: Sendable {
    /// The picture in grey.
    public var grey: Picture
    /// After the Gaussian.
    public var blurred: Picture
    /// `sobel-x` and `sobel-y` of it: x to the right, y upwards.
    public var gradientX: Picture, gradientY: Picture
    /// Length of the gradient.
    public var magnitude: Picture
    /// The length where it is largest across the edge, else 0.
    public var suppressed: Picture
    /// 1 where that is over `high`, 1/2 where it is over `low`, else 0.
    public var thresholds: Picture
    /// 1 for an edge, else 0.
    public var edges: Picture
  }

  /// Every stage; the convolutions are the filter's, with its border.
  ///
  /// - Throws: `ConvError` where the filter's algorithm refuses one of the three convolutions.
  public func callAsFunction(_ picture: Picture, _ filter: Filter) throws(ConvError) -> Stages {
    var filter = filter
    filter.padding = .same
    filter.convention = .crossCorrelation
    let grey = try picture.grey()
    let scale = Float(levels ?? 1)
    let smooth = sigma == 0 ? grey : try filter(.gaussian(sigma: sigma), grey)
    // In units of a level; whole numbers where there are levels.
    let blurred = smooth.map { whole($0 * scale) }
    let gradientX = try filter(FilterStep("sobel-x"), blurred).map(whole)
    let gradientY = try filter(FilterStep("sobel-y"), blurred).map(whole)
    let squares = gradientX.with(
      zip(gradientX.samples, gradientY.samples).map { x, y in x * x + y * y })
    let suppressed = suppress(squares, gradientX, gradientY)
    let (weak, strong) = (square(low, scale), square(high, scale))
    let thresholds = suppressed.map { $0 > strong ? 1 : $0 > weak ? 0.5 : 0 }
    return Stages(
      grey: grey, blurred: blurred.map { $0 / scale }, gradientX: gradientX.map { $0 / scale },
      gradientY: gradientY.map { $0 / scale }, magnitude: squares.map { $0.squareRoot() / scale },
      suppressed: suppressed.map { $0.squareRoot() / scale }, thresholds: thresholds,
      edges: connect(thresholds))
  }

  private func whole(_ value: Float) -> Float { levels == nil ? value : value.rounded() }

  /// The square of a threshold in units of a level, rounded down: a whole square is greater than it
  /// exactly where it is greater than what was rounded.
  private func square(_ threshold: Double, _ scale: Float) -> Float {
    let square = threshold * threshold * Double(scale) * Double(scale)
    return Float(levels == nil ? square : square.rounded(.down))
  }

  /// Keeps a squared length that is a maximum along the gradient, rounded to one of four directions.
  private func suppress(_ squares: Picture, _ gradientX: Picture, _ gradientY: Picture) -> Picture {
    let (w, h) = (squares.width, squares.height)
    func length(_ y: Int, _ x: Int) -> Float {
      x >= 0 && y >= 0 && x < w && y < h ? squares[0, y, x] : 0
    }
    var kept = squares
    let tangent: Float = 0.41421356  // of 22.5 degrees; that of 67.5 degrees is 2 more
    for y in 0..<h {
      for x in 0..<w {
        let m = squares[0, y, x]
        let (gx, gy) = (gradientX[0, y, x], gradientY[0, y, x])
        let isMaximum: Bool
        if abs(gy) < tangent * abs(gx) {
          isMaximum = m > length(y, x - 1) && m >= length(y, x + 1)
        } else if abs(gy) > (tangent + 2) * abs(gx) {
          isMaximum = m > length(y - 1, x) && m >= length(y + 1, x)
        } else {
          // Rows count downwards and gy upwards: equal signs point from bottom left to top right.
          let side = (gx < 0) == (gy < 0) ? 1 : -1
          isMaximum = m > length(y - 1, x + side) && m > length(y + 1, x - side)
        }
        if !isMaximum { kept[0, y, x] = 0 }
      }
    }
    return kept
  }

  /// Hysteresis: strong pixels, and weak ones that a path of weak ones joins to them, each pixel
  /// touching eight others.
  private func connect(_ thresholds: Picture) -> Picture {
    let (w, h) = (thresholds.width, thresholds.height)
    var edges = thresholds.map { $0 == 1 ? 1 : 0 }
    var open = edges.samples.indices.filter { edges.samples[$0] == 1 }
    while let i = open.popLast() {
      let (y, x) = (i / w, i % w)
      for ny in max(0, y - 1)...min(h - 1, y + 1) {
        for nx in max(0, x - 1)...min(w - 1, x + 1) {
          let j = ny * w + nx
          guard thresholds.samples[j] > 0, edges.samples[j] == 0 else { continue }
          edges.samples[j] = 1
          open.append(j)
        }
      }
    }
    return edges
  }
}

extension Canny.Stages {
  /// Each stage as pixels of 0...1, with a name fit for a file: the gradients rescaled with zero as
  /// mid-grey, lengths divided by the largest, and the direction as a colour.
  public var pictures: [(name: String, picture: Picture)] {
    let longest = max(magnitude.range.high, Float.leastNormalMagnitude)
    let steepest = max(
      [gradientX.range.low, gradientX.range.high, gradientY.range.low, gradientY.range.high]
        .map { abs($0) }.max() ?? 0, Float.leastNormalMagnitude)
    return [
      ("1-grey", grey),
      ("2-blurred", blurred),
      ("3-gradient-x", gradientX.map { 0.5 + 0.5 * ($0 / steepest) }),
      ("4-gradient-y", gradientY.map { 0.5 + 0.5 * ($0 / steepest) }),
      ("5-magnitude", magnitude.map { $0 / longest }),
      ("6-direction", direction(longest)),
      ("7-suppressed", suppressed.map { $0 / longest }),
      ("8-thresholds", thresholds),
      ("9-edges", edges),
    ]
  }

  /// Red where it gets brighter to the right, green and blue a third of a turn from there, against
  /// the clock; as bright as the gradient is long.
  private func direction(_ longest: Float) -> Picture {
    let n = magnitude.planeCount
    var samples = [Float](repeating: 0, count: 3 * n)
    for i in 0..<n {
      // Each colour is a cosine of its own third of the turn, so that no arc tangent is needed.
      let length = max(magnitude.samples[i], Float.leastNormalMagnitude)
      let (x, y) = (gradientX.samples[i] / length, gradientY.samples[i] / length)
      let value = magnitude.samples[i] / longest
      for (c, (cosine, sine)) in [(1, 0), (-0.5, 0.8660254), (-0.5, -0.8660254)].enumerated() {
        samples[c * n + i] = value * (0.5 + 0.5 * (x * Float(cosine) + y * Float(sine)))
      }
    }
    return Picture(unchecked: magnitude.width, magnitude.height, 3, samples)
  }

  /// Writes every stage as a PNG into a folder, which is made if it is not there.
  ///
  /// - Returns: the paths.
  /// - Throws: `ConvError.system` where the folder or a file cannot be written.
  @discardableResult
  public func write(folder: String) throws(ConvError) -> [String] {
    try makeFolder(folder)
    var paths: [String] = []
    for (name, picture) in pictures {
      let path = folder.hasSuffix("/") ? "\(folder)\(name).png" : "\(folder)/\(name).png"
      try picture.write(path)
      paths.append(path)
    }
    return paths
  }
}
