import Laboratory

extension Command {
  /// `compare --help`: every command in a line.
  static var overview: String {
    let rows = all.filter { !$0.name.isEmpty }.map { ("\($0.name) \($0.operands)", $0.summary) }
    return """
      compare: convolution algorithms verified, timed and compared on this machine

      usage: compare [OPTIONS]             the main job: a photograph and layers of real networks
             compare COMMAND ... [OPTIONS]

      Commands (compare COMMAND --help says more):
      \(columns(rows, indent: "  "))

      PROBLEM is a benchdnn descriptor (mb4_ic64ih56oc64oh56kh3ph1), a layer (vgg16/conv3_2), a
      network (vgg16), or @FILE with descriptors or DeepBench tuples.

      Exit status: 0 all passed; 1 a verification failed; 2 the call or its input was wrong;
      130 interrupted, with every finished row on disk.
      """
  }

  /// `compare COMMAND --help`, from the tables.
  var helpText: String {
    let title = name.isEmpty ? "compare" : "compare \(name)"
    var parts = [
      "\(title): \(summary)",
      "usage: \([title, operands, "[OPTIONS]"].filter { !$0.isEmpty }.joined(separator: " "))",
    ]
    if !details.isEmpty { parts.append(details) }
    for group in OptionGroup.allCases {
      let rows = (options + Options.general).filter { $0.group == group }
        .map { ("--\($0.name) \($0.placeholder)", $0.help) }
      if !rows.isEmpty { parts.append("\(group.rawValue):\n" + columns(rows, indent: "  ")) }
    }
    if !examples.isEmpty {
      parts.append(
        "Examples:\n" + examples.map { "  \($0.line)\n      \($0.does)" }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }
}

/// Two columns, the second wrapped to lines of at most 100 letters.
private func columns(_ rows: [(String, String)], indent: String) -> String {
  let width = min(34, rows.map(\.0.count).max() ?? 0)
  let start = indent.count + width + 2
  return rows.map { name, text in
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, start + line.count + 1 + word.count > 100 {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
    let gap = String(repeating: " ", count: max(2, start - indent.count - name.count))
    let hanging = "\n" + String(repeating: " ", count: start)
    return indent + name + gap + lines.joined(separator: hanging)
  }.joined(separator: "\n")
}

/// `compare --version`.
func versionText() -> String {
  let build = BuildFacts()
  let commit = build.commit.map { ", checkout \($0.prefix(12))" } ?? ""
  return
    "compare \(build.version) (SpectralConv; \(build.compiler), \(build.configuration)\(commit))"
}
