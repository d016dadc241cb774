// Sees to it that no append waits longer than configured, also where the disk has fallen silent and the writer with it. So
// this thread never touches the disk.

enum AppendWatch {
  static func run(_ shared: LedgerShared) {
    let limit = shared.configuration.longestWait
    // Looking ten times within the limit, an append is given up after nine to ten tenths of it.
    let interval = max(1, limit / 10)
    let patience = UInt64(limit - interval) * 1_000_000
    while true {
      let late = shared.queue.wait(milliseconds: interval) { queue, isOver -> [PendingAppend]? in
        if queue.hasEnded { return [] }
        guard isOver else { return nil }
        let now = monotonicNanoseconds()
        let late = (queue.inFlight + queue.waiting).filter { now &- $0.enqueued >= patience && now >= $0.enqueued }
        return late
      }
      for append in late { append.giveUp(milliseconds: limit) }
      if shared.queue.withLock({ $0.hasEnded }) { return }
    }
  }
}
