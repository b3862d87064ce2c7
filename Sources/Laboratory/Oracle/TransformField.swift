import ConvCore

/// The norms that the bound of a transforming kernel needs, for one part of a lowered problem:
/// made once for an algorithm and its result, then asked for any output. A class: see `AxisTerms`.
final class TransformField: Sendable {
  private let model: TransformModel
  private let part: Part
  private let coordinates: PartCoordinates
  private let tiles: Extents
  private let channelsPerGroup: (outer: Int, inner: Int)
  /// Of the data operand's tiles.
  private let data: TileNorms
  /// Squared norms of the kernels, [g][k][c]; in a weight gradient of the output gradient's tiles.
  private let kernels: [Double]
  private let gradients: TileNorms?
  /// Of `kernels`, summed over the output channels of each group.
  private let kernelSums: [Double]
  /// Squared norm of the outputs of each tile, [outer][inner][tile].
  private let outputs: [Double]
  private let innerCount: Int

  /// Norms of `operands` and of `result`, whose magnitudes stand in for the true ones.
  @specialized(where S == Float)
  @specialized(where S == Double)
  init<S: ConvScalar>(
    _ model: TransformModel, _ part: Part, _ lowering: Lowering, _ problem: ConvProblem,
    _ shape: ResultShape, _ operands: Operands<S>, _ result: UnsafePointer<S>, _ pool: ThreadPool
  ) {
    self.model = model
    self.part = part
    let coordinates = PartCoordinates(part, shape, folded: lowering.fold?.extents)
    self.coordinates = coordinates
    innerCount = shape.innerCount
    let core = part.core
    let isGradient = part.role == .weightGradient
    let positions =
      isGradient
      ? core.output : Extents { (part.placed[$0] - 1) * coordinates.step[$0] + 1 }
    let tiles = Extents { (positions[$0] + model.tileOutput[$0] - 1) / model.tileOutput[$0] }
    self.tiles = tiles
    let groups = problem.groups
    channelsPerGroup = (core.outChannels, core.inChannels)
    let first = lowering.swapsOperands ? operands.second! : operands.first
    let second =
      lowering.swapsOperands ? operands.first : operands.weights ?? operands.second ?? []
    data = TileNorms(
      first, part.first, batch: core.batch, groups: groups, channels: core.inChannels,
      phases: part.phases.count, tiles: tiles,
      step: Extents { model.tileOutput[$0] * (isGradient ? core.stride[$0] : 1) },
      window: model.tileInput, model.norm, pool, source: part.source(ofChannel:))
    if isGradient {
      kernels = []
      let plain = (0..<3).map { axis in
        AxisMap(count: core.output[axis], extent: core.output[axis]) { $0 }
      }
      gradients = TileNorms(
        second, part.second, batch: core.batch, groups: groups,
        channels: core.outChannels, tiles: tiles, step: model.tileOutput,
        window: model.tileOutput, model.norm, pool
      ) { ($0, plain[0], plain[1], plain[2]) }
    } else {
      kernels = Self.kernelNorms(second, part, groups, model.norm)
      gradients = nil
    }
    kernelSums = Self.sums(kernels, groups: groups, core.outChannels, core.inChannels)
    outputs = Self.outputNorms(
      model, coordinates, lowering, shape, tiles: isGradient ? nil : tiles, operands, result,
      count: problem.operandCounts.result, pool)
  }

  /// Squares of X, Y and of the kernel's norm, of one result or summed over several.
  struct Norms {
    var x = 0.0, y = 0.0, kernel = 0.0
  }

  /// The core's output at a position that parts write; nil where this part does not.
  func output(_ d: Int, _ h: Int, _ w: Int) -> Extents? {
    let o = Extents(coordinates.core[0][d], coordinates.core[1][h], coordinates.core[2][w])
    return o.d >= 0 && o.h >= 0 && o.w >= 0 ? o : nil
  }

