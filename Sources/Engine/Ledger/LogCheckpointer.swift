// Copies the write-ahead log into the database file, on a thread of its own and in small steps: done by the writer, as SQLite
// would by itself, it would make some appends wait for tens of milliseconds. Only the last few frames, those that were
// written while the others were copied, are left to the writer between two groups, so that the log can begin anew at its
// start and does not grow for ever.
import Locking
import Storage
import Synchronization

final class LogCheckpointer: Sendable {
  private enum Request { case none, some, empty, stop }

  /// A round that copies no more frames than so many has caught up, as far as that is possible beside the writer.
  private static let fewFrames = 16
  private static let mostRounds = 16
  /// After so many bytes the database file is synced, so that the writer's syncs never wait for long behind this one.
  private static let syncedBytes = 1 << 20
  /// Room in the database file for what the writer copies, so that its sync is one of data alone.
  private static let room = 512 << 10

  private let request = Monitor(Request.none)
  /// Whether the writer is to copy what is left.
  private let awaitsWriter = Atomic(false)
  /// Whether the log is to be made empty, for which nobody may write.
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

  // MARK: The writer's part

  /// The writer writes within `body`, and never while the log is made empty.
  func withWritersTurn<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    if wantsTurn.load(ordering: .acquiring) { turn.wait { _, _ in wantsTurn.load(ordering: .acquiring) ? nil : () } }
    return try turn.withLock { (_) throws(Failure) in try body() }
  }

  /// Called by the writer after each group: copies what is left, if this has caught up, or asks for a checkpoint where
  /// there are too many frames in the log. A failure costs disk space and nothing else.
  func groupWritten(_ connection: SQLiteConnection, mostFrames: Int) {
    if awaitsWriter.exchange(false, ordering: .acquiringAndReleasing) {
      // Everything copied and nobody reading old frames: the next frame goes to the start of the log.
      if let state = try? connection.checkpoint(.passive), state.copied == state.frames { connection.forgetFrames() }
    } else if connection.framesInLog >= mostFrames {
      ask()
    }
  }

  // MARK: The thread

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
      serve(next, &connection)
    }
  }

  private func serve(_ next: Request, _ connection: inout SQLiteConnection?) {
    do throws(SQLiteError) {
      if connection == nil { connection = try open() }
      if let connection { try checkpoint(connection, toEmpty: next == .empty) }
    } catch {
      connection = nil
    }
  }

  /// Does what was asked for on the caller's thread, where there is no other.
  func serveNow() {
    if thread.withLock({ $0 != nil }) { return }
    let next = request.withLock { request in
      defer { if request != .stop { request = .none } }
      return request
    }
    guard next == .some || next == .empty else { return }
    var connection: SQLiteConnection?
    serve(next, &connection)
  }

  private func open() throws(SQLiteError) -> SQLiteConnection {
    let fresh = try SQLiteConnection(path: path, vfs: vfs, gathersWrites: true)
    try fresh.execute("PRAGMA synchronous = FULL")
    fresh.syncDatabase(every: Self.syncedBytes)
    // Until it has read from the database, a connection does not know of the log and copies nothing.
    _ = try fresh.number("SELECT count(*) FROM sqlite_schema")
    fresh.keepDatabaseLength()
    return fresh
  }

  private func checkpoint(_ connection: SQLiteConnection, toEmpty: Bool) throws(SQLiteError) {
    var copied = 0
    for _ in 0..<Self.mostRounds {
      let state = try connection.checkpoint(.passive)
      // SQLite itself syncs the database file only once it has caught up entirely.
      try connection.syncDatabase(room: Self.room)
      if state.copied - copied <= Self.fewFrames { break }
      copied = state.copied
    }
    guard toEmpty else { return awaitsWriter.store(true, ordering: .releasing) }
    wantsTurn.store(true, ordering: .releasing)
    defer {
      // Under the lock, so that the writer cannot miss the wake between its look and its wait.
      turn.withLock { _ in wantsTurn.store(false, ordering: .releasing) }
      turn.wake()
    }
    _ = try turn.withLock { (_) throws(SQLiteError) in try connection.checkpoint(.truncate) }
  }
}
