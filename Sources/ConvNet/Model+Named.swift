import ConvCore

extension Model {
  /// Names that `named` knows.
  public static let names = ["digits", "sign-mnist", "cifar10", "lenet5", "small"]

  /// One of the networks of the lecture notes, or the one that comes with data (`digits`).
  ///
  /// - Throws: `ConvError.invalid` for another name, with the nearest.
  public static func named(_ name: String) throws(ConvError) -> Model {
    switch name {
    case "digits": digits
    case "sign-mnist": signMNIST
    case "cifar10": cifar10
    case "lenet5": leNet5
    case "small": small
    default:
      throw .invalid(
        "no model \(name)\(didYouMean(name, among: names)): there are "
          + names.joined(separator: ", ") + ", or a model in one line")
    }
  }

  private static func convReLU(_ filters: Int) -> [LayerSpec] {
    [.convolution(.init(filters)), .activation(.relu)]
  }

  /// conv 32, conv 32, pool, conv 64, conv 64, pool, dense 128 with batch norm and dropout, on 8x8
  /// grey digits.
  private static let digits = Model(
    name: "digits", input: FeatureShape(channels: 1, height: 8, width: 8), classes: 10,
    layers: [32, 64].flatMap { f in
      convReLU(f) + [.batchNormalization] + convReLU(f)
        + [.batchNormalization, .pooling(.max, .init(2)), .dropout(0.25)]
    } + [
      .flatten, .dense(128), .activation(.relu), .batchNormalization, .dropout(0.25), .dense(nil),
      .softmax,
    ])

  private static let signMNIST: Model = {
    let pool = LayerSpec.pooling(.max, .init(2, isSame: true))
    return Model(
      name: "sign-mnist", input: FeatureShape(channels: 1, height: 28, width: 28), classes: 24,
      layers: convReLU(75) + [.batchNormalization, pool] + convReLU(50)
        + [.dropout(0.2), .batchNormalization, pool] + convReLU(25)
        + [
          .batchNormalization, pool, .flatten, .dense(512), .activation(.relu), .dropout(0.3),
          .dense(nil), .softmax,
        ])
  }()

  private static let cifar10 = Model(
    name: "cifar10", input: FeatureShape(channels: 3, height: 32, width: 32), classes: 10,
    layers: [32, 64, 128].flatMap { f in
      convReLU(f) + [.batchNormalization] + convReLU(f)
        + [.batchNormalization, .pooling(.max, .init(2)), .dropout(0.25)]
    } + [.flatten, .dense(128), .activation(.relu), .dropout(0.25), .dense(nil), .softmax])

  /// LeCun et al. 1998, with the subsampling as average pooling.
  private static let leNet5 = Model(
    name: "lenet5", input: FeatureShape(channels: 1, height: 28, width: 28), classes: 10,
    layers: [
      .convolution(.init(6, height: 5)), .activation(.tanh), .pooling(.average, .init(2)),
      .convolution(.init(16, height: 5, padding: .valid)), .activation(.tanh),
      .pooling(.average, .init(2)), .flatten, .dense(120), .activation(.tanh), .dense(84),
      .activation(.tanh), .dense(nil), .softmax,
    ])

  /// The small flow of the notes: 32x32x3 to 2048 features to classes.
  private static let small = Model(
    name: "small", input: FeatureShape(channels: 3, height: 32, width: 32), classes: 10,
    layers: convReLU(16) + [.pooling(.max, .init(2))] + convReLU(32)
      + [
        .pooling(.max, .init(2)), .flatten, .dense(128), .activation(.relu), .dense(nil), .softmax,
      ])
}
