import ConvCore
import Glibc
import Synchronization

/// A flag that stops an experiment between two executions; setting it is safe in a signal handler.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  /// Not set.
  public init() {}

  /// Sets it.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether it is set.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// Throws `ConvError.interrupted` if it is set.
  func check() throws(ConvError) {
    if isCancelled { throw .interrupted }
  }

  /// What Ctrl-C sets after `catchInterrupts`.
  public static let interrupt = Cancellation()

  /// Lets SIGINT and SIGTERM set `interrupt` instead of ending the process; a second signal ends it.
  public static func catchInterrupts() {
    _ = interrupt.isCancelled  // made here, not in the handler
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Cancellation.interrupt.cancel()
        signal(number, SIG_DFL)
      }
    }
  }
}
