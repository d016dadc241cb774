// What SQLite answers when it cannot do what it was asked to.
import CSQLite

package struct SQLiteError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The extended result code.
  package let code: Int32
  package let message: String

  package init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  init(_ code: Int32, _ database: OpaquePointer?) {
    self.code = database.map { sqlite3_extended_errcode($0) }.flatMap { $0 & 0xFF == code & 0xFF ? $0 : nil } ?? code
    message = String(cString: database.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
  }

  /// What a caller can do about it.
  package enum Kind: Sendable {
    /// No space is left on the disk.
    case full
    /// The disk did not do as it was told.
    case inputOutput
    /// Somebody else holds the lock.
    case busy
    /// The file is no database, or a damaged one.
    case corrupt
    case other
  }

  package var kind: Kind {
    switch code & 0xFF {
    case SQLITE_FULL: .full
    case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PROTOCOL: .inputOutput
    case SQLITE_BUSY, SQLITE_LOCKED: .busy
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
    default: .other
    }
  }

  package var description: String { "SQLite \(code): \(message)" }
}
