// State that threads share and wait on: a lock and a condition in one. And the threads themselves.
import CLinux
import Glibc

/// A value behind a lock, on whose changes threads can wait.
final class Monitor<State>: @unchecked Sendable {
  // `state` is touched only while `mutex` is held. Both primitives have a fixed address from `init` to `deinit`.
  private var state: State
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init(_ state: sending State) {
    self.state = state
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func withLock<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  /// Waits until `body` returns something, and returns that; looks again after every `wake()`, and at the latest after
  /// `milliseconds`. With `isOver` true, the wait has taken that long.
  func wait<Result>(milliseconds: Int? = nil, until body: (inout State, _ isOver: Bool) -> Result?) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var deadline = timespec()
    if let milliseconds {
      clock_gettime(CLOCK_MONOTONIC, &deadline)
      let nanoseconds = deadline.tv_nsec + (milliseconds % 1000) * 1_000_000
      deadline.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
      deadline.tv_nsec = nanoseconds % 1_000_000_000
    }
    var isOver = false
    while true {
      if let result = body(&state, isOver) { return result }
      if milliseconds == nil {
        pthread_cond_wait(condition, mutex)
      } else {
        isOver = pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT
      }
    }
  }

  /// Has every waiting thread look again.
  func wake() { pthread_cond_broadcast(condition) }
}

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
