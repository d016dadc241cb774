// Sees to it that no append waits longer than configured, also where the disk has fallen silent and the writer with it. So
// this thread never touches the disk.
import Locking

final class AppendWatch: Sendable {
  private let isOver = Monitor(false)
  private let thread = Locked<NamedThread?>(nil)

  func start(_ shared: LedgerShared) {
    thread.withLock { $0 = NamedThread(name: "ledger-watch") { [self] in run(shared) } }
  }

  func stop() {
    isOver.withLock { $0 = true }
    isOver.wake()
    thread.withLock { $0.take() }?.join()
  }

  private func run(_ shared: LedgerShared) {
    let limit = shared.configuration.longestWait
    // Looking ten times within the limit, an append is given up after nine to ten tenths of it.
    let interval = max(1, limit / 10)
    let patience = UInt64(limit - interval) * 1_000_000
    while !isOver.wait(milliseconds: interval, until: { isOver, isTime in isOver || isTime ? isOver : nil }) {
      let now = monotonicNanoseconds()
      let late = shared.queue.withLock { queue in
        (queue.inFlight + queue.waiting).filter { now > $0.enqueued && now - $0.enqueued >= patience }
      }
      for append in late { append.giveUp(milliseconds: limit) }
    }
  }
}
