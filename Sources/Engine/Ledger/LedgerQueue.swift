// Where appends wait for the writer: bounded in number and in bytes, and closed while the storage fails.

struct LedgerQueue {
  var waiting: [PendingAppend] = []
  var waitingBytes = 0
  /// What the writer has taken and not yet answered.
  var inFlight: [PendingAppend] = []
  var isClosing = false
  /// Whether the writer sleeps and must be woken for new work.
  var writerSleeps = false
  /// Why appends fail at once.
  var failure: LedgerError?

  /// All or none of `appends` are queued.
  mutating func put(_ appends: [PendingAppend], _ configuration: LedgerConfiguration) throws(LedgerError) {
    if isClosing { throw .closed }
    if let failure { throw failure }
    let bytes = appends.reduce(0) { $0 + $1.byteCount }
    guard waiting.count + appends.count <= configuration.queueLimit,
      waiting.isEmpty || waitingBytes + bytes <= configuration.queueByteLimit
    else { throw .queueFull(limit: configuration.queueLimit) }
    waiting.append(contentsOf: appends)
    waitingBytes += bytes
  }

  /// The next group: what waits, as far as the limits of a group allow; at least one.
  mutating func takeGroup(_ configuration: LedgerConfiguration) {
    var count = 0
    var bytes = 0
    while count < waiting.count, count < configuration.groupLimit {
      let next = waiting[count].byteCount
      if count > 0 && bytes + next > configuration.groupByteLimit { break }
      bytes += next
      count += 1
    }
    if count == waiting.count {
      swap(&inFlight, &waiting)
      waiting.removeAll(keepingCapacity: true)
    } else {
      inFlight = Array(waiting[..<count])
      waiting.removeFirst(count)
    }
    waitingBytes -= bytes
  }

  /// Everything that waits, taken out to be refused.
  mutating func drain() -> [PendingAppend] {
    defer {
      waiting = []
      waitingBytes = 0
    }
    return waiting
  }
}
