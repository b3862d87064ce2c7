import Glibc
import Laboratory

/// Progress on standard error: a bar with the time left on a terminal, a line for each problem
/// elsewhere, nothing if quiet.
final class ProgressLine {
  private enum Mode {
    case bar, lines, silent
  }

  private let mode: Mode
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var drawn: ContinuousClock.Instant?
  private var last = ""
  private var lastIndex = -1

  /// `hidesLines`: nothing where there is no bar.
  init(isQuiet: Bool, isPlain: Bool, hidesLines: Bool = false) {
    let hasBar = Output.errorIsTerminal && !isPlain
    mode = isQuiet ? .silent : hasBar ? .bar : hidesLines ? .silent : .lines
    start = clock.now
  }

  /// Shows how far things are; cheap enough to be called at every step.
  func show(_ progress: ResultsSession.Progress) {
    switch mode {
    case .silent: return
    case .lines:
      guard progress.index != lastIndex else { return }
      lastIndex = progress.index
      let text = "[\(progress.index + 1)/\(progress.count)] \(progress.name)"
      Output.error(text + left(progress.fraction, clock.now) + "\n")
    case .bar:
      let now = clock.now
      if let drawn, now - drawn < .milliseconds(80), progress.index == lastIndex { return }
      lastIndex = progress.index
      drawn = now
      let filled = Int(progress.fraction * 20)
      let bar =
        String(repeating: "=", count: filled) + String(repeating: " ", count: max(0, 20 - filled))
      var text = "[\(bar)] \(progress.index + 1)/\(progress.count) \(progress.name)"
      if !progress.activity.isEmpty { text += ": \(progress.activity)" }
      draw(text, left(progress.fraction, now))
    }
  }

  /// Takes the bar away.
  func clear() {
    if mode == .bar, drawn != nil { Output.error("\r\u{1B}[K") }
    drawn = nil
  }

  /// ` 1:05 left`, once a guess can be made.
  private func left(_ fraction: Double, _ now: ContinuousClock.Instant) -> String {
    let elapsed = Double((now - start).components.seconds)
    guard fraction > 0.02, elapsed >= 2 else { return "" }
    let seconds = Int(elapsed / fraction * (1 - fraction))
    let minutes = seconds / 60
    return " \(minutes):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60) left"
  }

  private func draw(_ text: String, _ left: String) {
    var size = winsize()
    let width = ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
    let shown = String(text.prefix(width - 1 - left.count)) + left
    if shown != last { Output.error("\r\(shown)\u{1B}[K") }
    last = shown
  }
}
