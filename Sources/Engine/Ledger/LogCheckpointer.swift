// Copies the write-ahead log into the database file, on a thread of its own: done by the writer, as SQLite would by itself,
// it would make some appends wait for tens of milliseconds. Only for the last few frames is the writer asked to pause, so
// that the log can begin anew at its start and does not grow for ever.
import Locking
import Storage
import Synchronization

final class LogCheckpointer: Sendable {
  private enum Request { case none, some, empty, stop }

  /// As few frames as are copied while the writer waits: a millisecond or so.
  private static let pauseFrames = 128
  private static let mostRounds = 8

  private let request = Monitor(Request.none)
  private let wantsTurn = Atomic(false)
  private let turn = Monitor(())
  private let path: String
  private let vfs: String?
  private let thread = Locked<NamedThread?>(nil)

  init(path: String, vfs: String?) {
    self.path = path
    self.vfs = vfs
  }

  func start() {
    thread.withLock { $0 = NamedThread(name: "ledger-log") { [self] in run() } }
  }

  /// Asks for a checkpoint; returns at once. One that empties the log leaves none of the earlier frames in it.
  func ask(toEmpty: Bool = false) {
    request.withLock { request in
      if request == .none || (toEmpty && request == .some) { request = toEmpty ? .empty : .some }
    }
    request.wake()
  }

  func stop() {
    request.withLock { $0 = .stop }
    request.wake()
    thread.withLock { $0.take() }?.join()
  }

  /// The writer writes within `body`, and never while the last frames are copied.
  func withWritersTurn<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    if wantsTurn.load(ordering: .acquiring) { waitForCheckpoint() }
    return try turn.withLock { (_) throws(Failure) in try body() }
  }

  private func waitForCheckpoint() {
    turn.wait { _, _ in wantsTurn.load(ordering: .acquiring) ? nil : () }
  }

  private func run() {
    // Made by the thread that uses it. Where it cannot be made, or fails, the next request tries again: a checkpoint that
    // was not made costs disk space and nothing else.
    var connection: SQLiteConnection?
    while true {
      let next = request.wait { request, _ -> Request? in
        guard request != .none else { return nil }
        defer { if request != .stop { request = .none } }
        return request
      }
      if next == .stop { return }
      do throws(SQLiteError) {
        if connection == nil {
          let fresh = try SQLiteConnection(path: path, vfs: vfs)
          // Until it has read from the database, a connection does not know of the log and copies nothing.
          _ = try fresh.number("SELECT count(*) FROM sqlite_schema")
          connection = fresh
        }
        if let connection { try checkpoint(connection, toEmpty: next == .empty) }
      } catch {
        connection = nil
      }
    }
  }

  private func checkpoint(_ connection: SQLiteConnection, toEmpty: Bool) throws(SQLiteError) {
    for _ in 0..<Self.mostRounds {
      let state = try connection.checkpoint(.passive)
      if state.frames - state.copied <= Self.pauseFrames { break }
    }
    wantsTurn.store(true, ordering: .releasing)
    defer {
      // Under the lock, so that the writer cannot miss the wake between its look and its wait.
      turn.withLock { _ in wantsTurn.store(false, ordering: .releasing) }
      turn.wake()
    }
    // Everything copied and nobody reading old frames: the writer's next frame goes to the start of the log.
    _ = try turn.withLock { (_) throws(SQLiteError) in try connection.checkpoint(toEmpty ? .truncate : .passive) }
  }
}
