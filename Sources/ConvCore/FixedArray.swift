/// A fixed number of uniquely owned elements; the standard library has no array of noncopyable values.
public struct FixedArray<Element: ~Copyable>: ~Copyable {
  private let base: UnsafeMutablePointer<Element>
  /// Number of elements.
  public let count: Int

  /// Makes the elements in order; where one fails, those already made are destroyed.
  public init<E: Error>(_ count: Int, _ make: (Int) throws(E) -> Element) throws(E) {
    base = .allocate(capacity: max(1, count))
    self.count = count
    var made = 0
    do {
      while made < count {
        (base + made).initialize(to: try make(made))
        made += 1
      }
    } catch {
      base.deinitialize(count: made)
      base.deallocate()
      throw error
    }
  }

  deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }

  /// The element at `index`, which must be in range.
  public subscript(_ index: Int) -> Element {
    _read { yield base[index] }
    nonmutating _modify { yield &base[index] }
  }
}
