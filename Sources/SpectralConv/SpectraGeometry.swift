import ConvCore

/// What distinguishes the algorithms that transform with FFTW.
enum SpectralOptions: Hashable, Sendable {
  /// One transform over the whole image.
  case whole
  /// Overlap-save tiles, of this many points along each axis or as the cost model says.
  case tiled(Int?)
}

/// How a problem is cut into tiles, and where their spectra stand.
///
/// A tile of n points along an axis reads n elements of the virtual input and yields
/// step <= n - reach + 1 outputs (at stride 1) free of wrap-around; the whole image is one tile. Of a
/// tile, rows along the width are transformed first; their half spectra are then stored by columns,
/// in which the other axes are neighbours, a few columns to a block:
///
///     spectra[block][item][channel][column of the block][depth][height]
///
/// so that one block of all channels is contiguous, and is transformed along the columns, multiplied
/// and transformed back while it is in cache.
struct SpectralGeometry: Hashable, Sendable {
  /// Points of a transform.
  let n: Extents
  /// Outputs of a tile at stride 1; multiples of the stride where there are several tiles.
  let step: Extents
  /// Number of tiles of one image.
  let tiles: Extents
  /// Images times tiles.
  let items: Int
  /// Items that are in work at once.
  let itemsAtOnce: Int
  /// Whether every thread works through items of its own, else all on each step.
  let ownItems: Bool
  /// Half spectrum of a row: n.w / 2 + 1.
  let bins: Int
  /// Columns of a block, and number of blocks.
  let columns: Int, blocks: Int
  /// Panels of 64 bytes of one plane (block of one channel) that hold frequencies.
  let panels: Int
  /// Scalars from one plane to the next: an odd number of panels, so that planes do not meet in the
  /// same cache sets.
  let plane: Int
  /// Rows that are transformed at once: even, or 1 where a tile has a single row.
  let rowsAtOnce: Int
  /// Scalars of a half-spectrum row in work.
  let halfRow: Int

  /// Numbers of a column.
  var column: Int { n.d * n.h }

  /// Inputs and outputs share their spectra where each is a single channel.
  let inPlace: Bool

  private static let level2 = 640 << 10
  private static let level3 = 12 << 20

  /// For tiles of `n` points that yield `step` outputs each.
  init(_ core: CoreProblem, _ role: Role, n: Extents, step: Extents, tiles: Extents, bytes: Int) {
    let (c, k) = (core.inChannels, core.outChannels)
    self.n = n
    self.step = step
    self.tiles = tiles
    items = core.batch * tiles.count
    bins = n.w / 2 + 1
    inPlace = role == .correlation && c == 1 && k == 1
    let column = n.d * n.h
    let channels = inPlace ? 1 : c + k
    let itemBytes = channels * bins * column * 2 * bytes
    let weightBytes = c * k * bins * column * 2 * bytes
    // Own items need no exchange between cores, but each thread then streams all weights.
    let several = core.groups * core.batch * tiles.count > 4
    if inPlace && column == 1 {
      // Threads cannot share a row.
      ownItems = core.groups * items > 1
    } else if role == .correlation {
      ownItems = itemBytes <= Self.level2 && several && weightBytes <= Self.level2
    } else {
      ownItems = core.groups >= 8 && itemBytes <= Self.level2
    }
    let most = (ownItems ? Self.level2 : Self.level3) / max(1, itemBytes)
    itemsAtOnce = min(items, max(1, min(most, inPlace ? 1 : 16)))
    let blockBytes = (inPlace && ownItems ? 32 : 256) << 10
    var columns = blockBytes / (itemsAtOnce * channels * column * 2 * bytes)
    columns = max(1, min(columns, bins))
    if !ownItems { columns = max(1, min(columns, (bins + 7) / 8)) }
    if columns > 8 { columns = columns / 8 * 8 }
    blocks = (bins + columns - 1) / columns
    self.columns = (bins + blocks - 1) / blocks
    let panel = 64 / bytes
    panels = (self.columns * column * 2 + panel - 1) / panel
    plane = (panels | 1) * panel
    let rowBytes = n.w * bytes
    rowsAtOnce =
      column == 1 ? 1 : min((n.h + 1) / 2 * 2, max(8, (24 << 10) / rowBytes / 8 * 8))
    halfRow = (blocks * self.columns * 2 + panel - 1) / panel * panel
  }

  /// Scalars of the spectra of `channels` channels of the items in work.
  func spectra(_ channels: Int, items: Int) -> Int { blocks * channels * items * plane }

  /// Scalars of one of the two buffers that rows are transformed between.
  var rowBuffer: Int { (rowsAtOnce * max(n.w, halfRow) + 31) / 16 * 16 }

  /// Scalars that one thread works on: two buffers of rows, or one of columns for a block of the
  /// `channels` channels of all items.
  func threadScratch(_ channels: Int) -> Int {
    max(2 * rowBuffer, column == 1 ? 0 : itemsAtOnce * channels * plane)
  }

  /// Scalars of the spectra of one group's weights.
  func weights(_ core: CoreProblem, _ bytes: Int) -> Int {
    blocks * panels * core.inChannels * core.outChannels * (64 / bytes)
  }
}
