import CImage
import ConvCore
import Glibc

extension Picture {
  /// Samples of a file as they are kept: 8 or 16 bits each.
  public enum Depth: Int, Sendable, CaseIterable {
    case eight = 8
    case sixteen = 16
  }

  /// The most bytes that a file may have, 1 GiB.
  static let mostBytes = 1 << 30

  /// Reads a PNG or JPEG file, told apart by its first bytes.
  ///
  /// Samples of 8 bits are divided by 255, those of 16 by 65535. Palettes become RGB, transparency
  /// is dropped, and gamma, colour profile and EXIF orientation are left alone: the samples are
  /// those that the file holds.
  /// - Throws: `ConvError` in one line that begins with the path: a file that is missing, a folder,
  ///   no picture, damaged or cut off, or larger than `mostSamples`; `ConvError.unsupported` naming
  ///   the Debian package where libpng or libjpeg-turbo is not installed.
  public static func read(_ path: String) throws(ConvError) -> Picture {
    let bytes = try readFile(path, limit: mostBytes)
    do {
      return try decode(bytes)
    } catch {
      throw error.prefixed(path)
    }
  }

  /// The same for the bytes of a file.
  ///
  /// - Throws: `ConvError` as `read`, without a path.
  public static func decode(_ bytes: [UInt8]) throws(ConvError) -> Picture {
    var decoded: OpaquePointer?
    try unsafe check { message, length in
      unsafe cimage_decode(bytes, bytes.count, mostSamples, &decoded, message, length)
    }
    defer { unsafe cimage_free(decoded) }
    let (w, h) = unsafe (Int(cimage_width(decoded)), Int(cimage_height(decoded)))
    let channels = unsafe Int(cimage_channels(decoded))
    guard let raw = unsafe cimage_samples(decoded) else {
      throw .system("a picture without samples")
    }
    let count = w * h * channels
    let samples =
      unsafe cimage_depth(decoded) == 8
      ? planes(raw.bindMemory(to: UInt8.self, capacity: count), count, channels)
      : planes(raw.bindMemory(to: UInt16.self, capacity: count), count, channels)
    return Picture(unchecked: w, h, channels, samples)
  }

  /// Interleaved integers as planes of 0...1.
  private static func planes<I: FixedWidthInteger>(
    _ raw: UnsafePointer<I>, _ count: Int, _ channels: Int
  ) -> [Float] {
    let plane = count / channels
    let scale = Float(I.max)
    var samples = [Float](repeating: 0, count: count)
    for c in 0..<channels {
      for i in 0..<plane { samples[c * plane + i] = unsafe Float(raw[i * channels + c]) / scale }
    }
    return samples
  }

  /// The picture as a PNG file's bytes: grey for one channel, RGB for three.
  ///
  /// Samples are clipped to 0...1 and rounded to the nearest of 256 or 65536 levels; NaN is black.
  /// - Throws: `ConvError.invalid` for another number of channels; `ConvError.unsupported` where
  ///   libpng is not installed.
  public func encodedPNG(depth: Depth = .eight) throws(ConvError) -> [UInt8] {
    guard channels == 1 || channels == 3 else {
      throw .invalid("a PNG has 1 or 3 channels, but the picture has \(channels)")
    }
    switch depth {
    case .eight: return try encoded(levels(UInt8.self), depth)
    case .sixteen: return try encoded(levels(UInt16.self), depth)
    }
  }

  /// Writes a PNG file.
  ///
  /// - Throws: `ConvError` as `encodedPNG`, and `ConvError.system` where the file cannot be written.
  public func write(_ path: String, depth: Depth = .eight) throws(ConvError) {
    try writeFile(path, try encodedPNG(depth: depth))
  }

  /// Interleaved integers.
  func levels<I: FixedWidthInteger>(_: I.Type) -> [I] {
    let (plane, scale) = (planeCount, Float(I.max))
    var levels = [I](repeating: 0, count: samples.count)
    for i in 0..<plane {
      for c in 0..<channels {
        let v = samples[c * plane + i]
        if v > 0 { levels[i * channels + c] = I((min(v, 1) * scale).rounded()) }
      }
    }
    return levels
  }

  private func encoded<I: BitwiseCopyable>(_ levels: [I], _ depth: Depth) throws(ConvError)
    -> [UInt8]
  {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    try unsafe Self.check { message, length in
      unsafe cimage_encode_png(
        levels, CInt(width), CInt(height), CInt(channels), CInt(depth.rawValue), &bytes, &count,
        message, length)
    }
    defer { unsafe free(bytes) }
    return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// Turns a code and its line into an error.
  private static func check(
    _ call: (_ message: UnsafeMutablePointer<CChar>, _ length: Int) -> CInt
  ) throws(ConvError) {
    var message = [CChar](repeating: 0, count: 256)
    let code = unsafe message.withUnsafeMutableBufferPointer {
      unsafe call($0.baseAddress!, $0.count)
    }
    guard code != CInt(CIMAGE_OK) else { return }
    let line = String(
      decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    switch code {
    case CInt(CIMAGE_MISSING): throw .unsupported(line)
    case CInt(CIMAGE_MEMORY): throw .system(line)
    default: throw .invalid(line)
    }
  }
}

extension ConvError {
  /// The same with its subject in front.
  func prefixed(_ subject: String) -> ConvError {
    switch self {
    case .invalid(let what): .invalid("\(subject): \(what)")
    case .unsupported(let what): .unsupported("\(subject): \(what)")
    case .system(let what): .system("\(subject): \(what)")
    case .overBudget, .interrupted: self
    }
  }
}