  /// Bound but for the final rounding, from norms.
  func bound(_ n: Norms, unit: Double, tiny: Double) -> Double {
    let terms = Double(model.terms)
    let growth = model.growth
    let (x, y, kernel) = (n.x.squareRoot(), n.y.squareRoot(), n.kernel.squareRoot())
    let spread =
      model.norm == .meanSquare
      ? (growth + (terms / 6).squareRoot()) * x + (growth + (terms / 3).squareRoot()) * y
      : growth * (1 + (terms / 6).squareRoot()) * x + (terms / 3).squareRoot() * y
    let underflow = (growth + terms.squareRoot()) * (1 + kernel) * tiny
    return SummationBound.lambda * (unit * spread + underflow)
  }

  /// Norms for the core's output o of the result at (outer, inner).
  func norms(_ outer: Int, _ inner: Int, _ o: Extents) -> Norms {
    let plane = outer * innerCount + inner
    let group = channelsPerGroup.outer
    if let gradients {
      let (g, k) = (outer / group, outer % group)
      let c = inner * part.phases.count + part.phases.phase(ofTap: o)
      return overTiles(y: outputs[plane], g) {
        (
          data.squares[data.offset($0, g, $1) + c],
          gradients.squares[gradients.offset($0, g, $1) + k]
        )
      }
    }
    let (batch, channel) = coordinates.isExchanged ? (inner, outer) : (outer, inner)
    let tile = tile(o)
    return overChannels(
      y: outputs[plane * tiles.count + tile], data.offset(batch, channel / group, tile), kernels,
      from: channel * channelsPerGroup.inner)
  }

  /// The same, summed over the members of a projected result.
  func norms(_ projection: Projection, _ place: Terms.Place, _ o: Extents) -> Norms {
    let t = gradients == nil ? tile(o) : 0
    let count = gradients == nil ? tiles.count : 1
    var y = 0.0
    for m in 0..<projection.members {
      let full = projection.member(place, m).place
      y += outputs[(full.outer * innerCount + full.inner) * count + t]
    }
    let first = projection.member(place, 0).place
    let group = channelsPerGroup.outer
    if let gradients {
      let g = first.outer / group
      let phase = part.phases.phase(ofTap: o)
      let c = first.inner * part.phases.count + phase
      return overTiles(y: y, g) {
        let (d, e) = (data.tile($0, g, $1), gradients.tile($0, g, $1))
        return projection.sumsOuter
          ? (data.squares[d * data.channels + c], gradients.sum(e, phase: 0))
          : (
            data.sum(d, phase: phase),
            gradients.squares[e * gradients.channels + first.outer % group]
          )
      }
    }
    let (batch, channel) =
      coordinates.isExchanged ? (first.inner, first.outer) : (first.outer, first.inner)
    if coordinates.isExchanged && !projection.sumsOuter {
      var sum = Norms(y: y)
      for m in 0..<projection.members {
        let full = projection.member(place, m).place
        let one = norms(full.outer, full.inner, o)
        sum.x += one.x
        sum.kernel += one.kernel
      }
      return sum
    }
    let g = channel / group
    return overChannels(
      y: y, data.offset(batch, g, t), kernelSums, from: g * channelsPerGroup.inner)
  }

  private func tile(_ o: Extents) -> Int {
    let t = Extents { o[$0] * coordinates.step[$0] / model.tileOutput[$0] }
    return (t.d * tiles.h + t.h) * tiles.w + t.w
  }

  private func overChannels(y: Double, _ a: Int, _ kernels: [Double], from b: Int) -> Norms {
    var n = Norms(y: y)
    for c in 0..<channelsPerGroup.inner {
      n.x += data.squares[a + c] * kernels[b + c]
      n.kernel += kernels[b + c]
    }
    return n
  }

  private func overTiles(
    y: Double, _ g: Int, _ pair: (_ batch: Int, _ tile: Int) -> (Double, Double)
  )
    -> Norms
  {
    var n = Norms(y: y)
    // Tiles of the gradient are measured by their own points, products by the transform's.
    let points = model.norm == .meanSquare ? Double(model.tileOutput.count) : 1
    for batch in 0..<part.core.batch {
      for tile in 0..<tiles.count {
        let (x, dy) = pair(batch, tile)
        n.x += x * dy * points
        n.kernel += dy * points
      }
    }
    return n
  }

