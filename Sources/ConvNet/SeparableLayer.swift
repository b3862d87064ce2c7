import ConvCore

/// A depthwise separable convolution as its two steps (CLASSROOM D7): each channel with a kernel of
/// its own, then a 1x1 convolution over the channels.
final class SeparableLayer<S: ConvScalar>: Layer<S> {
  private let depthwise: ConvolutionLayer<S>, pointwise: ConvolutionLayer<S>
  private var between: [S] = [], gradient: [S] = []

  init(
    _ spec: LayerSpec, _ filters: LayerSpec.Filters, _ input: FeatureShape,
    _ output: FeatureShape, index: Int, _ construction: Construction<S>
  ) throws(ConvError) {
    var depth = filters
    (depth.count, depth.groups) = (input.channels, input.channels)
    let depthFilters = depth
    let middle = FeatureShape(
      channels: input.channels, height: output.height, width: output.width)
    let point = LayerSpec.Filters(filters.count, height: 1)
    depthwise = try ConvolutionLayer(spec, input, middle, index: index, construction) {
      (batch, pass) throws(ConvError) in
      try depthFilters.problem(
        .convolution, on: input, batch: batch, pass: pass, bias: false, scalar: S.kind)
    }
    pointwise = try ConvolutionLayer(spec, middle, output, index: index + 1000, construction) {
      (batch, pass) throws(ConvError) in
      try point.problem(.convolution, on: middle, batch: batch, pass: pass, scalar: S.kind)
    }
    super.init(spec, input, output, construction.resources.pool)
  }

  override var parameters: [Parameter<S>] { depthwise.parameters + pointwise.parameters }
  override var computedBy: [String] { depthwise.computedBy + pointwise.computedBy }

  override func parametersChanged() {
    depthwise.parametersChanged()
    pointwise.parametersChanged()
  }

  override func forward(
    _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, batch: Int, isTraining: Bool
  ) throws(ConvError) {
    let count = batch * depthwise.output.count
    if between.count < count { between = Array(repeating: 0, count: count) }
    try between.withUnsafeMutableBufferPointer { (u) throws(ConvError) in
      try depthwise.forward(x, u.baseAddress!, batch: batch, isTraining: isTraining)
      try pointwise.forward(UnsafePointer(u.baseAddress!), y, batch: batch, isTraining: isTraining)
    }
  }

  override func backward(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ dy: UnsafePointer<S>,
    _ dx: UnsafeMutablePointer<S>?, batch: Int
  ) throws(ConvError) {
    let count = batch * depthwise.output.count
    if gradient.count < count { gradient = Array(repeating: 0, count: count) }
    try between.withUnsafeBufferPointer { (u) throws(ConvError) in
      try gradient.withUnsafeMutableBufferPointer { (du) throws(ConvError) in
        try pointwise.backward(u.baseAddress!, y, dy, du.baseAddress!, batch: batch)
        try depthwise.backward(
          x, u.baseAddress!, UnsafePointer(du.baseAddress!), dx, batch: batch)
      }
    }
  }
}
