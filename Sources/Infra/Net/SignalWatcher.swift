// Signals as events of a loop (signalfd(2)), so that no code of ours ever runs inside a signal handler.
import CLinux
import Glibc

/// The main thread of a server: blocks `signals` in every thread there will be, makes SIGPIPE harmless, runs `body`, and
/// ends the process with the status that it returns.
///
/// To be called from a `main` that is not `async`: the main thread of an `async` one waits inside the runtime with every
/// signal unblocked, and the default action of SIGTERM would end the process there.
/// `prepare` runs before there is a second thread.
package func runProcess(
  watching signals: [Int32], prepare: () -> Void = {}, _ body: @escaping @Sendable () async -> Int32
) -> Never {
  SignalWatcher.block(signals)
  prepare()
  Task.detached { exit(await body()) }
  while true { pause() }
}

/// Watches signals on a loop. They must have been blocked before any other thread was started: see `runProcess`.
package final class SignalWatcher: DescriptorHandler {
  private let loop: EventLoop
  private let descriptor: Int32
  private let received: (Int32) -> Void

  fileprivate static func block(_ signals: [Int32]) {
    var set = Self.set(signals)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Calls `received` on the loop for each of `signals`. On the loop.
  package init(on loop: EventLoop, _ signals: [Int32], received: @escaping (Int32) -> Void) throws(SystemError) {
    self.loop = loop
    self.received = received
    var set = Self.set(signals)
    descriptor = try checked("signalfd") { signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC)) }
    try loop.watch(descriptor, for: .read, self)
  }

  /// On the loop.
  package func stop() {
    loop.forget(descriptor)
    close(descriptor)
  }

  package func ready(_ readiness: Readiness) {
    var info = signalfd_siginfo()
    while read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size {
      received(Int32(info.ssi_signo))
    }
  }

  private static func set(_ signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for each in signals { sigaddset(&set, each) }
    return set
  }
}
