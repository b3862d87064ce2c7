import ConvCore
import Kernels

/// How the many-channel form of a problem is blocked: a pure value, made from shape and machine.
///
/// Two forms share it. With lanes = output channels, a block is pixels x vectors of channels: weights
/// are read by vectors, pixels broadcast. With lanes = pixels, a block is channels x vectors of
/// pixels: the strip is read by vectors (rows end to end, what falls between them is dropped), weights
/// are broadcast; nothing is transposed, and no lane is lost to a number of channels that fills no
/// vector.
struct DirectPanels {
  enum Form { case channelLanes, pixelLanes }

  let form: Form
  let isa: ISA
  let lanes: Int
  /// Channels of a group, taps.
  let inChannels: Int, outChannels: Int, taps: Int
  /// Output channels of a panel of weights, and elements of it for each channel and tap.
  let panelChannels: Int
  let strip: DirectStrip
  /// Channels of a strip at a time; channels and taps of a panel at a time, which the caches decide.
  let stripChannels: Int, channelChunk: Int, tapChunk: Int
  /// Bands, column tiles and blocks of images of an output.
  let bands: Int, tiles: Int, imageBlocks: Int
  /// Parts that panels are dealt out in where there are few other items to share.
  let panelParts: Int
  let core: CoreProblem
  /// Whether pixels can be read where they stand, if neighbours are neighbours in memory: one tap, no
  /// padding. Only where they are broadcast: vectors would read beyond the last row.
  let readsInPlace: Bool

  var panels: Int { (outChannels + panelChannels - 1) / panelChannels }

  /// Panel i: its channels, vectors of a block, and elements for each channel and tap.
  func panel(_ i: Int) -> (first: Int, count: Int, wide: Int, unit: Int) {
    let first = i * panelChannels
    let count = min(panelChannels, outChannels - first)
    guard form == .channelLanes else { return (first, count, pixelWidth, count) }
    let wide = Self.width((count + lanes - 1) / lanes)
    return (first, count, wide, wide * lanes)
  }

  /// Vectors of pixels of a block in the form with lanes = pixels.
  var pixelWidth: Int { panelChannels <= Self.fewRows(isa) ? 4 : 2 }

  /// Rows of two vectors that are too few sums to keep the units busy, whose results take four steps:
  /// up to here blocks are four vectors wide.
  static func fewRows(_ isa: ISA) -> Int { min(4, isa.directRows(wide: 4)) }

  /// 1, 2 or 4 vectors for at least n.
  private static func width(_ n: Int) -> Int { n <= 1 ? 1 : n == 2 ? 2 : 4 }

  /// Elements of prepared weights of one group.
  var groupWeights: Int {
    let last = panel(panels - 1)
    let whole = panelUnit * (panels - 1)
    return (whole + last.unit) * inChannels * taps
  }

  /// Elements for each channel and tap of every panel but the last.
  var panelUnit: Int { panel(0).unit }

  /// Pixels of a band, interleaved images included, as the tile of sums holds them.
  var tilePitch: Int {
    if form == .channelLanes { return strip.rows * strip.columns * strip.images }
    let width = pixelWidth * lanes
    let flat = (strip.rows - 1) * strip.pitch + strip.columns * strip.images
    return (flat + width - 1) / width * width
  }

  /// Elements of the tile of one panel.
  var panelTile: Int { tilePitch * panelUnit }

  /// Tiles that a thread needs: sums of all panels wait while a strip comes in several parts.
  var tileCount: Int {
    stripChannels < inChannels ? (panels + panelParts - 1) / panelParts : 1
  }

  /// Elements of a thread's strip; vectors may read beyond its end.
  var stripSize: Int { stripChannels * strip.channelSize + 4 * lanes }

  var items: Int {
    imageBlocks * core.groups * core.output.d * bands * tiles * panelParts
  }
}
