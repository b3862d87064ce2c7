import ConvCore
import Glibc

/// One picture: commands and data for gnuplot.
struct Plot {
  /// The stem of its files.
  var name: String
  /// What it shows, in a line, and how to read it, in a sentence or two.
  var title: String, caption: String
  /// Machine and commit.
  var foot: String
  /// Points of the picture.
  var size = (width: 1000, height: 620)
  /// Data blocks by name, each of lines.
  var data: [(name: String, lines: [String])] = []
  /// What draws it, without terminal, title and data.
  var commands: [String] = []

  init(_ name: String, _ title: String, _ caption: String, foot: String) {
    (self.name, self.title, self.caption, self.foot) = (name, title, caption, foot)
  }

  /// A script that draws `name.png` and `name.svg` in the folder that it is run in.
  var script: String {
    var lines = ["# \(Plot.plain(title))", "set encoding utf8"]
    for block in data { lines += ["$\(block.name) << EOD"] + block.lines + ["EOD"] }
    for (terminal, font, file) in [
      ("pngcairo background '#ffffff'", "sans,11", "png"),
      ("svg background '#ffffff'", "sans-serif,14", "svg"),
    ] {
      lines.append(
        "set terminal \(terminal) size \(size.width),\(size.height) noenhanced font '\(font)'")
      lines += ["set output '\(name).\(file)'"] + commands + ["unset output", "reset"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Title at the top and provenance at the foot of a picture of one panel.
  var frame: [String] {
    ["set title \(Plot.quoted(title)) offset 0,0.3", footCommand, "set bmargin 5", "set grid"]
  }

  /// The line at the foot.
  var footCommand: String {
    "set label 900 \(Plot.quoted(foot)) at screen 0.985,0.022 right font ',9' "
      + "textcolor rgb '#555555'"
  }

  /// A string of gnuplot's in which nothing is interpreted.
  static func quoted(_ text: String) -> String {
    "'"
      + plain(text).split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "''") + "'"
  }

  /// A string of a data block.
  static func field(_ text: String) -> String {
    "\"" + plain(text).filter { $0 != "\"" && $0 != "\\" } + "\""
  }

  /// Without line breaks, control characters and what gnuplot would run.
  static func plain(_ text: String) -> String {
    String(
      text.map { c in
        c == "`" || c.isNewline || (c.asciiValue ?? 32) < 32 ? " " : c
      })
  }

  /// A positive number as a data block has it.
  static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "NaN" }
    return "\(value)"
  }

  /// Tics at the values themselves, thinned to at most a dozen that stand apart on a logarithmic axis.
  static func tics(_ values: [Int]) -> String {
    var shown: [Int] = []
    let apart = values.count > 8 ? 1.12 : 1.05
    for value in values.sorted() {
      if let last = shown.last, Double(value) < apart * Double(last) { continue }
      shown.append(value)
    }
    while shown.count > 14 {
      shown = shown.enumerated().filter { $0.offset % 2 == 0 || $0.offset == shown.count - 1 }
        .map(\.element)
    }
    return "(" + shown.map(String.init).joined(separator: ", ") + ")"
  }

  /// Tics at 1, 2 and 5 times powers of ten between two numbers; of more than two decades at the
  /// powers alone. gnuplot by itself marks powers alone, which leaves short ranges without numbers.
  static func logTics(_ low: Double, _ high: Double) -> String {
    guard low > 0, high > low, high < 1e200, low > 1e-200 else { return "autofreq" }
    let (first, last) = (Int(log10(low).rounded(.down)), Int(log10(high).rounded(.up)))
    let digits = high / low > 200 ? [1] : [1, 2, 5]
    guard last - first <= 14 else { return "autofreq" }
    let tics = (first...max(first, last)).flatMap { power in digits.map { "\($0)e\(power)" } }
    return "(" + tics.joined(separator: ", ") + ")"
  }

  /// The same for the numbers that an axis must show.
  static func logTics(_ values: [Double]) -> String {
    logTics(values.min() ?? 0, values.max() ?? 0)
  }

  /// A range that holds `values` with some room, for a logarithmic axis.
  static func range(_ values: [Double], room: Double = 1.15) -> String {
    guard let low = values.min(), let high = values.max(), low > 0 else { return "[*:*]" }
    return "[\(low / room):\(high * room)]"
  }
}

/// How an algorithm looks in all pictures of a report: told apart without colour too.
struct PlotStyle {
  let colour: String
  let dash: String
  let point: Int
  let pattern: Int

  /// `lc ... dt ... pt ...`
  var line: String { "lc rgb '\(colour)' lw 1.8 dt \(dash) pt \(point) ps 1.1" }
  /// For points alone.
  var mark: String { "lc rgb '\(colour)' lw 1.8 pt \(point)" }
  /// For boxes; black would hide what stands on them.
  var box: String {
    let shade = colour == "#000000" ? "#666666" : colour
    return "lc rgb '\(shade)' fillstyle pattern \(pattern) border"
  }

  /// Dark enough on white, and apart for the colour-blind (after Okabe and Ito).
  static let all = [
    PlotStyle(colour: "#000000", dash: "1", point: 7, pattern: 3),
    PlotStyle(colour: "#0072b2", dash: "2", point: 5, pattern: 2),
    PlotStyle(colour: "#d55e00", dash: "4", point: 9, pattern: 1),
    PlotStyle(colour: "#009e73", dash: "5", point: 11, pattern: 4),
    PlotStyle(colour: "#aa3377", dash: "3", point: 13, pattern: 5),
    PlotStyle(colour: "#b8860b", dash: "(16,4,3,4,3,4)", point: 4, pattern: 6),
    PlotStyle(colour: "#56b4e9", dash: "2", point: 6, pattern: 7),
    PlotStyle(colour: "#777777", dash: "4", point: 8, pattern: 0),
    PlotStyle(colour: "#332288", dash: "5", point: 10, pattern: 2),
    PlotStyle(colour: "#882255", dash: "3", point: 12, pattern: 1),
  ]

  private static let families = [
    "direct", "im2col", "winograd", "separable", "fft", "fft-tiled", "auto",
  ]

  /// The styles of `algorithms`: families that ship have their own, others what is left, in further
  /// combinations of colour, dash and mark once that is used up.
  static func assign(_ algorithms: [String]) -> [String: PlotStyle] {
    var styles: [String: PlotStyle] = [:]
    var taken = families.count
    for name in algorithms where styles[name] == nil {
      if let i = families.firstIndex(of: name) {
        styles[name] = all[i]
      } else {
        let (round, i) = (taken / all.count, taken % all.count)
        let other = all[(i + 3 * round) % all.count], third = all[(i + 7 * round) % all.count]
        styles[name] = PlotStyle(
          colour: all[i].colour, dash: other.dash, point: third.point, pattern: other.pattern)
        taken += 1
      }
    }
    return styles
  }
}
