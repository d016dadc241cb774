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

  /// Returns after a post, or after so many seconds.
  func wait(seconds: Int) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    time.tv_sec += seconds
    sem_timedwait(semaphore, &time)
  }
}
