import ConvCore
import DirectConv
import Glibc
import Imaging
import Testing

/// What scripts/golden-imaging made with OpenCV, scikit-image and SciPy.
enum Golden {
  static let folder =
    String(#filePath.prefix(upTo: #filePath.range(of: "ImagingTests")!.lowerBound))
    + "Golden/imaging/"

  static func picture(_ name: String) throws -> Picture { try Picture.read("\(folder)\(name)") }

  static func array(_ name: String) throws -> Picture {
    try Picture(Tensor(readingNpy: "\(folder)\(name).npy"))
  }

  static func bytes(_ name: String) throws -> [UInt8] { try readFile("\(folder)\(name)") }
}

extension String {
  fileprivate func range(of part: String) -> Range<Index>? {
    indices.lazy.compactMap { start -> Range<Index>? in
      guard self[start...].hasPrefix(part) else { return nil }
      return start..<self.index(start, offsetBy: part.count)
    }.first
  }
}

/// A filter by the plain loops on one thread.
func referenceFilter(border: Border = .reflect, padding: Padding = .same) throws -> Filter {
  var filter = Filter(Reference(), try Resources(threads: 1))
  filter.border = border
  filter.padding = padding
  return filter
}

/// Largest difference of two pictures of the same extents; infinite for others.
func difference(_ a: Picture, _ b: Picture) -> Float {
  guard (a.width, a.height, a.channels) == (b.width, b.height, b.channels) else { return .infinity }
  return zip(a.samples, b.samples).map { abs($0 - $1) }.reduce(0) { $1 <= $0 ? $0 : $1 }
}

/// A picture of known whole numbers.
func pattern(_ width: Int, _ height: Int, channels: Int = 1) throws -> Picture {
  let samples = (0..<width * height * channels).map { Float(($0 * 7 + $0 / width * 5) % 23) }
  return try Picture(width: width, height: height, channels: channels, samples: samples)
}

/// A new file's path under the temporary folder, removed by whoever asked.
func temporaryPath(_ ending: String) -> String {
  "/tmp/imaging-\(getpid())-\(UInt64.random(in: 0...UInt64.max))-\(ending)"
}

/// The line of the error that `body` must throw.
func line(_ body: () throws -> Void) -> String {
  do {
    try body()
  } catch {
    return "\(error)"
  }
  Issue.record("no error was thrown")
  return ""
}
