import ConvCore
import Glibc

/// One page with tables and pictures of any number of results files.
public struct Report {
  /// What was written.
  public struct Written: Sendable {
    /// The page.
    public var page: String
    /// Pictures, as PNG; an SVG and the script stand beside each.
    public var pictures: [String]
    /// What could not be had, a line each.
    public var warnings: [String]
  }

  private let files: [ReportFile]
  private let styles: [String: PlotStyle]

  /// Reads files: results (`.phases.csv` beside one is read with it), phases, studies, trainings.
  ///
  /// - Throws: `ConvError.invalid` for a file that cannot be read or is none of these.
  public init(_ paths: [String]) throws(ConvError) {
    var files: [ReportFile] = []
    for path in paths where !files.contains(where: { $0.path == path }) {
      let file = try ReportFile(path)
      files.append(file)
      if case .results = file.content, path.hasSuffix(".csv") {
        let phases = String(path.dropLast(4)) + ".phases.csv"
        if access(phases, R_OK) == 0, !paths.contains(phases) {
          files.append(try ReportFile(phases))
        }
      }
    }
    self.files = files
    styles = PlotStyle.assign(
      files.flatMap { file -> [String] in
        guard case .results(let rows) = file.content else { return [] }
        return grouped(rows, by: \.algorithm).map(\.key)
      })
  }

  /// Everything that the files have data for, in the order of the page.
  func plots() -> [(file: ReportFile, plots: [Plot])] {
    var sections: [(file: ReportFile, plots: [Plot])] = []
    for file in files {
      let foot = file.provenance
      var plots: [Plot] = []
      switch file.content {
      case .results(let rows): plots = self.plots(file, rows)
      case .phases(let rows):
        if let plot = PhasePlot(rows, foot: foot)?.plot() { plots = [plot] }
      case .planning(let rows): plots = PlanningPlots(rows, foot: foot).plots
      case .training(let rows):
        if let plot = TrainingPlot(rows, foot: foot)?.plot() { plots = [plot] }
      }
      // Names are file names: several files may draw the same kind.
      let stem = Self.slug(file.name)
      for i in plots.indices {
        plots[i].name = files.count == 1 ? plots[i].name : "\(stem)-\(plots[i].name)"
      }
      sections.append((file, plots))
    }
    return sections
  }

  private func plots(_ file: ReportFile, _ rows: [ResultsRecord]) -> [Plot] {
    let foot = file.provenance
    let timed = ResultsSeries.all(rows, foot: foot, least: 3) { $0.positive("median_ms") != nil }
    var plots = timed.prefix(8).enumerated().map {
      TimePlot(series: $1, styles: styles).plot($0 + 1)
    }
    plots += SpeedupPlot.all(rows, foot: foot, styles).prefix(6).enumerated().map {
      $1.plot($0 + 1)
    }
    if let pareto = ParetoPlot(rows, foot: foot, styles) { plots.append(pareto.plot()) }
    if let roofline = RooflinePlot(file, rows, styles) { plots.append(roofline.plot()) }
    let errors = ResultsSeries.all(rows, foot: foot, least: 3) {
      // Tiles have a picture of their own.
      $0.positive("error_l2") != nil
    }
    plots += errors.prefix(6).enumerated().map { ErrorPlot($1, styles).plot($0 + 1) }
    let tiled = grouped(rows) { $0.problemKey }.compactMap {
      ErrorPlot(tiles: $0.rows, foot: foot, styles)
    }
    return plots + tiled.prefix(4).enumerated().map { $1.plot($0 + 1) }
  }

  /// Letters and digits of a file's name.
  static func slug(_ name: String) -> String {
    let stem = name.hasSuffix(".csv") ? String(name.dropLast(4)) : name
    let letters = stem.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return String(letters.prefix(40))
  }

  /// Writes `index.html`, and each picture as PNG, SVG and script, into `folder`, over what stands
  /// there under these names.
  ///
  /// Without gnuplot there is the page with its tables, and a warning.
  ///
  /// - Throws: `ConvError.system` where the folder or a file cannot be written.
  public func write(to folder: String) throws(ConvError) -> Written {
    try makeFolder(folder)
    var written = Written(page: folder + "/index.html", pictures: [], warnings: [])
    let sections = plots()
    let isDrawing = Gnuplot.isInstalled
    if !isDrawing { written.warnings.append(Gnuplot.missing) }
    if sections.allSatisfy(\.plots.isEmpty) {
      written.warnings.append(
        "the files have no data for a picture: at least three values of a kernel, size, channels or "
          + "batch, or timed rows with errors or speed-ups")
    }
    var page = ReportPage(files.map(\.name))
    for (index, section) in sections.enumerated() {
      var figures: [ReportPage.Figure] = []
      for plot in section.plots where isDrawing {
        do throws(ConvError) { try Gnuplot.draw(plot, in: folder) } catch {
          written.warnings.append("\(error)")
          continue
        }
        written.pictures.append("\(folder)/\(plot.name).png")
        figures.append(
          ReportPage.Figure(
            plot: plot, number: figures.count + 1, svg: try readFile("\(folder)/\(plot.name).svg")))
      }
      page.add(section.file, index + 1, figures)
    }
    try writeFile(written.page, Array(page.html.utf8))
    return written
  }
}
