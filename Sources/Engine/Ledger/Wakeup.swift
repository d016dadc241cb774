// How one thread sleeps until another wakes it, where the one that wakes must never wait itself: a semaphore of POSIX.
import Glibc

final class Wakeup: @unchecked Sendable {
  // Made for use by many threads at once; at a fixed address from `init` to `deinit`.
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func post() { sem_post(semaphore) }

  /// Returns after a post; now and then without one, so whoever calls looks again.
  func wait() { sem_wait(semaphore) }

  /// Returns after a post, or after so many milliseconds.
  func wait(milliseconds: Int) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let nanoseconds = time.tv_nsec + milliseconds % 1000 * 1_000_000
    time.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
    time.tv_nsec = nanoseconds % 1_000_000_000
    sem_timedwait(semaphore, &time)
  }
}
