// State that threads share and wait on: a lock and a condition in one.
import Glibc

/// A value behind a lock, on whose changes threads can wait.
///
///     let queue = Monitor<[Job]>([])
///     queue.withLock { $0.append(job) }
///     queue.wake()
///     let next = queue.wait { jobs, _ in jobs.popLast() }   // on another thread
///
/// Only for threads that may block: an event loop, or a task, must not wait here.
package final class Monitor<State>: @unchecked Sendable {
  // `state` is touched only while `mutex` is held. All three have a fixed address from `init` to `deinit`. The state is no
  // property of the object: the sanitizer counts an access to that as one to the object, which is read without the lock.
  private let state: UnsafeMutablePointer<State>
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  package init(_ state: sending State) {
    self.state = .allocate(capacity: 1)
    self.state.initialize(to: state)
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
    state.deinitialize(count: 1)
    state.deallocate()
    condition.deallocate()
    mutex.deallocate()
  }

  package func withLock<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> Result) throws(Failure)
    -> Result
  {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state.pointee)
  }

  /// Waits until `body` returns something, and returns that; looks again after every `wake()`, and at the latest after
  /// `milliseconds`. With `isOver` true, the wait has taken that long.
  package func wait<Result>(milliseconds: Int? = nil, until body: (inout State, _ isOver: Bool) -> Result?) -> Result {
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
      if let result = body(&state.pointee, isOver) { return result }
      if milliseconds == nil {
        pthread_cond_wait(condition, mutex)
      } else {
        isOver = pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT
      }
    }
  }

  /// Has every waiting thread look again.
  package func wake() { pthread_cond_broadcast(condition) }
}
