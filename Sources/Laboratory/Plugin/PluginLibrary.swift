import CPlugin
import ConvCore
import Glibc

/// A shared library that exports `spectralconv_plugin_main`; it stays loaded.
public final class PluginLibrary: Sendable {
  /// As tables write it.
  public let name: String
  /// One line.
  public let summary: String
  let native: Native
  /// How many times the bound of a plain sum holds.
  let rounding: Int
  private let table: Table

  private struct Table: @unchecked Sendable {
    let functions: spectralconv_plugin
  }

  var functions: spectralconv_plugin { table.functions }

  /// Loads the library at `path`.
  ///
  /// - Throws: `ConvError.invalid` where it is no plug-in of this version, and says what is missing.
  public init(path: String) throws(ConvError) {
    // Without a slash the loader would search its own folders.
    guard let handle = dlopen(path.contains("/") ? path : "./" + path, RTLD_NOW | RTLD_LOCAL) else {
      throw .invalid("--plugin: \(String(cString: dlerror()))")
    }
    guard let symbol = dlsym(handle, "spectralconv_plugin_main") else {
      throw .invalid(
        "--plugin: \(path) does not export spectralconv_plugin_main: see docs/Plugins.md")
    }
    typealias Main = @convention(c) () -> UnsafePointer<spectralconv_plugin>?
    guard let plugin = unsafeBitCast(symbol, to: Main.self)()?.pointee else {
      throw .invalid("--plugin: \(path) returns no description of itself")
    }
    guard plugin.version == UInt32(SPECTRALCONV_PLUGIN_VERSION) else {
      throw .invalid(
        "--plugin: \(path) is of version \(plugin.version) of the interface, not "
          + "\(SPECTRALCONV_PLUGIN_VERSION)")
    }
    guard plugin.create != nil, plugin.prepare != nil, plugin.apply != nil, plugin.destroy != nil
    else {
      throw .invalid("--plugin: \(path) leaves out create, prepare, apply or destroy")
    }
    let name = plugin.name.map { String(cString: $0) } ?? ""
    guard !name.isEmpty,
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    else { throw .invalid("--plugin: a name is letters, digits and dashes, not \"\(name)\"") }
    guard plugin.rounding >= 0, plugin.rounding <= 1000 else {
      throw .invalid("--plugin: \(name) says rounding \(plugin.rounding), which is not 0 to 1000")
    }
    self.name = name
    summary = plugin.summary.map { String(cString: $0) } ?? "from \(path)"
    rounding = max(1, Int(plugin.rounding.rounded(.up)))
    native = Native(plugin.takes)
    table = Table(functions: plugin)
  }

  /// The family of a registry.
  public var family: Family { Family(name, summary) { _ in PluginAlgorithm(library: self) } }
}

extension Native {
  fileprivate init(_ takes: UInt32) {
    self = []
    for (flag, own) in [
      (SPECTRALCONV_TAKES_BORDERS, Native.maps), (SPECTRALCONV_TAKES_STRIDE, .stride),
      (SPECTRALCONV_TAKES_DILATION, .dilation), (SPECTRALCONV_TAKES_GROUPS, .groups),
    ] where takes & UInt32(flag) != 0 { insert(own) }
  }
}

/// The row of the registry around a plug-in.
struct PluginAlgorithm: ConvAlgorithm {
  let library: PluginLibrary

  var name: AlgorithmName { AlgorithmName(library.name) }

  func support(_ p: ConvProblem, _ r: Resources) -> Support {
    .lowered(PluginKernel<Float>.self, PluginKernel<Double>.self, library, p, r)
  }

  func plan(_ p: ConvProblem, _ r: Resources, as: Float.Type) throws(ConvError) -> Plan<Float> {
    try .lowered(PluginKernel<Float>.self, library, name, p, r)
  }

  func plan(_ p: ConvProblem, _ r: Resources, as: Double.Type) throws(ConvError) -> Plan<Double> {
    try .lowered(PluginKernel<Double>.self, library, name, p, r)
  }
}
