// Keeps the file of the last published checkpoint: written before the waiters of a group are answered, synced behind them
// by a thread of its own, at the latest before the waiters of the next group are answered. See PublishedCheckpoint.
import Storage
import Synchronization
import TransparencyLog

final class CheckpointPublisher: @unchecked Sendable {
  private struct Progress {
    var written: UInt64 = 0
    var synced: UInt64 = 0
    var failure: SQLiteError?
    var isStopping = false
  }

  // Written to by the writer's thread alone; the other thread only syncs, which changes nothing in it.
  private var file: PublishedCheckpoint
  private let progress = Monitor(Progress())
  private let thread = Mutex<NamedThread?>(nil)

  init(_ file: PublishedCheckpoint) { self.file = file }

  var newest: Checkpoint? { file.newest }

  func start() {
    thread.withLock { $0 = NamedThread(name: "ledger-publish") { [self] in run() } }
  }

  func stop() {
    progress.withLock { $0.isStopping = true }
    progress.wake()
    thread.withLock { $0.take() }?.join()
  }

  /// Writes the checkpoint, once the one before it is synced.
  func publish(_ note: String, _ checkpoint: Checkpoint) throws(SQLiteError) {
    let failure = progress.wait { progress, _ -> SQLiteError?? in
      progress.failure != nil || progress.synced == progress.written ? .some(progress.failure) : nil
    }
    if let failure { throw failure }
    try file.write(note, checkpoint)
    progress.withLock { $0.written += 1 }
    progress.wake()
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
      let target = progress.wait { progress, _ -> UInt64?? in
        if progress.failure == nil && progress.written > progress.synced { return .some(progress.written) }
        return progress.isStopping ? .some(nil) : nil
      }
      guard let target else { return }
      var failure: SQLiteError?
      do throws(SQLiteError) { try file.sync() } catch { failure = error }
      progress.withLock { progress in
        if failure == nil { progress.synced = target }
        progress.failure = failure
      }
      progress.wake()
    }
  }
}
