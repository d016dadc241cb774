// Follows the log and keeps the projection, on a thread that yields to all others: a moment behind when there is little to
// do, further behind under load, and always saying how far it has come. Entries are projected in batches, because most of
// what one costs alone is shared by many: a batch begins when enough have gathered, when the first has waited for a moment,
// or at once where a reader waits. As the thread may be stopped at any instant while others are busy, the writer never takes
// a lock that it holds.
import Locking
import Storage
import Synchronization

final class ProjectionIndexer: Sendable {
  /// One transaction covers as many entries, or bytes of them, as have gathered, up to these.
  private static let batchEntries: UInt64 = 16_384
  private static let batchBytes = 32 << 20
  /// So many entries are a batch that is worth its transaction.
  private static let worthwhile: UInt64 = 4096
  /// How long an entry waits for others, in milliseconds.
  private static let gathering = 1000
  /// How long a failure is left alone, in milliseconds.
  private static let retryInterval = 1000

  private let indexedTo = Atomic<UInt64>(0)
  /// How many entries the log has.
  private let wanted = Atomic<UInt64>(0)
  private let isStopping = Atomic(false)
  /// The size of the log at which the thread is to be woken.
  private let wakesAt = Atomic<UInt64>(.max)
  /// Up to where readers wait for the projection.
  private let awaited = Atomic<UInt64>(0)
  /// Whether somebody found the projection damaged: it is made again.
  private let isDistrusted = Atomic(false)
  /// Counts the files that the projection has been.
  private let generation = Atomic<UInt64>(0)
  private let wakeup = Wakeup()
  /// Why the projection does not go on, until the next attempt.
  private let failure = Locked<LedgerError?>(nil)
  private let thread = Locked<NamedThread?>(nil)
  /// Who writes the projection where there is no thread: whoever asks.
  private let called = Locked<ProjectionWriter?>(nil)

  func start(_ shared: LedgerShared, path: String) {
    thread.withLock { $0 = NamedThread(name: "ledger-index", urgency: .yielding) { [self] in run(shared, path) } }
  }

  func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    wakeup.post()
    thread.withLock { $0.take() }?.join()
    called.withLock { $0 = nil }
  }

  /// Brings the projection up to date on the caller's thread, where there is no other.
  func catchUp(_ shared: LedgerShared) throws(LedgerError) {
    let path = LedgerPaths(folder: shared.folder).projection
    if isStopping.load(ordering: .acquiring) { throw .closed }
    try called.withLock { (writer) throws(LedgerError) in
      do throws(LedgerError) {
        if isDistrusted.load(ordering: .acquiring) { writer = nil }
        try removeDistrusted(shared, path)
        let current: ProjectionWriter
        if let writer { current = writer } else { current = try begin(shared, path) }
        writer = current
        while current.indexedTo < wanted.load(ordering: .sequentiallyConsistent) {
          try goOn(current, to: wanted.load(ordering: .sequentiallyConsistent))
        }
      } catch {
        writer = nil
        if case .inconsistent = error { distrust() }
        throw error
      }
    }
  }

  /// A damaged projection is not mended but made again.
  private func removeDistrusted(_ shared: LedgerShared, _ path: String) throws(LedgerError) {
    guard isDistrusted.exchange(false, ordering: .acquiringAndReleasing) else { return }
    do throws(LedgerError) {
      try ProjectionSchema.remove(path, vfs: shared.configuration.vfs)
    } catch {
      isDistrusted.store(true, ordering: .releasing)
      throw error
    }
  }

  private func begin(_ shared: LedgerShared, _ path: String) throws(LedgerError) -> ProjectionWriter {
    let writer = try ProjectionWriter(shared, path: path)
    // Readers of an earlier file must not go on with it.
    generation.add(1, ordering: .releasing)
    indexedTo.store(writer.indexedTo, ordering: .releasing)
    return writer
  }

  private func goOn(_ writer: ProjectionWriter, to target: UInt64) throws(LedgerError) {
    try writer.project(to: min(target, writer.indexedTo + Self.batchEntries), bytes: Self.batchBytes)
    indexedTo.store(writer.indexedTo, ordering: .releasing)
  }

  /// The log has grown.
  func follow(_ size: UInt64) {
    wanted.store(size, ordering: .sequentiallyConsistent)
    if size >= wakesAt.load(ordering: .sequentiallyConsistent),
      size >= wakesAt.exchange(.max, ordering: .sequentiallyConsistent)
    {
      wakeup.post()
    }
  }

  /// A reader waits until the projection covers so many entries.
  func hurry(to size: UInt64) {
    if awaited.max(size, ordering: .sequentiallyConsistent).oldValue < size { wakeup.post() }
  }

  /// The projection was found damaged.
  func distrust() {
    isDistrusted.store(true, ordering: .releasing)
    wakeup.post()
  }

  /// Which file the projection is: one that was opened under another number is not the projection any more.
  var currentGeneration: UInt64 { generation.load(ordering: .acquiring) }

  var state: (indexedTo: UInt64, failure: LedgerError?) {
    (indexedTo.load(ordering: .acquiring), failure.withLock { $0 })
  }

  private func run(_ shared: LedgerShared, _ path: String) {
    while !isStopping.load(ordering: .acquiring) {
      do throws(LedgerError) {
        try removeDistrusted(shared, path)
        let writer = try begin(shared, path)
        failure.withLock { $0 = nil }
        while let target = next(after: writer.indexedTo) { try goOn(writer, to: target) }
      } catch {
        failure.withLock { $0 = error }
        if case .inconsistent = error { isDistrusted.store(true, ordering: .releasing) }
        if !isStopping.load(ordering: .acquiring) { wakeup.wait(milliseconds: Self.retryInterval) }
      }
    }
  }

  /// The size that the log has grown to, once there is a batch; nil when the ledger closes, and where the projection must be
  /// made again.
  private func next(after indexed: UInt64) -> UInt64? {
    var deadline: UInt64?
    while true {
      if isStopping.load(ordering: .sequentiallyConsistent) || isDistrusted.load(ordering: .acquiring) { return nil }
      let wanted = wanted.load(ordering: .sequentiallyConsistent)
      let now = monotonicNanoseconds()
      let isDue =
        wanted - min(wanted, indexed) >= Self.worthwhile || awaited.load(ordering: .sequentiallyConsistent) > indexed
        || deadline.map { now >= $0 } ?? false
      if wanted > indexed && isDue { return wanted }
      // Either the writer sees this, or its growth is seen by one more look.
      let wakeAt = indexed + (wanted > indexed ? Self.worthwhile : 1)
      wakesAt.store(wakeAt, ordering: .sequentiallyConsistent)
      if self.wanted.load(ordering: .sequentiallyConsistent) >= wakeAt { continue }
      if wanted > indexed {
        let until = deadline ?? now + UInt64(Self.gathering) * 1_000_000
        deadline = until
        wakeup.wait(milliseconds: Int((until - now) / 1_000_000) + 1)
      } else {
        wakeup.wait()
      }
    }
  }
}
