// Threads that can be told apart and waited for.
import CLinux
import Glibc

/// A thread with a name, which runs one function and can be waited for.
package final class NamedThread: @unchecked Sendable {
  /// How the scheduler treats a thread where cores are scarce.
  package enum Urgency {
    case normal
    /// Runs at once where a core is idle. Where all are busy it lets those who run there have their turn first: they give it
    /// more to do at once.
    case patient
    /// Gets a third of what a normal thread gets beside it.
    case unhurried
    /// Yields to all others, and yet goes on, slowly, where they are busy for ever: with a tenth of what a normal thread gets.
    case yielding

    /// On Linux niceness belongs to the thread.
    fileprivate var niceness: Int32 {
      switch self {
      case .normal, .patient: 0
      case .unhurried: 5
      case .yielding: 10
      }
    }
  }

  private final class Work {
    let name: String
    let urgency: Urgency
    let body: @Sendable () -> Void
    init(name: String, urgency: Urgency, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.urgency = urgency
      self.body = body
    }
  }

  // Written in `init` only.
  private let thread: pthread_t

  package init(name: String, urgency: Urgency = .normal, body: @escaping @Sendable () -> Void) {
    let work = Unmanaged.passRetained(Work(name: name, urgency: urgency, body: body))
    var created = pthread_t()
    let status = pthread_create(
      &created, nil,
      { context in
        let work = Unmanaged<Work>.fromOpaque(context.unsafelyUnwrapped).takeRetainedValue()
        witan_name_thread(work.name)
        if work.urgency != .normal { witan_wait_for_turns() }
        // 0 means the calling thread.
        if work.urgency.niceness != 0 {
          setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, work.urgency.niceness)
        }
        work.body()
        return nil
      }, work.toOpaque())
    precondition(status == 0, "the system refuses another thread")
    thread = created
  }

  /// Returns when the thread's function has. To be called once.
  package func join() { pthread_join(thread, nil) }
}
