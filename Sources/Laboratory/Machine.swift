import ConvCore

/// The machine that figures were taken on, and what it can do at most.
public struct Machine: Codable, Sendable, Equatable {
  /// One cache as a core sees it.
  public struct Cache: Codable, Sendable, Equatable {
    /// 1, 2 or 3.
    public var level: Int
    /// `Data`, `Instruction` or `Unified`.
    public var kind: String
    /// Its size.
    public var bytes: Int
    /// How many logical processors share it.
    public var sharedBy: Int
  }

  /// The measured rate of independent multiply-adds in registers.
  public struct Peak: Codable, Sendable, Equatable {
    /// In which scalar.
    public var scalar: ScalarKind
    /// On how many threads.
    public var threads: Int
    /// In which instruction set.
    @ISAByName public var isa: ISA
    /// 10^9 operations a second, a multiply-add counted as two.
    public var gflops: Double
  }

  /// The measured rate of reading two streams and writing one, beyond the caches.
  public struct Bandwidth: Codable, Sendable, Equatable {
    /// On how many threads.
    public var threads: Int
    /// 10^9 bytes read and written a second (STREAM's triad; what a write first fetches is not
    /// counted).
    public var gigabytesPerSecond: Double
  }

  /// As the system names it.
  public var cpu: String
  /// Architecture: `x86_64`, `arm64`.
  public var architecture: String
  /// Processors of the machine that are online.
  public var processors: Int
  /// Processors that this process may run on.
  public var allowedProcessors: Int
  /// Cores, where the system tells; else the processors.
  public var cores: Int
  /// Caches of the first processor.
  public var caches: [Cache]
  /// Physical memory.
  public var memoryBytes: Int
  /// The kernel's release.
  public var system: String
  /// The best instruction set that kernels can use.
  @ISAByName public var isa: ISA
  /// Measured peaks, one for each scalar and number of threads asked for.
  public var peaks: [Peak]
  /// Measured bandwidths, one for each number of threads asked for.
  public var bandwidths: [Bandwidth]

  /// The highest measured rate in 10^9 operations a second, or nil where it was not measured.
  public func peak(_ scalar: ScalarKind, threads: Int) -> Double? {
    peaks.first { $0.scalar == scalar && $0.threads == threads }?.gflops
  }

  /// Size of the last-level cache in bytes; 32 MiB where the system does not tell.
  public var lastLevelCacheBytes: Int {
    caches.filter { $0.kind != "Instruction" }.max { $0.level < $1.level }?.bytes ?? 32 << 20
  }

  /// Reads what the system tells and measures peaks and bandwidth on each number of threads.
  /// Takes about 0.2 s for each.
  ///
  /// - Throws: `ConvError.system` where threads are refused; `overBudget` without memory to stream.
  public static func measure(
    threads: [Int] = [ThreadPool.allowedProcessors.count], isa: ISA = .best
  ) throws(ConvError) -> Machine {
    var machine = described
    for count in threads {
      let pool = try ThreadPool(width: count)
      for scalar in ScalarKind.allCases {
        let gflops = Measurement.peak(scalar, isa, pool)
        machine.peaks.append(Peak(scalar: scalar, threads: count, isa: isa, gflops: gflops))
      }
      let rate = try Measurement.bandwidth(pool, cacheBytes: machine.lastLevelCacheBytes)
      machine.bandwidths.append(Bandwidth(threads: count, gigabytesPerSecond: rate))
    }
    return machine
  }

  /// What the system tells, without measurements.
  public static var described: Machine {
    let allowed = ThreadPool.allowedProcessors.count
    return Machine(
      cpu: SystemFacts.cpuModel, architecture: SystemFacts.architecture,
      processors: SystemFacts.onlineProcessors, allowedProcessors: allowed,
      cores: SystemFacts.cores ?? SystemFacts.onlineProcessors, caches: SystemFacts.caches,
      memoryBytes: SystemFacts.memoryBytes, system: SystemFacts.release, isa: .best, peaks: [],
      bandwidths: [])
  }
}

/// An instruction set that files hold by its name: `avx512`.
@propertyWrapper public struct ISAByName: Codable, Sendable, Equatable {
  /// The instruction set.
  public var wrappedValue: ISA

  /// An instruction set.
  public init(wrappedValue: ISA) { self.wrappedValue = wrappedValue }

  /// Reads a name, or the number that earlier files hold.
  ///
  /// - Throws: `DecodingError` for neither.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self), let isa = ISA(rawValue: number) {
      wrappedValue = isa
      return
    }
    let name = try container.decode(String.self)
    guard let isa = ISA.allCases.first(where: { $0.name == name }) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(name)\" is no instruction set")
    }
    wrappedValue = isa
  }

  /// Writes the name.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue.name)
  }
}
