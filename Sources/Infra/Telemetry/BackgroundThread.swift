// A thread for work that blocks, and a semaphore to wake it.
import CLinux
import Glibc

package enum BackgroundThread {
  private final class Work: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Runs `body` on a new detached thread, with every signal blocked: signals are for the main thread.
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let work = Unmanaged.passRetained(Work(name, body))
    if !create(work.toOpaque()) { work.release() }
  }

  private static func create(_ argument: UnsafeMutableRawPointer) -> Bool {
    var thread = pthread_t()
    var everything = sigset_t()
    var before = sigset_t()
    sigfillset(&everything)
    pthread_sigmask(SIG_SETMASK, &everything, &before)
    let result = pthread_create(&thread, nil, runWork, argument)
    pthread_sigmask(SIG_SETMASK, &before, nil)
    if result == 0 { pthread_detach(thread) }
    return result == 0
  }

  fileprivate static func run(_ argument: UnsafeMutableRawPointer) {
    let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
    witan_name_thread(work.name)
    work.body()
  }
}

private func runWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument { BackgroundThread.run(argument) }
  return nil
}

/// A counting semaphore. `@unchecked Sendable`: sem_t is made to be used from several threads, its memory is allocated
/// here, never moves, and is freed only when nobody refers to this object any more.
final class Semaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    semaphore.initialize(to: sem_t())
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() { while sem_wait(semaphore) != 0, errno == EINTR {} }

  /// Returns without it once the time is over.
  func wait(atMost limit: Duration) {
    var until = timespec()
    clock_gettime(CLOCK_REALTIME, &until)
    let (seconds, attoseconds) = limit.components
    let nanoseconds = until.tv_nsec + Int(attoseconds / 1_000_000_000)
    until.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
    until.tv_nsec = nanoseconds % 1_000_000_000
    while sem_timedwait(semaphore, &until) != 0, errno == EINTR {}
  }
}
