import ConvCore
import FoundationEssentials
import Testing

/// What scripts/golden-layers made with PyTorch in double precision.
enum GoldenLayers {
  /// A layer, or a few, as our line.
  struct LayerCase: Codable, Sendable, CustomTestStringConvertible {
    var name: String, line: String
    var batch: Int
    var testDescription: String { line }
  }

  /// A loss by our name.
  struct LossCase: Codable, Sendable {
    var name: String, loss: String
    var batch: Int
  }

  /// Steps of an optimiser.
  struct OptimizerCase: Codable, Sendable {
    var name: String, optimizer: String
    var steps: Int
  }

  private struct Cases: Codable {
    var layers: [LayerCase], losses: [LossCase], optimizers: [OptimizerCase]
  }

  private static let folder =
    "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Golden/layers/"

  private static let cases: Cases? = (try? readFile("\(folder)cases.json")).flatMap {
    try? JSONDecoder().decode(Cases.self, from: Data($0))
  }

  static var layers: [LayerCase] { cases?.layers ?? [] }
  static var losses: [LossCase] { cases?.losses ?? [] }
  static var optimizers: [OptimizerCase] { cases?.optimizers ?? [] }

  /// The numbers of a case, taken one after the other.
  struct Numbers {
    private var rest: ArraySlice<Double>

    init(_ name: String) throws {
      rest = try Tensor<Double>(readingNpy: "\(folder)\(name).npy").elements[...]
    }

    /// The next `count`; fewer where the file ends, which no comparison accepts.
    mutating func take<S: ConvScalar>(_ count: Int, as: S.Type = S.self) -> [S] {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).map { S($0) }
    }

    var isEmpty: Bool { rest.isEmpty }
  }
}
