import ConvCore
import FoundationEssentials

/// A trained or half-trained network as a file: a line of text, a line of JSON, then the numbers,
/// little-endian f32. Written after each epoch, so that training can be resumed where it stopped.
public struct Checkpoint: Sendable {
  /// What stands before the numbers.
  struct Header: Codable, Sendable {
    var name: String
    var line: String
    var input: FeatureShape
    var classes: Int
    var algorithm: String
    var seed: UInt64
    var history: [EpochResult]
    var stepLosses: [Double]
    var optimizerStep: Int
    var parameters: [Entry]
  }

  /// A parameter and where its numbers are.
  struct Entry: Codable, Sendable, Equatable {
    var name: String
    var shape: [Int]
  }

  private static let magic = "SpectralConv model 1\n"
  let header: Header
  /// Values of every parameter, then both running values of every trained one.
  let numbers: [Float]

  /// What the network is.
  public var model: Model {
    get throws(ConvError) {
      var model = try Model(parsing: header.line, input: header.input, classes: header.classes)
      model.name = header.name
      return model
    }
  }

  /// Which algorithm trained it.
  public var algorithm: String { header.algorithm }

  /// Finished epochs.
  public var history: [EpochResult] { header.history }

  /// The state of a trainer.
  public init<S: ConvScalar>(_ trainer: Trainer<S>) {
    let network = trainer.network
    let parameters = network.parameters
    header = Header(
      name: network.model.name, line: network.model.line, input: network.model.input,
      classes: network.model.classes, algorithm: network.options.algorithm.name.description,
      seed: network.options.seed, history: trainer.history, stepLosses: trainer.stepLosses,
      optimizerStep: trainer.state.step,
      parameters: parameters.map { Entry(name: $0.name, shape: $0.shape) })
    var numbers: [Float] = []
    for p in parameters { numbers += p.values.map { Float($0) } }
    for list in [trainer.state.first, trainer.state.second] {
      for values in list { numbers += values.map { Float($0) } }
    }
    self.numbers = numbers
  }

  /// Writes it whole, or leaves what was there.
  ///
  /// - Throws: `ConvError.system` where the system refuses.
  public func write(_ path: String) throws(ConvError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let json = try? encoder.encode(header) else {
      throw .invalid("\(path): a loss is not a number, which a checkpoint cannot hold")
    }
    var bytes = Array(Self.magic.utf8) + json + [10]
    bytes.reserveCapacity(bytes.count + 4 * numbers.count)
    for number in numbers {
      withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    try writeFile(path, bytes)
  }

  /// Reads one.
  ///
  /// - Throws: `ConvError.invalid` where the file is something else or truncated.
  public init(reading path: String) throws(ConvError) {
    let bytes = try readFile(path, limit: 1 << 34)
    let magic = Array(Self.magic.utf8)
    guard bytes.starts(with: magic), let end = bytes[magic.count...].firstIndex(of: 10) else {
      throw .invalid("\(path): is no model written by compare train")
    }
    guard
      let header = try? JSONDecoder().decode(
        Header.self, from: Data(bytes[magic.count..<end]))
    else { throw .invalid("\(path): its description cannot be read") }
    let data = bytes[(end + 1)...]
    guard data.count % 4 == 0 else { throw .invalid("\(path): is truncated") }
    numbers = stride(from: data.startIndex, to: data.endIndex, by: 4).map { i in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[i + $1]) << (8 * $1) })
    }
    self.header = header
  }

  /// Puts the parameters into a network of the same model.
  ///
  /// - Throws: `ConvError.invalid` where the model is another one or numbers are missing.
  public func restore<S: ConvScalar>(_ network: Network<S>) throws(ConvError) {
    let parameters = network.parameters
    guard
      header.parameters == parameters.map({ Checkpoint.Entry(name: $0.name, shape: $0.shape) })
    else { throw .invalid("the model file holds another network: \(header.line)") }
    let trained = parameters.filter(\.isTrained)
    let count =
      parameters.reduce(0) { $0 + $1.values.count } + 2 * trained.reduce(0) { $0 + $1.values.count }
    guard numbers.count == count else {
      throw .invalid("the model file has \(numbers.count) numbers, not \(count): is it truncated?")
    }
    var position = 0
    for p in parameters { p.values = take(p.values.count, &position) }
    network.parametersChanged()
  }

  /// Puts a trainer where it was after the last finished epoch.
  ///
  /// - Throws: as above.
  public func restore<S: ConvScalar>(_ trainer: Trainer<S>) throws(ConvError) {
    try restore(trainer.network)
    let parameters = trainer.network.parameters
    var position = parameters.reduce(0) { $0 + $1.values.count }
    let counts = parameters.filter(\.isTrained).map(\.values.count)
    let first: [[S]] = counts.map { take($0, &position) }
    let second: [[S]] = counts.map { take($0, &position) }
    trainer.state.restore(step: header.optimizerStep, first: first, second: second)
    for layer in trainer.network.layers {
      layer.resume(afterSteps: header.stepLosses.count)
    }
    trainer.restore(history: header.history, stepLosses: header.stepLosses)
  }

  private func take<S: ConvScalar>(_ count: Int, _ position: inout Int) -> [S] {
    defer { position += count }
    return numbers[position..<(position + count)].map { S($0) }
  }
}
