// Threads that can be told apart and waited for, and the clock that they measure by.
import CLinux
import Glibc

/// A thread with a name, which runs one function and can be waited for.
final class NamedThread: @unchecked Sendable {
  /// How the scheduler treats a thread where cores are scarce.
  enum Urgency {
    case normal
    /// Runs at once where a core is idle. Where all are busy it lets those who run there have their turn first: they give it
    /// more to do at once.
    case patient
    /// Yields to all others, and yet goes on, slowly, where they are busy for ever.
    case yielding
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

  /// About a tenth of what a normal thread gets beside it.
  private static let yieldingNiceness: Int32 = 10

  // Written in `init` only.
  private let thread: pthread_t

  init(name: String, urgency: Urgency = .normal, body: @escaping @Sendable () -> Void) {
    let work = Unmanaged.passRetained(Work(name: name, urgency: urgency, body: body))
    var created = pthread_t()
    let status = pthread_create(
      &created, nil,
      { context in
        let work = Unmanaged<Work>.fromOpaque(context.unsafelyUnwrapped).takeRetainedValue()
        witan_name_thread(work.name)
        switch work.urgency {
        case .normal: break
        case .patient: witan_wait_for_turns()
        // On Linux niceness belongs to the thread; 0 means the calling one.
        case .yielding:
          setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, NamedThread.yieldingNiceness)
          witan_wait_for_turns()
        }
        work.body()
        return nil
      }, work.toOpaque())
    precondition(status == 0, "the system refuses another thread")
    thread = created
  }

  /// Returns when the thread's function has. To be called once.
  func join() { pthread_join(thread, nil) }
}

/// Nanoseconds on a clock that only goes forward.
func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
