// Keeps the file of the last published checkpoint: written before the waiters of a group are answered, synced behind them
// by a thread of its own, a few milliseconds later and for many groups at once. See PublishedCheckpoint.
import Locking
import Storage
import TransparencyLog

final class CheckpointPublisher: @unchecked Sendable {
  private struct Progress {
    var written: UInt64 = 0
    var synced: UInt64 = 0
    /// When what is written and not synced may have begun to be so.
    var unsyncedSince: UInt64 = 0
    var failure: SQLiteError?
    var isStopping = false
  }

  /// How far the file may fall behind before answers wait for it, in multiples of the delay: the disk is stuck then.
  private static let patience: UInt64 = 10

  private let delay: Int
  // The writer's thread alone has to do with this…
  private var file: PublishedCheckpoint
  // …and the other one syncs what it lies in.
  private let disk: DurableFile
  private let progress = Monitor(Progress())
  private let thread = Locked<NamedThread?>(nil)

  /// `delay` is in milliseconds; without any, every checkpoint is on the disk before the answers leave.
  init(_ file: PublishedCheckpoint, delay: Int) {
    self.file = file
    disk = file.file
    self.delay = delay
  }

  var newest: Checkpoint? { file.newest }

  func start() {
    thread.withLock { $0 = NamedThread(name: "ledger-publish") { [self] in run() } }
  }

  func stop() {
    progress.withLock { $0.isStopping = true }
    progress.wake()
    thread.withLock { $0.take() }?.join()
  }

  /// Writes the checkpoint; first waits for the disk where it has fallen far behind.
  func publish(_ note: String, _ checkpoint: Checkpoint) throws(SQLiteError) {
    if delay == 0 { return try publishNow(note, checkpoint) }
    let longest = UInt64(delay) * 1_000_000 * Self.patience
    let failure = progress.wait { progress, _ -> SQLiteError?? in
      if let failure = progress.failure { return failure }
      let isCurrent = progress.written == progress.synced
      return isCurrent || monotonicNanoseconds() - progress.unsyncedSince <= longest ? .some(nil) : nil
    }
    if let failure { throw failure }
    try file.write(note, checkpoint)
    let mustWake = progress.withLock { progress in
      defer { progress.written += 1 }
      guard progress.written == progress.synced else { return false }
      progress.unsyncedSince = monotonicNanoseconds()
      return true
    }
    if mustWake { progress.wake() }
  }

  /// Writes and syncs, on this thread: at the start, and to find out whether the disk is well again.
  func publishNow(_ note: String, _ checkpoint: Checkpoint) throws(SQLiteError) {
    // While a failure is noted the other thread rests.
    try file.write(note, checkpoint)
    try file.sync()
    progress.withLock { progress in
      progress.synced = progress.written
      progress.failure = nil
    }
    progress.wake()
  }

  private func run() {
    while true {
      let isOver = progress.wait { progress, _ -> Bool? in
        if progress.failure == nil && progress.written > progress.synced { return false }
        return progress.isStopping ? true : nil
      }
      if isOver { return }
      // Many groups share one sync; at the end nothing is waited for.
      progress.wait(milliseconds: delay) { progress, isTime in isTime || progress.isStopping ? () : nil }
      let (target, started) = progress.withLock { ($0.written, monotonicNanoseconds()) }
      var failure: SQLiteError?
      do throws(SQLiteError) { try disk.sync() } catch { failure = error }
      progress.withLock { progress in
        if failure == nil { progress.synced = target }
        progress.unsyncedSince = started
        progress.failure = failure
      }
      progress.wake()
    }
  }
}