  /// max(sum w^2, (sum w)^2), or max w^2, of each kernel.
  @specialized(where S == Float)
  @specialized(where S == Double)
  private static func kernelNorms<S: ConvScalar>(
    _ w: UnsafePointer<S>, _ part: Part, _ groups: Int, _ norm: TransformModel.Norm
  ) -> [Double] {
    let (c, k, phases) = (part.core.inChannels, part.core.outChannels, part.phases)
    return [Double](unsafeUninitializedCapacity: groups * k * c) { target, made in
      for g in 0..<groups {
        for ki in 0..<k {
          for ci in 0..<c {
            let phase = ci % phases.count
            let (e, at) = (phases.tapCounts(phase), phases.taps(phase, of: part.second))
            var (squares, sum, largest) = (0.0, 0.0, 0.0)
            for d in 0..<e.d {
              for h in 0..<e.h {
                for x in 0..<e.w {
                  let index = at.index(ki, ci / phases.count, d, h, x) + g * at.group
                  let value = Double(w[index])
                  guard value.isFinite else { continue }
                  squares += value * value
                  sum += value
                  largest = max(largest, abs(value))
                }
              }
            }
            target.initializeElement(
              at: made, to: norm == .meanSquare ? max(squares, sum * sum) : largest * largest)
            made += 1
          }
        }
      }
    }
  }

  /// [g][k][c] summed over k.
  private static func sums(_ norms: [Double], groups: Int, _ k: Int, _ c: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: norms.isEmpty ? 0 : groups * c)
    for i in norms.indices { sums[i / (k * c) * c + i % c] += norms[i] }
    return sums
  }

  /// Mean, or largest, square of the outputs of each tile; of each plane where `tiles` is nil.
  @specialized(where S == Float)
  @specialized(where S == Double)
  private static func outputNorms<S: ConvScalar>(
    _ model: TransformModel, _ coordinates: PartCoordinates, _ lowering: Lowering,
    _ shape: ResultShape, tiles: Extents?, _ operands: Operands<S>,
    _ result: UnsafePointer<S>, count: Int, _ pool: ThreadPool
  ) -> [Double] {
    let tileTables = (0..<3).map { axis in
      coordinates.core[axis].map { o in
        o < 0 ? -1 : tiles == nil ? 0 : o * coordinates.step[axis] / model.tileOutput[axis]
      }
    }
    let real = (0..<3).map { axis -> [Int] in
      lowering.fold.map { $0.maps[axis].source.map(Int.init) }
        ?? Array(0..<coordinates.core[axis].count)
    }
    let t = tiles ?? .one
    let planes = count / shape.extents.count
    let inner = shape.innerCount
    var norms = [Double](repeating: 0, count: planes * t.count)
    norms.withUnsafeMutableBufferPointer { norms in
      let norms = norms.baseAddress!
      pool.run(planes) { plane, _ in
        let shift = operands.bias.map { Double($0[plane % inner]) } ?? 0
        var members = [Double](repeating: 0, count: t.count)
        let target = norms + plane * t.count
        for d in tileTables[0].indices where tileTables[0][d] >= 0 {
          for h in tileTables[1].indices where tileTables[1][h] >= 0 {
            let row = (tileTables[0][d] * t.h + tileTables[1][h]) * t.w
            for w in tileTables[2].indices where tileTables[2][w] >= 0 {
              let place = (real[0][d], real[1][h], real[2][w])
              guard place.0 >= 0, place.1 >= 0, place.2 >= 0 else { continue }
              let y =
                Double(result[shape.index(plane / inner, plane % inner, place.0, place.1, place.2)])
                - shift
              guard y.isFinite else { continue }
              let tile = row + tileTables[2][w]
              members[tile] += 1
              target[tile] =
                model.norm == .meanSquare ? target[tile] + y * y : max(target[tile], y * y)
            }
          }
        }
        if model.norm == .meanSquare {
          for tile in 0..<t.count where members[tile] > 0 { target[tile] /= members[tile] }
        }
      }
    }
    return norms
  }
}
