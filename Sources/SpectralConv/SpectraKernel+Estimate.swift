import ConvCore

#if canImport(Glibc)
  import Glibc
#endif

extension SpectralKernel {
  static func estimate(
    _ core: CoreProblem, _ role: Role, slots: Int, _ options: SpectralOptions,
    _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    let g = try SpectralTiling(core, role, bytes: MemoryLayout<S>.stride).best(options)
    let bytes = bytes(core, role, g, slots: slots, resources)
    return KernelEstimate(
      ownedBytes: bytes.weights + bytes.maps + SpectraTransform<S>.ownedBytes(g),
      scratchBytes: bytes.scratch, executedOperations: operations(core, role, g),
      error: .transform(errorModel(core, role, g)))
  }

  /// 2.5 N log2 N operations for each real transform, and 8 for each complex multiply-add.
  private static func operations(
    _ core: CoreProblem, _ role: Role, _ g: SpectralGeometry
  ) -> Double {
    let (c, k) = (Double(core.inChannels), Double(core.outChannels))
    let points = Double(g.n.count)
    let transform = 2.5 * points * log2(points)
    let products = 8 * c * k * Double(g.bins * g.column) * Double(g.items)
    let back = role == .correlation ? 0 : c * k * transform
    return Double(core.groups) * (Double(g.items) * (c + k) * transform + products + back)
  }

  /// A tile's rounding errors are spread evenly over its points by orthogonal transforms.
  ///
  /// Each of the three transforms errs by a root-mean-square of about 0.6 u sqrt(log2 N) of its
  /// result (Schatzman 1996); the growth factor has four times that for all three, since single
  /// outputs are compared and lie up to five standard deviations out.
  private static func errorModel(
    _ core: CoreProblem, _ role: Role, _ g: SpectralGeometry
  ) -> TransformModel {
    let items = role == .correlation ? 1 : g.items
    return TransformModel(
      tileInput: Extents { min(g.n[$0], core.input[$0]) }, tileOutput: g.step,
      growth: 4 * (1 + log2(Double(g.n.count)).squareRoot()), terms: core.inChannels * items,
      norm: .meanSquare)
  }
}
