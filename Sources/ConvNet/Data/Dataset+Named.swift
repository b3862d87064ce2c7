import ConvCore
import Laboratory

/// Forms that data files come in.
public enum DataFormat: String, CaseIterable, Sendable {
  /// `label,pixel1...pixel64`, values to 16, 10 classes; ships.
  case digits
  /// `label,pixel1...pixel784`, values to 255, 24 classes.
  case signMNIST = "sign-mnist"
  /// MNIST's IDX files, pictures and labels.
  case mnist
  /// CIFAR-10's binary version.
  case cifar10

  /// The form that a named model's data come in; nil for a model in one line.
  public init?(model: String) {
    switch model {
    case "digits": self = .digits
    case "sign-mnist": self = .signMNIST
    case "lenet5": self = .mnist
    case "cifar10", "small": self = .cifar10
    default: return nil
    }
  }

  /// Shape of an example.
  public var shape: FeatureShape {
    switch self {
    case .digits: FeatureShape(channels: 1, height: 8, width: 8)
    case .signMNIST, .mnist: FeatureShape(channels: 1, height: 28, width: 28)
    case .cifar10: FeatureShape(channels: 3, height: 32, width: 32)
    }
  }

  /// Number of classes.
  public var classes: Int { self == .signMNIST ? 24 : 10 }

  /// Reads files of this form.
  ///
  /// - Throws: `ConvError.invalid` for a wrong number of files, or saying what is wrong in one.
  public func read(_ paths: [String]) throws(ConvError) -> Dataset {
    switch self {
    case .digits:
      return try Dataset(csv: try one(paths), side: 8, classes: 10, maximum: 16)
    case .signMNIST:
      return try Dataset(
        csv: try one(paths), side: 28, classes: 24, maximum: 255, skipsNine: true)
    case .mnist:
      guard paths.count == 2 else {
        throw .invalid("MNIST's data are two files: pictures, then labels")
      }
      return try Dataset(idxImages: paths[0], labels: paths[1])
    case .cifar10: return try Dataset(cifar: paths)
    }
  }

  private func one(_ paths: [String]) throws(ConvError) -> String {
    guard paths.count == 1 else {
      throw .invalid("\(rawValue) data are one file, not \(paths.count)")
    }
    return paths[0]
  }

  /// Made-up pictures, for timing: noise, with a bright square whose place is the class.
  ///
  /// - Throws: `ConvError.invalid` for less than two pictures.
  public func madeUp(_ count: Int, seed: UInt64) throws(ConvError) -> Dataset {
    guard count >= 2, count <= 10_000_000 else {
      throw .invalid("made-up data have 2 to 10,000,000 pictures, not \(count)")
    }
    let random = SeededRandom(seed: seed, stream: 77)
    let side = (shape.width - 1) / 6 + 1
    let labels = (0..<count).map { $0 % classes }
    let pixels = (0..<(count * shape.count)).map { i -> Float in
      let label = labels[i / shape.count]
      let (x, y) = (i % shape.width, i / shape.width % shape.height)
      let isBright = x / side == label % 6 && y / side == label / 6
      return Float(0.4 * random.unit(at: i)) + (isBright ? 0.6 : 0)
    }
    return try Dataset(shape: shape, classes: classes, pixels: pixels, labels: labels)
  }
}
