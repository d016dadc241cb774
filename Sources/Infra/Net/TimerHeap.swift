// Deadlines in a binary heap, for the few timers of a loop. Cancelled ones stay until their time and then do nothing.

/// Names a timer, so that it can be cancelled.
package struct TimerToken: Hashable, Sendable {
  let number: UInt64
}

struct TimerHeap {
  private struct Entry {
    let deadline: UInt64
    let token: TimerToken
    let action: () -> Void

    func isBefore(_ other: Entry) -> Bool {
      deadline == other.deadline ? token.number < other.token.number : deadline < other.deadline
    }
  }

  private var heap: [Entry] = []
  private var live: Set<TimerToken> = []
  private var next: UInt64 = 0

  mutating func insert(at deadline: UInt64, _ action: @escaping () -> Void) -> TimerToken {
    let token = TimerToken(number: next)
    next += 1
    live.insert(token)
    heap.append(Entry(deadline: deadline, token: token, action: action))
    var child = heap.count - 1
    while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
    return token
  }

  mutating func cancel(_ token: TimerToken) { live.remove(token) }

  /// The action of the earliest timer that is due, if any.
  mutating func popDue(_ now: UInt64) -> (() -> Void)? {
    while let first = heap.first, first.deadline <= now || !live.contains(first.token) {
      removeFirst()
      if live.remove(first.token) != nil { return first.action }
    }
    return nil
  }

  /// How long epoll_wait may sleep: milliseconds rounded up, or forever.
  func wait() -> Int32 {
    guard let first = heap.first else { return -1 }
    let now = monotonicNanoseconds()
    guard first.deadline > now else { return 0 }
    return Int32(min((first.deadline - now + 999_999) / 1_000_000, 60_000))
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[child].isBefore(heap[least]) { least = child }
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
