import ConvCore
import Glibc

/// Problems by name: descriptors, layers, whole networks and files of problems.
public enum Workloads {
  /// The problems that `text` stands for: a descriptor, `vgg16/conv3_2`, `vgg16`, `@FILE`, or a suite
  /// that ships, `@convnet`.
  ///
  /// The distinct layers of a network come once, with how often they occur. What a file asks for
  /// and cannot be had is told to `warn`, once each.
  ///
  /// - Throws: `ConvError.invalid` saying what is wrong, with the nearest name.
  public static func problems(
    _ text: String, _ settings: ProblemSettings = ProblemSettings(),
    warn: (String) -> Void = { _ in }
  ) throws(ConvError) -> [NamedProblem] {
    if text.hasPrefix("@") {
      let path = String(text.dropFirst())
      // A suite that ships by its name, unless there is such a file.
      let suite = access(path, F_OK) == 0 ? nil : Suite.named(path)
      return try file(suite?.path ?? path, settings, warn: warn)
    }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    if let network = Network.named(String(parts[0])) {
      let layer = parts.count == 2 ? String(parts[1]) : nil
      return try network.problems(layer: layer, settings)
    }
    do throws(ConvError) { return [try NamedProblem(descriptor: text, settings)] } catch {
      // What does not begin as a descriptor was meant as a name.
      let word = String(parts[0])
      let near = suggestion(for: word, among: Network.all.map(\.name))
      if let near, "\(error)".hasPrefix("unknown key"), near.first == word.first {
        throw .invalid("there is no network \"\(word)\": did you mean \"\(near)\"?")
      }
      throw error
    }
  }
}

/// The convolution layers of a network, in the order in which it computes them.
public struct Network: Sendable {
  /// As PROBLEM writes it: `vgg16`.
  public let name: String
  /// Whose it is and what a reader should know of these layers.
  public let source: String
  /// Every layer: its name and its descriptor for one input.
  public let layers: [(name: String, descriptor: String)]

  /// The networks of the lecture notes.
  public static let all: [Network] = [
    leNet5, alexNet, zfNet, vgg16, vgg19, googLeNet, resNet50, denseNet121, efficientNetB0,
  ]

  /// The network of a name, written with or without capitals, `-` and `_`: `VGG-16`.
  public static func named(_ name: String) -> Network? {
    func plain(_ text: String) -> String { text.lowercased().filter { $0 != "-" && $0 != "_" } }
    return all.first { plain($0.name) == plain(name) }
  }

  /// One layer, or each distinct layer with how often it occurs, under the name of its first.
  ///
  /// - Throws: `ConvError.invalid` for a layer that is not there, with the nearest name, and for
  ///   settings that a layer cannot have.
  public func problems(
    layer: String? = nil, _ settings: ProblemSettings = ProblemSettings()
  ) throws(ConvError) -> [NamedProblem] {
    if let layer {
      guard let found = layers.first(where: { $0.name == layer }) else {
        let names = layers.map(\.name)
        let shown = names.count > 12 ? names.prefix(10) + ["..."] : names[...]
        throw .invalid(
          "\(name) has no layer \"\(layer)\"\(didYouMean(layer, among: names)) "
            + "(it has \(shown.joined(separator: ", ")))")
      }
      return [try problem(found, settings, multiplicity: 1)]
    }
    var distinct: [NamedProblem] = []
    for layer in layers {
      let one = try problem(layer, settings, multiplicity: 1)
      if let i = distinct.firstIndex(where: { $0.problem == one.problem }) {
        distinct[i].multiplicity += 1
      } else {
        distinct.append(one)
      }
    }
    return distinct
  }

  private func problem(
    _ layer: (name: String, descriptor: String), _ settings: ProblemSettings, multiplicity: Int
  ) throws(ConvError) -> NamedProblem {
    do throws(ConvError) {
      let problem = try ConvProblem(descriptor: layer.descriptor, settings)
      return NamedProblem(problem, name: "\(name)/\(layer.name)", multiplicity: multiplicity)
    } catch { throw .invalid("\(name)/\(layer.name): \(error)") }
  }
}

/// Builds a list of layers; extents are square.
struct LayerList {
  private(set) var layers: [(name: String, descriptor: String)] = []

  /// Adds a layer of `input` channels and extents `size`, `k` x `k`, with padding on both sides.
  /// Returns the extent of its output.
  @discardableResult
  mutating func add(
    _ name: String, _ input: Int, _ size: Int, to output: Int, k: Int, stride: Int = 1,
    padding: Int? = nil, groups: Int = 1
  ) -> Int {
    let p = padding ?? k / 2
    let o = (size + 2 * p - k) / stride + 1
    let text =
      "\(groups == 1 ? "" : "g\(groups)")mb1_ic\(input)ih\(size)oc\(output)oh\(o)kh\(k)"
      + "\(stride == 1 ? "" : "sh\(stride)")ph\(p)"
    layers.append((name, text))
    return o
  }
}
