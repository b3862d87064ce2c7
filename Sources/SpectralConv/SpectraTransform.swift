import ConvCore
import Kernels

/// The transforms of one geometry: rows of tiles to spectra by columns, and back.
///
/// FFTW transforms in one dimension on contiguous data only, which is where it is fastest (on
/// strided columns of a large image it takes two to three times as long, and several times more when
/// it plans by estimate). Real rows go in pairs through one complex transform, as real and imaginary
/// parts: FFTW's complex transforms take half the time of its real ones for the same row. The other
/// axes are transformed by columns. All methods may run on many threads at once.
struct SpectraTransform<S: FFTWScalar>: ~Copyable {
  let geometry: SpectralGeometry
  let kernels: SpectralKernels<S>
  private let rowForward: FFTWPlan<S>, rowBack: FFTWPlan<S>
  private let columnForward: FFTWPlan<S>, columnBack: FFTWPlan<S>
  /// A row of nothing, the partner of a row that has none.
  private let zeros: Buffer<S>

  /// Plans the transforms, on small buffers that are freed again.
  ///
  /// - Throws: `ConvError` where FFTW or the system refuses.
  init(_ g: SpectralGeometry, _ resources: Resources) throws(ConvError) {
    let effort = resources.planner
    let zeros = try Buffer<S>(Self.zeroCount(g))
    zeros.fill(0)
    let rowForward = try Self.rows(g, forward: true, effort)
    let rowBack = try Self.rows(g, forward: false, effort)
    let columnForward = try Self.complex(g.columns, [g.n.d, g.n.h], -1, effort)
    let columnBack = try Self.complex(g.columns, [g.n.d, g.n.h], 1, effort)
    FFTWPlanner.saveNews(S.self)
    self.rowForward = rowForward
    self.rowBack = rowBack
    self.columnForward = columnForward
    self.columnBack = columnBack
    self.zeros = zeros
    geometry = g
    kernels = S.spectralKernels(resources.isa)
  }

  private static func rows(
    _ g: SpectralGeometry, forward: Bool, _ effort: PlannerEffort
  ) throws(ConvError) -> FFTWPlan<S> {
    let n = g.n.w
    if g.rowsAtOnce > 1 { return try complex(g.rowsAtOnce / 2, [n], forward ? -1 : 1, effort) }
    return try FFTWPlanner.make(S.self, effort, scalars: g.rowBuffer, "\(n)") {
      forward ? S.planReal(n, $0, $1, $2) : S.planRealInverse(n, $0, $1, $2)
    }
  }

  private static func complex(
    _ count: Int, _ extents: [Int], _ sign: CInt, _ effort: PlannerEffort
  ) throws(ConvError) -> FFTWPlan<S> {
    let size = extents.reduce(1, *)
    let axes = extents.filter { $0 > 1 }.map { CInt($0) }
    return try FFTWPlanner.make(S.self, effort, scalars: 2 * size * count, "\(extents)") {
      S.planComplex(
        axes.isEmpty ? [1] : axes, count: count, distance: size, sign: sign, $0, $1, $2)
    }
  }

  private static func zeroCount(_ g: SpectralGeometry) -> Int { (g.n.w + 15) / 16 * 16 }

  /// Bytes owned.
  static func ownedBytes(_ g: SpectralGeometry) -> Int {
    zeroCount(g) * MemoryLayout<S>.stride
  }

  /// What all results must be multiplied by for an inverse that follows two forward transforms: FFTW
  /// does not normalise, and pairs of rows come out doubled.
  var scale: S { 1 / (S(geometry.n.count) * (geometry.rowsAtOnce == 1 ? 1 : 4)) }

  /// Chunks of rows that a tile of `rows` rows at each of `depths` depths falls into.
  func chunks(_ depths: Int, _ rows: Int) -> Int {
    depths * ((rows + geometry.rowsAtOnce - 1) / geometry.rowsAtOnce)
  }

