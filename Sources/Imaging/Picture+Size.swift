import ConvCore

extension Picture {
  /// How pixels between pixels are made.
  public enum Resampling: String, Sendable, CaseIterable {
    /// Between the four nearest pixels, whose centres lie at (i + 1/2) / n: OpenCV's INTER_LINEAR.
    /// Fit for enlarging; a picture shrunk by more than 2 loses pixels in between.
    case bilinear
    /// The mean over the area that a new pixel covers: OpenCV's INTER_AREA when shrinking. When
    /// enlarging by whole factors pixels are repeated.
    case area
  }

  /// The picture at another size, each axis by itself.
  ///
  /// Cost: (taps along x + taps along y) operations a pixel; 2 taps for bilinear, n / new + 1 for
  /// area.
  /// - Throws: `ConvError.invalid` for extents that no picture has.
  public func resized(width w: Int, height h: Int, by method: Resampling) throws(ConvError)
    -> Picture
  {
    _ = try Self.count(w, h, channels)
    _ = try Self.count(w, height, channels)
    let columns = Self.taps(width, w, method)
    let rows = Self.taps(height, h, method)
    var wide = [Float](repeating: 0, count: channels * height * w)
    for line in 0..<channels * height {
      for x in 0..<w {
        wide[line * w + x] = columns[x].sum { samples[line * width + $0] }
      }
    }
    var result = [Float](repeating: 0, count: channels * h * w)
    for c in 0..<channels {
      for y in 0..<h {
        for x in 0..<w {
          result[(c * h + y) * w + x] = rows[y].sum { wide[(c * height + $0) * w + x] }
        }
      }
    }
    return Picture(unchecked: w, h, channels, result)
  }

  /// The old pixels that a new one consists of, along one axis; weights add up to 1.
  private struct Taps {
    var first: Int
    var weights: [Float]

    @inline(__always)
    func sum(_ sample: (Int) -> Float) -> Float {
      var total: Float = 0
      for (i, weight) in weights.enumerated() { total += weight * sample(first + i) }
      return total
    }
  }

  private static func taps(_ old: Int, _ new: Int, _ method: Resampling) -> [Taps] {
    let scale = Double(old) / Double(new)
    return (0..<new).map { i in
      switch method {
      case .bilinear:
        let centre = min(max((Double(i) + 0.5) * scale - 0.5, 0), Double(old - 1))
        let first = min(Int(centre), max(old - 2, 0))
        let far = Float(centre - Double(first))
        return old == 1
          ? Taps(first: 0, weights: [1]) : Taps(first: first, weights: [1 - far, far])
      case .area:
        let (low, high) = (Double(i) * scale, Double(i + 1) * scale)
        let first = min(Int(low), old - 1)
        let last = max(first, min(Int(high.rounded(.up)), old) - 1)
        let covered = (first...last).map { min(high, Double($0 + 1)) - max(low, Double($0)) }
        let total = covered.reduce(0, +)
        return Taps(first: first, weights: covered.map { Float($0 / total) })
      }
    }
  }

  /// One channel: 0.299 red + 0.587 green + 0.114 blue, the weights of ITU-R BT.601 that OpenCV
  /// uses too. A grey picture stays as it is.
  ///
  /// - Throws: `ConvError.invalid` unless there are one or three channels.
  public func grey() throws(ConvError) -> Picture {
    if channels == 1 { return self }
    guard channels == 3 else {
      throw .invalid("grey is made of 1 or 3 channels, but the picture has \(channels)")
    }
    let n = planeCount
    let weights: [Float] = [0.299, 0.587, 0.114]
    let mixed = (0..<n).map { i in
      weights[0] * samples[i] + weights[1] * samples[n + i] + weights[2] * samples[2 * n + i]
    }
    return Picture(unchecked: width, height, 1, mixed)
  }

  /// Part of the picture.
  ///
  /// - Throws: `ConvError.invalid` where it does not lie within.
  public func cropped(x: Int, y: Int, width w: Int, height h: Int) throws(ConvError) -> Picture {
    guard w >= 1, h >= 1, x >= 0, y >= 0, w <= width, h <= height, x <= width - w, y <= height - h
    else {
      throw .invalid("\(w) x \(h) pixels at \(x), \(y) do not lie within \(width) x \(height)")
    }
    var part: [Float] = []
    part.reserveCapacity(w * h * channels)
    for line in 0..<channels * h {
      let start = (line / h * height + y + line % h) * width + x
      part.append(contentsOf: samples[start..<start + w])
    }
    return Picture(unchecked: w, h, channels, part)
  }

  /// Moved by `dx` columns to the right and `dy` rows down; what leaves at one side comes back in
  /// at the other.
  public func shifted(dx: Int, dy: Int) -> Picture {
    var moved = self
    for c in 0..<channels {
      for y in 0..<height {
        let from = Border.circular.source(y &- dy, height) ?? 0
        for x in 0..<width {
          moved[c, y, x] = self[c, from, Border.circular.source(x &- dx, width) ?? 0]
        }
      }
    }
    return moved
  }
}
