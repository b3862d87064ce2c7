import KernelShapes

// Entry points of the tile transforms, for Float and for Double: see `TileTransforms` in Kernels.

@inline(__always)
private func forward<V: TransposeVector>(
  _: V.Type, _ shape: TileShape<V.Scalar>, _ source: TileSource<V.Scalar>,
  _ scratch: TileScratch<V.Scalar>
) -> ForwardTransform<ChannelReader<V>> {
  ForwardTransform(
    shape: shape, reader: ChannelReader(source: source, size: shape.size), scratch: scratch)
}

@inline(__always)
private func forward<V: TransposeVector>(
  _: V.Type, _ shape: TileShape<V.Scalar>, _ source: LaneSource<V.Scalar>, _ grid: LaneGrid,
  _ scratch: TileScratch<V.Scalar>
) -> ForwardTransform<LaneReader<V>> {
  ForwardTransform(
    shape: shape,
    reader: LaneReader(source, grid, shape.size, scratch.lanes),
    scratch: scratch)
}

/// Tiles of channels, frequency by frequency.
@inline(never)
public func spectralForward(
  _ shape: TileShape<Float>, _ source: TileSource<Float>, _ scratch: TileScratch<Float>,
  _ place: SpectrumPlace<Float>
) { forward(V32.self, shape, source, scratch).transform(into: place) }

/// Tiles of channels, frequency by frequency.
@inline(never)
public func spectralForward(
  _ shape: TileShape<Double>, _ source: TileSource<Double>, _ scratch: TileScratch<Double>,
  _ place: SpectrumPlace<Double>
) { forward(V64.self, shape, source, scratch).transform(into: place) }

/// The way back.
@inline(never)
public func spectralInverse(
  _ shape: TileShape<Float>, _ place: SpectrumPlace<Float>, _ scratch: TileScratch<Float>,
  _ target: TileTarget<Float>
) {
  InverseTransform(shape: shape, writer: ChannelWriter<V32>(target: target), scratch: scratch)
    .transform(place)
}

/// The way back.
@inline(never)
public func spectralInverse(
  _ shape: TileShape<Double>, _ place: SpectrumPlace<Double>, _ scratch: TileScratch<Double>,
  _ target: TileTarget<Double>
) {
  InverseTransform(shape: shape, writer: ChannelWriter<V64>(target: target), scratch: scratch)
    .transform(place)
}

/// One tile of channels, folded.
@inline(never)
public func spectralFold(
  _ shape: TileShape<Float>, _ source: TileSource<Float>, _ scratch: TileScratch<Float>,
  _ base: UnsafeMutablePointer<Float>
) {
  forward(V32.self, shape, source, scratch)
    .transformFolded(FoldedShape(shape.size, lanes: V32.lanes), into: base)
}

/// One tile of channels, folded.
@inline(never)
public func spectralFold(
  _ shape: TileShape<Double>, _ source: TileSource<Double>, _ scratch: TileScratch<Double>,
  _ base: UnsafeMutablePointer<Double>
) {
  forward(V64.self, shape, source, scratch)
    .transformFolded(FoldedShape(shape.size, lanes: V64.lanes), into: base)
}

/// The way back.
@inline(never)
public func spectralUnfold(
  _ shape: TileShape<Float>, _ base: UnsafeMutablePointer<Float>, _ scratch: TileScratch<Float>,
  _ target: TileTarget<Float>
) {
  InverseTransform(shape: shape, writer: ChannelWriter<V32>(target: target), scratch: scratch)
    .transformFolded(FoldedShape(shape.size, lanes: V32.lanes), base)
}

/// The way back.
@inline(never)
public func spectralUnfold(
  _ shape: TileShape<Double>, _ base: UnsafeMutablePointer<Double>,
  _ scratch: TileScratch<Double>, _ target: TileTarget<Double>
) {
  InverseTransform(shape: shape, writer: ChannelWriter<V64>(target: target), scratch: scratch)
    .transformFolded(FoldedShape(shape.size, lanes: V64.lanes), base)
}

/// Tiles in lanes, folded.
@inline(never)
public func spectralFoldLanes(
  _ shape: TileShape<Float>, _ source: LaneSource<Float>, _ grid: LaneGrid,
  _ scratch: TileScratch<Float>, _ base: UnsafeMutablePointer<Float>
) {
  forward(V32.self, shape, source, grid, scratch)
    .transformFolded(FoldedShape(shape.size, lanes: V32.lanes), into: base)
}

/// Tiles in lanes, folded.
@inline(never)
public func spectralFoldLanes(
  _ shape: TileShape<Double>, _ source: LaneSource<Double>, _ grid: LaneGrid,
  _ scratch: TileScratch<Double>, _ base: UnsafeMutablePointer<Double>
) {
  forward(V64.self, shape, source, grid, scratch)
    .transformFolded(FoldedShape(shape.size, lanes: V64.lanes), into: base)
}

/// The way back.
@inline(never)
public func spectralUnfoldLanes(
  _ shape: TileShape<Float>, _ base: UnsafeMutablePointer<Float>, _ scratch: TileScratch<Float>,
  _ target: LaneTarget<Float>, _ grid: LaneGrid
) {
  InverseTransform(
    shape: shape, writer: LaneWriter<V32>(target, grid), scratch: scratch
  ).transformFolded(FoldedShape(shape.size, lanes: V32.lanes), base)
}

/// The way back.
@inline(never)
public func spectralUnfoldLanes(
  _ shape: TileShape<Double>, _ base: UnsafeMutablePointer<Double>,
  _ scratch: TileScratch<Double>, _ target: LaneTarget<Double>, _ grid: LaneGrid
) {
  InverseTransform(
    shape: shape, writer: LaneWriter<V64>(target, grid), scratch: scratch
  ).transformFolded(FoldedShape(shape.size, lanes: V64.lanes), base)
}
