import ConvCore

extension Picture {
  /// Pictures next to each other as one, white between them.
  ///
  /// All become as high as the highest: smaller ones are enlarged by repeating pixels, so that a
  /// pooled map of half the size shows its coarser pixels. Grey beside colour becomes colour.
  /// - Parameter gap: columns between two pictures; an eightieth of the height unless given.
  /// - Throws: `ConvError.invalid` for no pictures, other than 1 or 3 channels, or a result that is
  ///   too large.
  public static func sideBySide(_ pictures: [Picture], gap: Int? = nil) throws(ConvError)
    -> Picture
  {
    guard !pictures.isEmpty, pictures.allSatisfy({ $0.channels == 1 || $0.channels == 3 }) else {
      throw .invalid("side by side: at least one picture of 1 or 3 channels is needed")
    }
    let height = pictures.map(\.height).max() ?? 1
    let channels = pictures.map(\.channels).max() ?? 1
    let gap = max(0, gap ?? max(2, height / 80))
    var equal: [Picture] = []
    for picture in pictures {
      let width = max(1, (picture.width * height + picture.height / 2) / picture.height)
      equal.append(
        picture.height == height
          ? picture : try picture.resized(width: width, height: height, by: .area))
    }
    let width = equal.map(\.width).reduce(0, +) + gap * (equal.count - 1)
    var panel = try Picture(width: width, height: height, channels: channels, filledWith: 1)
    var left = 0
    for picture in equal {
      for c in 0..<channels {
        for y in 0..<height {
          for x in 0..<picture.width {
            panel[c, y, left + x] = picture[min(c, picture.channels - 1), y, x]
          }
        }
      }
      left += picture.width + gap
    }
    return panel
  }
}

extension Picture {
  /// Grey pictures of the same extents in rows of `columns`, white between them.
  ///
  /// - Throws: `ConvError.invalid` for no pictures, other extents or channels, or a result that is
  ///   too large.
  public static func grid(_ pictures: [Picture], columns: Int, gap: Int = 2) throws(ConvError)
    -> Picture
  {
    guard let first = pictures.first, columns >= 1, gap >= 0,
      pictures.allSatisfy({
        ($0.width, $0.height, $0.channels) == (first.width, first.height, 1)
      })
    else { throw .invalid("a grid: grey pictures of the same extents are needed") }
    let (w, h) = (first.width + gap, first.height + gap)
    let across = min(columns, pictures.count)
    let down = (pictures.count + across - 1) / across
    var panel = try Picture(width: across * w - gap, height: down * h - gap, filledWith: 1)
    for (i, picture) in pictures.enumerated() {
      let (left, top) = (i % across * w, i / across * h)
      for y in 0..<picture.height {
        for x in 0..<picture.width { panel[0, top + y, left + x] = picture[0, y, x] }
      }
    }
    return panel
  }
}

/// The example of the lecture notes: a photograph in grey, resized, its edges, ReLU and max pooling.
public struct NotesExample: Sendable {
  /// The photograph in grey at the size asked for.
  public var grey: Picture
  /// After the kernel `edge8`, ReLU, and max pooling of 2 x 2 at stride 2.
  public var edges: Picture, rectified: Picture, pooled: Picture

  /// Runs it.
  ///
  /// - Parameter side: pixels of a side; the notes resize to 300 x 300 whatever the shape.
  /// - Throws: `ConvError` where the filter refuses or the picture is neither grey nor RGB.
  public init(_ picture: Picture, _ filter: Filter, side: Int = 300) throws(ConvError) {
    let chain = try Chain("grey,resize:\(side)x\(side),edge8,relu,maxpool:2")
    var filter = filter
    filter.padding = .same
    let results = try filter(chain, picture)
    grey = results[1]
    edges = results[2]
    rectified = results[3]
    pooled = results[4]
  }

  /// Edges, ReLU and pooling side by side, each rescaled to its own smallest and largest value.
  ///
  /// - Throws: `ConvError.invalid` where they would be too large.
  public func sideBySide() throws(ConvError) -> Picture {
    try .sideBySide([edges, rectified, pooled].map { PixelMapping.rescale($0) })
  }
}
