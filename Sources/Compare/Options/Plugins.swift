import ConvCore
import Laboratory
import Synchronization

extension Options {
  static let plugin = Option(
    "plugin", "FILE", .general, "adds the algorithm of a shared library: docs/Plugins.md"
  ) { text throws(ConvError) in text }
}

extension Registry {
  private static let current = Mutex(Registry.standard)

  /// What ships, and the plug-ins of this call.
  static var inUse: Registry { current.withLock { $0 } }

  /// Loads every `--plugin FILE` among the words of a call, before options that name algorithms are
  /// read, and returns the words without them.
  static func loadPlugins(_ words: [String]) throws(ConvError) -> [String] {
    var rest: [String] = []
    var i = 0
    while i < words.count {
      let word = words[i]
      i += 1
      if word == "--" {
        rest += words[(i - 1)...]
        break
      }
      guard word == "--plugin" || word.hasPrefix("--plugin=") else {
        rest.append(word)
        continue
      }
      var path = String(word.dropFirst("--plugin=".count))
      if word == "--plugin" {
        guard i < words.count else { throw .invalid("--plugin needs FILE, a shared library") }
        path = words[i]
        i += 1
      }
      let library = try PluginLibrary(path: path)
      guard !inUse.families.contains(where: { $0.name == library.name }) else {
        throw .invalid(
          "--plugin: there is an algorithm \"\(library.name)\" already: name it otherwise")
      }
      current.withLock { $0 = $0.adding(library.family) }
    }
    return rest
  }
}