  /// Transforms chunk `chunk` of the rows of one tile and channel into its columns.
  ///
  /// `spectra` is the plane of the tile and channel in block 0, `blockStride` leads to the next.
  func load(
    _ rows: TileRows<S>, chunk: Int, _ work: UnsafeMutablePointer<S>,
    into spectra: UnsafeMutablePointer<S>, blockStride: Int
  ) {
    let g = geometry
    let perDepth = (g.n.h + g.rowsAtOnce - 1) / g.rowsAtOnce
    let (d, first) = (chunk / perDepth, chunk % perDepth * g.rowsAtOnce)
    let count = min(g.rowsAtOnce, g.n.h - first)
    if rows.isEmpty(d, first..<first + count) {
      work.update(repeating: 0, count: count * g.halfRow)
    } else {
      transform(rows, d, first, work, work + g.rowBuffer)
    }
    kernels.scatter(
      count, work, g.halfRow / 2, g.blocks, g.columns, spectra + 2 * (d * g.n.h + first),
      blockStride / 2, g.column)
  }

  /// The half spectra of rows from `first` on, in `work`. What lies between them and the next row is
  /// set to zero, since it fills up the last block of columns.
  private func transform(
    _ rows: TileRows<S>, _ d: Int, _ first: Int, _ work: UnsafeMutablePointer<S>,
    _ other: UnsafeMutablePointer<S>
  ) {
    let g = geometry
    if g.rowsAtOnce == 1 {
      rows.fill(rows.row(d, first), other, g.n.w)
      rowForward.run(real: other, to: work)
    } else {
      for pair in 0..<g.rowsAtOnce / 2 {
        let h = first + 2 * pair
        rows.fill(
          rows.row(d, h), rows.row(d, h + 1), zeros.base, work + 2 * pair * g.n.w, g.n.w,
          kernels)
      }
      rowForward.run(work, to: other)
      kernels.split(g.rowsAtOnce / 2, g.n.w, other, work, g.halfRow)
    }
    let end = 2 * g.bins
    for r in 0..<g.rowsAtOnce {
      (work + (r * g.halfRow + end)).update(repeating: 0, count: g.halfRow - end)
    }
  }

  /// Whether there are columns to transform: tiles of one row have none.
  var hasColumns: Bool { geometry.column > 1 }

  /// Transforms the columns of one plane, which are destroyed.
  func forward(_ plane: UnsafeMutablePointer<S>, to: UnsafeMutablePointer<S>) {
    columnForward.run(plane, to: to)
  }

  /// And back.
  func back(_ plane: UnsafeMutablePointer<S>, to: UnsafeMutablePointer<S>) {
    columnBack.run(plane, to: to)
  }

  /// Transforms chunk `chunk` of the rows that are kept of one tile and channel back from its
  /// columns, and stores them.
  func store(
    _ spectra: UnsafePointer<S>, blockStride: Int, chunk: Int, _ work: UnsafeMutablePointer<S>,
    into rows: KeptRows<S>
  ) {
    let g = geometry
    let perDepth = (rows.count.h + g.rowsAtOnce - 1) / g.rowsAtOnce
    let (d, first) = (chunk / perDepth, chunk % perDepth * g.rowsAtOnce)
    let count = min(g.rowsAtOnce, rows.count.h - first)
    let other = work + g.rowBuffer
    kernels.gather(
      count, spectra + 2 * (d * rows.step.d * g.n.h + first * rows.step.h), blockStride / 2,
      g.column, rows.step.h, g.blocks, g.columns, work, g.halfRow / 2)
    if g.rowsAtOnce == 1 {
      rowBack.run(spectrum: work, to: other)
      rows.store(other, 1, d, first, kernels)
      return
    }
    for r in count..<g.rowsAtOnce {
      (work + r * g.halfRow).update(repeating: 0, count: g.halfRow)
    }
    kernels.join(g.rowsAtOnce / 2, g.n.w, work, g.halfRow, other)
    rowBack.run(other, to: work)
    for r in 0..<count {
      rows.store(work + (r / 2 * 2 * g.n.w + r % 2), 2, d, first + r, kernels)
    }
  }
}
