import ConvCore
import FoundationEssentials

extension ResultsSidecar {
  /// The sidecar beside a results file; nil where there is none that can be read.
  public static func beside(_ csv: String) -> ResultsSidecar? {
    let stem = csv.hasSuffix(".csv") ? String(csv.dropLast(4)) : csv
    guard let bytes = try? readFile(stem + ".json", limit: 1 << 24) else { return nil }
    return try? JSONDecoder().decode(ResultsSidecar.self, from: Data(bytes))
  }

  /// In what two runs differ so that their times or errors must not be compared: the machine, the
  /// build, the columns' meaning, and how it was measured. Empty where nothing stands against it;
  /// commits may differ, that is what is compared.
  public func differences(from other: ResultsSidecar) -> [String] {
    func hardware(_ m: Machine) -> String {
      "\(m.cpu), \(m.architecture), \(m.allowedProcessors) of \(m.processors) processors, "
        + "\(m.isa.name)"
    }
    let facts: [(name: String, old: String, new: String)] = [
      ("machine", hardware(machine), hardware(other.machine)),
      ("schema of the columns", "\(schema)", "\(other.schema)"),
      ("configuration", build.configuration, other.build.configuration),
      ("kernel flags", build.kernelFlags, other.build.kernelFlags),
      ("planner", planner["effort"] ?? "measure", other.planner["effort"] ?? "measure"),
      ("seed", "\(seed)", "\(other.seed)"),
      ("pinning of threads", "\(pinned)", "\(other.pinned)"),
      ("flushing of denormals", "\(flushedDenormals)", "\(other.flushedDenormals)"),
    ]
    return facts.filter { $0.old != $0.new }.map { "\($0.name): \($0.old) / \($0.new)" }
  }
}
