import ConvCore
import Foundation
import Glibc

/// A folder of its own for a test, removed with it.
final class Scratch {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "compare-\(UUID())").path
    try makeFolder(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  func text(_ name: String) throws -> String {
    String(decoding: try readFile(self(name)), as: UTF8.self)
  }
}

/// A small file system in memory, unmounted with it; nil where this process may not mount.
final class SmallDisk {
  private let scratch: Scratch

  init?(bytes: Int) throws {
    scratch = try Scratch()
    guard mount("tmpfs", scratch.path, "tmpfs", 0, "size=\(bytes)") == 0 else { return nil }
  }

  deinit { umount2(scratch.path, Int32(MNT_DETACH)) }

  func callAsFunction(_ name: String) -> String { scratch(name) }
}
