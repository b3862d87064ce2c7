import ConvCore
import Foundation
import Testing

/// A file as NumPy would write it, byte for byte.
private func file(
  _ header: String, _ data: [UInt8], version: UInt8 = 1, magic: String = "NUMPY"
) -> [UInt8] {
  let length = header.utf8.count
  let size =
    version == 1
    ? [UInt8(length & 255), UInt8(length >> 8)] : [UInt8(length & 255), UInt8(length >> 8), 0, 0]
  return [0x93] + Array(magic.utf8) + [version, 0] + size + Array(header.utf8) + data
}

private func header(_ type: String, _ shape: String, fortran: Bool = false) -> String {
  "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }    \n"
}

private func message(_ bytes: [UInt8]) -> String {
  do {
    _ = try NpyArray(bytes: bytes, name: "x.npy")
    return "no error"
  } catch { return error.description }
}

@Suite("Npy files") struct NpyTests {
  private let sixFloats: [UInt8] = (0..<6).flatMap { i in
    withUnsafeBytes(of: Float(i).bitPattern.littleEndian) { Array($0) }
  }

  @Test(
    "of every version are read", arguments: [1, 2, 3] as [UInt8])
  func versions(version: UInt8) throws {
    let bytes = file(header("<f4", "(2, 3)"), sixFloats, version: version)
    let array = try NpyArray(bytes: bytes, name: "x")
    #expect(array.shape == [2, 3])
    #expect(array.values == .f4([0, 1, 2, 3, 4, 5]))
  }

  @Test func fortranOrder() throws {
    let array = try NpyArray(
      bytes: file(header("<f4", "(2, 3)", fortran: true), sixFloats), name: "x")
    #expect(array.values == .f4([0, 2, 4, 1, 3, 5]))
    let cube = try NpyArray(
      bytes: file(header("<f4", "(1, 3, 2)", fortran: true), sixFloats), name: "x")
    #expect(cube.values == .f4([0, 3, 1, 4, 2, 5]))
  }

  @Test(
    "of every type come back as they were written",
    arguments: [
      .f4([1.5, -.infinity, 0x1p-149]), .f8([0.1, .greatestFiniteMagnitude, -0.0]),
      .i4([.min, 0, .max]), .i8([.min, -1, .max]),
    ] as [NpyArray.Values])
  func roundTrip(values: NpyArray.Values) throws {
    for shape in [[3], [1, 3], [3, 1, 1]] {
      let array = try NpyArray(shape, values)
      let bytes = array.bytes()
      #expect(try NpyArray(bytes: bytes, name: "x") == array)
      // NumPy wants elements aligned.
      #expect((bytes.count - 3 * (bytes.count > 140 ? 8 : 4)) % 64 == 0)
    }
  }

  @Test func scalarsAndEmpties() throws {
    let scalar = try NpyArray(
      bytes: file(header("<f8", "()"), Array(repeating: 0, count: 8)), name: "")
    #expect(scalar.values == .f8([0]))
    #expect(try NpyArray(bytes: file(header("<i4", "(0, 5)"), []), name: "").values == .i4([]))
    #expect(try NpyArray(bytes: file(header("<i4", "(1L,)"), [7, 0, 0, 0]), name: "").shape == [1])
  }

  @Test(
    "that are wrong are refused in one line",
    arguments: [
      ([], "x.npy: is empty"), (Array("hello, world".utf8), "is not a .npy file"),
      (file(header("<f4", "(2,)"), [], magic: "NUMPX"), "is not a .npy file"),
      ([0x93] + Array("NUMPY".utf8) + [1, 0], "truncated within its header"),
      (file(header("<f4", "(2,)"), []).dropLast(3) + [], "truncated within its header"),
      (file(header("<f4", "(2,)"), [], version: 9), "version 9.0 is unknown"),
      (file(header("<f4", "(2,)"), [0, 0, 0, 0]), "shape [2] needs 8 bytes, the file has 4"),
      (file(header("<f4", "(1,)"), [0, 0, 0, 0, 0]), "1 bytes more than"),
      (file(header(">f4", "(1,)"), [0, 0, 0, 0]), "is big-endian (>f4)"),
      (file(header("|O", "(1,)"), [0, 0, 0, 0]), "Python objects"),
      (file(header("|u1", "(1,)"), [0]), "type |u1"),
      (file(header("<f2", "(1,)"), [0, 0]), "type <f2"),
      (file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", []), "structure"),
      (file(header("<f4", "(4294967296, 4294967296)"), []), "more elements than any memory"),
      (file(header("<f4", "(123456789012345678901234567890,)"), []), "more elements than any"),
      (file(header("<f4", "(-1,)"), []), "malformed header"),
      (file("{'descr': '<f4', 'shape': (1,), }", []), "malformed header"),
      (file("rubbish", []), "malformed header"), (file("", []), "malformed header"),
    ] as [([UInt8], String)])
  func refused(bytes: [UInt8], part: String) {
    let line = message(bytes)
    #expect(line.contains(part), "\(line)")
    #expect(line.hasPrefix("x.npy: ") && !line.contains("\n"))
  }

  @Test func tensors() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "npy-\(UUID())").path
    try makeFolder(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let tensor = try Tensor<Double>([2, 2], [1, 2, 3, 0.1])
    try tensor.writeNpy(to: folder + "/a.npy")
    #expect(try Tensor<Double>(readingNpy: folder + "/a.npy") == tensor)
    #expect(try Tensor<Float>(readingNpy: folder + "/a.npy").elements[3] == Float(0.1))
    let big = try NpyArray([1], .i8([1 << 53 + 1]))
    #expect(throws: ConvError.self) { try Tensor<Double>(big) }
    #expect(throws: ConvError.self) { try NpyArray(reading: folder) }
    #expect(throws: ConvError.self) { try NpyArray(reading: folder + "/missing.npy") }
    #expect(throws: ConvError.self) { try tensor.writeNpy(to: folder) }
    #expect(throws: ConvError.self) { try tensor.writeNpy(to: "/dev/full") }
    #expect(throws: ConvError.self) { try tensor.writeNpy(to: folder + "/missing/a.npy") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.npy"])
  }
}
