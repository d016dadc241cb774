// One connection to a SQLite database. It belongs to one thread at a time: whoever passes it on no longer uses it.
import CGatheringDisk
import CSQLite

package final class SQLiteConnection {
  package enum Mode: Sendable {
    case readOnly
    /// The file is made if it is not there.
    case readWrite
  }

  let handle: OpaquePointer
  /// The gathering VFS that this connection alone has, if any.
  private let gathering: OpaquePointer?

  /// Opens the database at `path` through the VFS of that name, or the default one. With `gathersWrites` adjacent writes
  /// reach that VFS in large pieces (see CGatheringDisk.h): for connections that write much.
  package init(
    path: String, mode: Mode = .readWrite, vfs: String? = nil, gathersWrites: Bool = false
  ) throws(SQLiteError) {
    _ = Self.prepareLibrary
    var opened: OpaquePointer?
    let flags = mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    let gathering = gathersWrites ? witan_gathering_create(vfs) : nil
    if gathersWrites && gathering == nil {
      throw SQLiteError(code: SQLITE_ERROR, message: "there is no VFS \(vfs ?? "by default")")
    }
    // No mutex: the connection has one user at a time.
    let name = gathering.map { String(cString: witan_gathering_name($0)) } ?? vfs
    let status = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, name)
    witan_gathering_hide(gathering)
    guard let handle = opened, status == SQLITE_OK else {
      let error = SQLiteError(status, opened)
      sqlite3_close_v2(opened)
      witan_gathering_destroy(gathering)
      throw error
    }
    self.handle = handle
    self.gathering = gathering
    logFrames = .allocate(capacity: 1)
    logFrames.initialize(to: 0)
    // Neither a schema put in by somebody else nor SQL may change the file behind SQLite's back.
    witan_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
    witan_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    sqlite3_busy_timeout(handle, 5000)
  }

  /// Once for the process; where SQLite is in use already, it stays as it is.
  private static let prepareLibrary: Void = witan_leave_out_memory_statistics()

  deinit {
    // Every statement holds this object, so none is left and the connection really closes.
    sqlite3_close_v2(handle)
    witan_gathering_destroy(gathering)
    logFrames.deallocate()
  }

  // The number of frames in the write-ahead log after the last commit here; written by SQLite's hook, on this
  // connection's thread.
  private let logFrames: UnsafeMutablePointer<Int32>

  /// Switches automatic checkpoints off: whoever writes looks at `framesInLog` and has them made elsewhere.
  package func leaveCheckpointsToOthers() {
    sqlite3_wal_autocheckpoint(handle, 0)
    sqlite3_wal_hook(
      handle,
      { target, _, _, frames in
        target.unsafelyUnwrapped.assumingMemoryBound(to: Int32.self).pointee = frames
        return SQLITE_OK
      }, logFrames)
  }

  package var framesInLog: Int { Int(logFrames.pointee) }

  /// Says that the frames counted so far are all in the database file.
  package func forgetFrames() { logFrames.pointee = 0 }

  /// Has the database file keep its length at checkpoints. For a connection that gathers its writes, once the database is
  /// known to have a write-ahead log.
  package func keepDatabaseLength() {
    precondition(gathering != nil, "the connection gathers its writes")
    witan_gathering_keep_length(gathering)
  }

  /// Has the database file synced after each so many bytes written to it. For a connection that gathers its writes.
  package func syncDatabase(every bytes: Int) {
    precondition(gathering != nil, "the connection gathers its writes")
    witan_gathering_sync_every(gathering, Int32(bytes))
  }

  /// Syncs the database file, once there is room in it for so many bytes beyond the database. For a connection that
  /// gathers its writes. Not within a transaction.
  package func syncDatabase(room: Int) throws(SQLiteError) {
    precondition(gathering != nil, "the connection gathers its writes")
    let pages = try number("PRAGMA page_count") ?? 0
    let status = witan_gathering_sync_database(gathering, (pages * (try number("PRAGMA page_size") ?? 0)) + Int64(room))
    guard status == SQLITE_OK else { throw SQLiteError(code: status, message: String(cString: sqlite3_errstr(status))) }
  }

  /// Runs statements that yield nothing of interest.
  package func execute(_ sql: String) throws(SQLiteError) {
    let status = sqlite3_exec(handle, sql, nil, nil, nil)
    guard status == SQLITE_OK else { throw SQLiteError(status, handle) }
  }

  package func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement { try SQLiteStatement(sql, on: self) }

  /// The first column of the first row, or nil if there is none or it is NULL.
  package func number(_ sql: String) throws(SQLiteError) -> Int64? {
    let statement = try prepare(sql)
    guard try statement.step(), !statement.isNull(0) else { return nil }
    return statement.number(0)
  }

  package func text(_ sql: String) throws(SQLiteError) -> String? {
    let statement = try prepare(sql)
    guard try statement.step(), !statement.isNull(0) else { return nil }
    return statement.text(0)
  }

  /// Runs `body` in one transaction; rolls back whatever it throws.
  package func transaction<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
    try execute("BEGIN IMMEDIATE")
    do throws(SQLiteError) {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      rollback()
      throw error
    }
  }

  /// Ends a transaction that cannot go on. SQLite may have ended it already: then there is nothing to do.
  package func rollback() {
    if sqlite3_get_autocommit(handle) == 0 { _ = sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
  }

  package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// What a checkpoint of the write-ahead log found and did.
  package struct LogState: Sendable {
    /// Frames in the log.
    package let frames: Int
    /// Frames of them that are in the database file by now.
    package let copied: Int
    /// Whether a reader or writer kept the checkpoint from finishing.
    package let wasHeldUp: Bool
  }

  package enum CheckpointMode: Sendable {
    /// Copies what it can without waiting for anybody.
    case passive
    /// Copies everything and makes the log empty; waits for readers and for the writer.
    case truncate
  }

  /// Copies the write-ahead log into the database file.
  package func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> LogState {
    var frames: Int32 = 0
    var copied: Int32 = 0
    let kind = mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
    let status = sqlite3_wal_checkpoint_v2(handle, nil, kind, &frames, &copied)
    guard status == SQLITE_OK || status & 0xFF == SQLITE_BUSY else { throw SQLiteError(status, handle) }
    return LogState(frames: Int(frames), copied: Int(copied), wasHeldUp: status != SQLITE_OK)
  }

  /// How long a lock of somebody else's is waited for.
  package func setBusyTimeout(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

  /// Makes long statements end with an error as soon as `isOver` says so; asked every few thousand steps.
  package func interruptWhen(_ isOver: (@Sendable () -> Bool)?) {
    guard let isOver else {
      sqlite3_progress_handler(handle, 0, nil, nil)
      interruption = nil
      return
    }
    let box = Interruption(isOver: isOver)
    interruption = box  // Keeps the box alive for as long as SQLite holds the pointer to it.
    sqlite3_progress_handler(
      handle, 10_000,
      { Unmanaged<Interruption>.fromOpaque($0.unsafelyUnwrapped).takeUnretainedValue().isOver() ? 1 : 0 },
      Unmanaged.passUnretained(box).toOpaque())
  }

  private final class Interruption: Sendable {
    let isOver: @Sendable () -> Bool
    init(isOver: @escaping @Sendable () -> Bool) { self.isOver = isOver }
  }

  private var interruption: Interruption?

  /// Copies the whole database, as it is at one instant, into a new file at `path`, while others write. `progress` hears
  /// the pages done and the pages in all.
  package func backUp(to path: String, progress: (Int, Int) -> Void) throws(SQLiteError) {
    let target = try SQLiteConnection(path: path)
    guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw SQLiteError(sqlite3_errcode(target.handle), target.handle)
    }
    // Within one read transaction of the source, the copy is of one instant however long it takes.
    var status = SQLITE_OK
    repeat {
      status = sqlite3_backup_step(backup, 2048)
      let total = Int(sqlite3_backup_pagecount(backup))
      progress(total - Int(sqlite3_backup_remaining(backup)), total)
    } while status == SQLITE_OK
    let finished = sqlite3_backup_finish(backup)
    guard status == SQLITE_DONE, finished == SQLITE_OK else { throw SQLiteError(status, target.handle) }
  }

  /// The version of the SQLite library.
  package static var libraryVersion: String { String(cString: sqlite3_libversion()) }
}
