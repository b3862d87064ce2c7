import Glibc

/// Uniquely owned, aligned storage of a fixed number of elements.
///
/// 64-byte aligned, from 2 MiB on aligned to and advised for huge pages. Contents are undefined, or
/// all bits set (NaN) where poison was asked for, so that code that reads what it never wrote is found.
public struct Buffer<Element: BitwiseCopyable>: ~Copyable {
  /// The first element.
  public let base: UnsafeMutablePointer<Element>
  /// Number of elements.
  public let count: Int

  /// Allocates `count` elements.
  ///
  /// - Throws: `ConvError.overBudget` where the size is beyond what can be allocated.
  public init(_ count: Int, poison: Bool = false) throws(ConvError) {
    let (size, overflow) = max(1, count).multipliedReportingOverflow(
      by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow else { throw .overBudget(needs: Int.max, limit: Int.max) }
    let hugePage = 2 << 20
    let bytes = (size + 63) & ~63
    var raw: UnsafeMutableRawPointer?
    guard posix_memalign(&raw, bytes >= hugePage ? hugePage : 64, bytes) == 0, let raw else {
      throw .overBudget(needs: bytes, limit: 0)
    }
    if bytes >= hugePage { madvise(raw, bytes, CInt(14)) }  // MADV_HUGEPAGE
    if poison { memset(raw, 0xFF, bytes) }
    base = raw.bindMemory(to: Element.self, capacity: max(1, count))
    self.count = count
  }

  deinit { free(base) }

  /// Size in bytes.
  public var byteCount: Int { count * MemoryLayout<Element>.stride }

  /// Sets every element.
  public func fill(_ value: Element) { base.update(repeating: value, count: count) }
}
