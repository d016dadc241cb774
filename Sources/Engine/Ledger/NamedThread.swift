// Threads that can be told apart and waited for, and the clock that they measure by.
import CLinux
import Glibc

/// A thread with a name, which runs one function and can be waited for.
final class NamedThread: @unchecked Sendable {
  private final class Work {
    let name: String
    let isBackground: Bool
    let body: @Sendable () -> Void
    init(name: String, isBackground: Bool, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.isBackground = isBackground
      self.body = body
    }
  }

  // Written in `init` only.
  private let thread: pthread_t

  /// A background thread yields to all others where cores are scarce.
  init(name: String, isBackground: Bool = false, body: @escaping @Sendable () -> Void) {
    let work = Unmanaged.passRetained(Work(name: name, isBackground: isBackground, body: body))
    var created = pthread_t()
    let status = pthread_create(
      &created, nil,
      { context in
        let work = Unmanaged<Work>.fromOpaque(context.unsafelyUnwrapped).takeRetainedValue()
        witan_name_thread(work.name)
        // On Linux niceness belongs to the thread; 0 means the calling one.
        if work.isBackground { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
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
