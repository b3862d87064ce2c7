import ConvCore

/// A network's layers, shapes and parameter counts, as the lecture notes print them.
public struct Summary: Sendable, Equatable {
  /// One layer.
  public struct Row: Sendable, Equatable {
    /// What it is.
    public let title: String
    /// Shape of one example after it.
    public let output: FeatureShape
    /// Parameters, trained and tracked.
    public let parameters: Int
  }

  /// In order.
  public let rows: [Row]
  /// Parameters in all, those that are trained, and those that are only tracked (running mean and
  /// variance).
  public let total: Int, trainable: Int, notTrainable: Int

  /// Of `model`. Activations belong to the layer before them, as in the notes.
  ///
  /// - Throws: `ConvError.invalid` naming the layer that does not fit.
  public init(_ model: Model) throws(ConvError) {
    let shapes = try model.shapes()
    var rows: [Row] = []
    var (trained, tracked) = (0, 0)
    for (i, layer) in model.layers.enumerated() {
      let count = layer.parameters(on: shapes[i], classes: model.classes)
      trained += count.trained
      tracked += count.tracked
      if layer.isActivation && count.trained == 0, let last = rows.popLast() {
        rows.append(
          Row(
            title: "\(last.title), \(layer.title)", output: shapes[i + 1],
            parameters: last.parameters))
      } else {
        rows.append(
          Row(
            title: layer.title, output: shapes[i + 1], parameters: count.trained + count.tracked))
      }
    }
    self.rows = rows
    (total, trainable, notTrainable) = (trained + tracked, trained, tracked)
  }
}

extension LayerSpec {
  var isActivation: Bool {
    switch self {
    case .activation, .softmax: true
    default: false
    }
  }
}
