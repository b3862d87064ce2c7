import ConvCore
import Kernels

extension DirectPanels {
  /// What a strip may take of the second-level cache, whose other guests are the sums of a panel and
  /// its weights.
  private static let stripBytes =
    CacheSize.second < 1 << 20 ? CacheSize.second * 5 / 16 : 480 << 10

  /// What a chunk of a panel may take. A low block reads weights so often that they have to stand in
  /// the first-level cache; a high one can have them from the second.
  private static func panelBytes(_ isa: ISA) -> Int {
    isa.directRows(wide: 2) < 14 ? 16 << 10 : 320 << 10
  }

  /// `count` in parts of nearly equal size, none above `most`: the largest.
  private static func evenly(_ count: Int, most: Int) -> Int {
    let parts = (count - 1) / max(1, most) + 1
    return (count + parts - 1) / parts
  }

  init(_ core: CoreProblem, _ kind: ScalarKind, _ isa: ISA, threads: Int) {
    self.core = core
    lanes = isa.lanes(kind)
    (inChannels, outChannels, taps) = (core.inChannels, core.outChannels, core.kernel.count)
    self.isa = isa
    let form = Self.form(core, lanes, isa)
    self.form = form
    panelChannels = Self.panelChannels(form, core, lanes, isa)
    let bytes = kind.byteCount
    let wide = form == .channelLanes ? (panelChannels + lanes - 1) / lanes : 4
    let images = Self.images(core, wide)
    imageBlocks = (core.batch + images - 1) / images

    // Columns: a row is cut where it alone would fill the strip.
    let most = max(64, Self.stripBytes / bytes / (core.inChannels * core.kernel.d * 4))
    tiles = max(1, (core.output.w * images + most - 1) / most)
    let columns = (core.output.w + tiles - 1) / tiles
    // Rows: as many as fit, but not so few that what bands share outweighs them.
    let one = DirectStrip(core, rows: 1, columns: columns, images: images)
    let rowSize = max(1, one.channelSize / one.height) * bytes
    let reach = one.height - 1
    let least = min(core.output.h, max(2, reach))
    let fit = Self.stripBytes / (rowSize * core.inChannels) - reach
    let rows = max(least, min(core.output.h, fit))
    bands = (core.output.h + rows - 1) / rows
    strip = DirectStrip(
      core, rows: (core.output.h + bands - 1) / bands, columns: columns, images: images)
    stripChannels = max(
      1, min(core.inChannels, Self.stripBytes * 2 / (strip.channelSize * bytes)))

    readsInPlace =
      form == .channelLanes && images == 1 && core.kernel == .one && core.stride == .one
      && core.maps.allSatisfy(\.isPlain)

    let unit = form == .channelLanes ? wide * lanes : panelChannels
    let perTap = unit * bytes
    let panelBytes = Self.panelBytes(isa)
    let channels = panelBytes / (perTap * taps)
    channelChunk = Self.evenly(core.inChannels, most: channels)
    tapChunk = channels > 0 ? taps : Self.evenly(taps, most: panelBytes / perTap)

    let others = imageBlocks * core.groups * core.output.d * bands * tiles
    let panels = (outChannels + panelChannels - 1) / panelChannels
    panelParts = max(1, min(panels, (3 * threads + others - 1) / others))
  }

  /// Lanes = pixels where that loses fewer lanes.
  private static func form(_ core: CoreProblem, _ lanes: Int, _ isa: ISA) -> Form {
    let k = core.outChannels
    // One vector of channels and few rows are fewer sums than two units have in flight.
    let idle = k <= lanes ? max(1, 8 / Double(isa.directRows(wide: 1))) : 1
    let channelWaste = idle * Double((k + lanes - 1) / lanes * lanes) / Double(k)
    let width = 2 * lanes
    let columns = core.output.w
    let phases = TapPhases(
      taps: core.kernel.w, stride: core.stride.w, dilation: core.dilation.w)
    let flat = core.output.h * (columns + phases.reach) - phases.reach
    let padded = (flat + width - 1) / width * width
    let pixelWaste = Double(padded) / Double(core.output.h * columns) * (k < 4 ? 1.5 : 1.1)
    return pixelWaste < channelWaste ? .pixelLanes : .channelLanes
  }

  private static func panelChannels(_ form: Form, _ core: CoreProblem, _ lanes: Int, _ isa: ISA)
    -> Int
  {
    let k = core.outChannels
    switch form {
    case .channelLanes:
      // Short rows leave registers for more vectors.
      let wide = core.output.w <= fewRows(isa) && k > 3 * lanes ? 4 : 2
      return min(wide, (k + lanes - 1) / lanes) * lanes
    case .pixelLanes:
      let most = isa.directRows(wide: 2)
      let panels = (k + most - 1) / most
      return (k + panels - 1) / panels
    }
  }

  /// Images to interleave so that a row fills a block, and a strip repays its weights.
  private static func images(_ core: CoreProblem, _ wide: Int) -> Int {
    let forRow = (12 + core.output.w * wide - 1) / (core.output.w * wide)
    let forStrip = (64 + core.output.count - 1) / core.output.count
    return min(core.batch, max(forRow, forStrip))
  }
}
