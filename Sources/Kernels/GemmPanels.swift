import ConvCore

/// How rows of A fall into panels of nearly equal height, so that none is too low to fill the units:
/// 16 rows as 8 + 8, not 14 + 2.
public struct GemmRows: Sendable, Hashable {
  /// Number of rows.
  public let count: Int
  /// Number of panels.
  public let panels: Int
  /// Rows of the lower panels; the others, which come first, have one more.
  public let height: Int

  /// For panels of the kernel of an instruction set.
  public init(_ count: Int, _ isa: ISA) {
    self.count = count
    panels = (count + isa.gemmRows - 1) / isa.gemmRows
    height = count / max(1, panels)
  }

  /// Number of panels that have a row more.
  public var taller: Int { count - panels * height }

  /// First row of a panel.
  public func first(_ panel: Int) -> Int { panel * height + min(panel, taller) }

  /// Rows of the highest panel.
  public var highest: Int { height + (taller > 0 ? 1 : 0) }
}

/// How columns of B fall into panels.
///
/// Few rows need wide panels, or their sums, too few, wait for each other; what is left at the end
/// goes into narrower ones, down to one vector.
public struct GemmColumns: Sendable, Hashable {
  /// Elements of a vector, L.
  public let lanes: Int
  /// Vectors of the widest panel: 2, 4 or 8.
  public let vectors: Int

  /// For panels of A of at most `rows` rows.
  public init(_ isa: ISA, _ kind: ScalarKind, rows: Int) {
    lanes = isa.lanes(kind)
    switch rows {
    case 1: vectors = 8
    case 2: vectors = 4
    case 3: vectors = isa.gemmRows == 14 ? 4 : 2
    default: vectors = 2
    }
  }

  /// Vectors of the next panel where so many columns are left.
  public func next(_ columns: Int) -> Int {
    var n = vectors
    while n > 2 && n * lanes > columns { n /= 2 }
    return n == 2 && columns <= lanes ? 1 : n
  }

  /// Columns of the widest panel.
  public var width: Int { lanes * vectors }

  /// Columns of all panels together, the last one's unused ones included.
  public func packed(_ columns: Int) -> Int {
    let rest = columns % (2 * lanes)
    return columns - rest + (rest > lanes ? 2 * lanes : rest > 0 ? lanes : 0)
  }
}

extension ISA {
  /// The most rows of a panel of A: with two vectors each, their sums fill the registers.
  public var gemmRows: Int {
    #if arch(arm64)
      14
    #else
      self == .avx512 ? 14 : 6
    #endif
  }
}
