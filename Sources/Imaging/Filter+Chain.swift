import ConvCore

extension Filter {
  /// The picture after each step of a chain; the last is the result.
  ///
  /// - Throws: `ConvError` of the first step that fails, with its name in front.
  public func callAsFunction(_ chain: Chain, _ picture: Picture) throws(ConvError) -> [Picture] {
    var results: [Picture] = []
    for (step, name) in zip(chain.steps, chain.names) {
      do {
        results.append(try self(step, results.last ?? picture))
      } catch {
        throw error.prefixed(name)
      }
    }
    return results
  }

  /// The picture after one step.
  ///
  /// - Throws: `ConvError` where the step does not fit the picture, or the algorithm refuses.
  public func callAsFunction(_ step: FilterStep, _ picture: Picture) throws(ConvError) -> Picture {
    switch step {
    case .kernel(let kernel): return try self(kernel, picture)
    case .unsharp(let amount, let blur): return try unsharp(picture, amount: amount, blur: blur)
    case .relu: return picture.map { max($0, 0) }
    case .absolute: return picture.map { abs($0) }
    case .maxPool(let size, let stride): return try picture.maxPooled(size: size, stride: stride)
    case .averagePool(let size, let stride):
      return try averagePooled(picture, size: size, stride: stride)
    case .grey: return try picture.grey()
    case .resize(let width, let height, let method):
      let grows = width > picture.width || height > picture.height
      return try picture.resized(
        width: width, height: height, by: method ?? (grows ? .bilinear : .area))
    }
  }

  /// Unsharp masking: x + amount (x - blurred x). What the blur takes away is the detail; adding it
  /// once more sharpens. The blur always keeps the picture's extents.
  ///
  /// - Throws: `ConvError` where the algorithm refuses the blur.
  public func unsharp(_ picture: Picture, amount: Double, blur: ImageKernel) throws(ConvError)
    -> Picture
  {
    var same = self
    same.padding = .same
    let blurred = try same(blur, picture)
    let amount = Float(amount)
    return picture.with(
      zip(picture.samples, blurred.samples).map { x, smooth in x + amount * (x - smooth) })
  }

  /// The mean of each window: a convolution with a box and a stride.
  ///
  /// - Throws: `ConvError.invalid` where no window lies within the picture.
  public func averagePooled(_ picture: Picture, size: Int, stride: Int) throws(ConvError)
    -> Picture
  {
    let (h, w) = try picture.pooledExtents(size: size, stride: stride)
    let problem = try ConvProblem(
      batch: picture.channels,
      axes: [picture.height, picture.width].map { Axis($0, kernel: size, stride: stride) },
      scalar: scalar)
    let weights = [Double](repeating: 1 / Double(size * size), count: size * size)
    return Picture(unchecked: w, h, picture.channels, try run(problem, weights, picture.samples))
  }
}

extension Picture {
  /// The largest value of each `size` x `size` window, `stride` apart: floor((n - size) / stride) + 1
  /// of them along an axis. NaN wins over every number.
  ///
  /// - Throws: `ConvError.invalid` where no window lies within the picture.
  public func maxPooled(size: Int, stride: Int) throws(ConvError) -> Picture {
    let (h, w) = try pooledExtents(size: size, stride: stride)
    var result = [Float](repeating: 0, count: channels * h * w)
    for c in 0..<channels {
      for y in 0..<h {
        for x in 0..<w {
          var best = -Float.infinity
          for dy in 0..<size {
            for dx in 0..<size {
              let v = self[c, y * stride + dy, x * stride + dx]
              if v > best || v.isNaN { best = v }
              if best.isNaN { break }
            }
            if best.isNaN { break }
          }
          result[(c * h + y) * w + x] = best
        }
      }
    }
    return Picture(unchecked: w, h, channels, result)
  }

  /// How many windows there are along y and x.
  func pooledExtents(size: Int, stride: Int) throws(ConvError) -> (h: Int, w: Int) {
    guard size >= 1, stride >= 1, size <= min(width, height) else {
      throw .invalid(
        "windows of \(size) at stride \(stride) do not fit \(width) x \(height) pixels")
    }
    return ((height - size) / stride + 1, (width - size) / stride + 1)
  }
}
