import ConvNet

/// Training as it goes: a line that is drawn over on a terminal, a line for each epoch elsewhere.
final class TrainingProgress {
  private let title: String
  private let epochs: Int
  private let isQuiet: Bool, isBar: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var drawn: ContinuousClock.Instant
  private let first: Int
  private var done: Int

  init(_ title: String, epochs: Int, first: Int, _ arguments: Arguments) {
    self.title = title
    self.epochs = epochs
    self.first = first
    done = first
    isQuiet = arguments.has(Options.quiet)
    isBar = !isQuiet && Output.errorIsTerminal && !arguments.has(Options.plain)
    start = clock.now
    drawn = start
  }

  /// After a step.
  func step(_ step: Int, _ steps: Int, _ loss: Double) {
    let now = clock.now
    guard isBar, now - drawn > .milliseconds(100) else { return }
    drawn = now
    let epochsDone = Double(done - first) + Double(step) / Double(steps)
    Output.error(
      "\r\(title): epoch \(done + 1)/\(epochs), step \(step)/\(steps), "
        + "loss \(significant(loss)), \(left(epochsDone))\u{1B}[K")
  }

  /// Time that the epochs to come take at the pace so far.
  private func left(_ epochsDone: Double) -> String {
    let elapsed = (clock.now - start) / .milliseconds(1)
    let left = Int(elapsed / 1000 / epochsDone * (Double(epochs - first) - epochsDone))
    return "\(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
  }

  /// After an epoch.
  func epoch(_ result: EpochResult) {
    done = result.epoch
    guard !isQuiet else { return }
    clear()
    Output.error(
      "\(title): epoch \(result.epoch)/\(epochs), loss \(significant(result.loss)), "
        + "accuracy \(fixed(100 * result.accuracy, 1)) %, validation "
        + "\(significant(result.validationLoss)) and "
        + "\(fixed(100 * result.validationAccuracy, 1)) %, \(fixed(result.seconds, 2)) s, "
        + "\(left(Double(done - first)))\n")
  }

  /// Takes the line away.
  func clear() {
    if isBar { Output.error("\r\u{1B}[K") }
  }
}
