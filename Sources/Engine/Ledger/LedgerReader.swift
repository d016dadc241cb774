// Reading the log's database, beside the writer and without holding it up. One reader has one user at a time.
import Crypto
import Locking
import Storage
import TransparencyLog

/// Used by whoever took it from the pool, and by nobody else until it is put back: hence Sendable.
final class LedgerReader: @unchecked Sendable {
  let connection: SQLiteConnection
  private let selectEntry: SQLiteStatement
  private let selectEntries: SQLiteStatement
  private let selectRecord: SQLiteStatement
  private let selectKey: SQLiteStatement
  private let selectTile: SQLiteStatement

  init(path: String, vfs: String?) throws(LedgerError) {
    do throws(SQLiteError) {
      connection = try SQLiteConnection(path: path, mode: .readOnly, vfs: vfs)
      selectEntry = try connection.prepare("SELECT entry FROM entries WHERE position = ?1")
      selectEntries = try connection.prepare(
        "SELECT position, entry FROM entries WHERE position >= ?1 AND position < ?2 ORDER BY position")
      selectRecord = try connection.prepare("SELECT record FROM payloads WHERE position = ?1")
      selectKey = try connection.prepare("SELECT wrapped FROM payload_keys WHERE position = ?1")
      selectTile = try connection.prepare("SELECT hashes FROM tiles WHERE position = ?1")
    } catch {
      throw LedgerError(error)
    }
  }

  private func blob(_ statement: SQLiteStatement, _ key: Int64) throws(LedgerError) -> [UInt8]? {
    statement.bind(1, key)
    defer { statement.reset() }
    return try translating { () throws(SQLiteError) in try statement.step() ? statement.blob(0) : nil }
  }

  /// The last signed checkpoint.
  func head() throws(LedgerError) -> String? {
    try translating { () throws(SQLiteError) in try connection.text("SELECT note FROM head WHERE only = 0") }
  }

  /// One more than the last position in the table of entries.
  func size() throws(LedgerError) -> UInt64 {
    try translating { () throws(SQLiteError) in
      UInt64(try connection.number("SELECT max(position) + 1 FROM entries") ?? 0)
    }
  }

  func entry(at index: UInt64) throws(LedgerError) -> [UInt8]? { try blob(selectEntry, Int64(index)) }

  func record(at index: UInt64) throws(LedgerError) -> [UInt8]? { try blob(selectRecord, Int64(index)) }

  func wrappedKey(at index: UInt64) throws(LedgerError) -> [UInt8]? { try blob(selectKey, Int64(index)) }

  func tile(level: Int, index: UInt64) throws(LedgerError) -> [Digest] {
    guard let bytes = try blob(selectTile, LedgerSchema.tileKey(level: level, index: index)),
      let hashes = Tile.hashes(in: bytes.span.bytes, width: Tile.fullWidth)
    else { throw .inconsistent("tile \(index) of level \(level) is missing or torn") }
    return hashes
  }

  /// Calls `body` with each entry from `first` up to `end`, in order; stops early where it says false.
  func eachEntry(
    from first: UInt64, to end: UInt64, _ body: (UInt64, UnsafeRawBufferPointer) -> Bool
  ) throws(LedgerError) {
    selectEntries.bind(1, Int64(first))
    selectEntries.bind(2, Int64(end))
    defer { selectEntries.reset() }
    try translating { () throws(SQLiteError) in
      while try selectEntries.step() {
        let index = UInt64(bitPattern: selectEntries.number(0))
        if !selectEntries.withBlob(1, { body(index, $0) }) { return }
      }
    }
  }
}

/// Readers that wait for their next use. There are never more idle ones than configured; in use may be as many as there
/// are threads that read.
final class ReaderPool: Sendable {
  private let path: String
  private let vfs: String?
  private let limit: Int
  private let idle = Locked<[LedgerReader]>([])

  init(path: String, vfs: String?, limit: Int) {
    self.path = path
    self.vfs = vfs
    self.limit = limit
  }

  func withReader<Result>(_ body: (LedgerReader) throws(LedgerError) -> Result) throws(LedgerError) -> Result {
    let reader: LedgerReader
    if let waiting = idle.withLock({ $0.popLast() }) {
      reader = waiting
    } else {
      reader = try LedgerReader(path: path, vfs: vfs)
    }
    defer {
      idle.withLock { if $0.count < limit { $0.append(reader) } }
    }
    return try body(reader)
  }

  func removeAll() { idle.withLock { $0 = [] } }
}
