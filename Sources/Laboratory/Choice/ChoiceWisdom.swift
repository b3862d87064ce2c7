import ConvCore
import FoundationEssentials
import Glibc
import SpectralConv

/// What is remembered of this machine for choosing: fitted cost models, and problems that were
/// measured. A file of JSON with a version and the machine's identity in `UserCache.folder`.
public struct ChoiceWisdom: Codable, Sendable, Equatable {
  /// What tells machines apart as far as times go.
  public struct Identity: Codable, Sendable, Equatable {
    /// As the system names the processor, the best instruction set, and how many processors this
    /// process may use.
    public var cpu: String, isa: ISA, processors: Int

    /// This machine.
    public static var current: Identity {
      let machine = Machine.described
      return Identity(cpu: machine.cpu, isa: machine.isa, processors: machine.allowedProcessors)
    }
  }

  /// One problem as it was measured.
  public struct Answer: Codable, Sendable, Equatable {
    /// What was computed.
    public var problem: ConvProblem
    /// On how many threads and with which instruction set.
    public var threads: Int, isa: ISA
    /// Median seconds by algorithm.
    public var seconds: [String: Double]
    /// When, as `2026-01-31T12:00:00Z`.
    public var time: String

    /// A measured problem.
    public init(
      problem: ConvProblem, threads: Int, isa: ISA, seconds: [String: Double],
      time: String = utcTime()
    ) {
      (self.problem, self.threads, self.isa) = (problem, threads, isa)
      (self.seconds, self.time) = (seconds, time)
    }
  }

  /// Version of the file.
  public static let currentVersion = 1
  /// Version that this was written in.
  public var version = Self.currentVersion
  /// The toolkit that it was measured with: other kernels take other times.
  public var toolkit = BuildFacts.toolkitVersion
  /// The machine that it was measured on.
  public var machine = Identity.current
  /// Fitted models, one for each number of threads and instruction set.
  public var models: [CostModel] = []
  /// Measured problems, the latest last.
  public var answers: [Answer] = []

  /// Nothing yet.
  public init() {}

  /// Most answers that are kept; the oldest go first.
  public static let mostAnswers = 2000

  /// The fitted model of most use for these threads and instruction set: the same, else the nearest
  /// number of threads; the default one where there is none.
  public func model(threads: Int, isa: ISA) -> CostModel {
    let fitting = models.filter { $0.isa == isa }
    let nearest = (fitting.isEmpty ? models : fitting).min {
      abs($0.threads - threads) < abs($1.threads - threads)
    }
    return nearest ?? CostModel.nominal(threads: threads, isa: isa)
  }

  /// Whether a model was fitted for exactly this.
  public func isFitted(threads: Int, isa: ISA) -> Bool {
    models.contains { $0.threads == threads && $0.isa == isa }
  }

  /// Seconds by algorithm of a problem that was measured; empty where it was not.
  public func times(_ problem: ConvProblem, threads: Int, isa: ISA) -> [String: Double] {
    answers.last { $0.threads == threads && $0.isa == isa && $0.problem == problem }?.seconds ?? [:]
  }

  /// Puts a model in the place of that for the same threads and instruction set.
  public mutating func remember(_ model: CostModel) {
    models.removeAll { $0.threads == model.threads && $0.isa == model.isa }
    models.append(model)
  }

  /// Puts an answer in the place of an older one.
  public mutating func remember(_ answer: Answer) {
    answers.removeAll {
      $0.problem == answer.problem && $0.threads == answer.threads && $0.isa == answer.isa
    }
    answers.append(answer)
    if answers.count > Self.mostAnswers { answers.removeFirst(answers.count - Self.mostAnswers) }
  }
}

extension ChoiceWisdom {
  /// Where it is kept; nil where there is no cache folder.
  public static var path: String? { UserCache.folder.map { $0 + "/choice.json" } }

  /// What the file at `path` holds, and why it was not used where it was not: damaged, of another
  /// version or of another machine. A file that is not there holds nothing, and that is no fault.
  public static func load(_ path: String? = path) -> (wisdom: ChoiceWisdom, fault: String?) {
    guard let path, access(path, F_OK) == 0 else { return (ChoiceWisdom(), nil) }
    let bytes: [UInt8]
    do throws(ConvError) { bytes = try readFile(path, limit: 64 << 20) } catch {
      return (ChoiceWisdom(), "\(error)")
    }
    let remedy = "compare best --calibrate measures anew"
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)) else {
      return (ChoiceWisdom(), "\(path): is damaged and not used; \(remedy)")
    }
    guard header.version == currentVersion else {
      return (
        ChoiceWisdom(),
        "\(path): is of version \(header.version), not \(currentVersion), and not used; \(remedy)"
      )
    }
    guard let wisdom = try? JSONDecoder().decode(ChoiceWisdom.self, from: Data(bytes)),
      wisdom.isSound
    else { return (ChoiceWisdom(), "\(path): is damaged and not used; \(remedy)") }
    let own = Identity.current
    guard wisdom.machine == own else {
      return (
        ChoiceWisdom(),
        "\(path): was measured on another machine (\(wisdom.machine), this is \(own)) "
          + "and is not used; \(remedy)"
      )
    }
    guard wisdom.toolkit == BuildFacts.toolkitVersion else {
      return (
        ChoiceWisdom(),
        "\(path): was measured with version \(wisdom.toolkit) of the toolkit, not "
          + "\(BuildFacts.toolkitVersion), and is not used; \(remedy)"
      )
    }
    return (wisdom, nil)
  }

  /// Writes it, all of it or nothing; makes the folder.
  ///
  /// - Throws: `ConvError.system` where the system refuses or there is no cache folder.
  public func save(_ path: String? = path) throws(ConvError) {
    guard let path else {
      throw .system("there is no cache folder: set SPECTRALCONV_CACHE, XDG_CACHE_HOME or HOME")
    }
    try UserCache.save(self, to: path)
  }

  /// Takes the file away; whether there was one.
  ///
  /// - Throws: `ConvError.system` where the system refuses.
  @discardableResult
  public static func forget(_ path: String? = path) throws(ConvError) -> Bool {
    guard let path else { return false }
    if unlink(path) == 0 { return true }
    guard errno == ENOENT || errno == ENOTDIR else {
      throw .system("\(path): \(systemMessage(errno))")
    }
    return false
  }

  private struct Header: Codable {
    var version: Int
  }

  private var isSound: Bool {
    models.allSatisfy(\.isSound)
      && answers.allSatisfy { $0.threads > 0 && $0.seconds.values.allSatisfy { $0 > 0 } }
  }
}

extension ChoiceWisdom.Identity: CustomStringConvertible {
  /// `AMD EPYC, avx512, 2 processors`.
  public var description: String { "\(cpu), \(isa.name), \(processors) processors" }
}
